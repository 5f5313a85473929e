"""What is on the road: each route with its stops, its courier's last position and its windows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.sealed import at
from dispensing.tables import OrderRow
from dispensing.vault import Vault
from pharmacies.places import Point, distance_m
from routing.alerts import Parcel, Ride
from routing.eta import Ahead, Eta, etas
from routing.live_tables import LastPositionRow
from routing.service.conditions import conditions_of
from routing.service.following import track_of
from routing.service.promising import promised_until
from routing.tables import PlanRow, RouteRow, StopRow
from routing.track import ANCHOR_M
from routing.travel import TravelTimes

LIVE = ("planned", "out")
_STOPS = ("pickup", "dropoff")


@dataclass(frozen=True, slots=True)
class Window:
    """When a parcel is to be handed over, until when it was promised, whether it is a cold one."""

    opens: datetime
    closes: datetime
    promised: datetime
    cold: bool


class RoadStop(NamedTuple):
    """A stop as it is planned and was done, as plain values: many are read at once."""

    route_id: UUID
    no: int
    kind: str
    order_id: UUID | None
    point_sealed: str
    arrive_at: datetime
    start_at: datetime
    depart_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class OnRoad:
    """A route with what is known of it: rows that are read and not changed."""

    route: RouteRow
    plan: PlanRow
    stops: Sequence[RoadStop]
    windows: Mapping[UUID, Window]
    last: LastPositionRow | None
    vault: Vault

    def point(self, stop: RoadStop) -> Point:
        """Open where a stop is: few of many are asked for."""
        place = at(StopRow, "point_sealed", stop.route_id, stop.no)
        return Point.read(self.vault.open(stop.point_sealed, place))

    @property
    def ahead(self) -> list[RoadStop]:
        """List the stops that are still to be made."""
        return [it for it in self.stops if it.done_at is None and it.kind in _STOPS]

    @property
    def behind(self) -> RoadStop | None:
        """Return the stop that was done last, if any was."""
        done = [it for it in self.stops if it.done_at is not None]
        return max(done, key=lambda it: (it.done_at, it.no), default=None)

    @property
    def heard_at(self) -> datetime | None:
        """Tell when the courier was heard of last, by a position or an act."""
        behind = self.behind
        heard = [behind.done_at] if behind and behind.done_at else []
        heard += [self.last.heard_at] if self.last and self._fits else []
        return max(heard, default=None)

    @property
    def place(self) -> LastPositionRow | None:
        """Return the last position, where it is of this route and after the last stop."""
        behind = self.behind
        if self.last is None or not self._fits:
            return None
        done_at = behind.done_at if behind else None
        return self.last if done_at is None or self.last.at >= done_at else None

    @property
    def _fits(self) -> bool:
        # A new version of the plan has routes of other numbers, of the same courier.
        return self.last is not None and day_of(self.last.at) == self.plan.day


def on_road(
    session: Session,
    vault: Vault,
    *wanted: ColumnElement[bool],
    states: Collection[str] = LIVE,
) -> tuple[OnRoad, ...]:
    """Read the committed routes that a condition names, with few questions for many."""
    query = (
        select(RouteRow, PlanRow)
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(PlanRow.state) == "committed", col(RouteRow.state).in_(states), *wanted
        )
        .order_by(col(RouteRow.leaves_at), col(RouteRow.id))
    )
    found = session.exec(query).all()
    if not found:
        return ()
    stops = _stops(session, [route.id for route, _ in found])
    lasts = _lasts(session, {route.courier_code for route, _ in found})
    orders = {it.order_id for listed in stops.values() for it in listed if it.order_id}
    windows = _windows(session, orders)
    return tuple(
        OnRoad(
            *(route, plan, stops[route.id], windows),
            last=lasts.get(route.courier_code),
            vault=vault,
        )
        for route, plan in found
    )


def route_etas(it: OnRoad, travel: TravelTimes, now: datetime) -> dict[int, Eta]:
    """Reckon when each stop ahead of a route begins, by its number."""
    ahead = it.ahead
    if not ahead:
        return {}
    if it.route.state == "planned":
        since, first_s = max(now, it.route.leaves_at), None
    else:
        since, first_s = _since(it, ahead[0], travel, now)
    before = it.behind or it.stops[0]
    listed = []
    for stop in ahead:
        way_s = (
            _way_s(it, before, stop, travel, now=now) if first_s is None else first_s
        )
        listed.append(_ahead(it, stop, way_s))
        before, first_s = stop, None
    return dict(etas(listed, since=since, now=now))


def ride_of(
    it: OnRoad,
    reckoned: Mapping[int, Eta],
    warm: Collection[UUID],
    now: datetime,
) -> Ride:
    """Put together what alerts are told from; `warm` are the parcels with a breach."""
    return Ride(
        out=it.route.state == "out",
        leaves_at=it.route.leaves_at,
        heard_at=it.heard_at,
        track=track_of(it.place) if it.place else None,
        waits_until=_waits_until(it, now),
        parcels=tuple(_parcels(it, reckoned, warm)),
    )


def _parcels(
    it: OnRoad, reckoned: Mapping[int, Eta], warm: Collection[UUID]
) -> Iterable[Parcel]:
    conditions = conditions_of(it.plan.conditions)
    picked = {stop.order_id: stop.done_at for stop in it.stops if stop.kind == "pickup"}
    for stop in it.ahead:
        if stop.kind != "dropoff" or stop.order_id is None:
            continue
        window, name = it.windows[stop.order_id], str(stop.order_id)
        out_since = picked.get(stop.order_id)
        limit = timedelta(seconds=conditions.limit_s(name))
        yield Parcel(
            order=name,
            closes=window.closes,
            eta=reckoned[stop.no].at if stop.no in reckoned else None,
            cold_until=out_since + limit if window.cold and out_since else None,
            too_warm=stop.order_id in warm,
        )


def _waits_until(it: OnRoad, now: datetime) -> datetime | None:
    """Tell until when a courier waits who stands at the next door before its window."""
    place, ahead = it.place, it.ahead
    if place is None or not ahead:
        return None
    opens = _opens(it, ahead[0])
    here, door = Point(place.lon, place.lat), it.point(ahead[0])
    is_there = distance_m(here, door) <= 2 * ANCHOR_M
    return opens if is_there and opens is not None and opens > now else None


def _since(
    it: OnRoad, first: RoadStop, travel: TravelTimes, now: datetime
) -> tuple[datetime, int | None]:
    """Tell from when the first way counts, and how long it is where it is not the plan's."""
    place, behind = it.place, it.behind
    if place is not None:
        here = Point(place.lon, place.lat)
        return place.at, _asked_s(travel, here, it.point(first), now)
    done_at = behind.done_at if behind else None
    return done_at or it.route.leaves_at, None


