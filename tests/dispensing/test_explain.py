"""Explanations: every way is found by asking the rules, and every sum can be re-added."""

import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispensing.assess import assess
from dispensing.checks import ALL_CHECKS
from dispensing.explain import Product, explain
from dispensing.explain.changes import another_day, changes
from dispensing.explain.facts import facts_of
from dispensing.explain.page import page
from dispensing.explain.phrases import AMOUNTS, CHANGES, FACTS, PAGE, WORDS
from dispensing.explain.ways import EXTRA_RUNS, RUNS_MAX, find, patient_fen
from dispensing.policy import overlay_of, rules_for
from dispensing.prescription import Dispensed, Outlet, Used
from tests.dispensing.making import (
    AMLODIPINE,
    LEVEL2,
    METFORMIN,
    PHARMACY,
    TODAY,
    USUAL,
    VALSARTAN,
    changed,
)

FILLED = overlay_of("wenzhou", LEVEL2, source="市医保局答复", label="示例数据")
CHEAP = Product(
    name="缬沙坦胶囊（集采）",
    atc="C09CA03",
    tier="甲",
    price_fen=890,
    standard_fen=890,
    vbp=True,
    diseases=frozenset({"hypertension"}),
)
WRONG = replace(CHEAP, name="别的药", diseases=frozenset({"diabetes"}))


def told(dispensing, *, language="zh", overlay=None, catalogue=(), region="wenzhou"):
    def rules_on(day):
        return rules_for(region, day, overlay)

    rules = rules_on(dispensing.on)
    return explain(dispensing, rules, language, rules_on=rules_on, catalogue=catalogue)


def long(days, quantity=9, **given):
    return changed(
        lines=(replace(AMLODIPINE, supply_days=days, quantity=quantity),), **given
    )


def test_ninety_days_become_eighty_four_with_the_flag_there():
    found = told(long(90, long_term=True))
    assert found.decision == "refused"
    assert found.ways[0].kinds == ("days",)
    assert "不超过84天" in found.ways[0].words[0]
    # Eight packs of 4.20 yuan, of which residents pay 40 %.
    assert found.ways[0].patient_after_fen == 8 * 420 - 2016


def test_single_changes_come_before_pairs():
    found = told(long(90))
    assert [way.kinds for way in found.ways] == [("days",), ("days", "long_term")]
    assert "28天" in found.ways[0].words[0]
    assert "84天" in found.ways[1].words[0]


def test_the_days_asked_for_are_the_most_that_pass():
    """Of all numbers of days, none above the one that is told passes."""
    for long_term in (False, True):
        case = long(90, 90, long_term=long_term)
        most = max(
            days
            for days in range(1, 90)
            if assess(
                long(days, long_term=long_term), rules_for("wenzhou", TODAY)
            ).decision
            == "accepted"
        )
        first = told(case).ways[0]
        assert first.kinds == ("days",)
        assert f"不超过{most}天" in first.words[0]


def test_who_comes_too_early_is_told_the_first_day_that_passes():
    case = changed(history=(Dispensed("C08CA01", TODAY, 28),), valid_days=60)
    way = told(case).ways[0]
    assert way.kinds == ("day_later",)
    first = date(2024, 3, 26)
    assert first.isoformat() in way.words[0]
    rules = rules_for("wenzhou", first - timedelta(days=1))
    assert assess(replace(case, on=first - timedelta(days=1)), rules).decision == (
        "review"
    )


def test_a_prescription_that_runs_out_first_is_renewed_on_that_day():
    case = changed(history=(Dispensed("C08CA01", TODAY, 28),))
    assert told(case).ways[0].kinds == ("day_later", "renewal")


def test_a_day_that_is_over_is_told_last_and_as_over():
    ways = told(changed(issued_on=TODAY - timedelta(days=5))).ways
    assert ways[0].kinds == ("renewal",)
    assert ways[-1].kinds == ("day_earlier",)
    assert not ways[-1].possible


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"signature": "none", "record_no": None}, "record_no"),
        ({"signature": "invalid"}, "signature"),
        ({"source": "letter"}, "source"),
        ({"issuer_designated": False}, "issuer"),
        ({"status": "used"}, "renewal"),
        ({"active": False}, "insurance"),
        ({"diseases": {}}, "registration"),
        ({"designated": False}, "outlet_home"),
        ({"voucher": "none"}, "voucher"),
        ({"area": "310101"}, "filing"),
    ],
)
def test_what_is_missing_is_named(given, kind):
    assert (kind,) in [way.kinds for way in told(changed(**given)).ways]


