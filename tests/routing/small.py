"""Small slices of every kind for property tests: tight, impossible, overfull."""

from dataclasses import replace

from hypothesis import strategies as st

from routing.problem import INSTANT_S_MAX, Break, Courier, Kind, Parcel, Prices, Problem

EIGHT = 8 * 3600
AREAS = ("330302", "330303")
SKILLS = ("narcotic", "lift")


@st.composite
def full_problems(
    draw,
    parcels_max: int = 5,
    couriers_max: int = 3,
    breaks_max: int = 2,
    *,
    odd_ways: bool = False,
) -> Problem:
    """Draw a town with every constraint at once that a problem can ask for.

    With odd ways there are one-way roads, ways round that are shorter than the
    straight one, and places that no road leads to.
    """
    plain = draw(small_problems(parcels_max, couriers_max))
    if odd_ways:
        plain = replace(plain, travel_s=draw(_odd(plain.travel_s)))
    parcels = [draw(_demanding(it, plain.places)) for it in plain.parcels]
    couriers = [draw(_particular(it, breaks_max)) for it in plain.couriers]
    prices = replace(
        plain.prices,
        fen_per_km=draw(st.sampled_from([0, 70])),
        overwork_fen_per_s=draw(st.sampled_from([0, 3])),
    )
    problem = replace(
        plain,
        parcels=tuple(parcels),
        couriers=tuple(couriers),
        pickup_service_s=draw(st.sampled_from([0, 30])),
        dropoff_service_s=draw(st.sampled_from([0, 120])),
        prices=prices,
    )
    return draw(_begun(problem))


@st.composite
def small_problems(draw, parcels_max: int = 5, couriers_max: int = 3) -> Problem:
    """Draw a town of up to eight corners with blocks of 150 seconds."""
    corner = st.tuples(st.integers(0, 6), st.integers(0, 6))
    corners = draw(st.lists(corner, min_size=2, max_size=8, unique=True))
    blocks = tuple(
        tuple(abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in corners) for a in corners
    )
    place = st.integers(0, len(corners) - 1)
    parcels = [
        draw(_parcels(place, f"p{number}"))
        for number in range(draw(st.integers(0, parcels_max)))
    ]
    couriers = [
        draw(_couriers(place, f"c{number}"))
        for number in range(draw(st.integers(0, couriers_max)))
    ]
    return Problem(
        travel_s=tuple(tuple(150 * it for it in row) for row in blocks),
        distance_m=tuple(tuple(900 * it for it in row) for row in blocks),
        parcels=tuple(parcels),
        couriers=tuple(couriers),
        pickup_setup_s=draw(st.sampled_from([0, 120])),
        late_s_max=draw(st.sampled_from([0, 0, 900])),
        prices=Prices(courier_fen=draw(st.sampled_from([0, 1_800]))),
    )


@st.composite
def orders(draw, problem: Problem, parcels_max: int = 3):
    """Draw a courier and an order of some parcels' stops, pickups before doors."""
    courier = draw(st.sampled_from(problem.couriers))
    chosen = draw(st.permutations(problem.parcels))[:parcels_max]
    order: list[tuple[Parcel, Kind]] = []
    for parcel in chosen:
        door = draw(st.integers(0, len(order)))
        order.insert(door, (parcel, Kind.DROPOFF))
        if parcel.pickup is not None:
            order.insert(draw(st.integers(0, door)), (parcel, Kind.PICKUP))
    return courier, order


@st.composite
def _odd(draw, travel_s):
    """Draw for some ways that they take longer, no time at all, or do not exist."""
    ways = travel_s.copy()
    for _ in range(draw(st.integers(0, 6))):
        here, there = (draw(st.integers(0, len(ways) - 1)) for _ in range(2))
        if here != there:
            ways[here, there] = draw(st.sampled_from([0, 60, 1_700, INSTANT_S_MAX]))
    return ways


@st.composite
def _parcels(draw, place, name: str) -> Parcel:
    open_s = EIGHT + draw(st.integers(0, 12)) * 600
    cold = draw(st.booleans())
    limit_s = draw(st.sampled_from([None, 300, 900, 2400])) if cold else None
    return Parcel(
        id=name,
        pickup=draw(place),
        dropoff=draw(place),
        ready_s=EIGHT + draw(st.integers(0, 12)) * 600,
        open_s=open_s,
        close_s=open_s + draw(st.sampled_from([300, 1800, 7200])),
        area=draw(st.sampled_from(AREAS)),
        cold=cold,
        out_of_fridge_s_max=limit_s,
        priority=draw(st.integers(1, 3)),
    )


