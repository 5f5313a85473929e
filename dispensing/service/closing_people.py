"""A person closes the account: what no duty asks for goes, the rest is locked (个人信息保护法 47).

Everything is written in the caller's unit of work, so that nothing is ever left in part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from dispensing.consenting import grounds
from dispensing.desk import Desk
from dispensing.errors import Conflict, Words
from dispensing.phones import indexed_phone
from dispensing.sealed import point_of, seal_in
from dispensing.service import holding
from dispensing.service.feedback import feedback_of
from dispensing.service.people import person_row
from dispensing.service.sharing import noted
from dispensing.service.withdrawing import Asked as Withdrawal
from dispensing.service.withdrawing import write_withdrawn
from dispensing.tables import (
    AccessCodeRow,
    AgentRow,
    ClosureRow,
    FamilyAidRow,
    IssuedCodeRow,
    OrderRow,
    PersonRow,
    PrescriptionRow,
    SettlementRow,
)
from pharmacies.places import roughly

GONE = ""
WAYS = ("page", "program", "written")
ON_THE_WAY = ("placed", "packed", "planned", "out")
UNANSWERED = ("waiting", "overdue", "unsatisfied")
REFUSALS: Mapping[str, Words] = {
    "settling": Words(
        "有一笔医保结算还没有结果。",
        "A settlement has no result yet.",
        "请等药店结完，过一会儿再注销。",
        "Let the pharmacy finish it, and close the account then.",
    ),
    "order": Words(
        "有药正在送。",
        "Some medicine is on its way.",
        "请先收到药，或请药店取消配送，再注销。",
        "Receive it first, or have the pharmacy cancel the delivery.",
    ),
    "medicine": Words(
        "有结算好的药还没有拿。",
        "Some medicine is settled and not collected.",
        "请先取药，或到药店退掉，再注销。",
        "Collect it first, or have it reversed at the pharmacy.",
    ),
    "complaint": Words(
        "您的投诉还没有答复。",
        "A complaint of yours is not answered yet.",
        "请等答复，或在“评价与投诉”里看进展，办完再注销。",
        "Wait for the answer; “Ratings and complaints” tells how far it is.",
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """In which way a closing was asked for, and which account wrote it down, in which role."""

    way: str
    by: str
    role: str
    note: str = ""  # the number of the written request


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of a person's data: how much was removed, and how much is locked."""

    orders: int  # whose address, phone and point were removed
    codes: int  # access codes that open nothing more and name no helper
    prescriptions: int  # kept, locked


def open_matters(session: Session, person_no: str, *, now: datetime) -> tuple[str, ...]:
    """Name what stands in the way of closing an account now, by the keys of REFUSALS."""
    prescriptions = select(PrescriptionRow.id).where(
        col(PrescriptionRow.person_no) == person_no
    )
    asked: dict[str, Select[Any]] = {
        "settling": select(SettlementRow.id).where(
            col(SettlementRow.person_no) == person_no,
            col(SettlementRow.state).in_(holding.OPEN),
        ),
        "order": select(OrderRow.id).where(
            col(OrderRow.prescription_id).in_(prescriptions),
            col(OrderRow.state).in_(ON_THE_WAY),
        ),
        "medicine": prescriptions.where(col(PrescriptionRow.state) == "settled"),
    }
    found = [it for it, query in asked.items() if _any(session, query)]
    said = feedback_of(session, person_no, now=now)
    if any(it.kind == "complaint" and it.state in UNANSWERED for it in said):
        found.append("complaint")
    return tuple(found)


