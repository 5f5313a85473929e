"""Least assortments, what to order, and the order of choice."""

from dataclasses import replace
from datetime import date

import pytest

from pharmacies.assortment import Minimum, class_of, held_against
from pharmacies.replenishing import (
    Due,
    Figures,
    Need,
    Reorder,
    choice_key,
    needs,
    reorders,
)
from tests.pharmacies.network import AMLODIPINE, HOSPITAL, PHARMACY

DAY = date(2025, 9, 15)
CLINIC = replace(HOSPITAL, kind="village_clinic", level="primary")
TOWN = replace(HOSPITAL, level="primary")
CLASSES = Minimum("all", "classes", "hypertension", 5, "二（三）6", "常备5大类降压药")
TWENTY = Minimum("township", "vbp_medicines", None, 20, "二（三）6", "不低于20种")
SIX = Minimum("village_clinic", "vbp_medicines", None, 6, "二（三）6", "不低于6种")
MINIMA = (CLASSES, TWENTY, SIX)


def of_class(name):
    return replace(AMLODIPINE, drug_class=name)


def test_l16_is_asked_of_institutions_by_their_kind():
    asked = {
        outlet.code[0] + (outlet.level or ""): [
            one.minimum.at_least for one in held_against(MINIMA, outlet, [])
        ]
        for outlet in (PHARMACY, HOSPITAL, TOWN)
    }
    assert asked == {"P": [], "Hlevel2": [5], "Hprimary": [5, 20]}
    assert [one.minimum for one in held_against(MINIMA, CLINIC, [])] == [CLASSES, SIX]


def test_classes_are_counted_once_whatever_stands_in_brackets():
    names = ("CCB", "ARB", "CCB", "利尿剂（袢）", "利尿剂", "")
    (one, _) = held_against(MINIMA, TOWN, [of_class(name) for name in names])
    assert one.found == ("ARB", "CCB", "利尿剂")
    assert one.lacking == 2
    assert class_of(of_class("胰岛素(预混)")) == "胰岛素"


def test_what_is_due_is_summed_up_and_ordered_less_what_is_free():
    found = needs(
        [
            Due("P", "M", "I1", date(2025, 9, 10), 3),  # late: expected at once
            Due("P", "M", "I2", date(2025, 9, 20), 2),
            Due("P", "M", "I3", date(2025, 12, 1), 9),
        ],
        DAY,
        30,
    )
    assert found == (Need("P", "M", 5, 2, DAY),)
    assert reorders(found, {"M": (4, 1)}) == (Reorder("M", 5, 2, 4, 1, 2),)
    assert reorders(found, {"M": (6, 1)}) == ()


def test_l20_orders_products_of_a_generic():
    second = replace(AMLODIPINE, tier="乙")
    plain = replace(AMLODIPINE, essential=False)
    unproved = replace(AMLODIPINE, consistency=False)
    dear = replace(AMLODIPINE, vbp=False)
    ordered = [AMLODIPINE, dear, unproved, plain, second]
    assert sorted(reversed(ordered), key=choice_key) == ordered


@pytest.mark.parametrize("given", [(-1, 1, "x"), (1, 0, "x"), (1, 1, " ")])
def test_figures_without_a_source_or_out_of_range_are_refused(given):
    with pytest.raises(ValueError, match="expected"):
        Figures(*given)
