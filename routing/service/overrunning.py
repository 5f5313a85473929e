"""Two dispatchers at one draft: who acts on what another has just changed is told so."""

from collections.abc import Set
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import CHINA
from dispensing.errors import Conflict, Words
from routing.tables import PlanActRow

_MOVES = ("edited", "undone")


def reject_overrun(
    session: Session,
    plan_id: UUID,
    seen: int | None,
    couriers: Set[str],
    *,
    by: str,
) -> None:
    """Raise Conflict where somebody else has moved a parcel of these routes since `seen`.

    The names of who and when are in its words; without `seen` nothing is asked.
    """
    if seen is None:
        return
    query = select(PlanActRow).where(
        col(PlanActRow.plan_id) == plan_id,
        col(PlanActRow.id) > seen,
        col(PlanActRow.by) != by,
        col(PlanActRow.kind).in_(_MOVES),
    )
    for row in session.exec(query.order_by(col(PlanActRow.id).desc())):
        if couriers & set(row.detail.get("before", ())):
            session.rollback()
            raise _overrun(row)


def _overrun(row: PlanActRow) -> Conflict:
    hour = f"{row.at.astimezone(CHINA):%H:%M}"
    return Conflict(
        Words(
            f"{row.by} 在 {hour} 刚调整过这条路线，您看到的不是最新的。",
            f"{row.by} has moved a parcel of this route at {hour}: you do not see the latest.",
            "请看过新的路线后再调整。",
            "Look at the route as it is now, then move it.",
        ),
        code="plan-changed",
    )
