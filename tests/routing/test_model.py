"""A piece in OR-Tools: what it may order, where it begins, and when it ends."""

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from routing.plan import Kind
from routing.problem import Break, Prices, Problem
from routing.solve.model import Model, Orders, Piece
from routing.timing import Stop, cost_fen, earliest_starts, fits, route_fen, stops_of
from tests.routing.cities import random_city
from tests.routing.small import full_problems, small_problems
from tests.routing.tiny import (
    ALICE,
    BOB,
    CHARLIE,
    COURIER,
    EIGHT,
    INSULIN,
    OUTLET,
    PARCEL,
    YARD,
    street,
)

MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
EAST = replace(COURIER, id="east", start=CHARLIE, end=CHARLIE)


def whole(problem: Problem) -> Piece:
    return Piece(problem, problem.couriers, problem.parcels)


def planned(problem: Problem) -> dict[str, list[tuple[str, Kind]]]:
    """Let a piece be planned from nothing; tell the stops by courier."""
    orders = Model(whole(problem)).iterated(bare(problem), 0.3, 40)
    assert orders is not None
    return told(orders)


def bare(problem: Problem) -> Orders:
    """Return the orders before anything is planned: the fixed stops alone."""
    pairs = {
        (stop.parcel.id, stop.kind): stop
        for parcel in problem.parcels
        for stop in stops_of(problem, parcel)
    }
    return {
        it.id: [pairs[stop] for stop in it.fixed] for it in problem.couriers if it.fixed
    }


def told(orders: Orders) -> dict[str, list[tuple[str, Kind]]]:
    return {
        name: [(stop.parcel.id, stop.kind) for stop in stops]
        for name, stops in orders.items()
    }


def served(orders: dict[str, list[tuple[str, Kind]]]) -> set[str]:
    return {name for stops in orders.values() for name, _ in stops}


def priced_fen(problem: Problem, orders: Orders) -> int:
    """Return what orders cost by the clock of `timing`."""
    couriers = {courier.id: courier for courier in problem.couriers}
    total_fen, left = 0, {parcel.id: parcel for parcel in problem.parcels}
    for name, stops in orders.items():
        starts = earliest_starts(problem, couriers[name], stops)
        assert starts is not None
        assert fits(couriers[name], stops)
        total_fen += cost_fen(problem, couriers[name], stops, starts)
        for stop in stops:
            left.pop(stop.parcel.id, None)
    return total_fen + sum(problem.unserved_fen(it) for it in left.values())


def both_ways(problem: Problem, *names: str) -> list[Stop]:
    """Return the stops of some parcels, one parcel after the other."""
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    return [stop for name in names for stop in stops_of(problem, parcels[name])]


def test_a_search_goes_on_from_the_orders_it_is_given():
    """The solver's own hint would begin with dearer orders than these."""
    for seed in range(4):
        problem = random_city(16, seed, n_couriers=3, n_outlets=6)
        piece = whole(problem)
        orders = Model(piece).first(2)
        assert orders is not None
        before_fen = priced_fen(problem, orders)
        improved = Model(piece).iterated(orders, 2, 1)
        assert improved is not None
        assert priced_fen(problem, improved) <= before_fen


def test_orders_get_cheaper_by_ruin_and_recreate():
    problem = random_city(14, 7, n_couriers=3, n_outlets=5)
    one_by_one: Orders = {}
    for number, parcel in enumerate(problem.parcels):
        courier = problem.couriers[number % 3]
        tried = [*one_by_one.get(courier.id, []), *stops_of(problem, parcel)]
        if earliest_starts(problem, courier, tried) and parcel.limit_s is None:
            one_by_one[courier.id] = tried
    improved = Model(whole(problem)).iterated(one_by_one, 3, 60)
    assert improved is not None
    assert priced_fen(problem, improved) < priced_fen(problem, one_by_one)


