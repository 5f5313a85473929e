"""Advances, months, revolving funds and savings: booked to the fen, or refused by a sentence."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.clearing import pools
from dispensing.clearing.adherence import covered, days_covered
from dispensing.clearing.claims import Claim
from dispensing.clearing.indicators import cut_off, indicators
from dispensing.clearing.package import (
    MONTHS,
    QUARTERS,
    Booking,
    balances,
    clearing_bookings,
)
from dispensing.clearing.payout import Payout
from dispensing.clearing.terms import Lacking, terms
from dispensing.errors import Conflict, Malformed
from dispensing.policy import overlay_of
from dispensing.policy.rules import rules_for
from dispensing.service.clearing import booking, entering
from dispensing.tables import BookingRow
from tests.clearing.county import (
    AFTER,
    GROUP,
    OFFICER,
    PLACE,
    RULES,
    TOWN,
    VILLAGE,
    YEAR,
    fill,
    number,
)
from web import db

LINCANG = rules_for("lincang", date(2025, 12, 31))


@pytest.fixture
def work(sqlite_engine):
    with db.open_session(sqlite_engine) as opened:
        fill(opened)
        rows = indicators(RULES)
        entering.enter(opened, number("budget", 100_000_00), rows)
        entering.enter(opened, number("vbp_saved", 1_000_01), rows)
        yield opened


def row(stage, fen, period="", code="", **more):
    usual = {
        "key": uuid4(),
        "place": PLACE,
        "group_code": GROUP,
        "year": YEAR,
        "turn": 1,
        "document": "拨付单",
        "by": "bureau",
        "role": "bureau",
        "at": AFTER,
    }
    given = {"stage": stage, "amount_fen": fen, "period": period, "code": code}
    return BookingRow(**{**usual, **given, **more})


def book(work, *given, rules=LINCANG, **more):
    booking.book(work, rules, row(*given, **more))


def refused(work, *given, **more):
    with pytest.raises(Conflict) as told:
        book(work, *given, **more)
    work.rollback()
    return told.value


def stands(work):
    return booking.bookings(work, PLACE, GROUP, YEAR)


def test_l17_quarters_are_advanced_within_the_budget_and_months_settled_once(work):
    for quarter in QUARTERS[:3]:
        book(work, "advance", 30_000_00, quarter)
    assert refused(work, "advance", 10_000_01, "Q4").code == "above-budget"
    assert refused(work, "advance", 1, "Q1").code == "period-booked"
    book(work, "advance", 10_000_00, "Q4")
    book(work, "settle", 7_000_05, "01")
    assert refused(work, "settle", 1, "01").code == "period-booked"
    left = balances(one.booking for one in stands(work))
    assert left == {"joint": 92_999_95, "fund": -100_000_00, "care": 7_000_05}


def test_an_advance_wants_a_budget(work):
    more = {"group_code": "H34062100009"}
    assert refused(work, "advance", 1, "Q1", **more).code == "no-budget"


def test_a_booking_is_taken_back_by_another_and_may_then_be_made_again(work):
    book(work, "advance", 30_000_00, "Q1")
    (first,) = stands(work)
    undo(work, first.id)
    with pytest.raises(Conflict) as told:
        undo(work, first.id)
    assert told.value.code == "not-undone"
    work.rollback()
    book(work, "advance", 20_000_00, "Q1")
    assert balances(one.booking for one in stands(work))["joint"] == 20_000_00
    assert [one.undone for one in stands(work)] == [True, False, False]


def test_l18_a_revolving_fund_keeps_to_its_range_and_says_the_sentence(work):
    for fen in (29_999_99, 50_000_01, 10**13):
        told = refused(work, "revolve", fen, "", VILLAGE)
        assert told.code == "fund-outside" and "3万-5万元" in told.words.zh
    book(work, "revolve", 30_000_00, "", VILLAGE)
    book(work, "revolve", 20_000_00, "", VILLAGE)
    assert refused(work, "revolve", 1, "", VILLAGE).code == "fund-outside"
    assert refused(work, "return", 50_000_01, "", VILLAGE).code == "fund-below"
    book(work, "return", 50_000_00, "", VILLAGE)
    assert booking.revolving_fen(work, PLACE, VILLAGE) == 0
    first = next(one for one in stands(work) if one.stage == "revolve")
    with pytest.raises(Conflict) as told:
        undo(work, first.id)  # it went back already
    assert told.value.code == "fund-below"


def test_a_revolving_fund_is_for_village_clinics_of_a_text_that_has_one(work):
    with pytest.raises(Malformed):
        book(work, "revolve", 30_000_00, "", TOWN)
    work.rollback()
    told = refused(work, "revolve", 30_000_00, "", VILLAGE, rules=RULES)
    assert told.code == "no-fund"


def test_l15_savings_are_kept_by_the_share_that_somebody_has_given(work):
    assert refused(work, "retain", 1, "", TOWN).code == "share-open"
    laid = overlay_of("lincang", {"vbp.retained_share": "0.50"}, source="市医保局复函")
    rules = rules_for("lincang", date(2025, 12, 31), laid)
    assert (
        refused(work, "retain", 500_02, "", TOWN, rules=rules).code == "above-retained"
    )
    book(work, "retain", 500_01, "", TOWN, rules=rules)  # half a fen rounded up
    assert refused(work, "retain", 1, "", TOWN, rules=rules).code == "above-retained"


def test_the_same_booking_sent_twice_is_booked_once_and_two_beside_are_told(work):
    once = uuid4()
    book(work, "advance", 1_00, "Q1", key=once)
    book(work, "advance", 1_00, "Q1", key=once)
    assert len(stands(work)) == 1
    work.add(row("advance", 1_00, "Q2", turn=1))  # another who read the same book
    with pytest.raises(Exception, match="UNIQUE"):
        work.commit()
    work.rollback()


@pytest.mark.parametrize(
    "given",
    [
        ("advance", 1, "01"),
        ("settle", 1, "Q1"),
        ("share", 1, "", VILLAGE),
        ("retain", -1),
    ],
)
def test_what_is_no_booking_is_refused(work, given):
    with pytest.raises(Malformed):
        book(work, *given)


@given(
    *(st.integers(0, 10**12) for _ in range(5)),
    st.lists(st.integers(1, 10**11), max_size=4),
    st.lists(st.integers(1, 10**10), max_size=12),
)
def test_nothing_is_left_on_the_joint_account_whatever_was_advanced(
    brought, fund, contract, deducted, inpatient, advances, months
):
    kind = {"people": "chronic", "care": "outpatient", "signed": False, "number": 1}
    quota = type("Quota", (), {"quota_fen": brought})()
    brought_ = (pools.Brought(pools.Heads(**kind), quota, brought),)
    spent = pools.Spent({"pooling": fund}, contract, deducted)
    year = pools.Year(
        pools.Pool("outpatient", brought_, spent),
        pools.Pool("inpatient", (), pools.Spent({"chronic": inpatient})),
    )
    held = [Booking("advance", fen, QUARTERS[no]) for no, fen in enumerate(advances)]
    held += [Booking("settle", fen, MONTHS[no]) for no, fen in enumerate(months)]
    done = Payout(year.surplus_fen, (), 0)
    left = balances((*held, *clearing_bookings(year, done, held)))
    assert left.get("joint", 0) == 0 and sum(left.values()) == 0
    assert left.get("group_pool", 0) == year.surplus_fen
    assert left.get("care", 0) == fund + inpatient


def test_l22_regular_medication_is_days_covered_from_the_first_supply():
    def claim(day, days=90, atc="C08CA01", person="p"):
        return Claim(person, day, "two_disease", "hypertension", atc, days, 0)

    first, last = date(2025, 1, 1), date(2025, 12, 31)
    quarters = [claim(date(2025, month, 1)) for month in (1, 4, 7, 10)]
    (found,) = covered(quarters, "hypertension", first, last)
    assert (found.days, found.of) == (360, 365)  # carried over where it came early
    assert found.is_regular(8_000) and not found.is_regular(9_900)
    # Once only, or too late in the year: not measured.
    assert not covered(quarters[:1], "hypertension", first, last)
    late = [claim(date(2025, 11, 1)), claim(date(2025, 12, 1))]
    assert not covered(late, "hypertension", first, last)
    assert not covered(quarters, "diabetes", first, last)


fills = st.lists(
    st.tuples(
        st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        st.sampled_from(["C08CA01", "C09AA02"]),
        st.integers(1, 120),
    ),
    max_size=8,
)


@given(fills)
def test_days_covered_are_those_of_a_count_day_by_day(given_fills):
    last = date(2025, 12, 31).toordinal()
    in_hand, free = set(), {}
    for day, atc, supply_days in sorted(given_fills):
        begin = max(day.toordinal(), free.get(atc, 0))
        in_hand |= {one for one in range(begin, begin + supply_days) if one <= last}
        free[atc] = begin + supply_days
    assert days_covered(given_fills, date(2025, 12, 31)) == len(in_hand)


def test_l22_t15_t16_rows_of_other_texts_have_their_sentences_and_no_points():
    rows = indicators(LINCANG)
    assert [one.item for one in rows][-1] == "患者规律服药率"
    assert {one.points for one in rows} == {0} and all(one.cited.quote for one in rows)
    tieling = rules_for("tieling", date(2025, 1, 1))
    names = [one.item for one in indicators(tieling)]
    assert names == ["知晓率", "规范化管理率", "合理用药率"]
    assert tieling.cited("clause.assessment").quote.startswith("建立健全")
    assert cut_off(RULES) and not cut_off(LINCANG)


def test_l23_what_no_text_gives_is_open():
    lacking = {one.name for one in LINCANG.open_figures}
    assert {
        *("score.regular_share", "score.qualified_share"),
        *("payout.tilt_share", "contract.deducted_share", "vbp.retained_share"),
    } <= lacking


def test_c14_a_text_without_rows_and_amounts_clears_nothing():
    with pytest.raises(Lacking) as told:
        terms(rules_for("chongqing", date(2023, 12, 31)))
    assert set(told.value.figures) == {"heads.quotas", "payout.shares", "score.items"}


def undo(work, booking_id):
    booking.undo(
        work,
        booking_id,
        place=PLACE,
        key=uuid4(),
        document="更正单",
        by=OFFICER,
        now=AFTER,
    )
