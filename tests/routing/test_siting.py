"""The candidates that close a gap are the ones that serve most, and that is proven."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pharmacies.places import Point
from routing.siting import Candidate, Group, Limit, Siting, Unit, reached, solve
from routing.siting.greedy import first_choice
from routing.siting.matching import filled
from routing.siting.verify import faults
from routing.travel import GeodesicTravel
from tests.routing.places import best, drawn, worth_of

THREE = (
    Candidate("A", ("甲县",)),
    Candidate("B", ("甲县",)),
    Candidate("C", ("甲县",)),
)
PEOPLE = (Group(5, (0,)), Group(4, (0, 1)), Group(3, (1,)), Group(4, (2,)))


def solved(problem, **more):
    answer = solve(problem, seconds_max=10, **more)
    assert faults(problem, answer) == ()
    return answer


def test_the_gap_is_closed_by_whoever_serves_most():
    """W11, W12: two of three candidates, and nobody is counted twice."""
    answer = solved(Siting((Unit("甲县", 2),), THREE, PEOPLE))
    assert [(it.code, it.adds, it.serves) for it in answer.chosen] == [
        ("A", 9, 9),
        ("C", 4, 4),
    ]
    assert (answer.persons, answer.unserved, answer.proof) == (13, 3, "optimal")
    assert answer.gap_percent == 0


def test_a_floor_is_met_even_where_it_serves_nobody():
    units = (Unit("甲县", 1), Unit("乙县", 1))
    problem = Siting(units, (*THREE, Candidate("D", ("乙县",))), PEOPLE)
    assert {it.code for it in solved(problem).chosen} == {"A", "D"}


def test_a_budget_beyond_the_gaps_goes_to_whoever_serves_most():
    answer = solved(Siting((Unit("甲县", 1),), THREE, PEOPLE, extra=1))
    assert [it.code for it in answer.chosen] == ["A", "C"]


def test_a_weight_makes_some_people_count_more():
    groups = (Group(5, (0,)), Group(2, (1,), weight=3))
    answer = solved(Siting((Unit("甲县", 1),), THREE, groups))
    assert [it.code for it in answer.chosen] == ["B"]
    assert (answer.persons, answer.value) == (2, 6)


def test_too_few_candidates_are_told_by_unit_and_the_best_is_given():
    units = (Unit("甲县", 5), Unit("乙县", 2))
    answer = solved(Siting(units, THREE, PEOPLE))
    assert [(it.unit, it.lacks) for it in answer.short] == [("甲县", 2), ("乙县", 2)]
    assert answer.persons == 16


def test_a_ceiling_is_never_exceeded():
    """R1: a unit whose target is a ceiling takes no more than it has room for."""
    shops = (Candidate("A", ("丁区",)), Candidate("B", ("丁区",)))
    groups = (Group(9, (0,)), Group(8, (1,)))
    problem = Siting((Unit("丁区", room=1),), shops, groups, extra=2)
    assert [it.code for it in solved(problem).chosen] == ["A"]


def test_a_candidate_of_two_units_goes_where_it_is_needed():
    """R2: 市本级 overlaps the districts."""
    shops = (Candidate("A", ("鹿城区", "市本级")), Candidate("B", ("鹿城区",)))
    problem = Siting((Unit("鹿城区", 1), Unit("市本级", 1)), shops, (Group(1, (0,)),))
    answer = solved(problem)
    assert {it.code: it.unit for it in answer.chosen} == {"A": "市本级", "B": "鹿城区"}
    assert not answer.short


def test_nothing_to_choose_is_an_answer_too():
    answer = solved(Siting((Unit("甲县", 0),), (), (Group(3, ()),)))
    assert (answer.chosen, answer.persons, answer.unserved) == ((), 0, 3)


@pytest.mark.parametrize("seed", range(40))
def test_no_choice_is_better_than_the_one_found(seed):
    problem = drawn(seed)
    answer = solved(problem)
    lacks = sum(it.lacks for it in answer.outcomes)
    assert (lacks, answer.value) == best(problem)
    assert answer.proof == "optimal"


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_the_first_choice_keeps_every_rule(seed):
    problem = drawn(seed, candidates=12, people=30)
    chosen = first_choice(problem)
    units = list(chosen.values())
    empty = sum(max(0, it.gap - units.count(it.name)) for it in problem.units)
    numbers = range(len(problem.candidates))
    assert empty == sum(filled(problem, numbers).left.values())
    assert all(unit in problem.candidates[one].units for one, unit in chosen.items())
    for unit in problem.units:
        assert unit.room is None or units.count(unit.name) <= unit.room


@given(st.integers(0, 10**9))
@settings(max_examples=25, deadline=None)
def test_one_more_shop_never_serves_fewer(seed):
    problem = drawn(seed)
    more = replace(problem, extra=problem.extra + 1)
    assert solved(problem).value <= solved(more).value


def test_the_same_seed_gives_the_same_answer_whoever_searches():
    problem = drawn(7, candidates=14, people=60)
    told = {str(solved(problem, seed=3, workers=count)) for count in (1, 1, 2, 2)}
    assert len({str(solved(problem, seed=3)) for _ in range(3)}) == 1
    assert len({answer.split("value=")[1] for answer in told}) == 1


def test_a_search_that_is_cut_off_gives_its_best_and_how_far_it_may_be():
    problem = drawn(5, candidates=14, people=60)
    answer = solve(problem, seconds_max=1e-9)
    assert faults(problem, answer) == ()
    assert answer.bound >= answer.value > 0
    room = answer.bound * (100 - answer.gap_percent) / 100
    assert room == pytest.approx(answer.value)


def test_the_checker_notices_what_is_told_wrong():
    problem = Siting((Unit("甲县", 1),), THREE, PEOPLE)
    right = solved(problem)
    first = right.chosen[0]
    wrong = [
        replace(right, persons=right.persons + 1),
        replace(right, value=right.value - 1, bound=right.bound - 2),
        replace(right, chosen=(replace(first, code="Z"),)),
        replace(right, chosen=(replace(first, unit="乙县"),)),
        replace(right, chosen=(replace(first, serves=1),)),
        replace(right, chosen=(first, first)),
        replace(right, chosen=()),
        replace(right, outcomes=(replace(right.outcomes[0], lacks=1),)),
    ]
    assert all(faults(problem, answer) for answer in wrong)


def test_the_checker_notices_a_place_left_empty():
    problem = Siting((Unit("甲县", 2),), THREE, ())
    other = solved(Siting((Unit("甲县", 1),), THREE, ()))
    outcome = replace(other.outcomes[0], gap=2, lacks=1)
    told = faults(problem, replace(other, outcomes=(outcome,)))
    assert told == ("1 places stay empty that could be filled",)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Unit("甲县", -1),
        lambda: Unit("甲县", 2, room=1),
        lambda: Candidate("A", ()),
        lambda: Candidate("A", ("甲县", "甲县")),
        lambda: Group(-1, ()),
        lambda: Group(1, (), weight=0),
        lambda: Siting((), (Candidate("A", ("甲县",)),), ()),
        lambda: Siting((Unit("甲县"), Unit("甲县")), (), ()),
        lambda: Siting((Unit("甲县"),), (), (Group(1, (0,)),)),
        lambda: Siting((), (), (), extra=-1),
        lambda: solve(Siting((), (), ()), seconds_max=0),
        lambda: Limit(),
        lambda: Limit(1000, 60),
        lambda: Limit(0),
        lambda: Limit(travel_s=10**6),
    ],
)
def test_a_problem_that_cannot_be_is_refused(make):
    with pytest.raises(ValueError):
        make()


def scattered(count, seed):
    rng = np.random.default_rng(seed)
    drawn_ = rng.uniform((120.3, 27.6), (121.1, 28.3), (count, 2))
    return [Point(float(lon), float(lat)) for lon, lat in drawn_]


class Roads:
    """A road engine of the tests: the geodesic, as any other knows only matrices."""

    def matrices(self, points, *, at=None):
        return GeodesicTravel().matrices(points, at=at)


@pytest.mark.parametrize(
    "limit", [Limit(1_000), Limit(12_000), Limit(travel_s=900)], ids=str
)
@pytest.mark.parametrize(
    "travel", [GeodesicTravel(), Roads()], ids=["geodesic", "roads"]
)
def test_near_is_what_a_full_comparison_says(limit, travel):
    places, shops = scattered(150, 1), scattered(40, 2)
    ways = GeodesicTravel().matrices([*places, *shops])
    corner = np.s_[:150, 150:]
    near = (
        ways.distance_m[corner] <= limit.distance_m
        if limit.distance_m
        else ways.travel_s[corner] <= limit.travel_s
    )
    wanted = [np.flatnonzero(row).tolist() for row in near]
    assert [it.tolist() for it in reached(places, shops, limit, travel)] == wanted


def test_nobody_is_near_where_there_is_nobody():
    travel = GeodesicTravel()
    assert reached([], scattered(3, 1), Limit(1000), travel) == []
    assert [it.size for it in reached(scattered(2, 1), [], Limit(1000), travel)] == [
        0,
        0,
    ]


def test_the_worth_of_all_candidates_is_the_bound_of_any_choice():
    problem = drawn(11)
    everyone = set(range(len(problem.candidates)))
    assert solved(problem).value <= worth_of(problem, everyone)
