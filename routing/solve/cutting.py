"""Cut a piece out of a day: some couriers and parcels with the ways between their places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from routing.problem import Courier, Kind, Parcel, Problem
from routing.solve.model import Orders, Piece
from routing.timing import Stop, stops_of

Told = dict[str, tuple[int, ...]]
"""Orders in few bytes: by courier twice the number of a parcel, one more for its drop-off."""


def cut(
    problem: Problem, couriers: Sequence[Courier], parcels: Sequence[Parcel]
) -> Piece:
    """Return a piece that knows no other places than its own."""
    used = [place for it in parcels for place in (it.pickup, it.dropoff)]
    used += [place for it in couriers for place in (it.start, it.end)]
    places = sorted({place for place in used if place is not None})
    row = {place: number for number, place in enumerate(places)}
    own_parcels = tuple(_moved(parcel, row) for parcel in parcels)
    own_couriers = tuple(
        replace(it, start=row[it.start], end=row[it.end]) for it in couriers
    )
    grid = np.ix_(places, places)
    own = replace(
        problem,
        travel_s=problem.travel_s[grid],
        distance_m=problem.distance_m[grid],
        parcels=_unnamed(own_parcels, own_couriers),
        couriers=own_couriers,
    )
    return Piece(own, own_couriers, own.parcels)


def tell(piece: Piece, orders: Mapping[str, Sequence[Stop]]) -> Told:
    """Write orders of a piece in few bytes, for another process."""
    number = {parcel.id: 2 * at for at, parcel in enumerate(piece.parcels)}
    return {
        name: tuple(
            number[stop.parcel.id] + (stop.kind is Kind.DROPOFF) for stop in stops
        )
        for name, stops in orders.items()
        if stops
    }


def hear(piece: Piece, told: Mapping[str, Iterable[int]]) -> Orders:
    """Read what `tell` has written, as stops of the piece given."""
    pairs = [stops_of(piece.problem, parcel) for parcel in piece.parcels]
    return {
        name: [pairs[number // 2][-1 if number % 2 else 0] for number in numbers]
        for name, numbers in told.items()
    }


def _moved(parcel: Parcel, row: Mapping[int, int]) -> Parcel:
    pickup = None if parcel.pickup is None else row[parcel.pickup]
    return replace(parcel, pickup=pickup, dropoff=row[parcel.dropoff])


def _unnamed(
    parcels: Sequence[Parcel], couriers: Sequence[Courier]
) -> tuple[Parcel, ...]:
    """Leave out the parcels that are for a courier of another piece."""
    own = {courier.id for courier in couriers}
    return tuple(it for it in parcels if it.courier_id is None or it.courier_id in own)
