"""Where a plan stands at an instant: what was done, what is on board, what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import CHINA
from dispensing.desk import Work
from dispensing.sealed import point_of
from dispensing.tables import OrderRow
from pharmacies import service as pharmacies
from routing.problem import Courier, Fixed, Kind
from routing.replan import Reopened, Underway, reopened
from routing.service.conditions import Conditions
from routing.service.drawing import Drawn
from routing.service.keeping import Before, routes_of
from routing.service.slices import Staff, bounds, free_couriers, open_orders, second
from routing.tables import HoldRow, PlanRow, RouteRow, StopRow, UnservedRow
from routing.travel import TravelTimes

OPEN = ("packed", "planned", "out")
_STOPS = ("pickup", "dropoff")


@dataclass(frozen=True, slots=True)
class RouteStands:
    """One route's stops: those behind, and those ahead in their order."""

    row: RouteRow
    done: tuple[StopRow, ...]
    ahead: tuple[StopRow, ...]

    @property
    def names(self) -> tuple[Fixed, ...]:
        """Return the stops ahead, as the planner calls them."""
        return tuple((str(it.order_id), Kind(it.kind)) for it in self.ahead)

    @property
    def seen(self) -> StopRow | None:
        """Return the stop that was done last, if any."""
        done = [it for it in self.done if it.done_at is not None]
        return max(done, key=lambda it: (it.done_at, it.no), default=None)


@dataclass(frozen=True, slots=True)
class New:
    """Which orders of the slice that came since are drawn, too: none, all, or those named."""

    wanted: bool = True
    only: tuple[UUID, ...] = ()


