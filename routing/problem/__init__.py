"""One time slice of one delivery firm's day, in plain numbers.

Units everywhere in `routing`: distances in metres (`_m`), lengths of time in
seconds and instants in seconds of the business day counted from 00:00 in
Asia/Shanghai (`_s`), loads in whole parcels and grams, prices in whole fen (`_fen`).
Places are row numbers of the two matrices; `travel.py` makes those from Points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from routing.problem.courier import Break, Courier, Fixed, able
from routing.problem.expecting import (
    AMOUNT_MAX,
    INSTANT_S_MAX,
    expect,
    expect_unique,
    expect_within,
)
from routing.problem.parcel import PRIORITY_MAX, Kind, Parcel

__all__ = [
    "AMOUNT_MAX",
    "INSTANT_S_MAX",
    "PRIORITY_MAX",
    "Break",
    "Courier",
    "Fixed",
    "Kind",
    "Matrix",
    "Parcel",
    "Prices",
    "Problem",
    "able",
]

Matrix = npt.NDArray[np.int32]
"""Rows of whole numbers, `matrix[origin, destination]`, zero on the diagonal; read-only."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a plan is charged for: unserved >> late >> couriers, seconds and metres.

    One fen for a courier's second is 36 yuan an hour. `unserved_fen` counts
    once per step of priority, `late_fen_per_s` for each second after a parcel is due, its
    reserve included. `overwork_fen_per_s` is for each second of work beyond
    a courier's fair share: what makes the routes of a day alike.
    """

    unserved_fen: int = 1_000_000
    late_fen_per_s: int = 10
    courier_fen: int = 1_800
    moving_fen_per_s: int = 1
    fen_per_km: int = 0
    overwork_fen_per_s: int = 0

    def __post_init__(self) -> None:
        expect_within(
            "prices",
            AMOUNT_MAX,
            unserved_fen=self.unserved_fen,
            late_fen_per_s=self.late_fen_per_s,
            courier_fen=self.courier_fen,
            moving_fen_per_s=self.moving_fen_per_s,
            fen_per_km=self.fen_per_km,
            overwork_fen_per_s=self.overwork_fen_per_s,
        )
        expect(self.unserved_fen > 0, "expected unserved_fen > 0")
        expect(
            self.moving_fen_per_s + self.fen_per_km > 0,
            "expected moving_fen_per_s > 0 or fen_per_km > 0",
        )
        expect(
            self.late_fen_per_s >= self.moving_fen_per_s,
            "expected a late second to cost at least a moving second",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Parcels, couriers and the roads between their places.

    Set-up time (parking, stairs, queue) is paid on reaching a place from
    another one, so once for consecutive visits to one place; service time is
    paid for every parcel. The matrices are taken as rows or as arrays; a way of
    INSTANT_S_MAX seconds is none: no route goes there.
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
        object.__setattr__(self, "travel_s", _matrix("travel_s", self.travel_s))
        object.__setattr__(self, "distance_m", _matrix("distance_m", self.distance_m))
        rows, columns = len(self.distance_m), len(self.travel_s)
        expect(rows == columns, f"distance_m: expected {columns} rows, got {rows}")
        expect_within(
            "problem",
            INSTANT_S_MAX,
            pickup_setup_s=self.pickup_setup_s,
            dropoff_setup_s=self.dropoff_setup_s,
            pickup_service_s=self.pickup_service_s,
            dropoff_service_s=self.dropoff_service_s,
            late_s_max=self.late_s_max,
        )
        self._check_kinds()
        expect_unique("parcel", (parcel.id for parcel in self.parcels))
        expect_unique("courier", (courier.id for courier in self.couriers))
        self._check_places()
        self._check_named_couriers()
        self._check_fixed()

    @property
    def places(self) -> int:
        """Return the number of places the matrices know."""
        return len(self.travel_s)

    def way_s(self, origin: int, destination: int) -> int:
        """Return the travel from place to place in seconds."""
        return int(self.travel_s.item(origin, destination))

    def way_m(self, origin: int, destination: int) -> int:
        """Return the way from place to place in metres."""
        return int(self.distance_m.item(origin, destination))

    def service_s(self, parcel: Parcel) -> int:
        """Return the time at the door for one parcel, in seconds."""
        if parcel.dropoff_service_s is None:
            return self.dropoff_service_s
        return parcel.dropoff_service_s

    def handling_s(self, parcel: Parcel) -> int:
        """Return the time at the outlet's counter for one parcel, in seconds."""
        if parcel.pickup_service_s is None:
            return self.pickup_service_s
        return parcel.pickup_service_s

    def lateness_s_max(self, parcel: Parcel) -> int:
        """Return how many seconds after its window a hand-over may still begin."""
        return self.late_s_max if parcel.late_s_max is None else parcel.late_s_max

    def unserved_fen(self, parcel: Parcel) -> int:
        """Return what leaving a parcel behind costs."""
        if parcel.unserved_fen is None:
            return self.prices.unserved_fen * parcel.priority
        return parcel.unserved_fen

    def courier_fen(self, courier: Courier) -> int:
        """Return what sending a courier out costs."""
        if courier.fixed_fen is None:
            return self.prices.courier_fen
        return courier.fixed_fen

    def _check_kinds(self) -> None:
        for name, things, kind in (
            ("parcels", self.parcels, Parcel),
            ("couriers", self.couriers, Courier),
        ):
            sound = isinstance(things, tuple)
            expect(
                sound and all(isinstance(it, kind) for it in things),
                f"problem: expected a tuple of {name}",
            )
        expect(isinstance(self.prices, Prices), "problem: expected prices")

    def _check_places(self) -> None:
        used = [
            (f"parcel {it.id}", place)
            for it in self.parcels
            for place in (it.pickup, it.dropoff)
            if place is not None
        ]
        used += [
            (f"courier {it.id}", place)
            for it in self.couriers
            for place in (it.start, it.end)
        ]
        for name, place in used:
            expect(place < self.places, f"{name}: no matrix row for place {place}")

    def _check_named_couriers(self) -> None:
        known = {courier.id for courier in self.couriers}
        for parcel in self.parcels:
            expect(
                parcel.courier_id is None or parcel.courier_id in known,
                f"parcel {parcel.id}: names the unknown courier {parcel.courier_id}",
            )

    def _check_fixed(self) -> None:
        """A stop is fixed once, with a parcel that its courier may carry, in its order."""
        parcels = {parcel.id: parcel for parcel in self.parcels}
        told: dict[Fixed, str] = {}
        for courier in self.couriers:
            name = f"courier {courier.id}"
            for stop in courier.fixed:
                expect(stop not in told, f"{name}: fixed stop {stop[0]} given twice")
                expect(stop[0] in parcels, f"{name}: fixed stop {stop[0]} is unknown")
                told[stop] = courier.id
                self._check_fixed_stop(courier, parcels[stop[0]], stop[1], told)

    def _check_fixed_stop(
        self, courier: Courier, parcel: Parcel, kind: Kind, told: dict[Fixed, str]
    ) -> None:
        name = f"courier {courier.id}: fixed stop {parcel.id}"
        expect(kind in (Kind.PICKUP, Kind.DROPOFF), f"{name} is no stop but a {kind}")
        expect(able(courier, parcel), f"{name} is not for this courier")
        on_board = parcel.pickup is None
        expect(not (on_board and kind is Kind.PICKUP), f"{name} is on board already")
        before = told.get((parcel.id, Kind.PICKUP))
        expect(
            kind is Kind.PICKUP or on_board or before == courier.id,
            f"{name} is dropped off before it is picked up",
        )


