"""What each check lets pass, what it refuses, and what it leaves to a person."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dispensing.checks import ALL_CHECKS
from dispensing.prescription import Dispensed, QuotaStanding
from tests.dispensing.making import (
    AMLODIPINE,
    LEVEL2,
    PHARMACY,
    TODAY,
    USUAL,
    answer,
    changed,
    verdicts,
)

DAY = timedelta(days=1)
AT_PHARMACY = changed(outlet=PHARMACY)
RESTRICTED = ["narcotic", "psychotropic", "toxic", "radioactive", "precursor"]


def shop(**changes):
    """Give the verdicts at a Wenzhou pharmacy whose figures are filled in."""
    return verdicts(answer(changed(AT_PHARMACY, **changes), **LEVEL2))


def clinic(region="wenzhou", **changes):
    """Give the verdicts at a primary institution."""
    return verdicts(answer(changed(USUAL, **changes), region))


def lines(**changes):
    """Give one line, changed."""
    return (replace(AMLODIPINE, **changes),)


def test_every_check_answers_in_order():
    assert tuple(item.check for item in answer().findings) == ALL_CHECKS


def test_a_usual_dispensing_passes():
    assert shop() == clinic() == {}


def test_all_checks_run_and_none_stops_the_rest():
    assert shop(active=False, status="used", designated=False) == {
        "insured.active": "refused",
        "prescription.unused": "refused",
        "outlet.designated": "refused",
    }


def test_each_finding_that_objects_has_clause_words_and_next_step():
    for finding in answer(changed(USUAL, status="used", voucher="chalk")).problems:
        assert finding.clause
        assert finding.document
        assert finding.next_step


# --- the prescription -------------------------------------------------------------------


def test_paper_with_a_record_number_needs_no_signature():
    assert shop(signature="none") == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "none", "record_no": None},
        {"signature": "none", "record_no": ""},
        {"signature": "invalid"},
        {"signature": "none", "source": "internet_hospital"},
        {"signature": "invalid", "source": "internet_hospital"},
    ],
)
def test_a_prescription_that_nothing_vouches_for_is_refused(changes):
    assert shop(**changes) == {"prescription.signature": "refused"}


@pytest.mark.parametrize("source", ["external", "internet_hospital"])
def test_a_valid_signature_needs_no_record_number(source):
    assert shop(source=source, record_no=None) == {}


def test_another_source_is_refused():
    assert clinic(source="letter") == {"prescription.source": "refused"}


def test_an_issuer_that_is_not_designated_is_refused():
    assert clinic(issuer_designated=False) == {"prescription.issuer": "refused"}


@pytest.mark.parametrize(
    ("issued_days_ago", "valid_days", "passes"),
    [
        *((0, 3, True), (2, 3, True), (3, 3, False), (-1, 3, False)),
        *((0, None, True), (1, None, False), (0, 1, True), (1, 1, False)),
    ],
)
def test_validity_counts_the_day_of_issue(issued_days_ago, valid_days, passes):
    issued_on = TODAY - issued_days_ago * DAY
    found = clinic(issued_on=issued_on, valid_days=valid_days)
    assert found == ({} if passes else {"prescription.validity": "refused"})


@pytest.mark.parametrize("status", ["lapsed", "revoked"])
def test_a_prescription_that_has_ended_is_not_valid(status):
    assert clinic(status=status) == {"prescription.validity": "refused"}


def test_a_used_prescription_is_refused():
    assert clinic(status="used") == {"prescription.unused": "refused"}


# --- the person -------------------------------------------------------------------------


def test_who_is_not_insured_that_day_is_refused():
    assert clinic(active=False) == {"insured.active": "refused"}


@pytest.mark.parametrize(("region", "area"), [("tieling", "2112"), ("lincang", "5309")])
def test_residents_only_where_the_text_says_so(region, area):
    whole = f"{area}02"
    person = replace(USUAL.insured, area=whole, scheme="employee")
    found = clinic(
        region,
        on=date(2024, 9, 10),
        insured=person,
        outlet=replace(USUAL.outlet, area=whole),
    )
    assert found == {"insured.scheme": "refused"}


def test_any_county_of_the_prefecture_is_at_home():
    """龙港 was split off from 苍南 in 2019 and lies in the same pooling area."""
    at_longgang = replace(PHARMACY, area="330383", quota=None)
    assert shop(outlet=at_longgang) == {}


@pytest.mark.parametrize(
    ("kind", "away_filed", "expected"),
    [
        ("hospital", "310100", {}),
        ("village_clinic", "310115", {}),
        ("pharmacy", "310100", {"insured.area": "review"}),
        ("hospital", None, {"insured.area": "refused"}),
        ("hospital", "320100", {"insured.area": "refused"}),
        ("pharmacy", None, {"insured.area": "refused"}),
        ("pharmacy", "320100", {"insured.area": "refused"}),
    ],
)
def test_away_from_home_a_filing_opens_institutions(kind, away_filed, expected):
    level = "primary" if kind == "hospital" else None
    outlet = replace(USUAL.outlet, kind=kind, level=level, area="310101")
    away = changed(away_filed=away_filed, outlet=outlet)
    assert verdicts(answer(away, **LEVEL2)) == expected


def test_a_filing_elsewhere_does_not_close_the_outlets_at_home():
    assert clinic(away_filed="310100") == {}


def test_a_disease_outside_the_list_is_refused():
    found = clinic(disease="glaucoma", diseases={"glaucoma": date(2022, 1, 1)})
    assert found == {"disease.covered": "refused"}


def test_registration_counts_from_its_day():
    assert clinic(diseases={"hypertension": TODAY}) == {}
    later = clinic(diseases={"hypertension": TODAY + DAY})
    assert later == clinic(diseases={}) == {"disease.registered": "refused"}


def test_two_benefits_exclude_each_other_only_where_the_text_says_so():
    started = {"chronic_outpatient": {"hypertension": date(2022, 1, 1)}}
    assert clinic(**started) == {}
    person = replace(USUAL.insured, area="530902", **started)
    at_lincang = {
        "on": date(2024, 9, 10),
        "insured": person,
        "outlet": replace(USUAL.outlet, area="530902"),
    }
    assert clinic("lincang", **at_lincang) == {"disease.exclusive": "refused"}
    other = replace(person, chronic_outpatient={"diabetes": date(2022, 1, 1)})
    assert clinic("lincang", **{**at_lincang, "insured": other}) == {}


# --- the medicines ----------------------------------------------------------------------


def test_a_medicine_out_of_range_is_refused():
    assert clinic(lines=lines(in_range=False)) == {"drug.catalogue": "refused"}


def test_a_finding_names_every_medicine_that_it_is_about():
    off = [replace(AMLODIPINE, name=name, in_range=False) for name in ("甲药", "乙药")]
    finding = answer(changed(lines=(*off, AMLODIPINE))).problems[0]
    assert finding.values["medicine"] == "甲药、乙药"


def test_tier_three_is_own_paid_but_not_refused():
    assert clinic(lines=lines(tier="丙")) == {}


def test_the_platform_is_asked_at_pharmacies_only():
    off = lines(on_platform=False)
    assert shop(lines=off) == {"drug.platform": "refused"}
    assert clinic(lines=off) == {}


@pytest.mark.parametrize("group", RESTRICTED)
@pytest.mark.parametrize("on", [date(2019, 7, 1), TODAY])
def test_a_restricted_group_is_refused_at_a_pharmacy(group, on):
    held = lines(group=group, supply_days=7)
    diseases = {"hypertension": date(2019, 7, 1)}
    assert shop(on=on, diseases=diseases, lines=held) == {"drug.forbidden": "refused"}
    assert clinic(on=on, diseases=diseases, lines=held) == {}


@pytest.mark.parametrize("group", [*RESTRICTED, "antimicrobial"])
def test_a_restricted_group_is_not_for_long_prescriptions(group):
    held = lines(group=group, supply_days=29)
    assert clinic(long_term=True, lines=held) == {"drug.forbidden": "refused"}
    assert clinic(lines=lines(group=group)) == {}


def test_tuberculosis_medicines_may_be_on_long_prescriptions():
    tb = {"disease": "tuberculosis", "diseases": {"tuberculosis": date(2019, 7, 1)}}
    held = lines(group="antimicrobial", supply_days=56)
    assert clinic(long_term=True, lines=held, **tb) == {}


def test_before_the_national_rule_antimicrobials_follow_the_city_text():
    person = replace(USUAL.insured, diseases={"hypertension": date(2019, 7, 1)})
    held = lines(group="antimicrobial", supply_days=56)
    assert clinic(on=date(2021, 8, 9), insured=person, lines=held) == {}
    found = clinic(on=date(2021, 8, 10), insured=person, lines=held, long_term=True)
    assert found == {"drug.forbidden": "refused"}


@pytest.mark.parametrize(
    ("on", "days", "long_term", "verdict"),
    [
        (TODAY, 28, False, None),
        (TODAY, 29, False, "review"),
        (TODAY, 84, False, "review"),
        (TODAY, 84, True, None),
        (TODAY, 85, True, "refused"),
        (TODAY, 85, False, "refused"),
        (date(2021, 8, 9), 84, False, None),
        (date(2021, 8, 9), 85, False, "refused"),
        (date(2021, 8, 10), 29, False, "review"),
    ],
)
def test_days_of_supply_are_held_to_the_rules_of_the_day(on, days, long_term, verdict):
    held = lines(supply_days=days)
    found = clinic(on=on, long_term=long_term, lines=held)
    assert found == ({} if verdict is None else {"quantity.max_days": verdict})


def test_the_longest_line_counts():
    both = (AMLODIPINE, replace(AMLODIPINE, supply_days=90))
    finding = answer(changed(lines=both)).problems[0]
    assert finding.values["supply_days"] == 90
    assert "延长到12周" in finding.quote


def test_special_storage_is_left_to_a_person_beyond_four_weeks():
    cold = {"group": "special_storage"}
    assert clinic(lines=lines(**cold)) == {}
    long = lines(supply_days=56, **cold)
    assert clinic(long_term=True, lines=long) == {"quantity.special_storage": "review"}
    assert clinic(lines=long) == {
        "quantity.special_storage": "review",
        "quantity.max_days": "review",
    }
    assert clinic(on=date(2021, 8, 9), lines=long) == {}


@pytest.mark.parametrize(
    ("atc", "days_ago", "days", "passes"),
    [
        ("C08CA01", 21, 28, True),  # 7 days in hand
        ("C08CA01", 20, 28, False),  # 8
        ("C08CA05", 0, 28, True),
        ("C08CA01", 0, 8, False),
        ("C08CA01", 40, 28, True),
        ("C08CA01", -3, 28, True),  # of a later day
    ],
)
def test_more_than_a_week_in_hand_is_left_to_a_person(atc, days_ago, days, passes):
    had = Dispensed(atc, TODAY - days_ago * DAY, days)
    found = clinic(history=(had,))
    assert found == ({} if passes else {"quantity.duplicate": "review"})


def test_the_week_in_hand_is_an_operating_parameter():
    had = Dispensed("C08CA01", TODAY - 20 * DAY, 28)
    person = changed(history=(had,))
    assert verdicts(answer(person, early_refill_days=8)) == {}
    assert answer(person, early_refill_days=8).overlays[0].name == "early_refill_days"


def test_medicines_without_a_code_are_not_taken_for_the_same():
    had = Dispensed("C08CA01", TODAY, 28)
    assert clinic(history=(had,), lines=lines(atc=None)) == {}


@pytest.mark.parametrize(
    ("on", "passes"), [(date(2025, 6, 30), True), (date(2025, 7, 1), False)]
)
def test_trace_codes_are_asked_for_from_their_day(on, passes):
    found = clinic(on=on, lines=lines(traced=False))
    assert found == ({} if passes else {"trace.codes": "refused"})


# --- the outlet and the voucher ---------------------------------------------------------


def test_an_outlet_that_is_not_designated_is_refused():
    assert shop(designated=False) == {"outlet.designated": "refused"}


@pytest.mark.parametrize(
    ("unit", "designated", "expected"),
    [
        ("鹿城区", 48, {}),
        ("鹿城区", 60, {}),
        ("鹿城区", 47, {"outlet.quota": "warn"}),
        ("龙港市", 3, {}),  # counts towards 苍南县
        ("龙港市", 2, {"outlet.quota": "warn"}),
        ("市本级", 76, {"outlet.quota": "warn"}),
        ("别处", 500, {"outlet.quota": "warn"}),
    ],
)
def test_a_unit_below_its_floor_warns(unit, designated, expected):
    assert shop(quota=QuotaStanding(unit, designated)) == expected


def test_a_warning_does_not_change_the_decision():
    below = changed(AT_PHARMACY, quota=QuotaStanding("鹿城区", 1))
    assert answer(below, **LEVEL2).decision == "accepted"


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (QuotaStanding("鹿城区", 47), {}),
        (QuotaStanding("鹿城区", 48), {}),
        (QuotaStanding("鹿城区", 49), {"outlet.quota": "refused"}),
        (QuotaStanding("鹿城区", 49, rank=48), {}),
        (QuotaStanding("瓯海区", 28), {"outlet.quota": "warn"}),
    ],
)
def test_a_unit_may_be_made_a_ceiling(standing, expected):
    values = {**LEVEL2, "quota.kind.鹿城区": "ceiling"}
    assert verdicts(answer(changed(AT_PHARMACY, quota=standing), **values)) == expected


def test_a_hospital_has_no_quota():
    assert clinic(quota=QuotaStanding("鹿城区", 1)) == {}


@pytest.mark.parametrize(
    ("on", "voucher", "passes"),
    [
        (date(2020, 6, 1), "card", True),
        (date(2020, 6, 1), "e_code", False),
        (date(2023, 11, 30), "e_code", False),
        (date(2023, 12, 1), "e_code", True),
        (TODAY, "passport", False),
    ],
)
def test_a_voucher_counts_from_its_day(on, voucher, passes):
    person = replace(USUAL.insured, diseases={"hypertension": date(2019, 7, 15)})
    found = clinic(on=on, voucher=voucher, insured=person)
    assert found == ({} if passes else {"voucher.admitted": "refused"})