def test_trace_codes_are_the_least_to_ask():
    case = changed(
        on=date(2025, 7, 1),
        issued_on=date(2025, 7, 1),
        lines=(replace(AMLODIPINE, traced=False),),
    )
    assert told(case).ways[0].kinds == ("trace_codes",)


def test_an_open_figure_leads_to_where_the_text_has_one():
    found = told(changed(outlet=PHARMACY))
    assert found.decision == "review"
    assert found.patient_fen is None
    assert {way.kinds for way in found.ways} == {("outlet_home",)}


def test_much_that_is_wrong_at_once_is_listed_whole():
    case = changed(
        source="letter",
        issuer_designated=False,
        voucher="none",
        signature="none",
        record_no=None,
        active=False,
    )
    found = told(case)
    assert len(found.ways) == 1
    assert set(found.ways[0].kinds) == {
        "voucher",
        "record_no",
        "source",
        "issuer",
        "insurance",
    }


def test_nothing_is_promised_where_nothing_helps():
    toxic = replace(AMLODIPINE, in_range=False)
    found = told(changed(lines=(toxic,)))
    assert found.ways == ()
    assert "都不行" in page(found)


def test_a_cheaper_product_says_what_it_saves():
    found = told(changed(lines=(VALSARTAN,)), catalogue=(CHEAP, WRONG))
    (way,) = found.cheaper
    assert way.kinds == ("product_vbp",)
    # Six packs: 39.80 becomes 8.90, and residents pay 40 %.
    assert way.patient_before_fen == 6 * 3980 * 4 // 10
    assert way.patient_after_fen == 6 * 890 * 4 // 10
    assert way.saves_fen == 6 * (3980 - 890) * 4 // 10


def test_another_strength_is_not_compared():
    known = replace(
        CHEAP, name=VALSARTAN.name, price_fen=3980, spec="80mg×7粒", vbp=False
    )
    other = replace(CHEAP, spec="160mg×7粒")
    case = changed(lines=(VALSARTAN,))
    assert told(case, catalogue=(known, other)).cheaper == ()
    same = replace(other, spec="80mg×7粒")
    assert len(told(case, catalogue=(known, same)).cheaper) == 1


def test_the_same_name_that_won_a_procurement_is_another_product():
    namesake = replace(CHEAP, name="缬沙坦胶囊", spec="80mg×28粒")
    found = told(changed(lines=(VALSARTAN,)), catalogue=(namesake,))
    assert [way.kinds for way in found.cheaper] == [("product_vbp",)]
    won = replace(VALSARTAN, vbp=True)
    assert told(changed(lines=(won,)), catalogue=(namesake,)).cheaper == ()


def test_a_medicine_out_of_range_is_swapped_for_one_within():
    case = changed(lines=(replace(VALSARTAN, in_range=False),))
    found = told(case, catalogue=(CHEAP, WRONG))
    assert [way.kinds for way in found.ways] == [("product_vbp",)]
    assert "缬沙坦胶囊（集采）" in found.ways[0].words[0]


def test_products_and_outlets_are_saved_on_together():
    case = changed(lines=(VALSARTAN,), outlet=PHARMACY)
    found = told(case, overlay=FILLED, catalogue=(CHEAP,))
    assert found.decision == "accepted"
    assert set(found.cheaper[-1].kinds) == {"product_vbp", "outlet_home"}
    assert all(len(way.kinds) == 1 for way in found.cheaper[:-1])
    paid = [way.patient_after_fen for way in found.cheaper]
    assert paid[:-1] == sorted(paid[:-1])
    assert paid[-1] == min(paid)


def test_a_new_year_starts_with_nothing_used():
    insured = replace(USUAL.insured, used=Used(fund_fen=5000))
    case = changed(on=date(2024, 12, 30), insured=insured)
    for day, used_fen in ((date(2024, 12, 31), 5000), (date(2025, 1, 2), 0)):
        moved = another_day(day, case.on).apply(case)
        assert (moved.on, moved.insured.used.fund_fen) == (day, used_fen)


def test_only_changes_that_change_something_are_tried():
    rules = rules_for("wenzhou", TODAY)
    for change in changes(USUAL, rules, (CHEAP,)):
        assert change.apply(USUAL) != USUAL


