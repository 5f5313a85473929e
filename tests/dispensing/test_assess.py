"""The decision: the worst of the checks, with a split where one may be computed."""

from dataclasses import replace
from datetime import date

import pytest

from dispensing.prescription import Line, QuotaStanding
from tests.dispensing.making import (
    EMPLOYEE,
    LEVEL2,
    PHARMACY,
    USUAL,
    answer,
    changed,
    verdicts,
)

AT_PHARMACY = changed(outlet=PHARMACY)
OPEN = {"benefit.open_parameter": "review"}


def test_an_accepted_dispensing_has_a_split_and_names_its_documents():
    found = answer()
    assert found.decision == "accepted"
    assert found.split.total_fen == 1260
    assert found.policies == ("national", "wenzhou-2019")


def test_an_open_parameter_is_left_to_a_person_without_an_amount():
    """R4: the draft sends pharmacies to a level-2 ratio that it never gives."""
    found = answer(AT_PHARMACY)
    assert found.decision == "review"
    assert found.split is None
    assert verdicts(found) == OPEN
    finding = found.problems[0]
    assert finding.values["left_to"] == "温州市全民基本医疗保险办法"
    assert "ratio.resident.level2" in finding.values["parameters"]


@pytest.mark.parametrize("name", LEVEL2)
def test_half_an_overlay_leaves_the_other_half_open(name):
    found = answer(AT_PHARMACY, **{name: LEVEL2[name]})
    assert verdicts(found) == OPEN


@pytest.mark.parametrize("level", ["level2", "level3"])
def test_hospitals_above_primary_need_the_overlay(level):
    there = changed(level=level)
    assert verdicts(answer(there)) == OPEN
    filled = {f"ratio.resident.{level}": "0.30", f"deductible.resident.{level}": "5.00"}
    assert answer(there, **filled).split.fund_fen == 228  # (12.60 - 5.00) at 30 %


def test_employees_need_the_overlay_everywhere():
    shop = changed(AT_PHARMACY, scheme="employee")
    assert verdicts(answer(shop)) == OPEN
    assert answer(shop, **EMPLOYEE).decision == "accepted"
    clinic = changed(scheme="employee")
    assert verdicts(answer(clinic, **EMPLOYEE)) == OPEN
    assert answer(clinic, **EMPLOYEE, ratio__employee__primary="0.8").split is not None


def test_an_open_parameter_is_not_reported_where_a_check_refuses():
    found = answer(changed(AT_PHARMACY, status="used"))
    assert found.decision == "refused"
    assert found.split is None
    assert verdicts(found) == {"prescription.unused": "refused"}


def test_a_review_is_split_where_the_figures_are_known():
    long = (Line("药", None, "甲", 100, None, 1, 56),)
    found = answer(changed(lines=long))
    assert found.decision == "review"
    assert found.split.fund_fen == 60


def test_an_open_parameter_stands_beside_other_reviews():
    long = (Line("药", None, "甲", 100, None, 1, 56),)
    found = answer(changed(AT_PHARMACY, lines=long))
    assert verdicts(found) == {"quantity.max_days": "review", **OPEN}
    assert found.split is None


def test_a_warning_alone_is_accepted():
    below = changed(AT_PHARMACY, quota=QuotaStanding("乐清市", 97))
    found = answer(below, **LEVEL2)
    assert found.decision == "accepted"
    assert verdicts(found) == {"outlet.quota": "warn"}


def test_the_same_dispensing_has_the_same_answer():
    assert answer(USUAL) == answer(USUAL)


def test_tieling_pharmacies_wait_for_the_switch():
    """T12 explores step by step: the switch is off until the bureau says so."""
    at_tieling = changed(
        on=date(2022, 5, 10),
        insured=replace(
            USUAL.insured, area="211200", diseases={"hypertension": date(2021, 11, 1)}
        ),
        outlet=replace(PHARMACY, area="211221", quota=None),
    )
    off = answer(at_tieling, "tieling")
    assert verdicts(off) == {"outlet.admitted": "refused"}
    assert "逐步探索" in off.problems[0].quote
    assert verdicts(answer(at_tieling, "tieling", pharmacy__admitted=True)) == OPEN
    values = {"pharmacy.admitted": True, "ratio.resident.pharmacy": "0.50"}
    assert answer(at_tieling, "tieling", **values).split.fund_fen == 630
