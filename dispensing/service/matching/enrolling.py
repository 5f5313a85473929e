"""Let people into a benefit without an application (备案、标识), each registration once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, NotFound, Words
from dispensing.matching.lists import Entitling
from dispensing.policy.rules import Rules
from dispensing.sealed import at, unseal
from dispensing.service.approving import Party
from dispensing.service.matching import centres, sides
from dispensing.service.matching.acting import STALE
from dispensing.service.matching.reading import outcomes_of
from dispensing.service.matching.running import last_run
from dispensing.tables.matching import EnrolmentRow, MatchingEntryRow, MatchingRunRow
from dispensing.vault import Vault

FROM = ("enrol", "verify")
_HELD_BACK = ("not_eligible", "postponed")
NOT_AUTOMATIC = Words(
    "本统筹区现行文件没有“无需申请、直接纳入”的规定。",
    "No text in force here lets people in without an application.",
    "请按本地规定由定点医疗机构备案。",
    "Let designated institutions file them as the local rules say.",
)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How many people a list let in, and how many registrations that made."""

    people: int
    registrations: int


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """One benefit that a person was given without an application."""

    filing_no: str
    disease: str
    kind: str
    since: date
    by: str
    at: datetime


def enrol(
    session: Session,
    vault: Vault,
    rules: Rules,
    run_id: UUID,
    *,
    name: str,
    area: str,
    by: Party,
    now: datetime,
    today: date,
) -> Enrolled:
    """Let everybody of a list in who was not held back: of the latest run, in one unit of work.

    From `enrol` whoever has no word against it, and where a text asks for it whom the centre
    confirmed (C12); from `verify` whoever was verified (L5). Who is registered already is left
    as it is, so that asking twice writes nothing twice. What a centre says at this moment waits.
    """
    run = session.get(MatchingRunRow, run_id, with_for_update=True)
    if run is None or run.place != area or name not in FROM:
        raise NotFound("名单", "list")
    entitling = Entitling.of(rules)
    if not entitling.lets_in(name):
        raise Conflict(NOT_AUTOMATIC, code="not-automatic")
    latest = last_run(session, area)
    if latest is None or latest.id != run_id:
        raise Conflict(STALE, code="stale-matching")
    asked = _Asked(run, name, entitling.confirmed, by, now, today)
    try:
        return _enrol(session, vault, asked)
    except IntegrityError:  # somebody registered one of them at once
        session.rollback()
        return _enrol(session, vault, asked)


def enrolments(
    session: Session, vault: Vault, person_no: str
) -> tuple[EnrolmentView, ...]:
    """List the benefits that a person was given without an application, the latest first."""
    query = select(EnrolmentRow).where(col(EnrolmentRow.person_no) == person_no)
    return tuple(
        EnrolmentView(
            row.filing_no,
            unseal(vault, row, "disease_sealed"),
            row.kind,
            row.since,
            row.by,
            row.at,
        )
        for row in session.exec(query.order_by(col(EnrolmentRow.id).desc()))
    )


def filed(session: Session, run_id: UUID) -> Mapping[int, str]:
    """Give the filing numbers (备案号) of a run by entry."""
    query = select(EnrolmentRow.entry_id, EnrolmentRow.filing_no)
    return dict(session.exec(query.where(col(EnrolmentRow.run_id) == run_id)).all())


@dataclass(frozen=True, slots=True)
class _Asked:
    run: MatchingRunRow
    name: str
    confirmed: bool  # only whom their centre confirmed
    by: Party
    now: datetime
    today: date


def _enrol(session: Session, vault: Vault, asked: _Asked) -> Enrolled:
    mine = MatchingEntryRow
    query = select(mine).where(mine.run_id == asked.run.id, mine.list == asked.name)
    rows = session.exec(query.order_by(col(mine.id))).all()
    number = (
        session.exec(
            select(EnrolmentRow.id).order_by(col(EnrolmentRow.id).desc()).limit(1)
        ).first()
        or 0
    ) + 1
    people, made = set[str](), 0
    if asked.confirmed:
        rows = centres.confirmed_of(session, asked.run.place, rows)
    admitted = list(_admitted(session, rows, asked.name))
    numbers = [row.person_no for row in admitted if row.person_no]
    registering = sides.registered(session, vault, numbers)
    for row in admitted:
        told = json.loads(unseal(vault, row, "told_sealed"))
        kind = told["detail"] or sides.TWO_DISEASE
        assert row.person_no is not None
        for disease in told["diseases"]:
            if registering.add(row.person_no, disease, kind, since=asked.today):
                session.add(
                    _filing(vault, row, (disease, kind), number=number, asked=asked)
                )
                people.add(row.person_no)
                number, made = number + 1, made + 1
    session.commit()
    return Enrolled(len(people), made)


def _admitted(
    session: Session, rows: Sequence[MatchingEntryRow], name: str
) -> Iterator[MatchingEntryRow]:
    said = outcomes_of(session, rows)
    for row in rows:
        word = said.get(row.id or 0)
        code = word.code if word else ""
        if code == "confirmed" if name == "verify" else code not in _HELD_BACK:
            yield row


def _filing(
    vault: Vault,
    row: MatchingEntryRow,
    what: tuple[str, str],
    *,
    number: int,
    asked: _Asked,
) -> EnrolmentRow:
    (disease, kind), person_no = what, row.person_no or ""
    place = at(EnrolmentRow, "disease_sealed", number)
    return EnrolmentRow(
        id=number,
        entry_id=row.id or 0,
        run_id=asked.run.id,
        person_no=person_no,
        kind=kind,
        disease_sealed=vault.seal(disease, place),
        disease_index=vault.fingerprint(f"{person_no}|{disease}"),
        filing_no=f"BA{asked.today:%Y%m%d}{number:08d}",
        since=asked.today,
        by=asked.by.user,
        role=asked.by.role,
        at=asked.now,
    )
