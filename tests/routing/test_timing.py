"""The earliest schedule of a route."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.plan import Kind, Rest
from routing.problem import Break, Prices
from routing.timing import (
    cost_fen,
    earliest_starts,
    fits,
    moving_s,
    route_fen,
    stops_of,
    timed_route,
    work_s,
)
from tests.routing.tiny import (
    ALICE,
    COURIER,
    EIGHT,
    INSULIN,
    NOON,
    OUTLET,
    PARCEL,
    street,
)

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


def rested_route(*breaks: Break, stops=(PICK_ALICE, DOOR_ALICE), **changes):
    """Write alice's route out for a courier with breaks given in seconds after eight."""
    at_eight = [
        replace(it, open_s=EIGHT + it.open_s, close_s=EIGHT + it.close_s)
        for it in breaks
    ]
    courier = replace(COURIER, breaks=tuple(at_eight), **changes)
    starts = earliest_starts(street(), courier, stops)
    return starts and timed_route(street(), courier, stops, starts)


def clock(route):
    """Return (arrival, start, departure) of each visit, in seconds after eight."""
    return [
        tuple(it - EIGHT for it in (visit.arrive_s, visit.start_s, visit.depart_s))
        for visit in route.visits
    ]


def test_a_break_makes_the_way_longer_on_which_it_is_taken():
    # 160 + 20 at the outlet; 100 on the way with a rest of 50; 30 of set-up.
    route = rested_route(Break(200, 220, 50))
    assert route.breaks == (Rest(EIGHT + 200, EIGHT + 250),)
    assert clock(route)[1:3] == [(100, 160, 180), (330, 360, 450)]
    assert clock(route)[3] == (650, 650, 650)


def test_a_break_is_no_part_of_a_visit():
    # It would open during the set-up at alice's door: before it, or not at all.
    late = replace(DOOR_ALICE, open_s=EIGHT + 310)
    route = rested_route(Break(285, 300, 50), stops=(PICK_ALICE, late))
    assert route.breaks == (Rest(EIGHT + 285, EIGHT + 335),)
    assert clock(route)[2] == (285, 365, 455)


def test_a_break_is_not_due_where_the_work_is_over_by_then():
    assert rested_route(Break(500, 600, 50)).breaks == ()
    assert rested_route(Break(500, 599, 50)).breaks != ()


def test_a_break_that_cannot_be_taken_leaves_no_schedule():
    # From 150 s to 180 s after eight the courier is at the outlet's counter.
    waiting = replace(PICK_ALICE, open_s=EIGHT + 40, close_s=EIGHT + 200)
    assert rested_route(Break(170, 175, 90), stops=(waiting, DOOR_ALICE)) is None


def test_a_break_before_the_shift_is_past():
    courier = replace(COURIER, start_s=EIGHT, breaks=(Break(0, EIGHT - 1, 600),))
    starts = earliest_starts(street(), courier, (PICK_ALICE, DOOR_ALICE))
    assert starts == [EIGHT + 160, EIGHT + 310]


def test_a_courier_rests_before_leaving_rather_than_on_the_way():
    waiting = replace(PICK_ALICE, open_s=EIGHT + 3000)
    route = rested_route(Break(100, 2000, 600), stops=(waiting, DOOR_ALICE))
    assert route.breaks == (Rest(EIGHT + 100, EIGHT + 700),)
    assert route.visits[0].depart_s == EIGHT + 3000 - 160


def test_a_parcel_on_board_is_on_board_from_the_start():
    aboard = replace(PARCEL, pickup=None, aboard_s_max=230, ready_s=EIGHT)
    stops = stops_of(street(), aboard)
    starts = earliest_starts(street(), COURIER, stops)
    assert starts == [EIGHT + 230]
    route = timed_route(street(), COURIER, stops, starts)
    assert [visit.load_parcels for visit in route.visits] == [1, 0, 0]
    longer = replace(aboard, ready_s=EIGHT - 1)
    assert earliest_starts(street(), COURIER, stops_of(street(), longer)) is None


def test_any_parcel_may_be_kept_from_a_long_way_round():
    quick = stops_of(street(), replace(PARCEL, aboard_s_max=150))
    assert earliest_starts(street(), COURIER, quick) is not None
    round_trip = (quick[0], PICK_BOB, DOOR_BOB, quick[1])
    assert earliest_starts(street(), COURIER, round_trip) is None


