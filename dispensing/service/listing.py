"""List prescriptions, a page of them with a fixed number of queries; each person's read recorded.

A list tells less than a prescription's own page: no address, no identity, no amounts of a check.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, func
from sqlmodel import Session, SQLModel, col, select

from dispensing.desk import Desk, Reader, Work
from dispensing.life import state_of
from dispensing.sealed import unseal
from dispensing.service.holding import newest_first
from dispensing.service.people import name_of, record_reads
from dispensing.service.reading import (
    OPEN,
    last_valid_day,
    shown_state,
    stage_view,
)
from dispensing.service.settling import settled_view
from dispensing.service.standing import ENDED_ORDERS, standing_of
from dispensing.service.views import SettledView, StageView
from dispensing.tables import (
    AssessmentRow,
    EventRow,
    OrderRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
    SettlementRow,
)
from dispensing.vault import mask_name
from pharmacies import service as pharmacies

Row = TypeVar("Row", PrescriptionLineRow, OrderRow, SettlementRow)
LISTED_MAX = 50
QUEUE_MAX = 25  # on one page of a counter's queue
PACKING_MAX = 20  # the earliest, which are packed first


@dataclass(frozen=True, slots=True)
class ListedLine:
    """One medicine of a listed prescription; `open_packs` are not handed out yet."""

    name: str
    quantity: int
    open_packs: int


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """The latest delivery order of a listed prescription's filling."""

    id: UUID
    outlet_code: str
    storage: str
    state: str
    window_opens: datetime
    window_closes: datetime


