"""Commit a version of a plan: its routes are on the road, the version before is history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import Conflict, NotFound, Words
from dispensing.service.ordering import order_row, shift
from dispensing.tables import OrderRow
from routing.service.changed import told
from routing.service.keeping import routes_of
from routing.service.leaving_out import leave_out
from routing.service.reading import plan_view
from routing.service.refusals import reason_of
from routing.service.replanning import superseded
from routing.service.slices import bounds
from routing.service.standing import RouteStands, standing_routes
from routing.service.views import PlanView
from routing.tables import HoldRow, PlanRow, RouteRow, StopRow

_STANDING = ("committed", "superseded")


def commit_plan(
    session: Session, desk: Desk, *, plan_id: UUID, carrier_code: str, now: datetime
) -> PlanView:
    """Put a draft on the road: its orders become planned; asking again changes nothing.

    A draft made from a committed plan takes its place; what was done meanwhile is taken
    over. An order that may no longer be taken (cancelled, held back, on another route) is
    left out and named among the unserved, and all others go; Conflict where none can go.
    """
    row = put_on_the_road(session, desk, plan_id, carrier_code, now=now)
    view = plan_view(session, desk, row)
    session.commit()
    return view


def put_on_the_road(
    session: Session, desk: Desk, plan_id: UUID, carrier_code: str, *, now: datetime
) -> PlanRow:
    """Put a draft on the road without ending the unit of work; raises what `commit_plan` does."""
    row = locked_plan(session, plan_id, carrier_code)
    if row.state == "draft":
        _put_on_the_road(session, desk, row, now)
    return row


def _put_on_the_road(
    session: Session, desk: Desk, plan: PlanRow, now: datetime
) -> None:
    held = _supersede(session, plan, now)
    routes = session.exec(routes_of(plan.id)).all()
    refused: dict[UUID, str] = {}
    for route in routes:
        if _is_double_booked(session, route):
            refused |= dict.fromkeys(orders_on(session, [route.id]), "courier_busy")
    wanted = orders_on(session, [it.id for it in routes], ahead=True)
    for order_id in wanted:
        reason = refused.get(order_id) or _take(
            session, plan, order_id, held=held, now=now
        )
        if reason is not None:
            refused[order_id] = reason
    if wanted and refused.keys() >= set(wanted):
        session.rollback()
        raise _none_goes(refused)
    leave_out(session, desk.vault, plan, refused)
    plan.state = "committed"
    session.add(told(plan, "committed", now))


def _supersede(session: Session, plan: PlanRow, now: datetime) -> set[UUID]:
    """Let a version take the place of the one on the road; returns the orders it has had."""
    base = _on_the_road(session, plan)
    if base is None:
        return set()
    if base.state == "superseded":
        session.rollback()
        raise superseded()
    old, new = standing_routes(session, base.id), standing_routes(session, plan.id)
    for code, stands in old.items():
        _take_over(session, stands, new.get(code))
    held = set(orders_on(session, [it.row.id for it in old.values()]))
    base.state = "superseded"
    for stands in old.values():
        stands.row.state = "replaced"
    session.flush()
    kept = set(orders_on(session, [it.row.id for it in new.values()]))
    back = {UUID(it) for it in plan.figures.get("back", ())}
    for order_id in sorted((held - kept) | back):
        _let_go(session, plan, order_id, now, back=order_id in back)
    return held - back


def _on_the_road(session: Session, plan: PlanRow) -> PlanRow | None:
    """Return the version that was committed before, however many drafts lie between."""
    base_id = plan.base_id
    while base_id is not None:
        base = session.get_one(PlanRow, base_id)
        if base.state in _STANDING:
            return base
        base_id = base.base_id
    return None


def _take_over(session: Session, old: RouteStands, new: RouteStands | None) -> None:
    """Take what was done since the draft was made into it; Conflict where it differs."""
    known = {_name(it) for it in new.done} if new else set()
    since = [it for it in old.done if it.kind != "start" and _name(it) not in known]
    if new is None:
        if since:
            raise _stale(session)
        return
    ahead = {_name(it): it for it in new.ahead[: len(since)]}
    if {_name(it) for it in since} != set(ahead):
        raise _stale(session)
    for done in since:
        stop = ahead[_name(done)]
        stop.done_at, stop.outcome, stop.detail = (
            done.done_at,
            done.outcome,
            done.detail,
        )
    if old.row.state != "planned":
        left = len(new.ahead) - len(since)
        new.row.state = "out" if left else "done"
    session.flush()


def _let_go(
    session: Session, plan: PlanRow, order_id: UUID, now: datetime, *, back: bool
) -> None:
    """Free an order that a version no longer has, or that is brought back to its counter."""
    order = order_row(session, order_id, lock=True)
    if order.state == "planned" or (back and order.state == "out"):
        shift(session, order, "packed", now, by=plan.carrier_code)


def _name(stop: StopRow) -> tuple[UUID | None, str]:
    return (stop.order_id, stop.kind)


def _stale(session: Session) -> Conflict:
    session.rollback()
    return outdated()


def orders_on(
    session: Session, route_ids: Sequence[UUID], *, ahead: bool = False
) -> list[UUID]:
    """List the orders that routes hand over, or those that they have not yet."""
    query = select(StopRow.order_id).where(
        col(StopRow.route_id).in_(route_ids), col(StopRow.kind) == "dropoff"
    )
    if ahead:
        query = query.where(col(StopRow.done_at).is_(None))
    # In one order for all, so that two dispatchers never wait for each other in a ring.
    return sorted(found for found in session.exec(query) if found is not None)


def locked_plan(session: Session, plan_id: UUID, carrier_code: str) -> PlanRow:
    """Lock a plan and all others of the firm's day, or raise NotFound.

    Two plans with other orders may still send one courier to two places at once.
    """
    found = session.get(PlanRow, plan_id)
    if found is None or found.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    query = (
        select(PlanRow)
        .where(col(PlanRow.carrier_code) == carrier_code, col(PlanRow.day) == found.day)
        .order_by(col(PlanRow.id))
        .with_for_update()
    )
    session.exec(query.execution_options(populate_existing=True)).all()
    return found


def _take(
    session: Session, plan: PlanRow, order_id: UUID, *, held: set[UUID], now: datetime
) -> str | None:
    """Put an order on a plan's route, or say why it can no longer be there."""
    order = order_row(session, order_id, lock=True)
    if order_id in held and order.state in ("planned", "out"):
        return None
    reason = _unfit(session, plan, order)
    if reason is not None:
        return reason
    try:
        shift(session, order, "planned", now, by=plan.carrier_code)
    except Conflict as error:
        return reason_of(error)
    return None