NOTHING_NEW = New(wanted=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """A plan drawn at an instant: the open rest, and what its routes have before it."""

    drawn: Drawn
    again: Reopened
    before: dict[str, Before]
    routes: dict[str, tuple[Fixed, ...]]
    aboard: dict[str, str]  # each order on board, with its courier


def stand(
    work: Work,
    plan: PlanRow,
    conditions: Conditions,
    travel: TravelTimes,
    *,
    new: New = NOTHING_NEW,
    only: Sequence[str] | None = None,
    also: UUID | None = None,
) -> Standing:
    """Draw the open rest of a plan at `work.now`; with the slice's new orders, if asked.

    `only` draws these couriers alone, with what they have and the order `also`.
    """
    session, drawn = work.session, Drawn(work, plan.day, conditions)
    routes = standing_routes(session, plan.id, only)
    ids = {also} if also else set()
    if only is None:
        ids |= _left_behind(session, plan, new=new)
    orders = _orders(session, plan, routes.values(), ids)
    known = {str(order.id) for order in orders}
    parcels = drawn.parcels(orders)
    couriers = drawn.couriers(_staff(session, plan, conditions, routes, only=only))
    aboard = _aboard(routes.values(), plan.day, known)
    underway = [
        _underway(drawn, it, routes.get(it.id), known, aboard=aboard) for it in couriers
    ]
    session.expunge_all()  # what was read is held on to after the database is let go
    town = drawn.problem(parcels, couriers, travel)
    return Standing(
        drawn=drawn,
        again=reopened(town, underway, conditions.gone, drawn.earliest_s),
        before={code: _before(it) for code, it in routes.items()},
        routes={it.courier.id: it.stops for it in underway},
        aboard={name: code for name, (code, _) in aboard.items()},
    )


def standing_routes(
    session: Session, plan_id: UUID, only: Sequence[str] | None = None
) -> dict[str, RouteStands]:
    """Read a plan's routes by courier, each with what is behind and what is ahead."""
    wanted = routes_of(plan_id)
    if only is not None:
        wanted = wanted.where(col(RouteRow.courier_code).in_(only))
    rows = session.exec(wanted).all()
    query = select(StopRow).where(col(StopRow.route_id).in_([row.id for row in rows]))
    stops: dict[UUID, list[StopRow]] = {row.id: [] for row in rows}
    for stop in session.exec(query.order_by(col(StopRow.route_id), col(StopRow.no))):
        stops[stop.route_id].append(stop)
    return {row.courier_code: _stands(row, stops[row.id]) for row in rows}


def _stands(row: RouteRow, stops: Sequence[StopRow]) -> RouteStands:
    done = [it for it in stops if it.kind == "start" or it.done_at is not None]
    ahead = [it for it in stops if it.kind in _STOPS and it.done_at is None]
    return RouteStands(row, tuple(done), tuple(ahead))


def _before(stands: RouteStands) -> Before:
    """Tell what a new version of a route begins with; one not begun, with nothing."""
    locked = [no for no, it in enumerate(stands.ahead, 1) if it.locked]
    return Before(
        done=stands.done if stands.seen is not None else (),
        locked=frozenset(stands.names[: max(locked, default=0)]),
        out=stands.seen is not None,
        ahead=stands.ahead,
    )


def _left_behind(session: Session, plan: PlanRow, *, new: New) -> set[UUID]:
    """Name the orders that no route of a plan has, and those that came since, if asked."""
    query = select(UnservedRow.order_id).where(
        col(UnservedRow.plan_id) == plan.id,
        col(UnservedRow.order_id).not_in(select(HoldRow.order_id)),
    )
    ids = set(session.exec(query).all())
    if not new.wanted:
        return ids
    return ids | {order.id for order in open_orders(session, plan, new.only)}


def _orders(
    session: Session, plan: PlanRow, routes: Iterable[RouteStands], more: set[UUID]
) -> list[OrderRow]:
    """Read the orders that are not handed over: on the routes, and more."""
    ids = {it.order_id for each in routes for it in each.ahead}
    ids |= {
        it.order_id for each in routes for it in each.done if it.outcome == "picked_up"
    }
    ids |= more
    opens, closes = bounds(plan)
    found = select(OrderRow).where(
        col(OrderRow.id).in_(ids),
        col(OrderRow.state).in_(OPEN),
        # What is tried again another day is no longer of this slice.
        col(OrderRow.window_opens) >= opens,
        col(OrderRow.window_opens) < closes,
    )
    ordered = found.order_by(col(OrderRow.window_opens), col(OrderRow.id))
    return list(session.exec(ordered).all())


def _aboard(
    routes: Iterable[RouteStands], day: date, known: set[str]
) -> dict[str, tuple[str, int]]:
    """Tell of each parcel on board who has it, and when it left its counter.

    One that was taken over on the spot is with whoever picked it up last.
    """
    picked = [
        (it.done_at, str(it.order_id), each.row.courier_code)
        for each in routes
        for it in each.done
        if it.kind == "pickup" and it.done_at is not None
    ]
    handed = {
        str(it.order_id) for each in routes for it in each.done if it.kind == "dropoff"
    }
    aboard: dict[str, tuple[str, int]] = {}
    for at, name, code in sorted(picked):
        if name in known and name not in handed:
            left_s = aboard[name][1] if name in aboard else second(at, day)
            aboard[name] = (code, left_s)
    return aboard


def _staff(
    session: Session,
    plan: PlanRow,
    conditions: Conditions,
    routes: Mapping[str, RouteStands],
    *,
    only: Sequence[str] | None,
) -> Staff:
    """List the couriers who are free in the slice, and those who have a route already."""
    staff = free_couriers(session, plan, conditions, beside=(plan.id,), only=only)
    listed = {it.code for it, _ in staff}
    missing = (
        pharmacies.courier(session, code, plan.day)
        for code in routes
        if code not in listed
    )
    begun = [(it, datetime.combine(plan.day, it.shift_begins, CHINA)) for it in missing]
    whole = (*staff, *begun)
    return tuple(it for it in whole if only is None or it[0].code in only)


def _underway(
    drawn: Drawn,
    courier: Courier,
    stands: RouteStands | None,
    known: set[str],
    *,
    aboard: Mapping[str, tuple[str, int]],
) -> Underway:
    if stands is None:
        return Underway(courier, courier.start, courier.start_s)
    seen = stands.seen
    ahead = [it for it in stands.ahead if str(it.order_id) in known]
    stops = tuple((str(it.order_id), Kind(it.kind)) for it in ahead)
    locked = [no for no, it in enumerate(ahead, 1) if it.locked]
    place, free_s = courier.start, courier.start_s
    if seen is not None and seen.done_at is not None:
        place = drawn.place(point_of(drawn.work.desk.vault, seen))
        free_s = second(seen.done_at, drawn.day)
    return Underway(
        courier,
        place,
        free_s,
        stops,
        moving=seen is not None and bool(stops),
        locked=max(locked, default=0),
        aboard={
            name: left_s
            for name, (code, left_s) in aboard.items()
            if code == courier.id
        },
    )