def test_a_counter_that_shuts_is_reached_in_time_or_not_at_all():
    for closes_s, starts in ((160, [EIGHT + 160, EIGHT + 310]), (159, None)):
        shut = replace(PARCEL, pickup_close_s=EIGHT + closes_s)
        stops = stops_of(street(), shut)
        assert earliest_starts(street(), COURIER, stops) == starts


def test_loads_count_in_places_and_grams():
    heavy = replace(PARCEL, size_parcels=2, weight_g=900)
    stops = (*stops_of(street(), heavy)[:1], PICK_BOB)
    assert fits(replace(COURIER, capacity_parcels=3), stops)
    assert not fits(replace(COURIER, capacity_parcels=2), stops)
    assert fits(replace(COURIER, capacity_g=900), stops)
    assert not fits(replace(COURIER, capacity_g=899), stops)


def test_a_route_begins_with_the_fixed_stops():
    begun = replace(COURIER, fixed=(("alice", Kind.PICKUP), ("bob", Kind.PICKUP)))
    assert fits(begun, TOUR)
    assert not fits(begun, (PICK_BOB, PICK_ALICE, DOOR_ALICE, DOOR_BOB))
    assert not fits(begun, (PICK_ALICE,))


def test_the_courier_leaves_so_late_that_no_later_wait_is_left():
    door = replace(DOOR_ALICE, open_s=EIGHT + 1000)
    stops = (PICK_ALICE, door)
    starts = earliest_starts(street(), COURIER, stops)
    assert starts == [EIGHT + 160, EIGHT + 1000]
    route = timed_route(street(), COURIER, stops, starts)
    assert clock(route)[0][0] == 1000 - 30 - 100 - 20 - 160


def test_a_wait_at_a_cold_parcels_door_is_waited_at_the_outlet():
    early = replace(DOOR_ALICE, close_s=EIGHT + 310)
    late = replace(DOOR_BOB, open_s=EIGHT + 700)
    again = replace(PICK_BOB, place=OUTLET)
    stops = (PICK_ALICE, early, again, late)
    starts = earliest_starts(street(), COURIER, stops)
    assert starts == [EIGHT + it for it in (160, 310, 560, 810)]
    later = replace(late, open_s=EIGHT + 1000)
    starts = earliest_starts(street(), COURIER, (*stops[:3], later))
    route = timed_route(street(), COURIER, (*stops[:3], later), starts)
    assert clock(route)[3] == (500, 750, 770)


def test_metres_long_work_and_a_courier_have_their_prices():
    prices = Prices(fen_per_km=70, overwork_fen_per_s=3)
    problem = street(prices=prices)
    courier = replace(COURIER, fixed_fen=5, fair_work_s=500)
    stops = stops_of(problem, PARCEL)
    # 4 km; 490 s of moving; 600 s of work, 100 s of them beyond what is fair.
    assert route_fen(problem, courier, stops) == 5 + 490 + 280 + 300
    assert work_s(problem, courier, stops, [EIGHT + 160, EIGHT + 310]) == 600


def test_a_route_beyond_the_shift_can_still_be_priced():
    """To say what a longer shift would cost, its schedule is priced as it is."""
    resting = replace(COURIER, breaks=(Break(EIGHT, EIGHT + 100, 50),), fair_work_s=0)
    problem = street(prices=Prices(overwork_fen_per_s=1))
    stops = stops_of(problem, PARCEL)
    starts = earliest_starts(problem, resting, stops)
    assert starts is not None
    short = replace(resting, end_s=EIGHT + 400)
    assert earliest_starts(problem, short, stops) is None
    whole_fen = cost_fen(problem, resting, stops, starts)
    assert cost_fen(problem, short, stops, starts) == whole_fen
    shut = (stops[0], replace(stops[1], close_s=EIGHT))
    assert cost_fen(problem, resting, shut, starts) >= whole_fen


def test_a_way_without_a_road_is_never_taken():
    nowhere = [[0 if a == b else 10**9 for a in range(5)] for b in range(5)]
    problem = street(travel_s=nowhere)
    early = replace(COURIER, start_s=0, end_s=10**9)
    always = replace(PARCEL, ready_s=0, open_s=0, close_s=10**9)
    assert earliest_starts(problem, early, stops_of(problem, always)) is None


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
