"""Rules of one route: its shape, its shift, its pairs, its loads, its breaks."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from routing.plan import Kind, Visit
from routing.problem import Parcel
from routing.verify.values import Leg, Ride

Finding = tuple[str, str | None]
"""What is wrong in words, and with which parcel."""

RouteRule = Callable[[Ride], Iterator[Finding]]


def _shape(ride: Ride) -> Iterator[Finding]:
    """A route runs from a start over stops to an end, all at places that there are."""
    kinds = [visit.kind for visit in ride.route.visits]
    ends = (Kind.START, Kind.END)
    if (
        len(kinds) < 3
        or (kinds[0], kinds[-1]) != ends
        or not set(kinds[1:-1]) <= {Kind.PICKUP, Kind.DROPOFF}
    ):
        yield "expected a start, pickups and drop-offs, and an end", None
    for visit in ride.route.visits:
        if not 0 <= visit.place < ride.case.problem.places:
            yield f"there is no place {visit.place}", visit.parcel_id


def _start_place(ride: Ride) -> Iterator[Finding]:
    visits = ride.route.visits
    if visits and visits[0].place != ride.courier.start:
        yield "begins elsewhere", None


def _end_place(ride: Ride) -> Iterator[Finding]:
    visits = ride.route.visits
    if visits and visits[-1].place != ride.courier.end:
        yield "ends elsewhere", None


def _idle_service(ride: Ride) -> Iterator[Finding]:
    """Nothing is served at the start and the end, and no way leads to the start."""
    first, last = ride.route.visits[0], ride.route.visits[-1]
    if first.travel_s or first.distance_m:
        yield "has a way to its start", None
    for visit in (first, last):
        if not visit.arrive_s == visit.start_s == visit.depart_s or visit.late_s:
            yield f"serves at its {visit.kind}", None


def _shift_start(ride: Ride) -> Iterator[Finding]:
    leave_s = ride.route.visits[0].depart_s
    if leave_s < ride.courier.start_s:
        yield f"leaves at {leave_s} s", None


def _shift_end(ride: Ride) -> Iterator[Finding]:
    return_s = ride.route.visits[-1].arrive_s
    if return_s > ride.courier.end_s:
        yield f"returns at {return_s} s", None


def _pairing(ride: Ride) -> Iterator[Finding]:
    """Each parcel is picked up once, before it is dropped off once, or is on board."""
    seen: dict[str, list[Kind]] = {}
    for visit in ride.route.visits[1:-1]:
        seen.setdefault(visit.parcel_id or "", []).append(visit.kind)
    for name, kinds in seen.items():
        parcel = ride.case.parcels.get(name)
        fetched = parcel is None or parcel.pickup is not None
        expected = [Kind.PICKUP, Kind.DROPOFF] if fetched else [Kind.DROPOFF]
        if kinds != expected:
            yield f"{name}: {', '.join(kinds)}", name


def _loads(ride: Ride, weigh: Callable[[Parcel], int]) -> Iterator[tuple[int, Visit]]:
    """Yield what is on board after each visit, counted by some measure."""
    load = 0
    for visit in ride.route.visits:
        parcel = ride.parcel(visit)
        if parcel is not None and visit.kind is Kind.DROPOFF and parcel.pickup is None:
            load += weigh(parcel)
    for visit in ride.route.visits:
        parcel = ride.parcel(visit)
        if parcel is not None:
            step = {Kind.PICKUP: 1, Kind.DROPOFF: -1}.get(visit.kind, 0)
            load += step * weigh(parcel)
        yield load, visit


def _cold(parcel: Parcel) -> int:
    return parcel.size_parcels if parcel.cold else 0


def _capacity(ride: Ride) -> Iterator[Finding]:
    most = ride.courier.capacity_parcels
    for load, visit in _loads(ride, lambda parcel: parcel.size_parcels):
        if load > most:
            yield f"{load} parcels, room for {most}", visit.parcel_id


def _cold_capacity(ride: Ride) -> Iterator[Finding]:
    most = ride.courier.cold_capacity_parcels
    for load, visit in _loads(ride, _cold):
        if load > most:
            yield f"{load} cold, room for {most}", visit.parcel_id


def _weight(ride: Ride) -> Iterator[Finding]:
    most_g = ride.courier.capacity_g
    if most_g is None:
        return
    for load_g, visit in _loads(ride, lambda parcel: parcel.weight_g):
        if load_g > most_g:
            yield f"{load_g} g, room for {most_g} g", visit.parcel_id


def _load_told(ride: Ride) -> Iterator[Finding]:
    loads = _loads(ride, lambda parcel: parcel.size_parcels)
    for (load, visit), (cold, _) in zip(loads, _loads(ride, _cold), strict=True):
        told = (visit.load_parcels, visit.cold_parcels)
        if told != (load, cold):
            words = f"{told} on board told, {(load, cold)} reckoned"
            yield words, visit.parcel_id


def _out_of_fridge(ride: Ride) -> Iterator[Finding]:
    for parcel, out_s in _carried(ride):
        most_s = parcel.out_of_fridge_s_max
        if most_s is not None and out_s > most_s:
            yield f"{out_s} s out of the fridge, {most_s} s allowed", parcel.id


def _aboard(ride: Ride) -> Iterator[Finding]:
    for parcel, out_s in _carried(ride):
        most_s = parcel.aboard_s_max
        if most_s is not None and out_s > most_s:
            yield f"{out_s} s on board, {most_s} s allowed", parcel.id


def _carried(ride: Ride) -> Iterator[tuple[Parcel, int]]:
    """Yield each parcel with the seconds from the counter to its hand-over."""
    left_s: dict[str, int] = {}
    for visit in ride.route.visits[1:-1]:
        parcel = ride.parcel(visit)
        if parcel is None:
            continue
        if visit.kind is Kind.PICKUP:
            left_s[parcel.id] = visit.depart_s
        elif parcel.pickup is None:
            yield parcel, visit.start_s - parcel.ready_s
        elif parcel.id in left_s:
            yield parcel, visit.start_s - left_s[parcel.id]


def _break_taken(ride: Ride) -> Iterator[Finding]:
    """Every break is taken whose time is over before the work is."""
    end_s = ride.route.visits[-1].arrive_s
    for number, each in enumerate(ride.breaks):
        if number >= len(ride.route.breaks) and each.close_s < end_s:
            yield f"no break until {each.close_s} s, works until {end_s} s", None


def _break_window(ride: Ride) -> Iterator[Finding]:
    """A break begins in its time, and there is no break but those of the shift."""
    breaks = ride.breaks
    for number, rest in enumerate(ride.route.breaks):
        if number >= len(breaks):
            yield f"a break at {rest.start_s} s that nobody asked for", None
        elif not breaks[number].open_s <= rest.start_s <= breaks[number].close_s:
            yield f"break {number} begins at {rest.start_s} s", None


def _break_length(ride: Ride) -> Iterator[Finding]:
    for rest, each in zip(ride.route.breaks, ride.breaks, strict=False):
        if rest.end_s - rest.start_s != each.length_s:
            yield (
                f"a break of {rest.end_s - rest.start_s} s, not {each.length_s} s",
                None,
            )


def _break_place(ride: Ride) -> Iterator[Finding]:
    """A break lies before the leaving, or between two visits before the set-up."""
    visits, leave_s = ride.route.visits, ride.route.visits[0].depart_s
    gaps = [(ride.courier.start_s, leave_s)]
    for before, visit in pairwise(visits):
        leg = Leg(ride, before, visit)
        gaps.append((before.depart_s, visit.start_s - leg.setup_s))
    free_s = ride.courier.start_s
    for rest in ride.route.breaks:
        inside = any(a <= rest.start_s and rest.end_s <= b for a, b in gaps)
        if not inside or rest.start_s < free_s:
            yield f"a break from {rest.start_s} to {rest.end_s} s amid a visit", None
        free_s = rest.end_s


SHAPE_RULES: dict[str, RouteRule] = {
    "shape": _shape,
    "start_place": _start_place,
    "end_place": _end_place,
}

ROUTE_RULES: dict[str, RouteRule] = {
    "idle_service": _idle_service,
    "shift_start": _shift_start,
    "shift_end": _shift_end,
    "pairing": _pairing,
    "capacity": _capacity,
    "cold_capacity": _cold_capacity,
    "weight": _weight,
    "load_told": _load_told,
    "out_of_fridge": _out_of_fridge,
    "aboard": _aboard,
    "break_taken": _break_taken,
    "break_window": _break_window,
    "break_length": _break_length,
    "break_place": _break_place,
}