def _way_s(
    it: OnRoad,
    before: RoadStop,
    stop: RoadStop,
    travel: TravelTimes,
    *,
    now: datetime,
) -> int:
    """Tell how long a way is: as the plan has it, else as the roads are known."""
    if stop.no == before.no + 1:
        return max(0, int((stop.arrive_at - before.depart_at).total_seconds()))
    return _asked_s(travel, it.point(before), it.point(stop), now)


def _asked_s(travel: TravelTimes, start: Point, end: Point, now: datetime) -> int:
    ways = travel.matrices((start, end), at=now)
    return int(ways.travel_s[0, 1])


def _ahead(it: OnRoad, stop: RoadStop, way_s: int) -> Ahead:
    service_s = max(0, int((stop.depart_at - stop.start_at).total_seconds()))
    return Ahead(stop.no, way_s, service_s, _opens(it, stop))


def _opens(it: OnRoad, stop: RoadStop) -> datetime | None:
    if stop.kind != "dropoff" or stop.order_id is None:
        return None
    return it.windows[stop.order_id].opens


def _stops(session: Session, routes: Sequence[UUID]) -> dict[UUID, list[RoadStop]]:
    found: dict[UUID, list[RoadStop]] = {route_id: [] for route_id in routes}
    columns: tuple[Any, ...] = tuple(getattr(StopRow, it) for it in RoadStop._fields)
    query = select(*columns).where(col(StopRow.route_id).in_(routes))
    for row in session.exec(query.order_by(col(StopRow.route_id), col(StopRow.no))):
        stop = RoadStop(*row)
        found[stop.route_id].append(stop)
    return found


def _lasts(session: Session, couriers: Collection[str]) -> dict[str, LastPositionRow]:
    query = select(LastPositionRow).where(
        col(LastPositionRow.courier_code).in_(couriers)
    )
    return {row.courier_code: row for row in session.exec(query)}


def _windows(session: Session, orders: Collection[UUID]) -> dict[UUID, Window]:
    row = OrderRow
    columns: tuple[Any, ...] = (
        *(row.id, row.window_opens, row.window_closes, row.storage),
        *(row.promised_until, row.attempts, row.state),
    )
    query = select(*columns).where(col(row.id).in_(orders))
    return {
        id_: Window(
            opens,
            closes,
            promised_until(until, closes, attempts, state),
            storage == "cold",
        )
        for id_, opens, closes, storage, until, attempts, state in session.exec(query)
    }
