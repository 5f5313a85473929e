"""Where one more parcel fits: nothing possible is overlooked, nothing else is told."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing.insertion import Gaps, best_insertion, cheapest_insertion
from routing.problem import Kind, able
from routing.timing import Stop, earliest_starts, route_fen, stops_of
from tests.routing.cities import random_city
from tests.routing.small import full_problems, orders
from tests.routing.test_clocks import stops_in
from tests.routing.tiny import COURIER, EIGHT, INSULIN, PARCEL, street


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_parcel_fits_where_trying_every_place_finds_one(data):
    problem = data.draw(full_problems(parcels_max=4, couriers_max=1, odd_ways=True))
    assume(problem.couriers and problem.parcels)
    courier, order = data.draw(orders(problem, parcels_max=2))
    stops = stops_in(problem, order)
    if route_fen(problem, courier, stops) is None:
        assume(not courier.fixed)
        stops = []
    served = {stop.parcel.id for stop in stops}
    for parcel in problem.parcels:
        if parcel.id not in served:
            costs = tried(problem, courier, stops, parcel)
            found = best_insertion(
                Gaps(problem, courier, stops), stops_of(problem, parcel)
            )
            assert (found is None) == (not costs)
            if found is not None:
                whole_fen = route_fen(problem, courier, found.stops)
                assert whole_fen in costs
                assert found.cost_fen == whole_fen - route_fen(problem, courier, stops)


def tried(problem, courier, stops, parcel):
    """Return what the route costs for each pair of places that keeps every limit."""
    if not able(courier, parcel):
        return []
    *pickup, door = stops_of(problem, parcel)
    costs = []
    for first in range(len(stops) + 1 if pickup else 1):
        for second in range(first, len(stops) + 1):
            route = [*stops[:first], *pickup, *stops[first:second], door]
            route += stops[second:]
            costs.append(route_fen(problem, courier, route))
    return [cost for cost in costs if cost is not None]


def test_the_cheapest_gap_is_found_on_the_street():
    problem = street()
    gaps = Gaps(problem, COURIER, stops_of(problem, INSULIN))
    found = best_insertion(gaps, stops_of(problem, PARCEL))
    assert found is not None
    # Alice lives on the way to bob: one set-up at her door, the outlet's is shared.
    assert found.cost_fen == 30
    assert [stop.kind for stop in found.stops][:2] == [Kind.PICKUP, Kind.PICKUP]


def test_the_cheapest_of_many_routes_is_found_as_by_asking_each():
    problem = random_city(40, 3, n_couriers=8)
    routes: dict[str, list[Stop]] = {it.id: [] for it in problem.couriers}
    for parcel in problem.parcels:
        pair = stops_of(problem, parcel)
        all_gaps = [Gaps(problem, it, routes[it.id]) for it in problem.couriers]
        each = [best_insertion(gaps, pair) for gaps in all_gaps]
        costs = [it.cost_fen for it in each if it is not None]
        found = cheapest_insertion(all_gaps, pair)
        assert (found and found.cost_fen) == min(costs, default=None)
        if found is not None:
            routes[found.courier.id] = list(found.stops)
    assert sum(len(stops) for stops in routes.values()) > 60


def test_nothing_is_put_before_the_fixed_stops():
    fixed = (("bob", Kind.PICKUP), ("bob", Kind.DROPOFF))
    begun = replace(COURIER, fixed=fixed)
    problem = street(couriers=(begun,))
    found = best_insertion(
        Gaps(problem, begun, stops_of(problem, INSULIN)), stops_of(problem, PARCEL)
    )
    assert found is not None
    assert [stop.parcel.id for stop in found.stops] == ["bob", "bob", "alice", "alice"]


def test_a_parcel_on_board_takes_room_from_the_leaving_on():
    aboard = replace(PARCEL, pickup=None)
    full = replace(COURIER, capacity_parcels=1, cold_capacity_parcels=1)
    problem = street(aboard, INSULIN, couriers=(full,))
    gaps = Gaps(problem, full, stops_of(problem, INSULIN))
    found = best_insertion(gaps, stops_of(problem, aboard))
    assert found is not None
    assert found.stops[0].parcel is aboard
    later = replace(aboard, open_s=EIGHT + 9_000)
    soon = replace(INSULIN, close_s=EIGHT + 8_000)
    gaps = Gaps(problem, full, stops_of(problem, soon))
    assert best_insertion(gaps, stops_of(problem, later)) is None


def test_a_route_that_is_too_late_already_has_no_gaps():
    problem = street(replace(PARCEL, close_s=EIGHT))
    with pytest.raises(ValueError, match="infeasible already"):
        Gaps(problem, COURIER, stops_of(problem, problem.parcels[0]))


def test_an_idle_courier_without_a_way_home_is_asked_for_nothing():
    far = [[0, 10**9], [10**9, 0]]
    problem = street(
        travel_s=far,
        distance_m=far,
        parcels=(replace(PARCEL, pickup=0, dropoff=1),),
        couriers=(replace(COURIER, end=1),),
    )
    (courier,) = problem.couriers
    assert earliest_starts(problem, courier, []) == []
    stops = stops_of(problem, problem.parcels[0])
    assert best_insertion(Gaps(problem, courier, []), stops) is None