def test_orders_that_cannot_be_are_made_anew():
    problem = street(replace(PARCEL, close_s=EIGHT + 200), INSULIN)
    orders = {"one": both_ways(problem, "alice", "bob")}
    improved = Model(whole(problem)).iterated(orders, 1, 20)
    assert improved is not None
    assert served(told(improved)) == {"bob"}


def test_a_piece_without_couriers_has_no_orders():
    nobody = Piece(street(), (), street().parcels)
    assert Model(nobody).first(1) == {}
    assert Model(nobody).iterated({}, 1, 5) == {}
    assert Model(nobody).eliminate({}, 1) is None


@MANY
@given(small_problems())
def test_a_search_keeps_its_clock(problem):
    began_s = time.monotonic()
    Model(whole(problem)).first(0.05)
    Model(whole(problem)).iterated({}, 0.05, 10**6)
    # Generous, since the machine may be busy; a search without an end takes for ever.
    assert time.monotonic() - began_s < 5


@MANY
@given(small_problems())
def test_every_order_found_is_feasible_by_the_clock_of_timing(problem):
    orders = Model(whole(problem)).iterated({}, 0.2, 15)
    assert orders is not None
    priced_fen(problem, orders)


@MANY
@given(full_problems(parcels_max=4, couriers_max=2))
def test_every_limit_together_is_kept(problem):
    orders = Model(whole(problem)).iterated(bare(problem), 0.2, 10)
    assert orders is not None
    couriers = {courier.id: courier for courier in problem.couriers}
    for name, stops in orders.items():
        # After fixed stops the clock may say no: the model walks them at the earliest.
        fen = route_fen(problem, couriers[name], stops)
        assert couriers[name].fixed or fen is not None


def test_a_parcel_that_no_clock_allows_is_left_out():
    over = replace(INSULIN, pickup=None, ready_s=0)
    apart = replace(PARCEL, aboard_s_max=60, pickup_close_s=EIGHT)
    apart = replace(apart, id="apart", open_s=EIGHT + 1_000)
    problem = street(PARCEL, over, apart)
    assert served(planned(problem)) == {"alice"}
    told_so = {"one": both_ways(problem, "alice", "bob")}
    improved = Model(whole(problem)).iterated(told_so, 1, 20)
    assert improved is not None
    assert served(told(improved)) == {"alice"}


def test_a_courier_who_would_not_even_get_home_stays_out_of_the_way():
    lost = replace(COURIER, id="lost", end=CHARLIE, end_s=EIGHT + 100)
    assert set(planned(street(couriers=(lost, COURIER)))) == {"one"}


# What a courier may carry


def test_a_skill_that_only_one_courier_has():
    skilled = replace(EAST, skills=frozenset({"narcotic"}))
    narcotic = replace(PARCEL, skills=frozenset({"narcotic"}))
    assert set(planned(street(narcotic, couriers=(COURIER, skilled)))) == {"east"}
    assert planned(street(narcotic, couriers=(COURIER,))) == {}


def test_a_large_parcel_takes_its_places():
    large = [replace(PARCEL, id=name, size_parcels=6) for name in ("one", "two")]
    stops = planned(street(*large))["one"]
    assert [kind for _, kind in stops] == [Kind.PICKUP, Kind.DROPOFF] * 2


def test_weight_counts_where_a_courier_has_a_limit_of_it():
    heavy = [replace(PARCEL, id=name, weight_g=6_000) for name in ("one", "two")]
    strong = planned(street(*heavy))["one"]
    assert [kind for _, kind in strong[:2]] == [Kind.PICKUP, Kind.PICKUP]
    weak = replace(COURIER, capacity_g=10_000)
    stops = planned(street(*heavy, couriers=(weak,)))["one"]
    assert [kind for _, kind in stops] == [Kind.PICKUP, Kind.DROPOFF] * 2


def test_an_order_that_may_wait_is_left_where_its_way_is_dearer():
    cheap = replace(PARCEL, unserved_fen=500)
    assert planned(street(cheap)) == {}
    assert served(planned(street(replace(cheap, unserved_fen=5_000)))) == {"alice"}


# When it may be