CASES = st.builds(
    lambda given, lines, outlet: changed(lines=tuple(lines), outlet=outlet, **given),
    given=st.fixed_dictionaries(
        {},
        optional={
            "signature": st.sampled_from(["valid", "invalid", "none"]),
            "record_no": st.sampled_from([None, "1"]),
            "voucher": st.sampled_from(["card", "e_code"]),
            "status": st.sampled_from(["valid", "used", "revoked"]),
            "issuer_designated": st.booleans(),
            "long_term": st.booleans(),
            "active": st.booleans(),
            "diseases": st.sampled_from([{}, {"hypertension": TODAY}]),
            "issued_on": st.dates(TODAY - timedelta(days=9), TODAY),
        },
    ),
    lines=st.lists(
        st.builds(
            replace,
            st.sampled_from([AMLODIPINE, VALSARTAN, METFORMIN]),
            supply_days=st.integers(1, 120),
            quantity=st.integers(1, 12),
            in_range=st.booleans(),
            group=st.sampled_from(["ordinary", "special_storage"]),
        ),
        min_size=1,
        max_size=2,
    ),
    outlet=st.sampled_from(
        [PHARMACY, USUAL.outlet, Outlet("hospital", "level3", "310101")]
    ),
)


@settings(max_examples=60, deadline=None)
@given(case=CASES)
def test_every_way_is_what_the_rules_say(case):
    """Whatever is promised is asked again here, from the changed case itself."""

    def rules_on(day):
        return rules_for("wenzhou", day, FILLED)

    found = find(case, rules_on(case.on), rules_on=rules_on, catalogue=(CHEAP,))
    start = assess(case, rules_on(case.on))
    assert found.runs <= RUNS_MAX + EXTRA_RUNS
    for way in (*found.ways, *found.cheaper):
        again = assess(way.dispensing, rules_on(way.dispensing.on))
        assert again == way.assessment
        assert len({change.part for change in way.changes}) == len(way.changes)
    if start.decision == "accepted":
        assert not found.ways
    for way in found.ways:
        assert way.assessment.decision in ("accepted", "review")
        assert way.assessment.decision != start.decision
    paid = patient_fen(start) if start.split else None
    for way in found.cheaper:
        assert way.assessment.decision == "accepted"
        if start.decision == "accepted":
            assert way.patient_fen < paid


def value_of(text: str) -> Fraction:
    """Work a sum out as a person would, exactly."""
    plain = re.sub(r"([0-9.]+)%", r"(\1/100)", text).replace("×", "*").replace("−", "-")
    exact = re.sub(r"[0-9]+(?:\.[0-9]+)?", lambda found: f"F('{found.group()}')", plain)
    return eval(exact, {"F": Fraction, "min": min, "__builtins__": {}})


@settings(max_examples=60, deadline=None)
@given(case=CASES)
def test_every_line_of_the_sum_can_be_added_again(case):
    for line in told(case, overlay=FILLED).sum:
        fen = value_of(line.sum) * 100
        assert int(fen + Fraction(1, 2)) == line.result_fen, line


def test_every_check_says_what_it_looked_at():
    rules = rules_for("wenzhou", TODAY)
    case = changed(outlet=PHARMACY, history=(Dispensed("C08CA01", TODAY, 28),))
    for language in ("zh", "en"):
        for check in ALL_CHECKS:
            facts = facts_of(check, case, rules, language)
            assert facts or check == "benefit.open_parameter"


def test_both_languages_are_said_with_the_same_values():
    for table in (CHANGES, FACTS, PAGE, AMOUNTS, WORDS):
        for pair in table.values():
            chinese, english = (
                {name for _, name, _, _ in Formatter().parse(text) if name}
                for text in pair
            )
            assert chinese == english, pair


def test_an_english_page_is_english_but_for_names_and_quotes():
    text = page(told(changed(diseases={}, designated=False), language="en"))
    plain = "\n".join(line for line in text.splitlines() if not line.startswith(">"))
    plain = re.sub(r"第[^|]*|[一二三四五（）附件，]+", "", plain)
    assert not re.search("[一-鿿]", plain), plain


def test_a_paraphrase_is_marked_as_one():
    text = page(told(changed(diseases={})))
    assert "大意，不是原文" in text


def test_amounts_of_the_ways_are_marked_too():
    found = told(changed(outlet=PHARMACY, diseases={}), overlay=FILLED)
    assert found.decision == "refused"
    assert found.ways[0].patient_after_fen is not None
    assert found.labels == ("示例数据",)


def test_operators_figures_are_marked_beside_the_amounts():
    text = page(told(changed(outlet=PHARMACY), overlay=FILLED))
    assert text.count("示例数据") >= 3
