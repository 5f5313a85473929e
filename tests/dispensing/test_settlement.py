"""Who pays what: the split of a bill, line by line."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from re import sub

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dispensing.money import share_fen
from dispensing.policy import overlay_of, rules_for
from dispensing.prescription import TIERS, Line, Used
from dispensing.settlement import split_bill
from dispensing.sums import steps
from tests.dispensing.making import (
    AMLODIPINE,
    EMPLOYEE,
    LEVEL2,
    METFORMIN,
    PHARMACY,
    TODAY,
    USUAL,
    VALSARTAN,
    answer,
    changed,
)

AT_PHARMACY = changed(outlet=PHARMACY)
OWN = replace(AMLODIPINE, tier="丙", price_fen=5000, quantity=1)
PARTS = ("own_paid", "over_standard", "self_pay", "in_scope")
PAYERS = ("fund", "account", "cash")


def split(base=AT_PHARMACY, overlay=LEVEL2, **changes):
    found = answer(changed(base, **changes), **overlay).split
    assert found is not None
    return found


def test_the_fund_pays_the_ratio_of_the_venue():
    assert split(USUAL).fund_fen == 756  # 12.60 at 60 %
    assert split(USUAL, lines=(VALSARTAN,)).fund_fen == 14_328  # 238.80 at 60 %


def test_tuberculosis_has_a_ratio_of_its_own():
    tb = {"disease": "tuberculosis", "diseases": {"tuberculosis": date(2023, 5, 1)}}
    line = replace(AMLODIPINE, price_fen=3126, standard_fen=3126, quantity=2)
    assert split(USUAL, lines=(line,), **tb).fund_fen == 4376  # 43.764
    clinic = replace(USUAL.outlet, kind="village_clinic", level=None)
    assert split(USUAL, lines=(line,), outlet=clinic, **tb).fund_fen == 4376


def test_the_deductible_is_taken_from_the_lines_in_their_order():
    found = split(lines=(VALSARTAN, METFORMIN), used=Used(deductible_fen=5_000))
    assert [line.deductible_fen for line in found.lines] == [5_000, 0]
    small = split(lines=(AMLODIPINE, VALSARTAN))
    assert [line.deductible_fen for line in small.lines] == [1_260, 8_740]
    assert [line.fund_fen for line in small.lines] == [0, share_fen(15_140, 3500)]


def test_a_deductible_that_is_met_takes_nothing():
    assert split(used=Used(deductible_fen=10_000)).deductible_fen == 0
    assert split(used=Used(deductible_fen=99_999)).deductible_fen == 0


def test_the_cap_cuts_the_fund_in_the_order_of_the_lines():
    capped = {**LEVEL2, "deductible.resident.level2": "0.00", "cap.resident": "100.00"}
    found = split(overlay=capped, lines=(VALSARTAN, METFORMIN))
    assert [line.uncut_fund_fen for line in found.lines] == [8_358, 1_734]
    assert [line.fund_fen for line in found.lines] == [8_358, 1_642]
    assert found.fund_fen == 10_000
    spent = split(overlay=capped, lines=(VALSARTAN,), used=Used(fund_fen=12_000))
    assert spent.fund_fen == spent.cap_room_fen == 0


def test_without_a_stated_cap_there_is_none():
    found = split(used=Used(fund_fen=10**9))
    assert found.cap is None
    assert found.cap_room_fen is None


def test_the_price_above_the_standard_is_the_patients():
    line = replace(METFORMIN, price_fen=4500, standard_fen=4000, quantity=4)
    found = split(USUAL, lines=(line,))
    assert [getattr(found, f"{part}_fen") for part in PARTS] == [0, 2000, 1600, 14_400]
    assert found.fund_fen == 8_640


def test_a_standard_above_the_price_or_none_changes_nothing():
    for standard_fen in (None, 9_999):
        found = split(USUAL, lines=(replace(VALSARTAN, standard_fen=standard_fen),))
        assert found.in_scope_fen == found.total_fen


def test_tier_three_is_paid_by_the_patient_alone():
    found = split(USUAL, lines=(OWN, AMLODIPINE))
    assert found.own_paid_fen == 5_000
    assert found.fund_fen == 756


def test_only_tier_two_has_a_first_self_pay_share():
    line = replace(AMLODIPINE, self_pay_permyriad=1000)
    assert split(USUAL, lines=(line,)).self_pay_fen == 0


def employee(account_fen, **overlay):
    dear = replace(METFORMIN, price_fen=2000)
    return split(
        overlay={**EMPLOYEE, "deductible.employee": "0.00", **overlay},
        scheme="employee",
        account_fen=account_fen,
        lines=(OWN, dear),
    )


def test_the_account_pays_the_rest_in_scope_and_the_first_self_pay():
    """R18: neither the own-paid part nor what is above the standard."""
    found = employee(10**6)
    assert found.over_standard_fen == 3 * 165
    own = found.own_paid_fen + found.over_standard_fen
    assert found.cash_fen == own
    assert found.account_fen == found.total_fen - found.fund_fen - own


@pytest.mark.parametrize(
    ("switch", "value", "cash_fen"),
    [
        ("account.pays_own_paid", True, 495),
        ("account.pays_over_standard", True, 5_000),
        ("account.pays_self_pay", False, 5_495 + 551),
    ],
)
def test_a_region_may_switch_what_the_account_pays(switch, value, cash_fen):
    assert employee(10**6, **{switch: value}).cash_fen == cash_fen


def test_an_account_pays_no_more_than_it_holds():
    assert employee(100).account_fen == 100
    assert employee(0).account_fen == 0


def test_a_pot_is_chosen_by_the_diseases_registered_that_day():
    both = {"hypertension": date(2021, 11, 1), "diabetes": date(2022, 1, 1)}
    for on, room_fen in ((date(2021, 12, 31), 30_000), (date(2022, 1, 1), 60_000)):
        person = replace(USUAL.insured, area="211200", diseases=both)
        outlet = replace(USUAL.outlet, area="211221")
        found = answer(changed(on=on, insured=person, outlet=outlet), "tieling").split
        assert found.cap_room_fen == room_fen


def test_a_pot_of_its_own_counts_no_ordinary_payments():
    """R6: Tieling's pot is apart from ordinary pooling."""
    used = Used(fund_fen=29_000, ordinary_fund_fen=99_000)
    since = {"hypertension": date(2021, 11, 1)}
    person = replace(USUAL.insured, area="211200", diseases=since, used=used)
    outlet = replace(USUAL.outlet, area="211221")
    there = changed(on=date(2022, 5, 10), insured=person, outlet=outlet)
    assert answer(there, "tieling").split.cap_room_fen == 1_000


