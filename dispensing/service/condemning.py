"""What comes back and is not sold again: its cold chain broke, and no pharmacist let it pass."""

from sqlmodel import Session, col, select

from dispensing.tables import EventRow, OrderRow, SettlementRow

# The reasons of the movement, before the number of the settlement.
DESTROYED = "冷链偏离，药师决定销毁；结算"
UNDECIDED = "冷链偏离，没有药师放行；结算"


def why_destroyed(session: Session, row: SettlementRow) -> str:
    """Tell why the parcel of a settlement is written off when it comes back; '' where it is not.

    Nothing goes back on the shelf after a breach on which no pharmacist has decided.
    """
    query = (
        select(EventRow.kind, EventRow.detail)
        .join(OrderRow, col(OrderRow.prescription_id) == EventRow.prescription_id)
        .where(
            col(EventRow.prescription_id) == row.prescription_id,
            col(EventRow.kind).in_(("breach_found", "breach_decided")),
            col(OrderRow.filling) == row.filling,
            col(EventRow.at) >= col(OrderRow.placed_at),
            col(EventRow.at) >= row.opened_at,
        )
        .order_by(col(EventRow.id).desc())
    )
    kind, verdict = session.exec(query.limit(1)).first() or ("", "")
    if kind == "breach_found":
        return f"{UNDECIDED} {str(row.id)[:8]}"
    return f"{DESTROYED} {str(row.id)[:8]}" if verdict == "destroy" else ""
