"""Present prescriptions at a counter: by an insurance code (医保码) or an access code (取药码).

An insurance code for fetching (02122) opens the list of its person's prescriptions, an
access code those that it was made for; both only what no other pharmacy holds. Each
presentation is written down with both identities, and each prescription shown is a read.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing import access
from dispensing.access import AccessRefused
from dispensing.codes import Asked, Decoded, keystrokes
from dispensing.desk import Desk, Reader, Work
from dispensing.errors import CodeRejected, NotFound
from dispensing.identity import folded
from dispensing.sealed import seal_in, unseal
from dispensing.service import sharing
from dispensing.service.code_reading import decode, rejection, spend
from dispensing.service.people import name_of, person_row, record_read
from dispensing.service.presentable import REASONS, open_ones, standing
from dispensing.service.reading import prescription
from dispensing.service.receiving import prescription_row
from dispensing.service.views import PrescriptionView
from dispensing.tables import (
    AccessCodeRow,
    PersonRow,
    PresentationRow,
    PresentedRow,
)
from dispensing.vault import Vault, mask_name
from pharmacies import service as pharmacies

OPEN_FOR = timedelta(minutes=15)
LISTED_MAX = 50
_DOUBLE = timedelta(milliseconds=keystrokes.DOUBLE_MS)


@dataclass(frozen=True, slots=True)
class Helper:
    """Who comes for the patient with a shared code: name, phone and identity shown."""

    name: str
    phone_tail: str
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PresentationView:
    """What was presented at a counter, and by whom; it opens for one operator, for a while."""

    id: UUID
    way: str  # insurance_code or access_code
    person_name: str
    agent_name: str | None
    helper_name: str | None
    at: datetime
    expires_at: datetime
    prescriptions: tuple[PrescriptionView, ...]


@dataclass(frozen=True, slots=True)
class ShownView:
    """One presentation as the patient sees it: when, where, and who came in the own stead."""

    at: datetime
    outlet_name: str
    way: str
    agent_name: str | None
    helper_name: str | None


def present(
    session: Session,
    desk: Desk,
    scanned: str,
    *,
    outlet_code: str,
    reader: Reader,
    now: datetime,
    helper: Helper | None = None,
) -> PresentationView:
    """Open what was scanned: the prescriptions that its code shows at this outlet.

    Raises CodeRejected, AccessRefused and NotFound. What is read twice within a second, by
    one operator, is one presentation.
    """
    work = Work(session, desk, now)
    scan = keystrokes.read(scanned)
    if scan.kind == "access_code":
        row, ids = _by_access_code(work, scan.text, outlet_code, reader, helper=helper)
    else:
        asked = Asked("download", outlet_code, reader.user)
        row, ids = _by_insurance_code(work, scanned, asked, reader)
    return _shown(work, row, ids, reader)


def presentation(
    session: Session,
    desk: Desk,
    presentation_id: UUID,
    *,
    outlet_code: str,
    reader: Reader,
    now: datetime,
) -> PresentationView:
    """Show a presentation again to the operator who opened it, while it is open."""
    row = session.get(PresentationRow, presentation_id)
    if row is None or row.outlet_code != outlet_code:
        raise NotFound("出示记录", "presentation")
    if row.by != reader.user:
        raise CodeRejected("other_operator")
    if now >= row.expires_at:
        raise CodeRejected("expired")
    if row.access_code_id is not None:
        code = session.get(AccessCodeRow, row.access_code_id)
        assert code is not None
        if code.withdrawn_at is not None:
            raise AccessRefused("withdrawn")
    return _shown(Work(session, desk, now), row, _lines(session, row), reader)


def presentations_of(
    session: Session, vault: Vault, person_no: str
) -> tuple[ShownView, ...]:
    """List where a person's prescriptions were shown, and by whom, the latest first."""
    query = select(PresentationRow).where(col(PresentationRow.person_no) == person_no)
    query = query.order_by(col(PresentationRow.at).desc()).limit(LISTED_MAX)
    return tuple(
        ShownView(
            row.at,
            pharmacies.outlet(session, row.outlet_code).name,
            row.way,
            name_of(vault, person_row(session, row.agent_no)) if row.agent_no else None,
            _helper_name(vault, row),
        )
        for row in session.exec(query).all()
    )


def _by_insurance_code(
    work: Work, scanned: str, asked: Asked, reader: Reader
) -> tuple[PresentationRow, tuple[UUID, ...]]:
    """Open a person's list by a code for fetching; the code is spent before anything is read."""
    session = work.session
    code = decode(work, scanned, asked)
    if not spend(session, code, at=work.now):
        before = _read_twice(work, code)
        if before is None:
            raise rejection(session, code)
        return before, _lines(session, before)
    person = _person(session, work.desk, code)
    if not person.active:
        raise CodeRejected("inactive")
    ids = open_ones(
        session,
        person.person_no,
        asked.outlet_code,
        rules=work.desk.life,
        now=work.now,
    )
    row = PresentationRow(
        person_no=person.person_no,
        way="insurance_code",
        nonce=code.nonce,
        outlet_code=asked.outlet_code,
        by=reader.user,
        agent_no=code.agent_no,
        at=work.now,
        expires_at=work.now + OPEN_FOR,
    )
    return _kept(session, row, ids), ids


