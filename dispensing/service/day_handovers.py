"""The hand-overs of an outlet's day, each with the settlement that its goods went out by."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import day_of, start_of
from dispensing.reconcile import HandedOver
from dispensing.tables import EventRow, PrescriptionRow, SettlementRow

HANDED_OUT = ("dispensed", "part_dispensed")  # events of goods that went out
_AT_ONCE = 500


def handed_over(
    session: Session, outlet_code: str, day: date
) -> tuple[HandedOver, ...]:
    """Read the hand-overs of a day, and earlier ones of the same prescriptions before them."""
    opens = start_of(day)
    closes = opens + timedelta(days=1)
    settled_here = select(SettlementRow.prescription_id).where(
        col(SettlementRow.outlet_code) == outlet_code
    )
    mine = (
        select(EventRow.prescription_id)
        .join(PrescriptionRow, col(PrescriptionRow.id) == col(EventRow.prescription_id))
        .where(
            (col(PrescriptionRow.outlet_code) == outlet_code)
            | col(PrescriptionRow.id).in_(settled_here),
            col(EventRow.kind).in_(HANDED_OUT),
            col(EventRow.at) >= opens,
            col(EventRow.at) < closes,
        )
    )
    query = select(EventRow).where(
        col(EventRow.prescription_id).in_(mine),
        col(EventRow.kind).in_(HANDED_OUT),
        col(EventRow.at) < closes,
    )
    events = session.exec(query.order_by(col(EventRow.id))).all()
    held = _fillings(session, {event.prescription_id for event in events})
    seen: dict[UUID, int] = {}
    found = []
    for event in events:
        fillings = held.get(event.prescription_id, [])
        no = seen[event.prescription_id] = seen.get(event.prescription_id, -1) + 1
        row = fillings[min(no, len(fillings) - 1)] if fillings else None
        if row is None or row.outlet_code == outlet_code:
            found.append(_handover(event, row))
    return tuple(found)


def _fillings(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[SettlementRow]]:
    """Read the settlements that goods go out by, in the order of their fillings."""
    wanted = sorted(ids)
    found: dict[UUID, list[SettlementRow]] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        query = select(SettlementRow).where(
            col(SettlementRow.prescription_id).in_(wanted[begin : begin + _AT_ONCE]),
            col(SettlementRow.state).in_(("posted", "reversing")),
        )
        for row in session.exec(query.order_by(col(SettlementRow.filling))):
            found.setdefault(row.prescription_id, []).append(row)
    return found


def _handover(event: EventRow, held: SettlementRow | None) -> HandedOver:
    # Each filling is handed over once, as a prescription that is filled once.
    later = f"#{held.filling}" if held is not None and held.filling > 1 else ""
    return HandedOver(
        str(event.id),
        day_of(event.at),
        f"{event.prescription_id}{later}",
        str(held.id) if held else "",
        held.msgid if held else None,
    )
