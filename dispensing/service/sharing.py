"""A patient's access codes (取药码): shared, used, withdrawn again, and all of it listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

from dispensing import access
from dispensing.access import AccessRefused
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.life import LifeRules
from dispensing.qr import draw_svg
from dispensing.sealed import seal_in, unseal
from dispensing.service.agents import leave_of, require_leave
from dispensing.service.consents import Given, require, write_given
from dispensing.service.presentable import standing
from dispensing.service.receiving import prescription_row
from dispensing.tables import (
    AccessCodeLineRow,
    AccessCodeRow,
    AccessEventRow,
)
from dispensing.vault import Vault
from pharmacies import service as pharmacies

LISTED_MAX = 50


@dataclass(frozen=True, slots=True)
class Recipient:
    """With whom a code is shared: whoever bears it, a named helper, or one pharmacy."""

    kind: str = "bearer"  # bearer, helper or outlet
    helper_name: str | None = None
    helper_phone_tail: str | None = None  # the last four digits
    outlet_code: str | None = None


@dataclass(frozen=True, slots=True)
class SharedCode:
    """A fresh access code: its text is told this once."""

    id: UUID
    text: str
    expires_at: datetime

    @property
    def svg(self) -> str:
        """Draw the code; letters and digits alone make a coarse drawing that scans well."""
        return draw_svg(self.text)

    @property
    def grouped(self) -> str:
        """Give the code in groups, to be read aloud."""
        return access.grouped(self.text)


@dataclass(frozen=True, slots=True)
class AccessEventView:
    """One thing that was done with an access code."""

    at: datetime
    kind: str
    outlet_code: str | None
    outlet_name: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class AccessCodeView:
    """An access code as its owner sees it; never its text. `state` is open, expired,
    withdrawn or locked."""

    id: UUID
    prescriptions: tuple[UUID, ...]
    shared_with: str
    helper_name: str | None
    outlet_code: str | None
    outlet_name: str | None
    created_at: datetime
    expires_at: datetime
    state: str
    events: tuple[AccessEventView, ...]


def share(
    session: Session,
    vault: Vault,
    *,
    person_no: str,
    prescription_ids: Sequence[UUID],
    recipient: Recipient,
    days: int,
    by: str,
    rules: LifeRules,
    now: datetime,
    consent: Given | None = None,
) -> SharedCode:
    """Make an access code for some of a person's prescriptions; its text is told this once.

    `by` is the person, or a relative who acts for them. A helper gets one by the person's
    consent alone. Raises NotFound, Malformed, AccessRefused, Conflict and CodeRejected.
    """
    _reject_unfit(prescription_ids, recipient, days)
    if by != person_no:
        require_leave(session, person_no=person_no, agent_no=by, lock=True)
    if recipient.kind == "helper":
        if consent is not None and by == person_no:
            write_given(session, person_no, "helpers", consent, now=now)
        require(session, person_no, "helpers")
    if recipient.outlet_code is not None:
        pharmacies.outlet(session, recipient.outlet_code)
    ids = tuple(dict.fromkeys(prescription_ids))
    for one in ids:
        _reject_closed(session, one, person_no, rules=rules, now=now)
    if _open_count(session, person_no, now) >= access.LIVE_MAX:
        raise AccessRefused("too-many")
    text = access.new_code()
    row = AccessCodeRow(
        code_index=access.index_of(text),
        person_no=person_no,
        shared_with=recipient.kind,
        outlet_code=recipient.outlet_code,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    if recipient.kind == "helper":
        assert recipient.helper_name and recipient.helper_phone_tail is not None
        seal_in(vault, row, "helper_name", recipient.helper_name)
        seal_in(vault, row, "helper_phone_tail", recipient.helper_phone_tail)
    made = SharedCode(row.id, text, row.expires_at)
    session.add(row)
    session.flush()
    session.add_all(
        AccessCodeLineRow(access_code_id=made.id, prescription_id=one) for one in ids
    )
    session.add(noted(row, "shared", by=by, at=now))
    session.commit()
    return made


def withdraw(
    session: Session, vault: Vault, *, access_code_id: UUID, by: str, now: datetime
) -> AccessCodeView:
    """Withdraw an access code at once; withdrawn already, it stays so."""
    row = session.get(
        AccessCodeRow, access_code_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise _no_code()
    if by != row.person_no and leave_of(session, row.person_no, by) is None:
        raise _no_code()  # for a stranger there is none
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        session.add(noted(row, "withdrawn", by=by, at=now))
    session.flush()
    view = _view(session, vault, row, now)
    session.commit()
    return view


def end_agent(
    session: Session, *, person_no: str, agent_no: str, now: datetime
) -> None:
    """Withdraw a relative's leave, and with it the access codes that the relative made.

    What was presented already stays as it is.
    """
    kept = leave_of(session, person_no, agent_no, lock=True)
    if kept is not None:
        kept.until = now
        for row in _made_by(session, person_no, agent_no):
            row.withdrawn_at = now
            session.add(noted(row, "withdrawn", by=person_no, at=now))
    session.commit()


def access_codes(
    session: Session, vault: Vault, person_no: str, *, now: datetime
) -> tuple[AccessCodeView, ...]:
    """List what a person has shared, with all that was done with it, the latest first."""
    query = select(AccessCodeRow).where(col(AccessCodeRow.person_no) == person_no)
    query = query.order_by(col(AccessCodeRow.created_at).desc()).limit(LISTED_MAX)
    return tuple(_view(session, vault, row, now) for row in session.exec(query).all())


def state_of(row: AccessCodeRow, now: datetime) -> str:
    """Name the state of an access code: open, expired, withdrawn or locked."""
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.helpers_refused >= access.REFUSED_MAX:
        return "locked"
    return "expired" if now >= row.expires_at else "open"


def noted(
    row: AccessCodeRow,
    kind: str,
    *,
    by: str,
    at: datetime,
    outlet_code: str | None = None,
    detail: str = "",
) -> AccessEventRow:
    """Make the entry of one thing that was done with an access code."""
    return AccessEventRow(
        access_code_id=row.id,
        person_no=row.person_no,
        at=at,
        kind=kind,
        by=by,
        outlet_code=outlet_code,
        detail=detail,
    )


def lines_of_code(session: Session, access_code_id: UUID) -> tuple[UUID, ...]:
    """List the prescriptions that an access code shows."""
    query = select(AccessCodeLineRow.prescription_id).where(
        col(AccessCodeLineRow.access_code_id) == access_code_id
    )
    return tuple(session.exec(query.order_by(col(AccessCodeLineRow.prescription_id))))


def _reject_unfit(ids: Sequence[UUID], recipient: Recipient, days: int) -> None:
    errors = []
    if not 1 <= len(ids) <= access.PRESCRIPTIONS_MAX:
        errors.append(FieldError("prescriptions", "1 to 10 prescriptions"))
    if not 1 <= days <= access.DAYS_MAX:
        errors.append(FieldError("days", f"1 to {access.DAYS_MAX} days"))
    helper = recipient.helper_name, recipient.helper_phone_tail
    if (None not in helper) != (recipient.kind == "helper") or (
        (recipient.outlet_code is not None) != (recipient.kind == "outlet")
    ):
        errors.append(FieldError("share_with", "a helper, a pharmacy, or neither"))
    if errors:
        raise Malformed(errors)


def _reject_closed(
    session: Session,
    prescription_id: UUID,
    person_no: str,
    *,
    rules: LifeRules,
    now: datetime,
) -> None:
    row = prescription_row(session, prescription_id)
    if row.person_no != person_no:
        raise NotFound("处方", "prescription")
    found = standing(session, row, None, rules=rules, now=now)
    if found != "open":
        raise AccessRefused(found)


def _made_by(session: Session, person_no: str, by: str) -> Sequence[AccessCodeRow]:
    """List a person's codes that somebody else made and nobody has withdrawn."""
    query = (
        select(AccessCodeRow)
        .join(AccessEventRow, col(AccessEventRow.access_code_id) == AccessCodeRow.id)
        .where(
            col(AccessCodeRow.person_no) == person_no,
            col(AccessCodeRow.withdrawn_at).is_(None),
            col(AccessEventRow.kind) == "shared",
            col(AccessEventRow.by) == by,
        )
        .with_for_update(of=AccessCodeRow)
    )
    return session.exec(query).all()


