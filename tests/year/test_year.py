"""A year run through: twelve forms, four matchings, a clearing, a score, a case with its appeal.

Every figure is reckoned once more from the plan, and read by raw SQL: equal to the fen.
"""

import json
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import text

from tests.clearing.county import FIGURES
from tests.year import plain
from tests.year.running import CAME, MANAGED, PILOT, STRANGER, TAKEN_FEN, UPHELD_FEN
from tests.year.town import DWELLERS, GROUP, OTHER, TOWN, VILLAGE, YEAR, visits


def asked(year, query, **given):
    return year.session.execute(text(query), given).all()


def test_what_was_settled_is_what_was_planned(year):
    found = asked(year, "SELECT id, total_fen, fund_fen, state FROM settlement")
    kept = {str(id_).replace("-", ""): tuple(row) for id_, *row in found}
    for one in visits():
        state = "reversed" if one.back_on else "posted"
        told = (one.total_fen, one.fund_fen, state)
        assert kept[year.settled[one.no].hex] == told, one
    assert len(kept) == len(visits())


@pytest.mark.parametrize("number", range(1, 13))
def test_t22_the_form_of_each_month_is_what_the_plan_says(year, number):
    """T19, T22, R15: three schemes, two diseases, of the month and since the beginning."""
    query = """SELECT number, content FROM form_version
        JOIN form_sending ON version_id = id
        WHERE kind = 'schedule' AND form_version.place = '3406' AND first = :first
        ORDER BY number"""
    sent = asked(year, query, first=f"{YEAR}-{number:02}-01")
    days = (None, date(YEAR, 12, 31)) if number == 3 else (None,)
    assert [no for no, _ in sent] == list(range(1, 1 + len(days)))
    for (_, content), drawn_on in zip(sent, days, strict=True):
        form = json.loads(content)
        found = {
            f"{one['row']} {one['disease']}": {
                "month": one["month"],
                "whole": one["whole"],
            }
            for one in form["cells"]
        }
        expected = plain.month(number, drawn_on)
        for key, cell in found.items():
            if key in expected:
                assert cell == expected[key], key
            else:  # what ordinary pooling pays is settled elsewhere
                assert not any(cell["whole"].values())
        assert expected.keys() <= found.keys() and len(found) == 6
        assert form["managed"] == dict.fromkeys(plain.DISEASES, 100 + number)


def test_t1_each_quarter_lists_who_is_in_one_registry_only(year):
    """T1, T2, T3: by set arithmetic over the plan."""
    for quarter, managed in enumerate(MANAGED, 1):
        day = date(YEAR, 3 * quarter, 25)
        query = """SELECT list, person_no FROM matching_entry
            JOIN matching_run ON matching_run.id = run_id WHERE number = :number"""
        found = asked(year, query, number=quarter)
        entitled = {one for one in DWELLERS if one.since <= day}
        expected = [
            ("tell_health", one.person_no) for one in entitled if one.no not in managed
        ]
        expected += [
            ("enrol", one.person_no)
            for one in DWELLERS
            if one.no in managed and one not in entitled
        ]
        expected.append(("uninsured", None))
        assert sorted(found, key=str) == sorted(expected, key=str)
    assert STRANGER[1] not in repr(asked(year, "SELECT * FROM matching_entry"))
    acts = asked(
        year, "SELECT kind, count(*) FROM matching_act GROUP BY kind ORDER BY kind"
    )
    assert [tuple(one) for one in acts] == [("received", 4), ("sent", 4)]


def surplus_fen():
    """Reckon the year's surplus: what heads bring, less what went off (S15, S16, S17)."""
    heads = {("two_disease", True): 340_00, ("two_disease", False): 240_00}
    heads |= {("chronic", True): 1_000_00, ("chronic", False): 900_00}
    brought = sum(heads[one.channel, one.signed] for one in CAME) + 7_500_00
    spent = sum(v.fund_fen for v in visits() if v.dweller in PILOT and not v.back_on)
    fixed = ("inpatient_fund", "large_fund", "elsewhere_fund", "contract_fund")
    return brought - spent - sum(FIGURES[name] for name in fixed) - 2 * 1_234


def test_s15_to_s25_the_clearing_shares_what_the_plan_leaves(year):
    """S2, S3, S15, S16, S17, S18, S20, S25: pools, own people, score, to the fen."""
    ((surplus, paid, pool),) = asked(
        year, "SELECT surplus_fen, paid_fen, pool_fen FROM clearing"
    )
    assert surplus == surplus_fen()
    levels = plain.remainders(surplus, plain.LEVELS)
    nobody = {"": 0}
    full = plain.remainders(levels["county"], {GROUP: len(PILOT), **nobody})
    full |= plain.remainders(levels["township"], {TOWN: len(PILOT), **nobody})
    own = {
        clinic: sum(one.clinic == clinic for one in PILOT)
        for clinic in (VILLAGE, OTHER)
    }
    full |= plain.remainders(levels["village"], {**own, **nobody})
    earned = {
        code: int(fen * plain.SCORE + Fraction(1, 2))
        for code, fen in full.items()
        if code
    }
    booked = asked(
        year,
        """SELECT code, sum(amount_fen) FROM group_booking
        WHERE number = 1 AND code <> '' GROUP BY code""",
    )
    assert {code: fen for code, fen in booked} == earned
    assert paid == sum(earned.values()) and pool == surplus - paid


def test_l17_advances_of_four_quarters_are_booked_once(year):
    """L17: by quarter, within the budget."""
    found = asked(
        year,
        """SELECT period, amount_fen FROM group_booking
        WHERE stage = 'advance' AND number IS NULL ORDER BY period""",
    )
    assert [tuple(one) for one in found] == [(f"Q{no}", 1_000_00) for no in range(1, 5)]


def test_t14_what_an_appeal_left_of_a_case_is_in_the_ledger(year):
    """T13, T14: alarm, hearing, decision, appeal, outcome, recovery."""
    query = "SELECT kind, recover_fen FROM smart_turn ORDER BY id"
    turns = [tuple(one) for one in asked(year, query)]
    assert [kind for kind, _ in turns] == [
        *("answered", "decided", "appealed", "ruled", "booked")
    ]
    assert [fen for kind, fen in turns if kind != "answered" and fen] == [
        *(TAKEN_FEN, UPHELD_FEN, UPHELD_FEN)
    ]
    ((taken,),) = asked(year, "SELECT sum(amount_fen) FROM smart_recovery")
    ((booked,),) = asked(
        year, "SELECT sum(amount_fen) FROM ledger WHERE entry = 'recover'"
    )
    assert taken == booked == UPHELD_FEN


def test_the_ledger_of_the_year_is_what_holds_less_what_was_taken_back(year):
    """The fund's account: every settlement that holds, less the recovery; all accounts nil."""
    query = """SELECT account, sum(fen) FROM (
        SELECT debit AS account, amount_fen AS fen FROM ledger WHERE entry <> 'opening'
        UNION ALL
        SELECT credit, -amount_fen FROM ledger WHERE entry <> 'opening') GROUP BY account"""
    left = dict(tuple(one) for one in asked(year, query))
    held = sum(one.fund_fen for one in visits() if not one.back_on)
    assert abs(left["fund"]) == held - UPHELD_FEN
    assert sum(left.values()) == 0
