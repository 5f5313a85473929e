"""What a courier is told to do: routes, their visits, and what stays behind and why.

Units as in `problem`. Plain values only; `verify` checks them against the problem
without the code that made them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from routing.problem import Kind

__all__ = [
    "REASON_WORDS",
    "Kind",
    "Plan",
    "Reason",
    "Relaxation",
    "Remedy",
    "Rest",
    "Route",
    "Totals",
    "Unserved",
    "Visit",
]


class Reason(StrEnum):
    """Why a parcel stays behind; each is found by trying, never guessed."""

    NO_CARRIER = "no_carrier"
    COURIER_UNABLE = "courier_unable"
    NO_LICENCE = "no_licence"
    NO_SKILL = "no_skill"
    NO_COLD_BOX = "no_cold_box"
    TOO_LARGE = "too_large"
    TOO_HEAVY = "too_heavy"
    NO_WAY = "no_way"
    FRIDGE_LIMIT = "fridge_limit"
    ABOARD_LIMIT = "aboard_limit"
    PICKUP_NOT_READY = "pickup_not_ready"
    PICKUP_CLOSES = "pickup_closes"
    WINDOW_CLOSES = "window_closes"
    SHIFT_ENDS = "shift_ends"
    BREAK_DUE = "break_due"
    WINDOW_AND_SHIFT = "window_and_shift"
    FLEET_FULL = "fleet_full"
    NOT_WORTH = "not_worth"
    STILL_FITS = "still_fits"
    TIME_IS_UP = "time_is_up"


REASON_WORDS = {
    Reason.NO_CARRIER: "本时段没有配送员",
    Reason.COURIER_UNABLE: "指定的配送员不能承运此包裹",
    Reason.NO_LICENCE: "没有配送员获准在该区域配送",
    Reason.NO_SKILL: "可到该区域的配送员都没有所需资质",
    Reason.NO_COLD_BOX: "可到该区域的配送员都没有冷藏箱",
    Reason.TOO_LARGE: "包裹体积超过配送员的箱容",
    Reason.TOO_HEAVY: "包裹重量超过配送员的载重",
    Reason.NO_WAY: "取货点或收货点无路可达",
    Reason.FRIDGE_LIMIT: "直送也超过冷链在途时限",
    Reason.ABOARD_LIMIT: "直送也超过最长在途时间",
    Reason.PICKUP_NOT_READY: "药店备货太晚，单独派送也来不及",
    Reason.PICKUP_CLOSES: "单独派送也赶不上取货截止时间",
    Reason.WINDOW_CLOSES: "单独派送也赶不上收货时段",
    Reason.SHIFT_ENDS: "单独派送也会超出配送员班次",
    Reason.BREAK_DUE: "单独派送也与配送员的休息冲突",
    Reason.WINDOW_AND_SHIFT: "单独派送也同时违反几项时间限制",
    Reason.FLEET_FULL: "本时段运力已满",
    Reason.NOT_WORTH: "本时段派送的费用高于留到以后",
    Reason.STILL_FITS: "现有路线仍放得下，但计划时间已到",
    Reason.TIME_IS_UP: "计划时间已到，尚未查明原因",
}


class Remedy(StrEnum):
    """What would let a parcel left behind be served."""

    LICENSE_COURIER = "license_courier"
    TEACH_SKILL = "teach_skill"
    ADD_COLD_BOX = "add_cold_box"
    ENLARGE_ROOM = "enlarge_room"
    FREE_COURIER = "free_courier"
    LENGTHEN_FRIDGE_LIMIT = "lengthen_fridge_limit"
    LENGTHEN_ABOARD_LIMIT = "lengthen_aboard_limit"
    READY_EARLIER = "ready_earlier"
    KEEP_PICKUP_OPEN = "keep_pickup_open"
    WIDEN_WINDOW = "widen_window"
    LENGTHEN_SHIFT = "lengthen_shift"
    MOVE_BREAK = "move_break"
    ADD_COURIER = "add_courier"
    SERVE_ANYWAY = "serve_anyway"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The cheapest change found that serves the parcel, tried before it is named.

    `seconds` is by how much a window, shift or limit must grow, 0 where the
    remedy is not a time. `courier_id` is the courier it was tried with. `cost_fen`
    and `distance_m` are what the plan would then cost more and by how many metres it
    would be longer, the remedy itself and the price of staying behind aside.
    """

    remedy: Remedy
    courier_id: str
    seconds: int = 0
    cost_fen: int = 0
    distance_m: int = 0