def test_a_break_is_taken_between_two_stops():
    """Without the break the door would be reached at 310 s after eight."""
    tight = replace(PARCEL, close_s=EIGHT + 400)
    rest = Break(open_s=EIGHT + 150, close_s=EIGHT + 300, length_s=600)
    rested = replace(COURIER, breaks=(rest,))
    assert served(planned(street(tight))) == {"alice"}
    assert planned(street(tight, couriers=(rested,))) == {}
    later = replace(tight, close_s=EIGHT + 1_000)
    assert served(planned(street(later, couriers=(rested,)))) == {"alice"}


def test_a_break_after_the_work_costs_nothing():
    rest = Break(open_s=EIGHT + 1_000, close_s=EIGHT + 2_000, length_s=3_600)
    rested = replace(COURIER, breaks=(rest,))
    assert served(planned(street(couriers=(rested,)))) == {"alice", "bob"}


def test_a_break_before_the_shift_is_past():
    early = Break(open_s=EIGHT - 900, close_s=EIGHT - 600, length_s=4 * 3_600)
    rested = replace(COURIER, breaks=(early,))
    assert served(planned(street(couriers=(rested,)))) == {"alice", "bob"}


def test_no_parcel_is_aboard_for_longer_than_it_may():
    """Alice's parcel may not be carried past bob's door, whatever the way costs."""
    first = replace(INSULIN, close_s=EIGHT + 500)
    assert served(planned(street(PARCEL, first))) == {"alice", "bob"}
    stays = replace(PARCEL, open_s=EIGHT + 3_000, aboard_s_max=300)
    stops = planned(street(stays, first))["one"]
    pickup = stops.index(("alice", Kind.PICKUP))
    assert stops[pickup + 1] == ("alice", Kind.DROPOFF)


# What it costs


def test_metres_count_where_they_have_a_price():
    """East has the shorter way in seconds, west the shorter in metres."""
    problem = street(PARCEL, couriers=(COURIER, replace(EAST, start=BOB, end=BOB)))
    metres = [list(row) for row in problem.distance_m.tolist()]
    metres[BOB][OUTLET] = metres[ALICE][BOB] = 90_000
    problem = replace(problem, distance_m=metres)
    dear = replace(COURIER, fixed_fen=2_000)
    problem = replace(problem, couriers=(dear, problem.couriers[1]))
    assert set(planned(problem)) == {"east"}
    by_km = replace(problem, prices=replace(problem.prices, fen_per_km=123))
    assert set(planned(by_km)) == {"one"}


def test_each_courier_has_a_price():
    dear = replace(COURIER, id="dear", fixed_fen=50_000)
    assert set(planned(street(couriers=(dear, COURIER)))) == {"one"}


def test_a_price_on_overwork_shares_the_stops_out():
    parcels = [
        replace(PARCEL, id=str(number), dropoff=ALICE + number % 3)
        for number in range(6)
    ]
    free = Prices(courier_fen=0)
    crew = tuple(replace(COURIER, id=name, fair_work_s=900) for name in ("one", "two"))
    alone = planned(street(*parcels, couriers=crew, prices=free))
    shared = replace(free, overwork_fen_per_s=5)
    both = planned(street(*parcels, couriers=crew, prices=shared))
    assert len(alone) == 1
    assert len(both) == 2


# Stops that stand


FIXED = (("bob", Kind.PICKUP), ("alice", Kind.PICKUP), ("bob", Kind.DROPOFF))


def test_fixed_stops_stay_first_and_in_their_order():
    begun = replace(COURIER, fixed=FIXED)
    more = replace(PARCEL, id="charlie", dropoff=CHARLIE)
    stops = planned(street(PARCEL, INSULIN, more, couriers=(begun, EAST)))["one"]
    assert tuple(stops[:3]) == FIXED
    assert ("alice", Kind.DROPOFF) in stops


