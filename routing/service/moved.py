"""Orders that went to another courier while a phone was out of reach."""

from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Work
from routing.tables import PlanActRow, PlanRow, RouteRow, StopRow

_ONCE_ON_THE_ROAD = ("committed", "superseded")


def had(session: Session, order_id: UUID, courier_code: str) -> bool:
    """Tell whether a courier ever had an order on a route that was committed."""
    query = (
        select(StopRow.no)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == order_id,
            col(RouteRow.courier_code) == courier_code,
            col(PlanRow.state).in_(_ONCE_ON_THE_ROAD),
        )
    )
    return session.exec(query.limit(1)).first() is not None


def tell_dispatcher(work: Work, order_id: UUID, kind: str, courier_code: str) -> None:
    """Write on the order's plan that a courier did what the plan no longer asks for."""
    query = (
        select(PlanRow)
        .join(RouteRow, col(RouteRow.plan_id) == col(PlanRow.id))
        .join(StopRow, col(StopRow.route_id) == col(RouteRow.id))
        .where(
            col(StopRow.order_id) == order_id,
            col(PlanRow.state).in_(_ONCE_ON_THE_ROAD),
        )
        # The version on the road before those whose place it took.
        .order_by(col(PlanRow.state), col(PlanRow.made_at).desc())
    )
    plan = work.session.exec(query.limit(1)).one()
    told = PlanActRow(
        plan_id=plan.id,
        at=work.now,
        by=courier_code,
        kind=kind,
        reason=str(order_id)[:8],
        detail={"order": str(order_id), "courier": courier_code},
    )
    work.session.add(told)
