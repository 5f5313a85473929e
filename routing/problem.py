"""One time slice of one delivery firm's day, in plain numbers.

Units everywhere in `routing`: distances in metres (`_m`), lengths of time in
seconds and instants in seconds of the business day counted from 00:00 in
Asia/Shanghai (`_s`), loads in whole parcels, prices in whole fen (`_fen`).
Places are row numbers of the two matrices; `travel.py` makes those from Points.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Matrix = tuple[tuple[int, ...], ...]
"""Rows of whole numbers, `matrix[origin][destination]`, zero on the diagonal."""

PRIORITY_MAX = 9
DAY_S_MAX = 2 * 24 * 3600  # a night shift may run past midnight


@dataclass(frozen=True, slots=True)
class Parcel:
    """One sealed order to be fetched at an outlet and handed over at a door.

    `ready_s` is when the outlet has it packed. The hand-over should begin in
    `open_s..close_s`; the problem says how much later it may still begin.
    `out_of_fridge_s_max` bounds the time from leaving the outlet's counter to
    the hand-over (冷链在途时限); only cold parcels have one. `courier_id` keeps
    the parcel with one courier whom the dispatcher has named. A parcel already on
    board is one of its courier's, to be picked up where he starts.
    """

    id: str
    pickup: int
    dropoff: int
    ready_s: int
    open_s: int
    close_s: int
    area: str = ""
    cold: bool = False
    out_of_fridge_s_max: int | None = None
    priority: int = 1
    dropoff_service_s: int | None = None  # None: the problem's usual time
    courier_id: str | None = None

    def __post_init__(self) -> None:
        _expect(bool(self.id), "a parcel needs an id")
        name = f"parcel {self.id}"
        _expect(self.pickup >= 0 and self.dropoff >= 0, f"{name}: place below 0")
        _expect(0 <= self.ready_s <= DAY_S_MAX, f"{name}: ready_s outside the day")
        _expect(
            0 <= self.open_s <= self.close_s <= DAY_S_MAX,
            f"{name}: expected 0 <= open_s <= close_s <= {DAY_S_MAX}",
        )
        _expect(
            1 <= self.priority <= PRIORITY_MAX,
            f"{name}: expected a priority of 1 to {PRIORITY_MAX}",
        )
        limit_s = self.out_of_fridge_s_max
        _expect(limit_s is None or self.cold, f"{name}: only cold parcels have a limit")
        _expect(limit_s is None or limit_s > 0, f"{name}: limit out of fridge not > 0")
        service_s = self.dropoff_service_s
        _expect(service_s is None or service_s >= 0, f"{name}: service time below 0")


@dataclass(frozen=True, slots=True)
class Courier:
    """One courier (配送员) in this slice, with shift, room and licence.

    A cold parcel takes one place of `capacity_parcels` and one of
    `cold_capacity_parcels` (0: no cold box). `areas` are the districts the
    firm's registration lets the courier deliver in; None means all.
    """

    id: str
    start: int
    end: int
    start_s: int
    end_s: int
    capacity_parcels: int
    cold_capacity_parcels: int = 0
    areas: frozenset[str] | None = None

    def __post_init__(self) -> None:
        _expect(bool(self.id), "a courier needs an id")
        name = f"courier {self.id}"
        _expect(self.start >= 0 and self.end >= 0, f"{name}: place below 0")
        _expect(
            0 <= self.start_s <= self.end_s <= DAY_S_MAX,
            f"{name}: expected 0 <= start_s <= end_s <= {DAY_S_MAX}",
        )
        _expect(self.capacity_parcels > 0, f"{name}: capacity not above 0")
        _expect(
            0 <= self.cold_capacity_parcels <= self.capacity_parcels,
            f"{name}: cold capacity outside 0..capacity",
        )

    def licensed_for(self, area: str) -> bool:
        """Tell whether the courier may deliver in an area."""
        return self.areas is None or area in self.areas


@dataclass(frozen=True, slots=True)
class Prices:
    """What a plan is charged for: unserved >> late >> couriers and seconds.

    One fen for a courier's second is 36 yuan an hour. `unserved_fen` counts
    once per step of priority.
    """

    unserved_fen: int = 1_000_000
    late_fen_per_s: int = 10
    courier_fen: int = 1_800
    moving_fen_per_s: int = 1

    def __post_init__(self) -> None:
        _expect(self.unserved_fen > 0, "expected unserved_fen > 0")
        _expect(self.moving_fen_per_s > 0, "expected moving_fen_per_s > 0")
        _expect(
            self.late_fen_per_s >= self.moving_fen_per_s,
            "expected a late second to cost at least a moving second",
        )
        _expect(self.courier_fen >= 0, "expected courier_fen >= 0")


@dataclass(frozen=True, slots=True)
class Problem:
    """Parcels, couriers and the roads between their places.

    Set-up time (parking, stairs, queue) is paid on reaching a place from
    another one, so once for consecutive visits to one place; service time is
    paid for every parcel.
    """

    travel_s: Matrix = field(repr=False)
    distance_m: Matrix = field(repr=False)
    parcels: tuple[Parcel, ...]
    couriers: tuple[Courier, ...]
    pickup_setup_s: int = 120
    dropoff_setup_s: int = 60
    pickup_service_s: int = 30
    dropoff_service_s: int = 120
    late_s_max: int = 0
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        _check_matrix("travel_s", self.travel_s, len(self.travel_s))
        _check_matrix("distance_m", self.distance_m, len(self.travel_s))
        for seconds in (
            self.pickup_setup_s,
            self.dropoff_setup_s,
            self.pickup_service_s,
            self.dropoff_service_s,
            self.late_s_max,
        ):
            _expect(0 <= seconds <= DAY_S_MAX, "expected times of 0 s or more")
        _expect_unique("parcel", (parcel.id for parcel in self.parcels))
        _expect_unique("courier", (courier.id for courier in self.couriers))
        self._check_places()
        self._check_named_couriers()

    @property
    def places(self) -> int:
        """Return the number of places the matrices know."""
        return len(self.travel_s)

    def service_s(self, parcel: Parcel) -> int:
        """Return the time at the door for one parcel, in seconds."""
        if parcel.dropoff_service_s is None:
            return self.dropoff_service_s
        return parcel.dropoff_service_s

    def _check_places(self) -> None:
        used = [(f"parcel {it.id}", (it.pickup, it.dropoff)) for it in self.parcels]
        used += [(f"courier {it.id}", (it.start, it.end)) for it in self.couriers]
        for name, places in used:
            for place in places:
                _expect(place < self.places, f"{name}: no matrix row for place {place}")

    def _check_named_couriers(self) -> None:
        known = {courier.id for courier in self.couriers}
        for parcel in self.parcels:
            _expect(
                parcel.courier_id is None or parcel.courier_id in known,
                f"parcel {parcel.id}: names the unknown courier {parcel.courier_id}",
            )


def able(courier: Courier, parcel: Parcel) -> bool:
    """Tell whether a courier may carry a parcel at all: named, licence, cold box."""
    return (
        parcel.courier_id in (None, courier.id)
        and courier.licensed_for(parcel.area)
        and not (parcel.cold and courier.cold_capacity_parcels == 0)
    )


def _check_matrix(name: str, matrix: Sequence[Sequence[int]], size: int) -> None:
    _expect(len(matrix) == size, f"{name}: expected {size} rows, got {len(matrix)}")
    for origin, row in enumerate(matrix):
        _expect(len(row) == size, f"{name}: row {origin} has not {size} columns")
        _expect(row[origin] == 0, f"{name}: expected 0 from place {origin} to itself")
        _expect(min(row) >= 0, f"{name}: row {origin} has a value below 0")


def _expect_unique(kind: str, ids: Iterable[str]) -> None:
    twice = [name for name, count in Counter(ids).items() if count > 1]
    _expect(not twice, f"{kind} ids given twice: {', '.join(twice)}")


def _expect(true: bool, otherwise: str) -> None:
    if not true:
        raise ValueError(otherwise)