def clear_person(
    session: Session,
    desk: Desk,
    person_no: str,
    asked: Asked,
    *,
    now: datetime,
    again: bool = False,
) -> Cleared | None:
    """Remove what no duty asks for and lock the rest; the caller commits.

    Raises Conflict while anything is open. Gives None, and changes nothing, where it was closed
    before and nothing has come since, unless `again` says that there is an account once more.
    """
    person = _locked(session, person_no)
    for slug in open_matters(session, person_no, now=now):
        raise Conflict(REFUSALS[slug], code="person-open")
    if not again and _is_done(session, person):
        return None
    _end_leaves(session, person_no, asked, now)
    for column in ("phone_sealed", "address_sealed"):
        seal_in(desk.vault, person, column, GONE)
    person.phone_index = desk.vault.index(indexed_phone(GONE))
    _roughen(desk, person)
    person.closed_at = now
    cleared = Cleared(
        _clear_orders(session, desk, person_no),
        _clear_codes(session, desk, person_no, by=asked.by, now=now),
        len(session.exec(_ids(person_no)).all()),
    )
    session.add(
        ClosureRow(
            person_no=person_no,
            way=asked.way,
            by=asked.by,
            role=asked.role,
            note=asked.note,
            at=now,
        )
    )
    session.flush()
    return cleared


def _locked(session: Session, person_no: str) -> PersonRow:
    """Lock the prescriptions, then the person: who settles or orders waits, or is waited for."""
    person_row(session, person_no)
    rows = _ids(person_no).order_by(col(PrescriptionRow.id)).with_for_update()
    session.exec(rows).all()
    return person_row(session, person_no, lock=True)


def _ids(person_no: str) -> SelectOfScalar[UUID]:
    return select(PrescriptionRow.id).where(col(PrescriptionRow.person_no) == person_no)


def _any(session: Session, query: Select[Any]) -> bool:
    return session.execute(query.limit(1)).first() is not None


def _is_done(session: Session, person: PersonRow) -> bool:
    """Tell whether the account is closed, and no prescription nor order has come since."""
    if person.closed_at is None:
        return False
    came = _ids(person.person_no).where(
        col(PrescriptionRow.received_at) > person.closed_at
    )
    placed = select(OrderRow.id).where(
        col(OrderRow.prescription_id).in_(_ids(person.person_no)),
        col(OrderRow.placed_at) > person.closed_at,
    )
    return not (_any(session, came) or _any(session, placed))


def _end_leaves(session: Session, person_no: str, asked: Asked, now: datetime) -> None:
    """Withdraw every consent, and end leaves and family aid both given and held."""
    way = "paper" if asked.way == "written" else "page"
    said = Withdrawal(way, asked.by, asked.note)
    for slug in grounds().purposes:
        write_withdrawn(session, person_no, slug, said, now=now)
    kinds = (
        (AgentRow, col(AgentRow.agent_no)),
        (FamilyAidRow, col(FamilyAidRow.payer_no)),
    )
    for kind, other in kinds:
        mine = (col(kind.person_no) == person_no) | (other == person_no)
        query = select(kind).where(mine, col(kind.until).is_(None))
        for row in session.exec(query.with_for_update()).all():
            row.until = now
    session.exec(delete(IssuedCodeRow).where(col(IssuedCodeRow.person_no) == person_no))


def _clear_orders(session: Session, desk: Desk, person_no: str) -> int:
    query = select(OrderRow).where(col(OrderRow.prescription_id).in_(_ids(person_no)))
    rows = session.exec(query.order_by(col(OrderRow.id)).with_for_update()).all()
    for row in rows:
        for column in ("address_sealed", "phone_sealed"):
            seal_in(desk.vault, row, column, GONE)
        _roughen(desk, row)
    return len(rows)


def _clear_codes(
    session: Session, desk: Desk, person_no: str, *, by: str, now: datetime
) -> int:
    """Withdraw the access codes that still open anything; no code names a helper any more."""
    query = select(AccessCodeRow).where(col(AccessCodeRow.person_no) == person_no)
    rows = session.exec(query.with_for_update()).all()
    for row in rows:
        if row.withdrawn_at is None and row.expires_at > now:
            row.withdrawn_at = now
            session.add(noted(row, "withdrawn", by=by, at=now))
        if row.helper_name is not None:
            seal_in(desk.vault, row, "helper_name", GONE)
            seal_in(desk.vault, row, "helper_phone_tail", GONE)
    return len(rows)


def _roughen(desk: Desk, row: PersonRow | OrderRow) -> None:
    point = roughly(point_of(desk.vault, row))
    seal_in(desk.vault, row, "point_sealed", str(point))