def _unfit(session: Session, plan: PlanRow, order: OrderRow) -> str | None:
    opens, closes = bounds(plan)
    if order.state in ("planned", "out"):
        return "order_taken"
    if order.state != "packed":
        return "order_unpacked" if order.state == "placed" else "order_cancelled"
    if not opens <= order.window_opens < closes:
        return "order_moved"
    return "order_held" if session.get(HoldRow, order.id) is not None else None


def _none_goes(refused: Mapping[UUID, str]) -> Conflict:
    """Say that nothing of a draft can go on the road any more."""
    busy = set(refused.values()) == {"courier_busy"}
    return _busy() if busy else outdated()


def outdated() -> Conflict:
    """Say that a draft no longer fits what has happened meanwhile."""
    return Conflict(
        Words(
            "有订单已被取消或排入别的路线。",
            "An order was cancelled or taken by another route meanwhile.",
            "请重新计划本时段。",
            "Plan this slice again.",
        ),
        code="plan-outdated",
    )


def _is_double_booked(session: Session, route: RouteRow) -> bool:
    query = (
        select(RouteRow.id)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(RouteRow.courier_code) == route.courier_code,
            col(PlanRow.state) == "committed",
            col(RouteRow.leaves_at) < route.ends_at,
            col(RouteRow.ends_at) > route.leaves_at,
        )
    )
    if session.exec(query).first() is None:
        return False
    if route.state != "planned":
        session.rollback()
        raise _busy()  # what was begun cannot be left out
    return True


def _busy() -> Conflict:
    return Conflict(
        Words(
            "有配送员在同一时间已有别的路线。",
            "A courier has another route at the same time.",
            "请重新计划本时段。",
            "Plan this slice again.",
        ),
        code="courier-busy",
    )
