"""What holds for any dispensing: decisions are the worst check, and worse never helps."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.assess import DECISIONS, assess
from dispensing.checks import ALL_CHECKS, OPEN_PARAMETER, VERDICTS
from dispensing.policy import overlay_of, rules_for
from dispensing.prescription import GROUPS, TIERS, Dispensed, Line
from tests.dispensing.making import EMPLOYEE, LEVEL2, PHARMACY, USUAL, changed, verdicts

BEGIN = {"wenzhou": date(2019, 7, 1), "tieling": date(2021, 11, 1)}
BEGIN["lincang"] = date(2024, 7, 16)
HOME = {"wenzhou": "330302", "tieling": "211221", "lincang": "530902"}
AWAY = "310101"
FILLED = overlay_of("wenzhou", {**LEVEL2, **EMPLOYEE}, source="a test")
LINES = st.builds(
    Line,
    name=st.just("药"),
    atc=st.sampled_from(["C08CA01", "A10BA02"]),
    tier=st.sampled_from(TIERS),
    price_fen=st.integers(0, 10**5),
    standard_fen=st.none() | st.integers(0, 10**5),
    quantity=st.integers(1, 12),
    supply_days=st.sampled_from([7, 28, 29, 84, 85]),
    self_pay_permyriad=st.sampled_from([0, 500, 1000]),
    vbp=st.booleans(),
    in_range=st.sampled_from([True, True, False]),
    group=st.sampled_from([*["ordinary"] * 8, *GROUPS]),
)
OUTLETS = st.sampled_from(
    [
        USUAL.outlet,
        replace(USUAL.outlet, level="level3"),
        replace(USUAL.outlet, kind="village_clinic", level=None),
        PHARMACY,
    ]
)


@st.composite
def dispensings(draw):
    """Draw a region and a dispensing there, most of it in order."""
    region = draw(st.sampled_from(sorted(BEGIN)))
    on = BEGIN[region] + timedelta(days=draw(st.integers(0, 2500)))
    area, there = HOME[region], draw(st.sampled_from([HOME[region]] * 4 + [AWAY]))
    had = st.builds(
        Dispensed,
        st.sampled_from(["C08CA01", "A10BA02"]),
        st.integers(-3, 90).map(lambda days: on - timedelta(days=days)),
        st.sampled_from([7, 28, 84]),
    )
    insured = replace(
        USUAL.insured,
        area=area,
        scheme=draw(st.sampled_from(["resident", "resident", "employee"])),
        diseases={"hypertension": on - timedelta(days=draw(st.integers(-1, 9)))},
        away_filed=draw(st.sampled_from([None, AWAY])),
        history=tuple(draw(st.lists(had, max_size=2))),
    )
    return region, changed(
        on=on,
        insured=insured,
        outlet=replace(draw(OUTLETS), area=there),
        issued_on=on - timedelta(days=draw(st.integers(-1, 4))),
        long_term=draw(st.booleans()),
        lines=tuple(draw(st.lists(LINES, min_size=1, max_size=3))),
    )


def judged(region, dispensing):
    overlay = FILLED if region == "wenzhou" else None
    return assess(dispensing, rules_for(region, dispensing.on, overlay))


@given(dispensings())
def test_the_decision_is_the_worst_of_the_checks(drawn):
    found = judged(*drawn)
    assert tuple(item.check for item in found.findings) == ALL_CHECKS
    ranks = [VERDICTS.index(item.verdict) for item in found.findings]
    worst = VERDICTS[max(ranks)]
    assert found.decision == (worst if worst in DECISIONS else "accepted")


@given(dispensings())
def test_amounts_are_told_unless_refused_or_open(drawn):
    found = judged(*drawn)
    is_open = OPEN_PARAMETER in verdicts(found)
    assert (found.split is None) == (is_open or found.decision == "refused")
    assert not (is_open and found.decision == "refused")


@pytest.mark.parametrize(
    "worse",
    [
        {"active": False},
        {"designated": False},
        {"issuer_designated": False},
        {"signature": "none", "record_no": None},
        {"status": "used"},
        {"area": "999999"},
        {"away_filed": None},
        {"long_term": False},
        {"diseases": {}},
        {"voucher": "none"},
    ],
    ids=str,
)
@given(drawn=dispensings())
def test_a_worse_fact_never_betters_any_check(worse, drawn):
    region, dispensing = drawn
    good, bad = judged(region, dispensing), judged(region, changed(dispensing, **worse))
    no_worse(good, bad)


@given(dispensings(), LINES)
def test_another_medicine_never_betters_any_check(drawn, line):
    region, dispensing = drawn
    longer = changed(dispensing, lines=(*dispensing.lines, line))
    no_worse(judged(region, dispensing), judged(region, longer))


@given(dispensings(), st.integers(1, 60))
def test_fewer_days_never_worsen_any_check(drawn, fewer):
    region, dispensing = drawn
    lines = tuple(
        replace(line, supply_days=max(1, line.supply_days - fewer))
        for line in dispensing.lines
    )
    no_worse(judged(region, changed(dispensing, lines=lines)), judged(*drawn))


def no_worse(good, bad):
    """Hold that every check of `bad` is at least as strict as that of `good`."""
    pairs = zip(good.findings, bad.findings, strict=True)
    for one, other in pairs:
        if one.check != OPEN_PARAMETER:  # told only where nothing refuses
            assert VERDICTS.index(one.verdict) <= VERDICTS.index(other.verdict), (
                one.check
            )
    assert DECISIONS.index(good.decision) <= DECISIONS.index(bad.decision)
