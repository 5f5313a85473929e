"""What comes back and is not sold again: a pharmacist decided that it is to be destroyed."""

from sqlmodel import Session, col, select

from dispensing.tables import EventRow, OrderRow, SettlementRow

DESTROYED = (
    "冷链偏离，药师决定销毁；结算"  # the reason of the movement, before the number
)


def to_be_destroyed(session: Session, row: SettlementRow) -> bool:
    """Tell whether the last decision on the parcel of a settlement was to destroy it."""
    query = (
        select(EventRow.detail)
        .join(OrderRow, col(OrderRow.prescription_id) == EventRow.prescription_id)
        .where(
            col(EventRow.prescription_id) == row.prescription_id,
            col(EventRow.kind) == "breach_decided",
            col(OrderRow.filling) == row.filling,
            col(EventRow.at) >= col(OrderRow.placed_at),
            col(EventRow.at) >= row.opened_at,
        )
        .order_by(col(EventRow.id).desc())
    )
    return session.exec(query.limit(1)).first() == "destroy"
