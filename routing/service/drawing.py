"""A slice of a day drawn in plain numbers: orders and couriers in, a problem out."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from dispensing.days import CHINA
from dispensing.desk import Work
from dispensing.sealed import point_of
from dispensing.tables import OrderRow
from pharmacies import service as pharmacies
from pharmacies.carriers import Courier as CourierValue
from pharmacies.places import Point
from routing.problem import Courier, Parcel, Problem
from routing.service.conditions import Conditions
from routing.service.slices import Staff, second
from routing.travel import TravelTimes


class Drawn:
    """A slice drawn in plain numbers; equal points are one place of the matrices."""

    def __init__(self, work: Work, day: date, conditions: Conditions) -> None:
        self.work, self.day, self.conditions = work, day, conditions
        self.places: dict[Point, int] = {}
        self.names: dict[int, str] = {}  # whose place it is, as it is told
        self.roads: dict[str, Any] = {}
        self.earliest_s = second(work.now, day)

    @property
    def points(self) -> Sequence[Point]:
        """Return the places in the order of the matrices' rows."""
        return list(self.places)

    def place(self, point: Point) -> int:
        """Return the row of a point in the matrices, a new one where it has none yet."""
        return self.places.setdefault(point, len(self.places))

    def parcels(self, orders: Iterable[OrderRow]) -> tuple[Parcel, ...]:
        """Draw orders as parcels to be fetched at their outlets."""
        listed = list(orders)
        codes = {order.outlet_code for order in listed}
        found = pharmacies.outlets_of(self.work.session, codes)
        shops = {shop.code: shop for shop in found}
        return tuple(self._parcel(it, shops[it.outlet_code].point) for it in listed)

    def couriers(self, staff: Staff) -> tuple[Courier, ...]:
        """Draw couriers with what is left of their shifts."""
        return tuple(self._courier(each, free) for each, free in staff)

    def problem(
        self,
        parcels: tuple[Parcel, ...],
        couriers: tuple[Courier, ...],
        travel: TravelTimes,
    ) -> Problem:
        """Put parcels and couriers on the roads between their places.

        Road engine and planner take their time: whatever was read is let go before.
        """
        self.work.session.rollback()
        ways = travel.matrices(self.points, at=self._leaving(couriers))
        self.roads = {
            "source": ways.source,
            "instead_of": ways.instead_of,
            "missing": ways.missing(),
            "cut_off": [self.names.get(it, str(it)) for it in ways.cut_off()][:50],
        }
        return Problem(ways.travel_s, ways.distance_m, parcels, couriers)

    def _leaving(self, couriers: tuple[Courier, ...]) -> datetime:
        first_s = min((it.start_s for it in couriers), default=0)
        midnight = datetime.combine(self.day, time(), CHINA)
        return midnight + timedelta(seconds=max(first_s, self.earliest_s))

    def _named(self, point: Point, name: str) -> int:
        place = self.place(point)
        self.names.setdefault(place, name)
        return place

    def _parcel(self, order: OrderRow, shop: Point) -> Parcel:
        name = str(order.id)
        packed_s = second(order.packed_at, self.day) if order.packed_at else 0
        cold = order.storage == "cold"
        close_s = second(order.window_closes, self.day)
        close_s += self.conditions.widened_s.get(name, 0)
        return Parcel(
            id=name,
            pickup=self._named(shop, order.outlet_code),
            dropoff=self._named(point_of(self.work.desk.vault, order), name),
            ready_s=max(packed_s, self.earliest_s),
            open_s=second(order.window_opens, self.day),
            close_s=close_s,
            area=order.area,
            cold=cold,
            out_of_fridge_s_max=self.conditions.limit_s(name) if cold else None,
            reserve_s=self.conditions.reserve_s(close_s, self.earliest_s),
        )

    def _courier(self, courier: CourierValue, free: datetime) -> Courier:
        more = timedelta(seconds=self.conditions.lengthened_s.get(courier.code, 0))
        ends = datetime.combine(self.day, courier.shift_ends, CHINA) + more
        ends_s = second(ends, self.day)
        begins_s = min(max(second(free, self.day), self.earliest_s), ends_s)
        start = self._named(courier.start, courier.code)
        return Courier(
            id=courier.code,
            start=start,
            end=start,
            start_s=begins_s,
            end_s=ends_s,
            capacity_parcels=courier.capacity_parcels,
            cold_capacity_parcels=courier.cold_capacity_parcels,
            areas=frozenset(courier.areas),
        )
