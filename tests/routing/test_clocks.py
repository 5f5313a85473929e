"""The planner's clock and a second one agree, with every constraint at once."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing.timing import (
    earliest_starts,
    fits,
    keeps_fixed,
    late_s,
    leaving_s,
    route_fen,
    stops_of,
    timed_route,
)
from tests.routing import oracle
from tests.routing.small import full_problems, orders

MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def stops_in(problem, order):
    """Turn an order of (parcel, kind) into the stops of the planner's clock."""
    return [
        next(stop for stop in stops_of(problem, parcel) if stop.kind is kind)
        for parcel, kind in order
    ]


@MANY
@given(st.data())
def test_the_clock_finds_the_schedule_that_a_slow_one_finds(data):
    problem = data.draw(full_problems(parcels_max=3, couriers_max=1, odd_ways=True))
    assume(problem.couriers and problem.parcels)
    courier, order = data.draw(orders(problem))
    told, stops = oracle.scheduled(problem, courier, order), stops_in(problem, order)
    starts = earliest_starts(problem, courier, stops)
    assert (starts is None) == (told is None)
    if told is not None:
        assert late_s(stops, starts) == told.late_s
        route = timed_route(problem, courier, stops, starts)
        assert route.visits[-1].arrive_s == told.end_s
        assert leaving_s(problem, courier, stops, starts) == told.leave_s
        assert route.visits[0].depart_s == told.leave_s
        if not courier.breaks:
            assert tuple(starts) == told.starts
    assert fits(courier, stops) == (
        oracle.room_kept(problem, courier, order) and keeps_fixed(courier, stops)
    )


@MANY
@given(st.data())
def test_a_route_costs_what_the_slow_clock_says(data):
    problem = data.draw(full_problems(parcels_max=3, couriers_max=1, odd_ways=True))
    assume(problem.couriers and problem.parcels)
    courier, order = data.draw(orders(problem))
    stops = stops_in(problem, order)
    owed_fen = oracle.price_fen(problem, courier, order)
    if not keeps_fixed(courier, stops):
        owed_fen = None
    assert route_fen(problem, courier, stops) == owed_fen