def test_a_shared_pot_counts_ordinary_payments_too():
    at_lincang = {
        "on": date(2024, 9, 10),
        "insured": replace(USUAL.insured, area="530902", used=Used(20_000, 38_000, 0)),
        "outlet": replace(USUAL.outlet, area="530902"),
        "lines": (VALSARTAN,),
    }
    assert answer(changed(**at_lincang), "lincang").split.fund_fen == 2_000
    village = replace(USUAL.outlet, kind="village_clinic", level=None, area="530902")
    at_lincang["outlet"] = village
    assert answer(changed(**at_lincang), "lincang").split.fund_fen == 2_000


def test_lines_that_won_procurement_have_their_own_ratio():
    at_lincang = {
        "on": date(2024, 9, 10),
        "insured": replace(USUAL.insured, area="530902"),
        "outlet": replace(USUAL.outlet, area="530902"),
        "lines": (AMLODIPINE, replace(VALSARTAN, quantity=3)),
    }
    found = answer(changed(**at_lincang), "lincang").split
    assert [line.fund_fen for line in found.lines] == [1_134, 7_164]
    assert [item.name for item in found.ratios] == [
        "ratio.resident.vbp",
        "ratio.resident",
    ]


def test_each_amount_names_the_figure_it_rests_on():
    found = split(overlay={**LEVEL2, "cap.resident": "1500.00"})
    assert [item.name for item in found.bases] == [
        "ratio.resident.level2",
        "deductible.resident.level2",
        "cap.resident",
    ]
    assert all(item.layer == "overlay" and item.source for item in found.bases)


# --- for any bill -----------------------------------------------------------------------

LINES = st.builds(
    Line,
    name=st.just("药"),
    atc=st.none(),
    tier=st.sampled_from(TIERS),
    price_fen=st.integers(0, 10**6),
    standard_fen=st.none() | st.integers(0, 10**6),
    quantity=st.integers(1, 30),
    supply_days=st.just(28),
    self_pay_permyriad=st.integers(0, 10_000),
    vbp=st.booleans(),
)
BILLS = st.lists(LINES, min_size=1, max_size=5).map(tuple)
FEN = st.integers(0, 10**6)
SWITCHES = st.fixed_dictionaries(
    {
        f"account.pays_{part}": st.booleans()
        for part in ("own_paid", "over_standard", "self_pay")
    }
)


