"""Outlets, agreements, quota, medicines, firms and trace codes, without a database."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacies import stock
from pharmacies.carriers import carriers_for
from pharmacies.designation import designated_on
from pharmacies.quota import standings
from tests.pharmacies.network import (
    AMLODIPINE,
    CHRONIC,
    CITY_FIRM,
    COLD_FIRM,
    COURIER,
    GENERAL,
    MONDAY,
    PHARMACY,
)


def test_a_pharmacy_is_open_until_it_closes():
    assert PHARMACY.open_at(time(8, 0))
    assert not PHARMACY.open_at(time(21, 0))


@pytest.mark.parametrize(
    "change",
    [
        {"code": "P3303020001"},
        {"code": "X33030200001"},
        {"kind": "kiosk"},
        {"level": "level2"},
        {"kind": "hospital", "level": "level9"},
        {"area": "3303"},
        {"opens": time(22, 0)},
    ],
    ids=str,
)
def test_an_outlet_that_cannot_be_is_refused(change):
    with pytest.raises(ValueError, match=r"\w"):
        replace(PHARMACY, **change)


def test_an_agreement_holds_from_its_first_day_to_its_last():
    ended = replace(GENERAL, ends=date(2024, 12, 31))
    assert not designated_on([ended], date(2023, 12, 31))
    assert designated_on([ended], date(2024, 1, 1))
    assert designated_on([ended], date(2024, 12, 31))
    assert not designated_on([ended], date(2025, 1, 1))


def test_a_suspended_pharmacy_is_not_designated_and_comes_back():
    pause = (date(2025, 9, 10), date(2025, 9, 20))
    suspended = replace(CHRONIC, suspended=(pause,))
    assert designated_on([suspended], date(2025, 9, 9), "chronic")
    assert not designated_on([suspended], MONDAY, "chronic")
    assert designated_on([suspended], date(2025, 9, 21), "chronic")


def test_a_suspension_without_end_goes_on():
    suspended = replace(CHRONIC, suspended=((date(2025, 9, 10), None),))
    assert not suspended.in_force(date(2031, 1, 1))


def test_a_pharmacy_counts_from_the_day_it_settles_by_card():
    assert not CHRONIC.counts(date(2024, 2, 29))
    assert CHRONIC.counts(date(2024, 3, 1))
    assert not replace(CHRONIC, card_settlement_from=None).counts(MONDAY)
    assert not replace(CHRONIC, kind="general").counts(MONDAY)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "special"},
        {"ends": date(2023, 1, 1)},
        {"suspended": ((date(2025, 2, 1), date(2025, 1, 1)),)},
    ],
    ids=str,
)
def test_an_agreement_that_ends_before_it_begins_is_refused(change):
    with pytest.raises(ValueError, match=r"\w"):
        replace(CHRONIC, **change)


def test_a_surplus_here_does_not_fill_a_gap_there():
    rich, poor = standings({"鹿城区": 48, "洞头区": 8}, {"鹿城区": 60, "洞头区": 6})
    assert (rich.gap, rich.met) == (0, True)
    assert (poor.gap, poor.met) == (2, False)


def test_a_unit_without_pharmacies_lacks_them_all():
    (only,) = standings({"泰顺县": 2}, {})
    assert (only.designated, only.gap) == (0, 2)


@given(
    st.dictionaries(st.text(), st.integers(0, 500)),
    st.dictionaries(st.text(), st.integers(0, 500)),
)
def test_gap_and_designated_always_reach_the_target(targets, designated):
    for each in standings(targets, designated):
        assert each.designated + each.gap >= each.target
        assert each.met == (each.designated >= each.target)


def test_a_count_below_zero_is_refused():
    with pytest.raises(ValueError, match="counts"):
        standings({"鹿城区": 48}, {"鹿城区": -1})


@pytest.mark.parametrize(
    "change",
    [
        {"code": "XC08CAA098"},
        {"atc": "C09CA01"},
        {"atc": "amlodipine"},
        {"tier": "A"},
        {"storage": "frozen"},
        {"group": "nice"},
        {"standard_fen": 0},
        {"self_pay_permyriad": 10_001},
    ],
    ids=str,
)
def test_a_medicine_that_cannot_be_is_refused(change):
    with pytest.raises(ValueError, match=r"\w"):
        replace(AMLODIPINE, **change)


def test_the_local_firm_comes_before_the_city_wide_one():
    firms = carriers_for([COLD_FIRM, CITY_FIRM], "330302", MONDAY, cold=False)
    assert firms == (CITY_FIRM, COLD_FIRM)


def test_only_a_qualified_firm_carries_cold():
    assert carriers_for([COLD_FIRM, CITY_FIRM], "330302", MONDAY, cold=True) == (
        COLD_FIRM,
    )


def test_a_firm_stays_in_its_areas_and_its_licence():
    assert carriers_for([CITY_FIRM], "330324", MONDAY, cold=False) == ()
    assert carriers_for([CITY_FIRM], "330302", date(2027, 1, 1), cold=False) == ()


def test_a_courier_rests_on_sunday():
    assert COURIER.works_on(MONDAY)
    assert not COURIER.works_on(date(2025, 9, 14))


@pytest.mark.parametrize(
    "change",
    [
        {"shift_ends": time(7, 0)},
        {"cold_capacity_parcels": 21},
        {"rest_weekday": 8},
    ],
    ids=str,
)
def test_a_courier_that_cannot_be_is_refused(change):
    with pytest.raises(ValueError, match=r"\w"):
        replace(COURIER, **change)


def test_a_trace_code_has_twenty_digits_from_eight():
    good = "81234560000000000017"
    assert stock.is_trace_code(good)
    bad = ("7" + good[1:], good[:-1], good + "0", "８" * 20, "")
    assert stock.malformed((good, *bad)) == bad
