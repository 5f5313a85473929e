"""A piece of a day as the arrays that the compiled search works on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from routing.problem import Courier, Kind, Parcel, able
from routing.solve.model import Piece
from routing.timing import Stop, stops_of

Array = npt.NDArray[Any]
NEAR_MAX = 80
STOPS_MAX = 512  # of one route
_NEVER_S = _ANY = 1 << 40


class Town(NamedTuple):
    """What does not change: stops (pickups and drop-offs), parcels, couriers, ways.

    A parcel's pickup and drop-off are numbers of stops, the pickup -1 for one on board.
    Ways are between stops, and from and to the places where couriers start and end, which
    are numbered after the stops; set-up is in them.
    """

    travel: Array  # seconds [from, to]
    way_fen: Array  # fen [from, to]
    near: Array  # stop numbers, nearest first, itself among them
    parcel_of: Array
    opens: Array
    closes: Array  # the last start of a stop, lateness included
    due: Array  # from here on a start is late
    service: Array
    pick: Array
    drop: Array
    size: Array  # [parcel, kind of room]
    limit: Array  # seconds aboard, -1 for none
    unserved_fen: Array
    loose: Array  # may be taken out of its route
    keys: Array  # [way of sorting, parcel]
    starts_at: Array
    ends_at: Array
    begins: Array
    finishes: Array
    courier_fen: Array
    room: Array  # [courier, kind of room]
    fair: Array  # seconds of work, -1 for any
    held: Array  # so many first stops stand
    breaks: Array  # how many each courier has
    break_opens: Array  # [courier, break]
    break_closes: Array
    break_lasts: Array
    kind: Array  # couriers of one kind are alike
    able: Array  # [courier, parcel]
    late_fen: int
    overwork_fen: int
    limited: bool  # some parcel has a limit aboard
    exact: bool  # the quick sum of an insertion is not the whole price


class Tour(NamedTuple):
    """What changes: the stops of every route, and what is reckoned from them."""

    stops: Array
    length: Array
    starts: Array
    latest: Array
    load: Array
    fen: Array
    limits: Array
    courier: Array
    place: Array
    absent: Array
    behind: Array
    behind_count: Array
    changed: Array
    kept: Array
    kept_length: Array
    kept_fen: Array
    ruined: Array
    seen: Array
    kinds: Array


class Knobs(NamedTuple):
    """How much is taken out at once, how often the best place is passed by."""

    removed: float = 10.0
    string_max: int = 10
    blink: float = 0.01
    whole: float = 0.01  # how often a whole route goes
    closed: bool = False  # no further courier may be sent out


def town_of(piece: Piece) -> Town:
    """Write a piece as arrays; it must have a parcel and a courier."""
    return Town(
        **_ways(piece),
        **_stops(piece),
        **_parcels(piece),
        **_couriers(piece),
        able=np.array(
            [[able(c, p) for p in piece.parcels] for c in piece.couriers],
            dtype=np.bool_,
        ),
        late_fen=piece.problem.prices.late_fen_per_s,
        overwork_fen=piece.problem.prices.overwork_fen_per_s,
        limited=any(_limit_s(parcel) >= 0 for parcel in piece.parcels),
        exact=_exact(piece),
    )


def tour_of(town: Town, longest: int = 0) -> Tour:
    """Make room for the routes of a town, the longest that stands among them."""
    couriers, stops, parcels = len(town.begins), len(town.opens), len(town.drop)
    width = max(longest, min(stops, STOPS_MAX))
    return Tour(
        stops=np.zeros((couriers, width), np.int64),
        length=np.zeros(couriers, np.int64),
        starts=np.zeros((couriers, width + 2), np.int64),
        latest=np.zeros((couriers, width + 2), np.int64),
        load=np.zeros((couriers, width + 2, town.size.shape[1]), np.int64),
        fen=np.zeros(couriers, np.int64),
        limits=np.zeros(couriers, np.int64),
        courier=np.full(stops, -1, np.int64),
        place=np.zeros(stops, np.int64),
        absent=np.ones(parcels, np.bool_),
        behind=np.arange(parcels, dtype=np.int64),
        behind_count=np.array([parcels], np.int64),
        changed=np.zeros(couriers, np.bool_),
        kept=np.zeros((couriers, width), np.int64),
        kept_length=np.zeros(couriers, np.int64),
        kept_fen=np.zeros(couriers, np.int64),
        ruined=np.zeros(couriers, np.bool_),
        seen=np.zeros(couriers, np.bool_),
        kinds=np.zeros(couriers, np.bool_),
    )


def _listed(piece: Piece) -> list[Stop]:
    """List two stops for each parcel; of one on board the drop-off stands in for both."""
    pairs = (stops_of(piece.problem, parcel) for parcel in piece.parcels)
    return [stop for pair in pairs for stop in (pair[0], pair[-1])]


def _ways(piece: Piece) -> dict[str, Array]:
    problem, prices = piece.problem, piece.problem.prices
    stops = _listed(piece)
    depots = sorted({p for c in piece.couriers for p in (c.start, c.end)})
    row = {place: number for number, place in enumerate(depots, start=len(stops))}
    places = np.array([*(stop.place for stop in stops), *depots])
    setup = np.array([stop.setup_s for stop in stops] + [0] * len(depots), np.int32)
    grid = np.ix_(places, places)
    elsewhere = places[:, None] != places[None, :]
    travel = problem.travel_s[grid] + np.where(elsewhere, setup[None, :], np.int32(0))
    way_fen = travel
    if (prices.moving_fen_per_s, prices.fen_per_km) != (1, 0):
        way_fen = travel.astype(np.int64) * prices.moving_fen_per_s
        metres = problem.distance_m[grid].astype(np.int64)
        way_fen = way_fen + metres * prices.fen_per_km // 1000
        way_fen = np.minimum(way_fen, np.iinfo(np.int32).max).astype(np.int32)
    return {
        "travel": travel,
        "way_fen": way_fen,
        "near": _near(travel[: len(stops), : len(stops)]),
        "starts_at": np.array([row[c.start] for c in piece.couriers], np.int64),
        "ends_at": np.array([row[c.end] for c in piece.couriers], np.int64),
    }


def _near(travel: Array) -> Array:
    """List the nearest stops of each, by the shorter of both ways."""
    around = np.minimum(travel, travel.T)
    width = min(NEAR_MAX, len(around))
    near = np.argpartition(around, width - 1, axis=1)[:, :width]
    order = np.take_along_axis(around, near, axis=1).argsort(axis=1, kind="stable")
    return np.take_along_axis(near, order, axis=1).astype(np.int32)


def _stops(piece: Piece) -> dict[str, Array]:
    stops = _listed(piece)
    due = [s.parcel.due_s if s.kind is Kind.DROPOFF else _NEVER_S for s in stops]
    return {
        "parcel_of": np.repeat(np.arange(len(piece.parcels), dtype=np.int64), 2),
        "opens": np.array([stop.open_s for stop in stops], np.int64),
        "closes": np.array([stop.close_s for stop in stops], np.int64),
        "due": np.array(due, np.int64),
        "service": np.array([stop.service_s for stop in stops], np.int64),
    }


def _parcels(piece: Piece) -> dict[str, Array]:
    parcels, problem = piece.parcels, piece.problem
    numbers = np.arange(len(parcels), dtype=np.int64)
    aboard = np.array([parcel.pickup is None for parcel in parcels])
    fixed = {name for courier in piece.couriers for name, _ in courier.fixed}
    sizes = [(p.size_parcels, p.size_parcels * p.cold, p.weight_g) for p in parcels]
    return {
        "pick": np.where(aboard, -1, 2 * numbers),
        "drop": 2 * numbers + 1,
        "size": _used(piece, sizes),
        "limit": np.array([_limit_s(parcel) for parcel in parcels], np.int64),
        "unserved_fen": np.array([*map(problem.unserved_fen, parcels)], np.int64),
        "loose": np.array([parcel.id not in fixed for parcel in parcels], np.bool_),
        "keys": _keys(piece),
    }


def _keys(piece: Piece) -> Array:
    """Sort what goes back by size, way (far first, near first) and window."""
    start = piece.couriers[0].start
    way_s = [piece.problem.way_s(start, parcel.dropoff) for parcel in piece.parcels]
    ways = [
        [-parcel.size_parcels for parcel in piece.parcels],
        [-seconds for seconds in way_s],
        way_s,
        [parcel.close_s - parcel.open_s for parcel in piece.parcels],
        [parcel.open_s for parcel in piece.parcels],
        [parcel.close_s for parcel in piece.parcels],
    ]
    return np.array(ways, np.float64)


def _couriers(piece: Piece) -> dict[str, Array]:
    couriers, problem = piece.couriers, piece.problem
    rooms = [
        (c.capacity_parcels, c.cold_capacity_parcels, _known(c.capacity_g, _ANY))
        for c in couriers
    ]
    return {
        "begins": np.array([c.start_s for c in couriers], np.int64),
        "finishes": np.array([c.end_s for c in couriers], np.int64),
        "courier_fen": np.array([*map(problem.courier_fen, couriers)], np.int64),
        "room": _used(piece, rooms),
        "fair": np.array([_known(c.fair_work_s, -1) for c in couriers], np.int64),
        "held": np.array([len(c.fixed) for c in couriers], np.int64),
        "kind": _kinds(piece),
        "breaks": np.array([len(c.breaks) for c in couriers], np.int64),
        "break_opens": _breaks(
            couriers, [[b.open_s for b in c.breaks] for c in couriers]
        ),
        "break_closes": _breaks(
            couriers, [[b.close_s for b in c.breaks] for c in couriers]
        ),
        "break_lasts": _breaks(
            couriers, [[b.length_s for b in c.breaks] for c in couriers]
        ),
    }


def _used(piece: Piece, rows: Sequence[Sequence[int]]) -> Array:
    """Keep the kinds of room that matter here: places always, cold ones and weight.

    In rows, however many there are: arrays that lie otherwise are compiled for anew.
    """
    cold = any(parcel.cold for parcel in piece.parcels)
    weighed = any(parcel.weight_g for parcel in piece.parcels)
    kinds = [0, *([1] if cold else []), *([2] if weighed else [])]
    return np.ascontiguousarray(np.array(rows, np.int64)[:, kinds])


def _kinds(piece: Piece) -> Array:
    """Number the couriers so that those who may stand in for each other are alike."""
    named = {parcel.courier_id for parcel in piece.parcels}
    kinds: dict[Courier, int] = {}
    alike = [c if c.id in named else replace(c, id="-") for c in piece.couriers]
    return np.array([kinds.setdefault(c, len(kinds)) for c in alike], np.int64)


def _breaks(couriers: Sequence[Courier], rows: Sequence[Sequence[int]]) -> Array:
    table = np.zeros((len(couriers), max(1, *map(len, rows))), np.int64)
    for k, row in enumerate(rows):
        table[k, : len(row)] = row
    return table


def _limit_s(parcel: Parcel) -> int:
    """Return the limit aboard; one on board already has its own as the end of its window."""
    return -1 if parcel.pickup is None else _known(parcel.limit_s, -1)


def _exact(piece: Piece) -> bool:
    """Tell whether an insertion moves other costs than ways, so that it is reckoned in full."""
    problem = piece.problem
    return (
        any(courier.breaks for courier in piece.couriers)
        or any(it.reserve_s or problem.lateness_s_max(it) for it in piece.parcels)
        or (
            problem.prices.overwork_fen_per_s > 0
            and any(courier.fair_work_s is not None for courier in piece.couriers)
        )
    )


def _known(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
