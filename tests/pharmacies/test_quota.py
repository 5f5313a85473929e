"""The quota board: gap, pace, forecast, deadline, history; each against plain counting."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pharmacies.designation import Agreement
from pharmacies.quota import Plan, board, counted_spans, history

DAY = date(2019, 7, 1)
DEADLINE = date(2019, 7, 31)
UNITS = Plan({"鹿城区": 3, "苍南县": 2}, {"龙港市": "苍南县"}, deadline=DEADLINE)


def shop(number, begins, unit="鹿城区", **more):
    usual = {"ends": None, "card_settlement_from": begins, "quota_unit": unit}
    return Agreement(f"P330302{number:05d}", "chronic", begins, **{**usual, **more})


def row(agreements, plan=UNITS, day=DAY, unit="鹿城区"):
    found = board(agreements, plan, day=day, window_days=30, ahead_days=90)
    assert tuple(each.unit for each in found.units) == tuple(plan.targets)
    return next(each for each in found.units if each.unit == unit)


def test_the_pace_of_the_window_tells_when_the_gap_is_closed():
    two = [shop(1, date(2019, 1, 1)), shop(2, date(2019, 6, 20))]
    found = row(two)
    assert (found.designated, found.gap, found.gained) == (2, 1, 1)
    assert found.forecast == date(2019, 7, 31)
    assert (found.outlook, found.at_deadline) == ("on_time", None)
    assert row(two, replace(UNITS, deadline=date(2019, 7, 30))).outlook == "late"


def test_without_a_gain_no_day_is_told():
    found = row([shop(1, date(2019, 1, 1))])
    assert (found.forecast, found.outlook) == (None, "no_pace")


def test_a_deadline_that_is_past_is_said_with_what_stood_then():
    shops = [shop(1, date(2019, 1, 1)), shop(2, date(2019, 8, 1))]
    found = row(shops, day=date(2019, 8, 10))
    assert (found.outlook, found.at_deadline, found.gap) == ("overdue", 1, 1)
    met = row([*shops, shop(3, date(2019, 8, 2))], day=date(2019, 8, 10))
    assert (met.outlook, met.at_deadline) == ("met", 1)


def test_an_agreement_without_card_settlement_is_admitted_and_not_counted():
    found = row([shop(1, date(2019, 1, 1), card_settlement_from=None)])
    assert (found.admitted, found.designated) == (1, 0)


def test_longgang_counts_towards_cangnan():
    found = row([shop(1, date(2019, 1, 1), "龙港市")], unit="苍南县")
    assert found.designated == 1


def test_ends_that_are_known_tell_when_a_unit_falls_below_its_floor():
    shops = [shop(no, date(2019, 1, 1)) for no in (1, 2)]
    shops.append(shop(3, date(2019, 1, 1), ends=date(2019, 9, 1)))
    found = row(shops)
    assert (found.outlook, found.running_out) == ("met", 1)
    assert found.falls_below_on == date(2019, 9, 2)


def test_a_ceiling_has_room_is_full_or_is_passed():
    plan = replace(UNITS, ceilings=frozenset({"鹿城区"}))
    shops = [shop(no, date(2019, 1, 1)) for no in range(1, 5)]
    told = [row(shops[:count], plan).outlook for count in (2, 3, 4)]
    assert told == ["room", "full", "over"]
    assert row(shops[:2], plan).gap == 0


days = st.dates(date(2019, 1, 1), date(2019, 3, 1))
pauses = st.lists(st.tuples(days, st.none() | days), max_size=3)


@st.composite
def agreements(draw):
    begins, ends = draw(days), draw(st.none() | days)
    kept = [(a, b) for a, b in draw(pauses) if b is None or a <= b]
    return Agreement(
        "P33030200001",
        draw(st.sampled_from(["chronic", "chronic", "general"])),
        begins,
        None if ends is None else max(begins, ends),
        draw(st.none() | days),
        "鹿城区",
        tuple(kept),
    )


@given(agreements())
def test_the_spans_are_the_days_on_which_it_counts(agreement):
    spans = counted_spans(agreement)
    for number in range(70):
        day = date(2018, 12, 30) + timedelta(days=number)
        inside = [a <= day and (b is None or day <= b) for a, b in spans]
        assert sum(inside) == agreement.counts(day)


@given(st.lists(agreements(), max_size=6), days, days)
def test_the_history_is_the_count_of_every_day(found, one, other):
    first, last = min(one, other), max(one, other)
    steps = history(found, first, last)
    assert steps[0].day == first
    assert all(a.day < b.day <= last for a, b in pairwise(steps))
    day = first
    while day <= last:
        told = [step.designated for step in steps if step.day <= day][-1]
        assert told == sum(each.counts(day) for each in found)
        day += timedelta(days=1)