@st.composite
def _demanding(draw, parcel: Parcel, places: int) -> Parcel:
    """Add what one parcel in a few asks for besides."""
    on_board = draw(st.integers(0, 4)) == 0
    shut_s = parcel.ready_s + draw(st.sampled_from([600, 3_600]))
    return replace(
        parcel,
        pickup=None if on_board else parcel.pickup,
        pickup_close_s=draw(st.sampled_from([None, None, shut_s])),
        pickup_service_s=draw(st.sampled_from([None, 0, 60])),
        dropoff_service_s=draw(st.sampled_from([None, 0, 300])),
        late_s_max=draw(st.sampled_from([None, 0, 600])),
        reserve_s=draw(st.sampled_from([0, 300, 1_200])),
        aboard_s_max=draw(st.sampled_from([None, None, 1_200, 3_600])),
        size_parcels=draw(st.sampled_from([0, 1, 1, 2])),
        weight_g=draw(st.sampled_from([0, 800, 2_500])),
        skills=draw(st.sampled_from([frozenset(), frozenset(), frozenset(SKILLS[:1])])),
        unserved_fen=draw(st.sampled_from([None, None, 0, 5_000])),
    )


@st.composite
def _couriers(draw, place, name: str) -> Courier:
    start_s = EIGHT + draw(st.integers(-3, 6)) * 600
    room = draw(st.integers(1, 4))
    return Courier(
        id=name,
        start=draw(place),
        end=draw(place),
        start_s=start_s,
        end_s=start_s + draw(st.sampled_from([1800, 7200, 14400])),
        capacity_parcels=room,
        cold_capacity_parcels=draw(st.integers(0, room)),
        areas=draw(st.sampled_from([None, frozenset(AREAS[:1])])),
    )


@st.composite
def _particular(draw, courier: Courier, breaks_max: int) -> Courier:
    """Give a courier breaks, scales, skills and a fair share of work."""
    breaks: list[Break] = []
    free_s = courier.start_s - 1_200
    for _ in range(draw(st.integers(0, breaks_max))):
        open_s = free_s + draw(st.sampled_from([0, 600, 1_500, 4_000]))
        close_s = open_s + draw(st.sampled_from([0, 300, 900, 3_600]))
        breaks.append(Break(open_s, close_s, draw(st.sampled_from([0, 300, 1_200]))))
        free_s = close_s + breaks[-1].length_s
    return replace(
        courier,
        breaks=tuple(breaks),
        capacity_g=draw(st.sampled_from([None, 3_000, 10_000])),
        skills=draw(st.sampled_from([frozenset(), frozenset(SKILLS)])),
        fair_work_s=draw(st.sampled_from([None, 600, 3_600])),
        fixed_fen=draw(st.sampled_from([None, 0, 700])),
    )


@st.composite
def _begun(draw, problem: Problem) -> Problem:
    """Fix the first stops of one courier sometimes, with limits wide enough for them."""
    if not (problem.couriers and problem.parcels) or draw(st.integers(0, 2)):
        return problem
    courier, order = draw(orders(problem, parcels_max=2))
    fixed = order[: draw(st.integers(1, len(order)))]
    begun = [parcel for parcel, _ in fixed]
    wide = tuple(_wide(it) if it in begun else it for it in problem.parcels)
    roomy = replace(
        courier,
        end_s=courier.start_s + 40_000,
        capacity_parcels=9,
        cold_capacity_parcels=9,
        areas=None,
        capacity_g=None,
        skills=frozenset(SKILLS),
        breaks=tuple(replace(it, close_s=it.open_s + 900) for it in courier.breaks[:1]),
        fixed=tuple((parcel.id, kind) for parcel, kind in fixed),
    )
    couriers = tuple(roomy if it is courier else it for it in problem.couriers)
    return replace(problem, parcels=wide, couriers=couriers)


def _wide(parcel: Parcel) -> Parcel:
    return replace(
        parcel,
        ready_s=0,
        open_s=0,
        close_s=100_000,
        pickup_close_s=None,
        out_of_fridge_s_max=None,
        aboard_s_max=None,
    )