def _by_access_code(
    work: Work,
    text: str,
    outlet_code: str,
    reader: Reader,
    *,
    helper: Helper | None,
) -> tuple[PresentationRow, tuple[UUID, ...]]:
    """Open the prescriptions of an access code; a refusal is listed to its owner."""
    session = work.session
    index = access.index_of(access.read_code(text))
    query = select(AccessCodeRow).where(col(AccessCodeRow.code_index) == index)
    code = session.exec(query.with_for_update()).first()
    if code is None:
        raise AccessRefused("unknown")
    ids, reason = _opened(work, code, outlet_code, helper)
    if reason is not None:
        if reason == "other-helper":
            code.helpers_refused += 1
        if reason != "helper-needed":  # nothing was tried yet
            session.add(
                sharing.noted(
                    code,
                    "refused",
                    by=reader.user,
                    at=work.now,
                    outlet_code=outlet_code,
                    detail=reason,
                )
            )
        session.commit()
        raise AccessRefused(reason)
    row = PresentationRow(
        person_no=code.person_no,
        way="access_code",
        access_code_id=code.id,
        outlet_code=outlet_code,
        by=reader.user,
        at=work.now,
        expires_at=work.now + OPEN_FOR,
    )
    if helper:
        seal_in(work.desk.vault, row, "helper_name", helper.name)
        seal_in(work.desk.vault, row, "helper_id_sealed", helper.id_number)
    session.add(
        sharing.noted(
            code,
            "presented",
            by=reader.user,
            at=work.now,
            outlet_code=outlet_code,
            detail=mask_name(helper.name) if helper else "",
        )
    )
    return _kept(session, row, ids), ids


def _opened(
    work: Work, code: AccessCodeRow, outlet_code: str, helper: Helper | None
) -> tuple[tuple[UUID, ...], str | None]:
    """Tell which prescriptions a code shows here and now, or why none."""
    state = sharing.state_of(code, work.now)
    if state != "open":
        return (), state
    if code.outlet_code not in {None, outlet_code}:
        return (), "other-outlet"
    if code.shared_with == "helper":
        if helper is None:
            return (), "helper-needed"
        vault = work.desk.vault
        name = folded(unseal(vault, code, "helper_name"))
        tail = unseal(vault, code, "helper_phone_tail")
        if (folded(helper.name), helper.phone_tail) != (name, tail):
            return (), "other-helper"
    found = {
        one: _standing(work, one, outlet_code)
        for one in sharing.lines_of_code(work.session, code.id)
    }
    ids = tuple(one for one, how in found.items() if how == "open")
    if ids:
        return ids, None
    return (), next(reason for reason in REASONS if reason in found.values())


def _standing(work: Work, prescription_id: UUID, outlet_code: str) -> str:
    row = prescription_row(work.session, prescription_id)
    return standing(work.session, row, outlet_code, rules=work.desk.life, now=work.now)


def _kept(
    session: Session, row: PresentationRow, ids: tuple[UUID, ...]
) -> PresentationRow:
    session.add(row)
    session.flush()
    session.add_all(
        PresentedRow(presentation_id=row.id, prescription_id=one) for one in ids
    )
    session.commit()
    return row


def _read_twice(work: Work, code: Decoded) -> PresentationRow | None:
    """Find what the same operator opened by the same code less than a second ago."""
    query = select(PresentationRow).where(col(PresentationRow.nonce) == code.nonce)
    row = work.session.exec(query).first()
    if row is None or abs(work.now - row.at) >= _DOUBLE:
        return None
    same = (row.by, row.outlet_code) == (code.asked.operator, code.asked.outlet_code)
    return row if same else None


def _person(session: Session, desk: Desk, code: Decoded) -> PersonRow:
    if code.id_number is None:
        assert code.person_no is not None
        return person_row(session, code.person_no)
    indexes = desk.vault.indexes(code.id_number)
    found = session.exec(
        select(PersonRow).where(col(PersonRow.id_index).in_(indexes))
    ).first()
    if found is None:
        raise NotFound("参保人", "insured person")
    return found


def _helper_name(vault: Vault, row: PresentationRow) -> str | None:
    return unseal(vault, row, "helper_name") if row.helper_name else None


def _lines(session: Session, row: PresentationRow) -> tuple[UUID, ...]:
    query = select(PresentedRow.prescription_id).where(
        col(PresentedRow.presentation_id) == row.id
    )
    return tuple(session.exec(query).all())


def _shown(
    work: Work, row: PresentationRow, ids: tuple[UUID, ...], reader: Reader
) -> PresentationView:
    """Read what is still open of a presentation; that somebody came is a read, too."""
    session, vault = work.session, work.desk.vault
    person = person_row(session, row.person_no)
    agent = person_row(session, row.agent_no) if row.agent_no else None
    still = tuple(one for one in ids if _standing(work, one, row.outlet_code) == "open")
    answer = PresentationView(
        id=row.id,
        way=row.way,
        person_name=mask_name(name_of(vault, person)),
        agent_name=mask_name(name_of(vault, agent)) if agent else None,
        helper_name=_helper_name(vault, row),
        at=row.at,
        expires_at=row.expires_at,
        prescriptions=(),
    )
    if not still:
        record_read(session, row.person_no, reader, work.now)
        session.commit()
        return answer
    shown = tuple(
        prescription(session, work.desk, one, reader=reader, now=work.now)
        for one in still
    )
    return replace(answer, prescriptions=shown)
