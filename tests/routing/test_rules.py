"""Every rule of the checker is needed: without it a bad plan would go out."""

from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing import verify as checker
from routing.plan import Plan, Reason, Unserved
from routing.problem import able
from routing.timing import cost_fen, earliest_starts, fits, timed_route
from routing.verify import verify
from tests.routing.bad_plans import BAD
from tests.routing.small import full_problems, orders
from tests.routing.test_clocks import stops_in

TABLES = (
    checker.PLAN_RULES,
    checker.SHAPE_RULES,
    checker.ROUTE_RULES,
    checker.LEG_RULES,
    checker.STOP_RULES,
)
MANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def test_every_rule_has_a_bad_plan():
    assert sorted(BAD) == sorted(code for table in TABLES for code in table)


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_plan_is_caught_by_its_rule(rule):
    problem, plan = BAD[rule]()
    assert {violation.rule for violation in verify(problem, plan)} == {rule}


@pytest.mark.parametrize("rule", BAD)
def test_without_its_rule_a_bad_plan_would_go_out(rule, monkeypatch):
    for table in TABLES:
        monkeypatch.delitem(table, rule, raising=False)
    assert verify(*BAD[rule]()) == ()


@st.composite
def good_plans(draw):
    """Draw a problem and a plan with one route of it; the other parcels stay behind."""
    problem = draw(full_problems(parcels_max=3, couriers_max=2, odd_ways=True))
    assume(problem.couriers and problem.parcels)
    courier, order = draw(orders(problem, parcels_max=2))
    assume(all(able(courier, parcel) for parcel, _ in order))
    assume(not any(it.fixed for it in problem.couriers if it is not courier))
    stops = stops_in(problem, order)
    starts = earliest_starts(problem, courier, stops)
    assume(starts is not None and fits(courier, stops))
    route = timed_route(problem, courier, stops, starts)
    left = [it for it in problem.parcels if it.id not in route.parcel_ids]
    owed_fen = sum(problem.unserved_fen(parcel) for parcel in left)
    return problem, Plan(
        routes=(route,),
        unserved=tuple(
            Unserved(parcel.id, Reason.FLEET_FULL, "x", None) for parcel in left
        ),
        distance_m=route.distance_m,
        cost_fen=owed_fen + cost_fen(problem, courier, stops, starts),
    )


@MANY
@given(good_plans())
def test_what_the_clock_writes_keeps_every_rule(drawn):
    problem, plan = drawn
    codes = {violation.rule for violation in verify(problem, plan)}
    assert codes <= {"untrue_reason"}  # Why the others stay behind is not asked here.


@MANY
@given(good_plans(), st.sampled_from([-3_600, -1, 1, 60]))
def test_no_figure_of_a_plan_can_be_changed_unseen(drawn, more):
    problem, plan = drawn
    (route,) = plan.routes
    for position, visit in enumerate(route.visits):
        for figure in fields(visit):
            value = getattr(visit, figure.name)
            if not isinstance(value, int):
                continue
            if figure.name == "place" and value + more not in range(problem.places):
                continue
            visits = list(route.visits)
            visits[position] = replace(visit, **{figure.name: value + more})
            told = replace(plan, routes=(replace(route, visits=tuple(visits)),))
            codes = {violation.rule for violation in verify(problem, told)}
            assert codes - {"untrue_reason"}, figure.name
