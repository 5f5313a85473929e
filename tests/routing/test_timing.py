"""The earliest schedule of a route."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.plan import Kind
from routing.timing import (
    cost_fen,
    earliest_starts,
    fits,
    moving_s,
    stops_of,
    timed_route,
)
from tests.routing.tiny import ALICE, COURIER, EIGHT, INSULIN, NOON, PARCEL, street

PICK_ALICE, DOOR_ALICE = stops_of(street(), PARCEL)
PICK_BOB, DOOR_BOB = stops_of(street(), INSULIN)
TOUR = (PICK_ALICE, PICK_BOB, DOOR_ALICE, DOOR_BOB)


def test_setup_is_paid_once_for_two_parcels_of_one_outlet():
    # 100 travel + 60 set-up; 20 service; then 20 + 100 + 30; then 90 + 100 + 30.
    starts = earliest_starts(street(), COURIER, TOUR)
    assert starts == [EIGHT + it for it in (160, 180, 330, 550)]


def test_the_courier_waits_for_a_parcel_that_is_not_ready():
    late = replace(PICK_BOB, open_s=EIGHT + 1000)
    starts = earliest_starts(street(), COURIER, (PICK_ALICE, late, DOOR_ALICE))
    assert starts == [EIGHT + it for it in (160, 1000, 1150)]


def test_the_box_is_filled_later_if_the_door_opens_late():
    door = replace(DOOR_BOB, open_s=EIGHT + 5000)
    starts = earliest_starts(street(), COURIER, (PICK_BOB, door))
    # Out of the fridge for 600 s at most, counted from the end of the pickup.
    assert starts == [EIGHT + 5000 - 600 - 20, EIGHT + 5000]


def test_a_way_longer_than_the_fridge_limit_has_no_schedule():
    cold = replace(INSULIN, out_of_fridge_s_max=229)
    assert earliest_starts(street(), COURIER, stops_of(street(), cold)) is None
    cold = replace(INSULIN, out_of_fridge_s_max=230)
    assert earliest_starts(street(), COURIER, stops_of(street(), cold)) is not None


def test_a_window_or_a_shift_that_is_over_has_no_schedule():
    shut = replace(DOOR_ALICE, close_s=EIGHT + 309)
    assert earliest_starts(street(), COURIER, (PICK_ALICE, shut)) is None
    tired = replace(COURIER, end_s=EIGHT + 599)
    assert earliest_starts(street(), tired, (PICK_ALICE, DOOR_ALICE)) is None
    home = replace(COURIER, end_s=EIGHT + 310 + 90 + 200)
    assert earliest_starts(street(), home, (PICK_ALICE, DOOR_ALICE)) is not None


def test_a_route_tells_its_way_load_and_cost():
    starts = earliest_starts(street(), COURIER, TOUR)
    assert starts is not None
    route = timed_route(street(), COURIER, TOUR, starts)
    assert [visit.kind for visit in route.visits] == [
        Kind.START,
        *(stop.kind for stop in TOUR),
        Kind.END,
    ]
    assert route.parcel_ids == ("alice", "bob")
    assert (route.distance_m, route.travel_s) == (6_000, 600)
    assert [visit.load_parcels for visit in route.visits] == [0, 1, 2, 1, 0, 0]
    assert [visit.cold_parcels for visit in route.visits] == [0, 0, 1, 1, 0, 0]
    assert moving_s(street(), COURIER, TOUR) == 600 + 60 + 30 + 30
    assert cost_fen(street(), COURIER, TOUR, starts) == 1_000 + 720


def test_the_courier_leaves_no_earlier_than_needed():
    waiting = replace(PICK_ALICE, open_s=EIGHT + 1000)
    route = timed_route(street(), COURIER, [waiting], [EIGHT + 1000])
    assert route.visits[0].depart_s == EIGHT + 1000 - 160


def test_lateness_is_told_and_priced():
    problem = street(late_s_max=600)
    early = replace(PARCEL, close_s=EIGHT + 210)
    stops = stops_of(problem, early)
    starts = earliest_starts(problem, COURIER, stops)
    assert starts is not None
    assert timed_route(problem, COURIER, stops, starts).visits[2].late_s == 100
    assert cost_fen(problem, COURIER, stops, starts) == 1_000 + 490 + 10 * 100


def test_room_counts_parcels_and_cold_parcels():
    assert fits(COURIER, TOUR)
    assert not fits(replace(COURIER, capacity_parcels=1, cold_capacity_parcels=1), TOUR)
    assert not fits(replace(COURIER, cold_capacity_parcels=0), TOUR)


@given(
    opens=st.lists(st.integers(0, 3_000), min_size=2, max_size=2),
    limits=st.lists(st.integers(100, 1_500), min_size=2, max_size=2),
    nested=st.booleans(),
)
def test_no_schedule_is_earlier_at_any_stop(opens, limits, nested):
    """Compare with a plain walk over all starts in steps of ten seconds."""
    problem = street(travel_s=((0,) * 5,) * 5, pickup_setup_s=0, dropoff_setup_s=0)
    pairs = [
        stops_of(
            problem,
            replace(
                INSULIN,
                id=str(number),
                dropoff=ALICE + number,
                open_s=EIGHT + open_s // 10 * 10,
                out_of_fridge_s_max=limit_s // 10 * 10,
            ),
        )
        for number, (open_s, limit_s) in enumerate(zip(opens, limits, strict=True))
    ]
    (p, d), (q, e) = pairs
    stops = (p, q, e, d) if nested else (p, q, d, e)
    starts = earliest_starts(problem, replace(COURIER, end_s=NOON), stops)
    assert starts == _walked(stops)


def _walked(stops):
    """Raise each start by ten seconds while something is broken; None if hopeless."""
    starts = [stop.open_s for stop in stops]
    for _ in range(5_000):
        raised = _broken(stops, starts)
        if raised is None:
            return starts
        starts[raised] += 10
    return None


def _broken(stops, starts):
    for number in range(1, len(stops)):
        if starts[number] < starts[number - 1] + stops[number - 1].service_s:
            return number
    for number, stop in enumerate(stops):
        if stop.kind is Kind.DROPOFF:
            first = next(
                place
                for place, it in enumerate(stops)
                if it.parcel.id == stop.parcel.id and it.kind is Kind.PICKUP
            )
            lag_s = stop.parcel.out_of_fridge_s_max + stops[first].service_s
            if starts[number] - starts[first] > lag_s:
                return first
    return None
