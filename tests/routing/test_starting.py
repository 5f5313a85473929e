"""Orders that a search begins with: taken where they can be, left out where not."""

from dataclasses import replace
from threading import Event

import pytest

from routing import solve as solving
from routing.problem import Kind
from routing.solve import crew, solve
from routing.solve.starting import usable
from routing.timing import stops_of
from routing.verify import verify
from tests.routing.cities import random_city
from tests.routing.tiny import COURIER, EIGHT, INSULIN, PARCEL, street

TWO = (COURIER, replace(COURIER, id="two"))
TOWN = street(PARCEL, INSULIN, couriers=TWO)
ALICE = list(stops_of(TOWN, PARCEL))
BOB = list(stops_of(TOWN, INSULIN))


def test_orders_that_can_be_are_begun_with():
    assert usable(TOWN, {"one": [*ALICE, *BOB]}) == {"one": [*ALICE, *BOB]}
    assert usable(TOWN, {"one": ALICE, "two": BOB}) == {"one": ALICE, "two": BOB}


def test_stops_are_those_of_the_problem_however_old_the_order_is():
    later = replace(PARCEL, close_s=EIGHT + 1)
    now = street(later, INSULIN, couriers=TWO)
    assert usable(now, {"one": ALICE}) == {"one": list(stops_of(now, later))}


@pytest.mark.parametrize(
    "start",
    [
        {"one": ALICE[1:]},
        {"one": ALICE[:1]},
        {"one": ALICE[::-1]},
        {"one": [*ALICE, *ALICE]},
        {"nobody": ALICE},
    ],
    ids=["no_pickup", "no_door", "backwards", "twice", "unknown_courier"],
)
def test_orders_that_cannot_be_are_left_out(start):
    assert usable(TOWN, start) == {}
    plan = solve(TOWN, seed=1, seconds_max=0.05, start=start)
    assert verify(TOWN, plan) == ()


def test_a_parcel_stays_with_the_first_order_that_has_it():
    assert usable(TOWN, {"one": ALICE, "two": [*ALICE, *BOB]}) == {"one": ALICE}


def test_a_parcel_that_is_unknown_or_not_for_the_courier_leaves_its_order_out():
    alone = street(INSULIN, couriers=TWO)
    assert usable(alone, {"one": ALICE}) == {}
    warm = street(
        PARCEL, INSULIN, couriers=(replace(COURIER, cold_capacity_parcels=0),)
    )
    assert usable(warm, {"one": BOB}) == {}


def test_a_parcel_that_one_courier_has_begun_goes_with_no_other():
    begun = replace(COURIER, fixed=((PARCEL.id, Kind.PICKUP),))
    problem = street(PARCEL, INSULIN, couriers=(begun, TWO[1]))
    assert usable(problem, {"two": ALICE}) == {}
    plan = solve(problem, seed=1, seconds_max=0.05, start={"two": ALICE})
    assert verify(problem, plan) == ()
    assert plan.routes[0].courier_id == "one"


def test_broken_orders_never_make_a_broken_plan():
    problem = random_city(20, 7)
    pairs = [stop for it in problem.parcels for stop in stops_of(problem, it)]
    start = {
        courier.id: pairs[number :: len(problem.couriers)]
        for number, courier in enumerate(problem.couriers)
    }
    plan = solve(problem, seed=1, seconds_max=0.05, start=start)
    assert verify(problem, plan) == ()


def test_the_time_begins_when_a_search_can(monkeypatch):
    said = []
    monkeypatch.setattr(solving, "warmed", lambda *_: said.append("warm"))
    plan = solve(
        TOWN,
        seed=1,
        seconds_max=0.05,
        warm_s_max=60,
        on_ready=lambda: said.append("ready"),
        on_better=lambda _: said.append("better"),
    )
    assert said[:2] == ["warm", "ready"] and verify(TOWN, plan) == ()


def test_who_waits_for_the_search_may_stop_it(monkeypatch):
    monkeypatch.setattr(crew.Crew, "_hire", lambda _: Event().wait(1))
    assert not crew.warmed(60, lambda: True)
    assert not crew.warmed(0)