@dataclass(frozen=True, slots=True)
class Unserved:
    """One parcel left behind, with a reason that was checked."""

    parcel_id: str
    reason: Reason
    detail: str
    relaxation: Relaxation | None


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop of a route, the way to it, and what is on board after it.

    `arrive_s` is reaching the place, later by the breaks that begin on the way;
    `start_s` is the begin of the service (after set-up and any wait), `depart_s` its
    end; `late_s` counts from the close of the parcel's window. The start has no way
    to it, the end no service; on board at the start is what was picked up before.
    """

    kind: Kind
    place: int
    parcel_id: str | None
    travel_s: int
    distance_m: int
    arrive_s: int
    start_s: int
    depart_s: int
    load_parcels: int
    cold_parcels: int
    late_s: int = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """A break (休息) as it is taken, between two visits or before leaving."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """One courier's way through the slice, from start to end, with the breaks taken."""

    courier_id: str
    visits: tuple[Visit, ...]
    breaks: tuple[Rest, ...] = ()

    @property
    def parcel_ids(self) -> tuple[str, ...]:
        """Return the parcels in the order in which they are handed over."""
        return tuple(
            visit.parcel_id
            for visit in self.visits
            if visit.kind is Kind.DROPOFF and visit.parcel_id is not None
        )

    @property
    def distance_m(self) -> int:
        """Return the length of the route in metres."""
        return sum(visit.distance_m for visit in self.visits)

    @property
    def travel_s(self) -> int:
        """Return the time spent moving, in seconds."""
        return sum(visit.travel_s for visit in self.visits)

    @property
    def duration_s(self) -> int:
        """Return the time from leaving the start to reaching the end, in seconds."""
        return self.visits[-1].arrive_s - self.visits[0].depart_s

    @property
    def late_s(self) -> int:
        """Return the seconds by which hand-overs begin after their windows close."""
        return sum(visit.late_s for visit in self.visits)


@dataclass(frozen=True, slots=True)
class Totals:
    """A plan in a few figures, as two plans are compared by.

    `work_s` is the time of all couriers from leaving to the end, `travel_s` the part
    of it on the way. `late` hand-overs begin after their windows close.
    """

    routes: int
    served: int
    unserved: int
    late: int
    late_s: int
    travel_s: int
    work_s: int
    distance_m: int
    cost_fen: int

    @property
    def on_time_share(self) -> float:
        """Return the part of all parcels that is handed over on time; 1 of none."""
        parcels = self.served + self.unserved
        return (self.served - self.late) / parcels if parcels else 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes of the couriers who go out, and the parcels that stay behind.

    `distance_m` and `cost_fen` are the sums as the planner reckoned them.
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    distance_m: int
    cost_fen: int

    @property
    def served(self) -> int:
        """Return the number of parcels that are delivered."""
        return sum(len(route.parcel_ids) for route in self.routes)

    def route_of(self, parcel_id: str) -> Route | None:
        """Return the route that carries a parcel, or None if it stays behind."""
        return next((r for r in self.routes if parcel_id in r.parcel_ids), None)

    def visits(self) -> Iterator[tuple[str, Visit]]:
        """Yield every visit with the id of its courier, route by route."""
        for route in self.routes:
            for visit in route.visits:
                yield route.courier_id, visit

    def totals(self) -> Totals:
        """Return the plan in a few figures."""
        visits = [visit for _, visit in self.visits()]
        return Totals(
            routes=len(self.routes),
            served=self.served,
            unserved=len(self.unserved),
            late=sum(visit.late_s > 0 for visit in visits),
            late_s=sum(visit.late_s for visit in visits),
            travel_s=sum(visit.travel_s for visit in visits),
            work_s=sum(route.duration_s for route in self.routes),
            distance_m=self.distance_m,
            cost_fen=self.cost_fen,
        )