def test_what_is_on_board_after_fixed_stops_is_always_handed_over():
    """However little it is worth: it cannot be left on the road."""
    cheap = replace(PARCEL, unserved_fen=0)
    begun = replace(COURIER, fixed=FIXED[1:2])
    stops = planned(street(cheap, couriers=(begun, EAST)))["one"]
    assert stops == [("alice", Kind.PICKUP), ("alice", Kind.DROPOFF)]


def test_what_is_on_board_after_fixed_stops_takes_its_room():
    begun = replace(
        COURIER,
        capacity_parcels=1,
        cold_capacity_parcels=0,
        fixed=(("alice", Kind.PICKUP),),
    )
    other = replace(PARCEL, id="charlie", dropoff=CHARLIE)
    stops = planned(street(PARCEL, other, couriers=(begun,)))["one"]
    assert [name for name, _ in stops] == ["alice", "alice", "charlie", "charlie"]


def test_a_limit_counts_from_a_pickup_among_the_fixed_stops():
    begun = replace(COURIER, fixed=(("bob", Kind.PICKUP),))
    soon = replace(INSULIN, out_of_fridge_s_max=240)
    errand = replace(PARCEL, pickup=ALICE, dropoff=YARD)
    stops = planned(street(errand, soon, couriers=(begun,)))["one"]
    assert stops[1] == ("bob", Kind.DROPOFF)


def test_a_courier_who_has_begun_needs_no_second_price():
    begun = replace(COURIER, fixed=FIXED[1:2])
    assert set(planned(street(couriers=(begun, EAST)))) == {"one"}


def test_a_break_that_ends_among_the_fixed_stops_is_over():
    rest = Break(open_s=EIGHT, close_s=EIGHT, length_s=300)
    begun = replace(COURIER, fixed=FIXED, breaks=(rest,))
    assert served(planned(street(couriers=(begun,)))) == {"alice", "bob"}


# One courier less


def test_one_courier_less_serves_as_much():
    problem = street(couriers=(COURIER, EAST))
    orders = {
        "one": both_ways(problem, "alice"),
        "east": both_ways(problem, "bob"),
    }
    found = Model(whole(problem)).eliminate(orders, 3)
    assert found is not None
    assert len(found) == 1
    assert served(told(found)) == {"alice", "bob"}
    stops = [stop for order in found.values() for stop in order]
    assert all(stop.parcel in problem.parcels for stop in stops)


def test_a_fleet_that_is_needed_stays():
    narrow = replace(PARCEL, close_s=EIGHT + 320)
    other = replace(narrow, id="charlie", dropoff=CHARLIE, pickup=CHARLIE)
    problem = street(narrow, other, couriers=(COURIER, EAST))
    orders = {
        "one": both_ways(problem, "alice"),
        "east": both_ways(problem, "charlie"),
    }
    began_s = time.monotonic()
    assert Model(whole(problem)).eliminate(orders, 0.5) is None
    assert time.monotonic() - began_s < 5


def test_a_courier_with_fixed_stops_is_not_called_back():
    begun = replace(EAST, fixed=(("bob", Kind.PICKUP),))
    problem = street(couriers=(COURIER, begun))
    orders = {
        "one": both_ways(problem, "alice"),
        "east": both_ways(problem, "bob"),
    }
    found = Model(whole(problem)).eliminate(orders, 3)
    assert found is not None
    assert set(found) == {"east"}


def test_a_cancelled_search_for_fewer_couriers_ends_at_once():
    problem = street(couriers=(COURIER, EAST))
    orders = {
        "one": both_ways(problem, "alice"),
        "east": both_ways(problem, "bob"),
    }
    assert Model(whole(problem)).eliminate(orders, 60, lambda: True) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_city_gets_by_with_fewer_couriers(seed):
    problem = random_city(18, seed, n_couriers=6, n_outlets=6)
    problem = replace(problem, prices=Prices(courier_fen=0))
    piece = whole(problem)
    orders = Model(piece).first(2)
    assert orders is not None
    found = Model(piece).eliminate(orders, 4)
    assert found is not None
    assert len(found) < len(orders)
    assert served(told(found)) >= served(told(orders))
