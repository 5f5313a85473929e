"""What the solver's model has to know of a piece: its visits, and how each route begins.

The fixed stops of a courier are no visits of the model: they are where and when the
courier is free for others, and what is on board by then. Pure; knows nothing of
the solver.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from routing.plan import Kind
from routing.problem import Break, Courier, Parcel, Problem, able
from routing.timing import Stop, earliest_starts, step_s, stops_of
from routing.timing.clock import last_end_s, over_breaks

ROOM_MAX = 1_000_000_000_000
"""So many grams or parcels are room without a limit."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some parcels and couriers of a problem, planned together.

    The parcels of a courier's fixed stops belong to the piece of that courier.
    """

    problem: Problem
    couriers: tuple[Courier, ...]
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Room taken up on board: places, places of the cold box, grams."""

    parcels: int = 0
    cold: int = 0
    grams: int = 0

    def __add__(self, more: "Load") -> "Load":
        return Load(
            self.parcels + more.parcels, self.cold + more.cold, self.grams + more.grams
        )

    def __neg__(self) -> "Load":
        return Load(-self.parcels, -self.cold, -self.grams)

    def values(self) -> tuple[int, int, int]:
        """Return places, places of the cold box and grams, in this order."""
        return self.parcels, self.cold, self.grams


@dataclass(frozen=True, slots=True)
class Begin:
    """Where and when a courier is free for further stops, and with how much room.

    `fixed` are the stops before; without any it is the courier's start. `room` is
    the load the courier may have at that moment, which the fixed stops narrow: what
    comes along from the start has been on board during all of them. `worked_s` is
    what the fixed stops have taken without waiting. `usable` tells whether the
    courier gets home at all; who does not is of no use for further stops.
    """

    courier: Courier
    fixed: tuple[Stop, ...]
    place: int
    free_s: int
    worked_s: int
    breaks: tuple[Break, ...]
    room: Load
    usable: bool


def load_of(parcel: Parcel) -> Load:
    """Return the room that a parcel takes up."""
    cold = parcel.size_parcels if parcel.cold else 0
    return Load(parcel.size_parcels, cold, parcel.weight_g)


def room_of(courier: Courier) -> Load:
    """Return the room of a courier."""
    grams = ROOM_MAX if courier.capacity_g is None else courier.capacity_g
    return Load(courier.capacity_parcels, courier.cold_capacity_parcels, grams)


class Nodes:
    """The visits of a piece that the solver may order, numbered, and the begins.

    `of_parcel` holds for each parcel the numbers of its visits: pickup and
    drop-off, or the drop-off alone where it is on board at the begin, or none where
    fixed stops have both, or no clock allows it whoever comes when. `bound` tells
    by parcel which begin has it on board after fixed stops, so that it has to be
    handed over, and how many seconds the begin is after its pickup at least.
    """

    def __init__(self, piece: Piece) -> None:
        parcels = {parcel.id: parcel for parcel in piece.parcels}
        self.begins = [begin(piece.problem, it, parcels) for it in piece.couriers]
        done = {
            (stop.parcel.id, stop.kind): number
            for number, it in enumerate(self.begins)
            for stop in it.fixed
        }
        self.stops: list[Stop] = []
        self.of_parcel: list[tuple[int, ...]] = []
        self.bound: dict[str, tuple[int, int]] = {}
        for parcel in piece.parcels:
            free = [
                stop
                for stop in stops_of(piece.problem, parcel)
                if (parcel.id, stop.kind) not in done
            ]
            on_board = (parcel.id, Kind.PICKUP) in done
            if not on_board and _hopeless(free):
                free = []
            first = len(self.stops)
            self.of_parcel.append(tuple(range(first, first + len(free))))
            self.stops += free
            if free and on_board:
                number = done[parcel.id, Kind.PICKUP]
                since_s = _since_s(piece.problem, self.begins[number].fixed, parcel)
                self.bound[parcel.id] = (number, since_s)
        self.number = {
            (stop.parcel.id, stop.kind): number
            for number, stop in enumerate(self.stops)
        }