def rules(ratio_permyriad, deductible_fen, cap_fen, switches):
    values = {
        "ratio.employee.pharmacy": f"0.{ratio_permyriad:04d}",
        "deductible.employee": f"{deductible_fen // 100}.{deductible_fen % 100:02d}",
        "cap.employee": f"{cap_fen // 100}.{cap_fen % 100:02d}",
        **switches,
    }
    return rules_for("wenzhou", TODAY, overlay_of("wenzhou", values, source="a test"))


RULES = st.builds(rules, st.integers(0, 9_999), FEN, FEN, SWITCHES)


def bill(lines, used, account_fen):
    person = {"scheme": "employee", "account_fen": account_fen, "used": used}
    return changed(AT_PHARMACY, lines=lines, **person)


@given(BILLS, st.builds(Used, FEN, FEN, FEN), FEN, RULES)
def test_no_fen_is_lost(lines, used, account_fen, held):
    found = split_bill(bill(lines, used, account_fen), held)
    for part in (found, *found.lines):
        amounts = {name: getattr(part, f"{name}_fen") for name in (*PARTS, *PAYERS)}
        assert min(amounts.values()) >= 0
        assert sum(amounts[name] for name in PARTS) == part.total_fen
        assert sum(amounts[name] for name in PAYERS) == part.total_fen
        assert part.fund_fen <= part.in_scope_fen - part.deductible_fen
    for name in ("total", "deductible", *PARTS, *PAYERS):
        lines_fen = sum(getattr(line, f"{name}_fen") for line in found.lines)
        assert getattr(found, f"{name}_fen") == lines_fen


@given(BILLS, st.builds(Used, FEN, FEN, FEN), FEN, RULES)
def test_cap_deductible_and_account_are_never_passed(lines, used, account_fen, held):
    found = split_bill(bill(lines, used, account_fen), held)
    assert found.fund_fen <= found.cap_room_fen
    assert found.deductible_fen == min(found.deductible_left_fen, found.in_scope_fen)
    assert found.account_fen <= account_fen


@given(BILLS, LINES, RULES)
def test_a_longer_bill_never_lowers_what_the_fund_pays(lines, line, held):
    less = split_bill(bill(lines, Used(), 0), held)
    more = split_bill(bill((*lines, line), Used(), 0), held)
    assert less.fund_fen <= more.fund_fen
    assert less.lines == more.lines[:-1]


@given(BILLS, FEN, FEN, RULES)
def test_having_used_more_never_raises_what_the_fund_pays(lines, one, other, held):
    less, more = sorted((one, other))
    fresh = split_bill(bill(lines, Used(fund_fen=less), 0), held)
    spent = split_bill(bill(lines, Used(fund_fen=more), 0), held)
    assert spent.fund_fen <= fresh.fund_fen


@given(BILLS, RULES)
def test_two_bills_cost_what_one_bill_costs(lines, held):
    """Splitting a bill in two moves no deductible and no cap room."""
    assume(len(lines) > 1)
    whole = split_bill(bill(lines, Used(), 0), held)
    first = split_bill(bill(lines[:1], Used(), 0), held)
    used = Used(fund_fen=first.fund_fen, deductible_fen=first.deductible_fen)
    rest = split_bill(bill(lines[1:], used, 0), held)
    assert first.fund_fen + rest.fund_fen == whole.fund_fen


@given(BILLS, st.builds(Used, FEN, FEN, FEN), FEN, RULES)
def test_the_sum_written_down_can_be_added_up_again(lines, used, account_fen, held):
    dispensing = bill(lines, used, account_fen)
    found = split_bill(dispensing, held)
    written = steps(dispensing, found)
    for number, line in enumerate(found.lines):
        mine = {step.amount: step for step in written if step.line == number}
        assert mine["total"].result_fen == line.total_fen
        assert mine["fund"].result_fen == line.fund_fen
        assert mine["cash"].result_fen == line.cash_fen
    for step in written:
        assert nearest_fen(step.sum) == step.result_fen


def nearest_fen(written: str) -> int:
    """Work out a sum that was written for people, in exact fractions."""
    text = written.replace("−", "-").replace("×", "*")
    text = sub(r"([0-9.]+)%", r"(Fraction('\1')/100)", text)
    text = sub(r"(?<![\d'.])(\d+\.\d\d)(?![\d'])", r"Fraction('\1')", text)
    value = eval(text, {"Fraction": Fraction, "min": min})
    return (value * 200 + 1) // 2
