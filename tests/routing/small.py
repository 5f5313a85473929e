"""Small slices of every kind for property tests: tight, impossible, overfull."""

from hypothesis import strategies as st

from routing.problem import Courier, Parcel, Prices, Problem

EIGHT = 8 * 3600
AREAS = ("330302", "330303")


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