def _matrix(name: str, given: Matrix | Sequence[Sequence[int]]) -> Matrix:
    """Take rows or an array as a read-only array, or say what is wrong with them."""
    try:
        array = np.asarray(given)
    except ValueError as ragged:
        raise ValueError(f"{name}: the rows have not all as many columns") from ragged
    expect(array.ndim > 0, f"{name}: expected rows of columns")
    size = len(array)
    expect(array.ndim == 2 or size == 0, f"{name}: expected rows of columns")
    array = array.reshape(size, -1) if size else np.zeros((0, 0), np.int32)
    expect(
        array.shape[1] == size,
        f"{name}: {size} rows have not {size} but {array.shape[1]} columns",
    )
    expect(
        array.dtype.kind in "iu", f"{name}: expected whole numbers, got {array.dtype}"
    )
    _check_values(name, array)
    if array.dtype != np.int32 or array.flags.writeable:
        array = array.astype(np.int32)
        array.setflags(write=False)
    return array


def _check_values(name: str, array: npt.NDArray[np.integer]) -> None:
    if len(array) == 0:
        return
    expect(int(array.min()) >= 0, f"{name}: has a value below 0")
    home = np.flatnonzero(np.diagonal(array))
    expect(not len(home), f"{name}: expected 0 from place {home[:1]} to itself")
    expect(int(array.max()) <= INSTANT_S_MAX, f"{name}: a value is beyond reason")
