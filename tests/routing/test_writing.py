"""A plan is told in plain values and read back, whole or not at all."""

import json
from copy import deepcopy

import pytest

from routing.plan import Reason, Relaxation, Remedy, Unserved
from routing.writing import read, told
from tests.routing.bad_plans import ALICE_CALLS, RESTED
from tests.routing.plans import plan_of
from tests.routing.tiny import PARCEL, street

CURE = Relaxation(Remedy.WIDEN_WINDOW, "one", 60, 400)
PLAN = plan_of(
    street(couriers=(RESTED,)),
    {"one": ALICE_CALLS},
    (Unserved("bob", Reason.WINDOW_CLOSES, "来不及", CURE),),
)


def test_a_plan_comes_back_as_it_was():
    assert PLAN.routes[0].breaks
    assert read(json.loads(json.dumps(told(PLAN)))) == PLAN


def test_a_plan_without_parcels_comes_back():
    plan = plan_of(street(PARCEL, parcels=()), {})
    assert read(told(plan)) == plan


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.pop("version"), "version 1"),
        (lambda it: it.pop("routes"), "'routes' is missing"),
        (lambda it: it.update(routes=7), "not as it is written"),
        (lambda it: it.update(cost_fen=1.5), "whole number, got 1.5"),
        (lambda it: it["routes"][0].update(visits=[{}]), "missing"),
        (lambda it: it["routes"][0]["visits"][0].update(kind="nap"), "nap"),
        (lambda it: it["routes"][0]["visits"][0].update(colour=3), "colour"),
        (lambda it: it["unserved"][0].update(reason="rain"), "rain"),
        (lambda it: it["unserved"][0].update(detail=None), "expected text"),
    ],
)
def test_what_is_no_plan_is_refused_with_a_sentence(change, words):
    values = deepcopy(json.loads(json.dumps(told(PLAN))))
    change(values)
    with pytest.raises(ValueError, match=words):
        read(values)


def test_a_plan_is_told_in_a_few_figures():
    totals = PLAN.totals()
    assert (totals.routes, totals.served, totals.unserved) == (1, 1, 1)
    assert (totals.distance_m, totals.travel_s, totals.work_s) == (4_000, 400, 600)
    assert (totals.late, totals.late_s, totals.on_time_share) == (0, 0, 0.5)