def begin(problem: Problem, courier: Courier, parcels: dict[str, Parcel]) -> Begin:
    """Find out where and when a courier is free after the fixed stops."""
    fixed = tuple(
        stop
        for name, kind in courier.fixed
        for stop in stops_of(problem, parcels[name])
        if stop.kind is kind
    )
    if not fixed:
        room = room_of(courier)
        breaks = tuple(
            replace(it, open_s=max(it.open_s, courier.start_s))
            for it in courier.breaks
            if it.close_s >= courier.start_s
        )
        return Begin(
            courier=courier,
            fixed=(),
            place=courier.start,
            free_s=courier.start_s,
            worked_s=0,
            breaks=breaks,
            room=room,
            usable=_gets_home(
                problem, courier, courier.start, courier.start_s, breaks=breaks
            ),
        )
    return _after(problem, courier, fixed)


def _after(problem: Problem, courier: Courier, fixed: tuple[Stop, ...]) -> Begin:
    """Walk the fixed stops; breaks that end before they do are taken among them."""
    free_s = _free_s(problem, replace(courier, breaks=()), fixed)
    over = tuple(each for each in courier.breaks if each.close_s < free_s)
    if over:
        free_s = _free_s(problem, replace(courier, breaks=over), fixed)
    ahead = tuple(
        replace(each, open_s=max(each.open_s, free_s))
        for each in courier.breaks[len(over) :]
        if each.close_s >= free_s
    )
    place = fixed[-1].place
    return Begin(
        courier=courier,
        fixed=fixed,
        place=place,
        free_s=free_s,
        worked_s=_worked_s(problem, courier, fixed),
        breaks=ahead,
        room=_room(courier, fixed),
        usable=_gets_home(problem, courier, place, free_s, breaks=ahead),
    )


def _gets_home(
    problem: Problem,
    courier: Courier,
    place: int,
    free_s: int,
    *,
    breaks: Sequence[Break],
) -> bool:
    """Tell whether a courier is home in time with the breaks that are due by then."""
    way_s = problem.way_s(place, courier.end)
    for taken in range(len(breaks) + 1):
        end_s = over_breaks(free_s, way_s, breaks[:taken])
        if end_s is None or end_s > last_end_s(courier):
            return False
        if taken == len(breaks) or end_s <= breaks[taken].close_s:
            return True
    return False


def _free_s(problem: Problem, courier: Courier, fixed: Sequence[Stop]) -> int:
    """Return when the last fixed stop is over at the earliest, in seconds of the day."""
    starts = earliest_starts(problem, courier, fixed)
    if starts is None:
        raise ValueError(f"the fixed stops of courier {courier.id} cannot be kept")
    return starts[-1] + fixed[-1].service_s


def _worked_s(problem: Problem, courier: Courier, fixed: Sequence[Stop]) -> int:
    worked_s, place = 0, courier.start
    for stop in fixed:
        worked_s += step_s(problem, place, stop) + stop.service_s
        place = stop.place
    return worked_s


def _since_s(problem: Problem, fixed: Sequence[Stop], parcel: Parcel) -> int:
    """Return the least seconds from the end of a pickup to the end of the fixed stops."""
    kinds = [(stop.parcel.id, stop.kind) for stop in fixed]
    pickup = kinds.index((parcel.id, Kind.PICKUP))
    return sum(
        step_s(problem, before.place, stop) + stop.service_s
        for before, stop in pairwise(fixed[pickup:])
    )


def _room(courier: Courier, fixed: Sequence[Stop]) -> Load:
    """Return the most that may be on board once the fixed stops are over.

    Going back from there, every drop-off adds to the load and every pickup takes
    from it; the fullest moment decides.
    """
    back = [Load()]
    for stop in reversed(fixed):
        load = load_of(stop.parcel)
        back.append(back[-1] + (load if stop.kind is Kind.DROPOFF else -load))
    most = [max(values) for values in zip(*(it.values() for it in back), strict=True)]
    return room_of(courier) + -Load(*most)


def _hopeless(stops: Sequence[Stop]) -> bool:
    """Tell whether a parcel's own times contradict each other."""
    if any(stop.open_s > stop.close_s for stop in stops):
        return True
    if len(stops) < 2 or stops[-1].limit_s is None:
        return False
    pickup, door = stops
    return door.open_s - (pickup.close_s + pickup.service_s) > stops[-1].limit_s


def may_carry(begin: Begin, parcel: Parcel) -> bool:
    """Tell whether a courier may take a parcel along after the fixed stops."""
    return begin.usable and able(begin.courier, parcel)