def _open_count(session: Session, person_no: str, now: datetime) -> int:
    query = select(func.count()).where(
        col(AccessCodeRow.person_no) == person_no,
        col(AccessCodeRow.withdrawn_at).is_(None),
        col(AccessCodeRow.expires_at) > now,
    )
    return session.exec(query).one()


def _view(
    session: Session, vault: Vault, row: AccessCodeRow, now: datetime
) -> AccessCodeView:
    name = unseal(vault, row, "helper_name") if row.helper_name else None
    return AccessCodeView(
        id=row.id,
        prescriptions=lines_of_code(session, row.id),
        shared_with=row.shared_with,
        helper_name=name,
        outlet_code=row.outlet_code,
        outlet_name=_name(session, row.outlet_code),
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=state_of(row, now),
        events=_events(session, row.id),
    )


def _events(session: Session, access_code_id: UUID) -> tuple[AccessEventView, ...]:
    query = select(AccessEventRow).where(
        col(AccessEventRow.access_code_id) == access_code_id
    )
    return tuple(
        AccessEventView(
            one.at,
            one.kind,
            one.outlet_code,
            _name(session, one.outlet_code),
            one.detail,
        )
        for one in session.exec(query.order_by(col(AccessEventRow.id))).all()
    )


def _name(session: Session, outlet_code: str | None) -> str | None:
    return None if outlet_code is None else pharmacies.outlet(session, outlet_code).name


def _no_code() -> NotFound:
    return NotFound("取药码", "access code")
