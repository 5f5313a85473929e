"""What fits the whole numbers of the problem fits the file's doubles."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.formats.answer import answer_of
from routing.formats.checking import objections
from routing.formats.instance import Instance, Node
from routing.formats.lines import BadFile
from routing.formats.scaled import SCALE, Objective, problem_of
from routing.problem import INSTANT_S_MAX

coordinates = st.floats(-200, 200, width=32)
lengths = st.floats(0, 300, width=32)


def node(number, x=0.0, y=0.0, *, demand=0, clock=(0.0, 1000.0, 0.0)):
    return Node(number, x, y, demand, *clock)


@st.composite
def instances(draw):
    nodes = [node(0, clock=(0.0, draw(st.floats(200, 4000)), 0.0))]
    for number in range(1, draw(st.integers(2, 6))):
        open_ = draw(lengths)
        clock = (open_, open_ + draw(lengths), draw(st.floats(0, 50, width=32)))
        x, y = draw(coordinates), draw(coordinates)
        nodes.append(node(number, x, y, demand=draw(st.integers(0, 4)), clock=clock))
    return Instance("drawn", 3, 12, tuple(nodes))


def earliest_fits(problem, order):
    """Drive one route by the problem's whole numbers."""
    parcels = {parcel.dropoff: parcel for parcel in problem.parcels}
    courier = problem.couriers[0]
    now_s, place = courier.start_s, 0
    for number in order:
        parcel = parcels[number]
        now_s = max(now_s + problem.way_s(place, number), parcel.open_s)
        if now_s > parcel.close_s:
            return False
        now_s, place = now_s + problem.service_s(parcel), number
    size = sum(parcels[number].size_parcels for number in order)
    in_time = now_s + problem.way_s(place, 0) <= courier.end_s
    return in_time and size <= courier.capacity_parcels


@given(instances(), st.randoms(use_true_random=False))
def test_a_route_that_fits_the_problem_fits_the_file(instance, chance):
    order = [each.number for each in instance.nodes[1:]]
    chance.shuffle(order)
    order = order[: chance.randrange(1, len(order) + 1)]
    problem = problem_of(instance, Objective.VEHICLES)
    if earliest_fits(problem, order):
        assert not objections(instance, answer_of(instance, [order]))


def test_whole_ways_stay_exact_and_others_are_rounded_up():
    nodes = (node(0), node(1, 3, 4, demand=1), node(2, 1, 1, demand=1))
    problem = problem_of(Instance("two", 1, 9, nodes), Objective.VEHICLES)
    assert problem.way_s(0, 1) == 5 * SCALE
    assert problem.way_s(0, 2) == math.ceil(math.sqrt(2) * SCALE)
    assert problem.way_m(1, 2) == problem.way_s(1, 2)


def test_no_way_that_a_vehicle_spares_is_worth_another_vehicle():
    nodes = tuple(node(number, number * 10, 0, demand=1) for number in range(5))
    instance = Instance("row", 4, 9, nodes)
    problem = problem_of(instance, Objective.VEHICLES)
    there_and_back = int(problem.travel_s.sum())
    assert problem.prices.courier_fen > int(problem.travel_s[0].sum())
    assert problem.prices.unserved_fen > problem.prices.courier_fen + there_and_back
    assert problem_of(instance, Objective.DISTANCE).prices.courier_fen == 0


def test_large_numbers_take_a_coarser_unit():
    nodes = (node(0, clock=(0, 4e6, 0)), node(1, 3e6, 0, demand=1, clock=(0, 4e6, 0)))
    problem = problem_of(Instance("far", 1, 9, nodes), Objective.VEHICLES)
    assert problem.way_s(0, 1) == 3e6 * 100
    assert problem.couriers[0].end_s <= INSTANT_S_MAX


def test_a_depot_that_closes_before_anyone_leaves_is_refused():
    nodes = (node(0, clock=(0, 5, 9)), node(1))
    with pytest.raises(BadFile, match="a depot open longer than its service"):
        problem_of(Instance("shut", 1, 9, nodes), Objective.VEHICLES)


def test_a_fleet_is_no_larger_than_what_it_carries():
    nodes = (node(0), node(1, demand=1), node(2, demand=1))
    for vehicles, sent in ((1, 1), (2, 2), (10**9, 2)):
        problem = problem_of(Instance("fleet", vehicles, 5, nodes), Objective.VEHICLES)
        assert len(problem.couriers) == sent
