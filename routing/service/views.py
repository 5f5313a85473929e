"""What the delivery services answer with: frozen values, never rows."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from dispensing.service.views import OrderView
from pharmacies.places import Point


@dataclass(frozen=True, slots=True)
class StopView:
    """One stop of a route as courier and dispatcher see it."""

    no: int
    kind: str
    order_id: UUID | None
    name: str
    address: str
    phone_masked: str
    storage: str
    point: Point
    arrive_at: datetime
    start_at: datetime
    depart_at: datetime
    distance_m: int
    done_at: datetime | None
    outcome: str | None
    locked: bool
    due_fen: int = 0  # still to be paid at the door; told to its courier alone
    code_issue: int = 1  # of the code that opens the door


@dataclass(frozen=True, slots=True)
class RouteView:
    """One courier's route."""

    id: UUID
    plan_id: UUID
    courier_code: str
    courier_name: str
    state: str
    distance_m: int
    leaves_at: datetime
    ends_at: datetime
    version: int
    changed: bool  # by this version of the plan
    stops: tuple[StopView, ...]

    @property
    def parcels(self) -> int:
        """Count the parcels that the route hands over."""
        return sum(stop.kind == "dropoff" for stop in self.stops)


@dataclass(frozen=True, slots=True)
class UnservedView:
    """An order that stays behind, why, and what would let it be served."""

    order_id: UUID
    reason: str
    words_zh: str
    words_en: str
    detail: str
    remedy: str | None
    remedy_courier: str | None
    remedy_s: int


@dataclass(frozen=True, slots=True)
class FiguresView:
    """What a way of working comes to; hours are of all couriers together.

    `spent_fen` is what is really paid: who goes out, moving, kilometres; none is told of
    plans of before. `cost_fen` is what the planner weighs, with a price on each parcel that
    stays behind, which nobody pays.
    """

    parcels: int
    served: int
    on_time: int
    couriers: int
    distance_m: int
    work_s: int
    cost_fen: int
    spent_fen: int | None = None

    @property
    def unserved(self) -> int:
        """Count the parcels that stay behind."""
        return self.parcels - self.served

    @property
    def late(self) -> int:
        """Count the hand-overs after their window."""
        return self.served - self.on_time


@dataclass(frozen=True, slots=True)
class RoadsView:
    """Whose travel times a plan goes by.

    `instead_of` says which road engine did not answer, and why; `missing` counts ways that
    do not exist; `cut_off` names the outlets, orders and couriers that most others cannot reach.
    """

    source: str
    instead_of: str | None
    missing: int
    cut_off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanView:
    """One version of a plan, with its routes and what it leaves behind.

    `figures` are the plan's own; `by_hand` are what handing each counter's parcels to the
    nearest courier would come to, told for a plan that begins a slice.
    """

    id: UUID
    carrier_code: str
    day: date
    opens: time
    closes: time
    state: str
    distance_m: int
    cost_fen: int
    made_at: datetime
    version: int
    base_id: UUID | None
    figures: FiguresView | None
    by_hand: FiguresView | None
    routes: tuple[RouteView, ...]
    unserved: tuple[UnservedView, ...]
    roads: RoadsView | None = None

    @property
    def parcels(self) -> int:
        """Count the parcels that the plan hands over."""
        return sum(route.parcels for route in self.routes)

    @property
    def stops_per_hour(self) -> float:
        """Tell how many stops a courier makes in an hour on the road."""
        hours = sum(_hours(route) for route in self.routes)
        stops = sum(len(route.stops) - 2 for route in self.routes)
        return stops / hours if hours else 0.0


@dataclass(frozen=True, slots=True)
class FaultView:
    """A limit that a move by hand would break: by how many seconds or parcels, and in words."""

    rule: str
    courier_code: str
    order_id: UUID | None
    by: int
    words_zh: str
    words_en: str


@dataclass(frozen=True, slots=True)
class EditView:
    """A move by hand: whether it can be, and what it costs more.

    `order_of_stops` are the stops ahead of the courier who gets the parcel.
    """

    plan_id: UUID
    order_id: UUID
    courier_code: str
    applied: bool
    feasible: bool
    faults: tuple[FaultView, ...]
    more_fen: int
    more_m: int
    more_s: int
    order_of_stops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """Something that is wrong on the road: what, since when, and who has seen it.

    `since` is the instant that counts: the window's end, or from when nothing moved.
    """

    id: UUID
    kind: str
    words_zh: str
    words_en: str
    courier_code: str
    courier_name: str
    order_id: UUID | None
    at: datetime
    since: datetime | None
    seen_by: str | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlaceView:
    """Where a courier was last, and when."""

    point: Point
    at: datetime
    accuracy_m: float | None
    speed_mps: float | None


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """When an order is expected at its door: a span of whole five minutes.

    `late_s` is by how much that is after the window closes, as reckoned.
    """

    order_id: UUID
    early: datetime
    late: datetime
    stops_before: int
    late_s: int = 0


@dataclass(frozen=True, slots=True)
class RiderView:
    """A courier on the road: where, what is next, and what was put aside of the positions."""

    courier_code: str
    courier_name: str
    route_id: UUID
    plan_id: UUID
    state: str
    done: int
    parcels: int
    place: PlaceView | None
    heard_at: datetime | None
    arrivals: tuple[ArrivalView, ...]
    aside: dict[str, int]


@dataclass(frozen=True, slots=True)
class TrackingView:
    """Where a patient's parcel is: its code for the door, and who brings it."""

    order: OrderView
    code: str
    courier_name: str | None


def _hours(route: RouteView) -> float:
    return (route.ends_at - route.leaves_at).total_seconds() / 3600
