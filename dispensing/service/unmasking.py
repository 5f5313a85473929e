"""Open a masked value of one person, with a reason; who, whose, what, why and when is recorded.

The record is written before the value is given, in the same unit of work. Values of several
people at once take two people: the one who asked gets them once, after another has approved.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlmodel import Session

from dispensing.approvals import Needed
from dispensing.audit import pooling_area
from dispensing.days import day_of, start_of
from dispensing.desk import Desk, Reader
from dispensing.errors import NotFound
from dispensing.sealed import unseal
from dispensing.service.approving import Party, approved, ask_second, use
from dispensing.service.people import person_row, record_read
from dispensing.tables import OpeningRow

# What is shown masked, by the column that holds it sealed, and in words for the patient.
FIELDS = {
    "name": ("name", "姓名"),
    "id_number": ("id_sealed", "身份证号"),
    "phone": ("phone_sealed", "手机号"),
    "address": ("address_sealed", "地址"),
}
REASONS = {
    "identity": ("当面核对身份", "check who it is"),
    "contact": ("联系患者", "reach the patient"),
    "complaint": ("处理投诉", "answer a complaint"),
    "inspection": ("监督检查", "inspection"),
    "reconciliation": ("核对结算差异", "mend a difference"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a value is opened: one of the list, and in the reader's own words."""

    reason: str
    note: str

    def __post_init__(self) -> None:
        if self.reason not in REASONS or not self.note.strip():
            raise ValueError(f"expected a reason of {', '.join(REASONS)}, and words")


@dataclass(frozen=True, slots=True)
class Opened:
    """One value as it was opened, for whoever asked and once."""

    person_no: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Opener:
    """How many values an account has opened on a day."""

    user: str
    role: str
    place: str
    values: int
    people: int


def open_value(
    session: Session,
    desk: Desk,
    *,
    person_no: str,
    field: str,
    why: Why,
    by: Party,
    place: str,
    now: datetime,
    proposal_id: UUID | None = None,
) -> Opened:
    """Open one value of a person on behalf of an account, on record; raises NotFound."""
    opened = _open(
        session,
        desk,
        (person_no, field),
        why=why,
        by=by,
        place=place,
        now=now,
        proposal_id=proposal_id,
    )
    session.commit()
    return opened


def open_values(
    session: Session,
    desk: Desk,
    *,
    people: Collection[str],
    fields: Collection[str],
    why: Why,
    by: Party,
    area: str,
    now: datetime,
) -> tuple[Opened, ...]:
    """Open values of several people, once, where another person has approved exactly this.

    Raises SecondNeeded where nobody has, and NotFound for a person of another area.
    """
    for person_no in sorted(set(people)):
        insured_here(session, person_no, area)
    content = {
        "people": sorted(set(people)),
        "fields": sorted(set(fields)),
        "why": why.reason,
    }
    needed = Needed("people", area, content, "", why.note.strip())
    agreed = approved(session, needed, by=by.user, now=now)
    if agreed is None:
        raise ask_second(session, needed, by=by, now=now)
    use(session, agreed, by=by.user, now=now)
    found = [
        _open(
            session,
            desk,
            (person_no, field),
            why=why,
            by=by,
            place=area,
            now=now,
            proposal_id=agreed.id,
        )
        for person_no in content["people"]
        for field in content["fields"]
    ]
    session.commit()
    return tuple(found)


def insured_here(session: Session, person_no: str, area: str) -> None:
    """Raise NotFound for a person who is not insured in the pooling area; '' is all."""
    row = person_row(session, person_no)
    if area and pooling_area(row.area) != pooling_area(area):
        raise NotFound("参保人", "insured person")


def openers(
    session: Session, *, area: str, now: datetime, more_than: int = 0
) -> Sequence[Opener]:
    """List the accounts that have opened more values today than a threshold, most first."""
    rows: Table = OpeningRow.__table__  # type: ignore[attr-defined]
    account, count = (rows.c.by, rows.c.role, rows.c.place), func.count()
    people = func.count(func.distinct(rows.c.person_no))
    query = (
        select(*account, count, people)
        .where(rows.c.at >= start_of(day_of(now)))
        .group_by(*account)
        .having(count > more_than)
        .order_by(count.desc(), rows.c.by)
    )
    found = (Opener(*each) for each in session.connection().execute(query))
    return [one for one in found if not area or pooling_area(one.place) == area]


def _open(
    session: Session,
    desk: Desk,
    what: tuple[str, str],
    *,
    why: Why,
    by: Party,
    place: str,
    now: datetime,
    proposal_id: UUID | None,
) -> Opened:
    person_no, field = what
    column, said = FIELDS[field]
    row = person_row(session, person_no)
    purpose = f"查看完整{said}：{REASONS[why.reason][0]}"
    record_read(session, person_no, Reader(by.user, by.role, purpose), now)
    session.add(
        OpeningRow(
            person_no=person_no,
            field=field,
            reason=why.reason,
            note=why.note.strip(),
            place=place,
            proposal_id=proposal_id,
            by=by.user,
            role=by.role,
            at=now,
        )
    )
    session.flush()
    return Opened(person_no, field, unseal(desk.vault, row, column))