@dataclass(frozen=True, slots=True)
class LastEvent:
    """The last thing that happened to a prescription."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class ListedView:
    """One prescription in a list: the name masked for all but the patient."""

    id: UUID
    hosp_rx_no: str
    person_name: str
    disease: str
    issued_at: datetime
    valid_until: date
    state: str
    lines: tuple[ListedLine, ...]
    last_event: LastEvent
    decision: str | None  # of the last check
    settlement: SettledView | None
    order: ListedOrder | None
    life: StageView


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at an outlet: a page of its prescriptions, and the first parcels to pack.

    `queued` and `to_pack` count all of them, also those on other pages.
    """

    queue: tuple[ListedView, ...]
    queued: int
    packing: tuple[ListedView, ...]
    to_pack: int

    @property
    def pages(self) -> int:
        """Tell how many pages the queue has, one where it is empty."""
        return max(1, -(-self.queued // QUEUE_MAX))


def prescriptions_of(
    session: Session, desk: Desk, person_no: str, *, reader: Reader, now: datetime
) -> tuple[ListedView, ...]:
    """List a person's prescriptions, the latest first."""
    query = select(PrescriptionRow).where(col(PrescriptionRow.person_no) == person_no)
    query = query.order_by(col(PrescriptionRow.issued_at).desc()).limit(LISTED_MAX)
    rows = session.exec(query).all()
    listed = _listed(Work(session, desk, now), rows, reader)
    session.commit()
    return tuple(listed[row_id] for row_id in listed)


def waiting_at(
    session: Session,
    desk: Desk,
    outlet_code: str,
    *,
    reader: Reader,
    now: datetime,
    page: int = 1,
) -> Waiting:
    """Tell what an outlet has on its desk: checked, held or settled here, or still owed.

    What it held when its issuer revoked it stays in sight, as revoked, until it is swept.
    Parcels to be packed come by their windows, wherever their prescriptions stand in the queue.
    """
    where, placed = _on_desk(outlet_code, now), _to_pack(outlet_code)
    newest = col(PrescriptionRow.received_at).desc(), col(PrescriptionRow.id)
    # The numbers alone are sorted: a row carries its whole message.
    some = select(PrescriptionRow.id).where(where).order_by(*newest)
    some = some.offset((page - 1) * QUEUE_MAX).limit(QUEUE_MAX)
    query = select(PrescriptionRow).where(col(PrescriptionRow.id).in_(some))
    queue = session.exec(query.order_by(*newest)).all()
    first = select(PrescriptionRow).join(OrderRow).where(*placed)
    first = first.order_by(col(OrderRow.window_opens), col(OrderRow.id))
    packing = session.exec(first.limit(PACKING_MAX)).all()
    listed = _listed(Work(session, desk, now), [*queue, *packing], reader)
    found = Waiting(
        queue=tuple(listed[row.id] for row in queue),
        queued=_count(session, PrescriptionRow, where),
        packing=tuple(listed[row.id] for row in packing),
        to_pack=_count(session, OrderRow, *placed),
    )
    session.commit()
    return found


@dataclass(frozen=True, slots=True)
class _Beside:
    """What belongs to the prescriptions of a list, read once for all of them."""

    people: Mapping[str, str]
    medicines: Mapping[str, str]
    outlets: Mapping[str, str]
    lines: Mapping[UUID, list[PrescriptionLineRow]]
    orders: Mapping[UUID, list[OrderRow]]
    settlements: Mapping[UUID, list[SettlementRow]]
    events: Mapping[UUID, LastEvent]
    decisions: Mapping[UUID, str]


def _listed(
    work: Work, rows: Iterable[PrescriptionRow], reader: Reader
) -> dict[UUID, ListedView]:
    """View prescriptions by their ids, in their order; one read is recorded for each person."""
    found = {row.id: row for row in rows}
    beside = _beside(work, list(found.values()))
    read = dict.fromkeys(row.person_no for row in found.values())
    record_reads(work.session, read, reader, work.now)
    return {
        row.id: _view(work, row, beside, open_name=reader.role == "patient")
        for row in found.values()
    }


def _beside(work: Work, rows: Sequence[PrescriptionRow]) -> _Beside:
    session = work.session
    ids = [row.id for row in rows]
    lines = _by_prescription(
        session, PrescriptionLineRow, ids, col(PrescriptionLineRow.no)
    )
    codes = {line.medicine_code for of in lines.values() for line in of}
    people = select(PersonRow).where(
        col(PersonRow.person_no).in_({row.person_no for row in rows})
    )
    holders = {row.claimed_by for row in rows if row.claimed_by is not None}
    return _Beside(
        people={
            row.person_no: name_of(work.desk.vault, row) for row in session.exec(people)
        },
        medicines={
            each.code: each.name
            for each in pharmacies.medicines(session, sorted(codes))
        },
        outlets=pharmacies.outlet_names(session, holders),
        lines=lines,
        orders=_by_prescription(session, OrderRow, ids, col(OrderRow.placed_at).desc()),
        settlements=_by_prescription(session, SettlementRow, ids, *newest_first()),
        events=_last_events(session, ids),
        decisions=_last_decisions(session, ids),
    )


def _view(
    work: Work, row: PrescriptionRow, beside: _Beside, *, open_name: bool
) -> ListedView:
    filled = [one for one in beside.settlements[row.id] if one.filling == row.filling]
    settled = settled_view(filled[0]) if filled else None
    orders = [one for one in beside.orders[row.id] if one.filling == row.filling]
    valid_until, name = last_valid_day(row), beside.people[row.person_no]
    holder = beside.outlets.get(row.claimed_by or "")
    return ListedView(
        id=row.id,
        hosp_rx_no=row.hosp_rx_no,
        person_name=name if open_name else mask_name(name),
        disease=unseal(work.desk.vault, row, "disease_sealed"),
        issued_at=row.issued_at,
        valid_until=valid_until,
        state=shown_state(row, settled, valid_until, work.now),
        lines=tuple(_line(row, beside, line) for line in beside.lines[row.id]),
        last_event=beside.events[row.id],
        decision=beside.decisions.get(row.id),
        settlement=settled,
        order=_order(orders[0]) if orders else None,
        life=stage_view(work, row, _stage(work, row, beside, orders), holder),
    )


def _stage(
    work: Work, row: PrescriptionRow, beside: _Beside, orders: Sequence[OrderRow]
) -> str:
    """Tell the state as `standing.read_state` does, from what was read for the whole list."""
    live = next((one for one in orders if one.state not in ENDED_ORDERS), None)
    reversing = any(one.state == "reversing" for one in beside.settlements[row.id])
    is_settled = row.state == "settled"
    standing = standing_of(
        row,
        work.desk.life,
        order_state=live.state if live and is_settled else None,
        is_reversing=reversing and is_settled,
    )
    return state_of(standing, work.now)


def _line(
    row: PrescriptionRow, beside: _Beside, line: PrescriptionLineRow
) -> ListedLine:
    left = line.quantity - line.taken if row.state in OPEN else 0
    return ListedLine(beside.medicines[line.medicine_code], line.quantity, left)


def _order(row: OrderRow) -> ListedOrder:
    return ListedOrder(
        row.id,
        row.outlet_code,
        row.storage,
        row.state,
        row.window_opens,
        row.window_closes,
    )


def _by_prescription(
    session: Session,
    kind: type[Row],
    ids: Sequence[UUID],
    *order: SQLColumnExpression[Any],
) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {each: [] for each in ids}
    query = select(kind).where(col(kind.prescription_id).in_(ids)).order_by(*order)
    for row in session.exec(query):
        found[row.prescription_id].append(row)
    return found


def _last_events(session: Session, ids: Sequence[UUID]) -> dict[UUID, LastEvent]:
    last = select(func.max(EventRow.id)).where(col(EventRow.prescription_id).in_(ids))
    last = last.group_by(col(EventRow.prescription_id))
    query = select(EventRow).where(col(EventRow.id).in_(last))
    return {
        row.prescription_id: LastEvent(row.at, row.kind) for row in session.exec(query)
    }


def _last_decisions(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    query = select(AssessmentRow.prescription_id, AssessmentRow.decision).where(
        col(AssessmentRow.prescription_id).in_(ids)
    )
    return dict(session.exec(query.order_by(col(AssessmentRow.at))).all())


def _on_desk(outlet_code: str, now: datetime) -> ColumnElement[bool]:
    here = col(PrescriptionRow.outlet_code) == outlet_code
    held, state = (
        col(PrescriptionRow.claimed_by) == outlet_code,
        col(PrescriptionRow.state),
    )
    stopped = (state == "revoked") & (col(PrescriptionRow.claimed_until) > now)
    return (here & state.in_(OPEN)) | (held & (state.in_(OPEN) | stopped))


def _to_pack(outlet_code: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(OrderRow.outlet_code) == outlet_code,
        col(OrderRow.state) == "placed",
    )


def _count(session: Session, kind: type[SQLModel], *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(kind).where(*where)
    return int(session.exec(query).one())
