"""Stops of a courier's own, and of those who have an order after them."""

from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.errors import NotFound
from routing.service.moved import had
from routing.service.road import Road
from routing.tables import PlanRow, RouteRow, StopRow


def own_stop(road: Road, order_id: UUID, courier_code: str) -> StopRow | None:
    """Find the courier's own stop of an order; NotFound where there never was one.

    None is an order that this courier had, and that was planned otherwise meanwhile.
    """
    query = (
        select(StopRow, RouteRow.courier_code)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == order_id,
            col(StopRow.kind) == "dropoff",
            col(PlanRow.state) == "committed",
        )
        # After a failed visit another courier may have it: the last route counts.
        .order_by(col(RouteRow.leaves_at).desc())
    )
    found = road.session.exec(query).first()
    if found is not None and found[1] == courier_code:
        stop: StopRow = found[0]
        return stop
    if road.happened and had(road.session, order_id, courier_code):
        return None
    raise NotFound("订单", "order")


def stops(session: Session, route_id: UUID, kind: str) -> list[StopRow]:
    """List the stops of one kind of a route, by their orders."""
    query = select(StopRow).where(
        col(StopRow.route_id) == route_id, col(StopRow.kind) == kind
    )
    return list(session.exec(query.order_by(col(StopRow.order_id))))


def close_stop(road: Road, stop: StopRow, outcome: str, detail: str = "") -> None:
    """Note a stop as done; the route is done with its last one."""
    stop.done_at, stop.outcome, stop.detail = road.counts_at, outcome, detail
    road.session.flush()
    left = stops(road.session, stop.route_id, "dropoff")
    if not any(each.done_at is None for each in left):
        route = road.session.get_one(RouteRow, stop.route_id)
        route.state = "done"


def close_others(road: Road, order_id: UUID, courier_code: str) -> None:
    """Close the stops of an order that others still have before them."""
    query = (
        select(StopRow)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == order_id,
            col(StopRow.done_at).is_(None),
            col(PlanRow.state) == "committed",
        )
        .order_by(col(StopRow.route_id), col(StopRow.no))
    )
    for stop in road.session.exec(query).all():
        outcome = "picked_up" if stop.kind == "pickup" else "handed_over"
        close_stop(road, stop, outcome, courier_code)
