"""Where couriers are and when they come, in the same figures for everybody who may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import NotFound
from pharmacies import service as pharmacies
from pharmacies.places import Point
from routing.eta import Eta
from routing.live_tables import AsideRow, PositionRow
from routing.service.promising import PromiseView, foretold
from routing.service.riding import LIVE, OnRoad, on_road, route_etas
from routing.service.views import ArrivalView, PlaceView, RiderView
from routing.tables import PlanRow, RouteRow, StopRow
from routing.track import Fix
from routing.travel import TravelTimes


def riders(
    session: Session,
    desk: Desk,
    carrier_code: str,
    travel: TravelTimes,
    *,
    now: datetime,
) -> tuple[RiderView, ...]:
    """List a firm's couriers of today who have something to drive, with where each is."""
    found = on_road(
        session,
        desk.vault,
        col(PlanRow.carrier_code) == carrier_code,
        col(PlanRow.day) == day_of(now),
    )
    aside = _aside(session, {it.route.courier_code for it in found}, now)
    return tuple(
        _rider(session, it, route_etas(it, travel, now), aside) for it in found
    )


@dataclass(frozen=True, slots=True)
class Coming:
    """When each parcel ahead of a plan is expected, and which comes after its promise."""

    arrivals: Mapping[UUID, ArrivalView]
    behind: tuple[PromiseView, ...]

    @property
    def late(self) -> int:
        """Count the parcels that are expected after their window."""
        return sum(it.late_s > 0 for it in self.arrivals.values())


def coming(
    session: Session, desk: Desk, plan_id: UUID, travel: TravelTimes, *, now: datetime
) -> Coming:
    """Tell when the parcels ahead of a committed plan come, and whose promise that breaks.

    A promise is judged as it will stand at the door: who has broken it, and why.
    """
    arrivals: dict[UUID, ArrivalView] = {}
    expected: dict[UUID, datetime] = {}
    to_come = col(PlanRow.day) >= day_of(now)
    for it in on_road(session, desk.vault, to_come, col(PlanRow.id) == plan_id):
        reckoned = route_etas(it, travel, now)
        arrivals |= {each.order_id: each for each in _of(it, reckoned)}
        expected |= _after_promise(it, reckoned)
    found = foretold(session, expected) if expected else ()
    behind = sorted(found, key=lambda it: (-it.promise.late_s, str(it.order_id)))
    return Coming(arrivals, tuple(behind))


def arrivals_of_courier(
    session: Session,
    desk: Desk,
    courier_code: str,
    travel: TravelTimes,
    *,
    now: datetime,
) -> dict[UUID, ArrivalView]:
    """Tell when a courier is expected at each door ahead, by its order."""
    mine = col(RouteRow.courier_code) == courier_code
    return _arrivals(session, desk, travel, now, mine)


def arrival(
    session: Session, desk: Desk, order_id: UUID, travel: TravelTimes, *, now: datetime
) -> ArrivalView | None:
    """Tell when an order is expected at its door; None where it is on no route to come."""
    query = select(StopRow.route_id).where(
        col(StopRow.order_id) == order_id, col(StopRow.done_at).is_(None)
    )
    routes = session.exec(query.distinct()).all()
    found = _arrivals(session, desk, travel, now, col(RouteRow.id).in_(routes))
    return found.get(order_id)


def route_track(
    session: Session, route_id: UUID, *, carrier_code: str
) -> tuple[PlaceView, ...]:
    """List the positions of one route of a firm, the earliest first; raises NotFound."""
    query = (
        select(PlanRow.carrier_code)
        .join(RouteRow, col(RouteRow.plan_id) == col(PlanRow.id))
        .where(col(RouteRow.id) == route_id)
    )
    if session.exec(query).first() != carrier_code:
        raise NotFound("路线", "route")
    rows = session.exec(
        select(PositionRow)
        .where(col(PositionRow.route_id) == route_id)
        .order_by(col(PositionRow.at))
    )
    return tuple(
        _place(Fix(it.at, Point(it.lon, it.lat), it.accuracy_m, it.speed_mps))
        for it in rows
    )


def _arrivals(
    session: Session,
    desk: Desk,
    travel: TravelTimes,
    now: datetime,
    *wanted: ColumnElement[bool],
) -> dict[UUID, ArrivalView]:
    to_come = col(PlanRow.day) >= day_of(now)
    found: dict[UUID, ArrivalView] = {}
    for it in on_road(session, desk.vault, to_come, *wanted, states=LIVE):
        for each in _of(it, route_etas(it, travel, now)):
            found[each.order_id] = each
    return found


def _of(it: OnRoad, reckoned: Mapping[int, Eta]) -> Sequence[ArrivalView]:
    doors = [stop for stop in it.ahead if stop.kind == "dropoff" and stop.order_id]
    return tuple(
        ArrivalView(
            stop.order_id,
            eta.early,
            eta.late,
            before,
            late_s=_late_s(eta, it.windows[stop.order_id].closes),
        )
        for before, stop in enumerate(doors)
        if stop.order_id and (eta := reckoned.get(stop.no))
    )


def _after_promise(it: OnRoad, reckoned: Mapping[int, Eta]) -> dict[UUID, datetime]:
    """Tell which parcels come after what was promised, and when."""
    found: dict[UUID, datetime] = {}
    for stop in it.ahead:
        eta = reckoned.get(stop.no)
        if stop.kind != "dropoff" or stop.order_id is None or eta is None:
            continue
        if eta.at > it.windows[stop.order_id].promised:
            found[stop.order_id] = eta.at
    return found


def _late_s(eta: Eta, closes: datetime) -> int:
    return max(0, int((eta.at - closes).total_seconds()))


def _rider(
    session: Session,
    it: OnRoad,
    reckoned: Mapping[int, Eta],
    aside: Mapping[str, dict[str, int]],
) -> RiderView:
    code, last = it.route.courier_code, it.last
    doors = [stop for stop in it.stops if stop.kind == "dropoff"]
    fix = None
    if last is not None and day_of(last.at) == it.plan.day:
        point = Point(last.lon, last.lat)
        fix = Fix(last.at, point, last.accuracy_m, last.speed_mps)
    return RiderView(
        courier_code=code,
        courier_name=pharmacies.courier(session, code).name,
        route_id=it.route.id,
        plan_id=it.plan.id,
        state=it.route.state,
        done=sum(stop.done_at is not None for stop in doors),
        parcels=len(doors),
        place=_place(fix) if fix else None,
        heard_at=it.heard_at,
        arrivals=tuple(_of(it, reckoned)),
        aside=aside.get(code, {}),
    )


def _place(fix: Fix) -> PlaceView:
    return PlaceView(fix.point, fix.at, fix.accuracy_m, fix.speed_mps)


def _aside(
    session: Session, couriers: set[str], now: datetime
) -> dict[str, dict[str, int]]:
    query = select(AsideRow).where(
        col(AsideRow.courier_code).in_(couriers), col(AsideRow.day) == day_of(now)
    )
    found: dict[str, dict[str, int]] = {}
    for row in session.exec(query):
        found.setdefault(row.courier_code, {})[row.why] = row.fixes
    return found
