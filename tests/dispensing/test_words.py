"""Findings in plain words: why, and what can be done now."""

import re
from dataclasses import replace
from datetime import date, timedelta
from string import Formatter

import pytest

from dispensing.checks import ALL_CHECKS
from dispensing.phrases import CHECK_NAMES, NEXT_STEPS, TERMS, WHY
from dispensing.prescription import (
    GROUPS,
    SCHEMES,
    SOURCES,
    VOUCHERS,
    Dispensed,
    QuotaStanding,
)
from dispensing.words import LANGUAGES, say, word
from tests.dispensing.making import (
    AMLODIPINE,
    LEVEL2,
    PHARMACY,
    TODAY,
    USUAL,
    answer,
    changed,
)

DAY = timedelta(days=1)
AT_PHARMACY = changed(outlet=PHARMACY)
COLD = replace(AMLODIPINE, group="special_storage", supply_days=56)
LONG = replace(AMLODIPINE, group="antimicrobial", supply_days=56)
AWAY = replace(USUAL.insured, away_filed="310100")
SHANGHAI = replace(PHARMACY, area="310101", quota=None)
TIELING = {
    "insured": replace(USUAL.insured, area="211200"),
    "outlet": replace(PHARMACY, area="211200", quota=None),
}
LINCANG = {
    "on": date(2024, 9, 10),
    "insured": replace(
        USUAL.insured, area="530900", chronic_outpatient={"hypertension": TODAY}
    ),
    "outlet": replace(PHARMACY, area="530900", quota=None),
}
SUIXI = {
    "on": date(2021, 9, 1),
    "insured": replace(
        USUAL.insured,
        area="340621",
        diseases={"hypertension": date(2020, 1, 1), "epilepsy": date(2020, 1, 1)},
        away_filed="310100",
    ),
}
IN_SUIXI = replace(USUAL.outlet, area="340621")
OBJECTIONS = [
    answer(changed(source="letter", issuer_designated=False, voucher="none")),
    answer(changed(signature="invalid", status="used", active=False)),
    answer(changed(signature="none", record_no=None, status="revoked")),
    answer(changed(signature="none", source="internet_hospital")),
    answer(changed(status="lapsed", diseases={"hypertension": TODAY + DAY})),
    answer(changed(issued_on=TODAY + DAY, diseases={})),
    answer(changed(issued_on=TODAY - 9 * DAY, disease="glaucoma")),
    answer(changed(insured=AWAY, outlet=SHANGHAI), **LEVEL2),
    answer(changed(area="310101", designated=False)),
    answer(changed(lines=(replace(AMLODIPINE, supply_days=85, in_range=False),))),
    answer(changed(lines=(COLD,))),
    answer(changed(lines=(LONG,))),
    answer(changed(AT_PHARMACY, lines=(replace(COLD, group="toxic"),))),
    answer(changed(AT_PHARMACY, lines=(replace(AMLODIPINE, on_platform=False),))),
    answer(changed(AT_PHARMACY, history=(Dispensed("C08CA01", TODAY, 28),))),
    answer(changed(AT_PHARMACY, quota=QuotaStanding("鹿城区", 1)), **LEVEL2),
    answer(changed(AT_PHARMACY, quota=QuotaStanding("别处", 1)), **LEVEL2),
    answer(
        changed(AT_PHARMACY, quota=QuotaStanding("鹿城区", 99)), quota__kind="ceiling"
    ),
    answer(changed(on=date(2025, 7, 1), lines=(replace(AMLODIPINE, traced=False),))),
    answer(changed(**TIELING, scheme="employee"), "tieling"),
    answer(changed(**LINCANG), "lincang"),
    answer(changed(**SUIXI, outlet=IN_SUIXI, disease="epilepsy"), "suixi"),
    answer(changed(**SUIXI, outlet=replace(IN_SUIXI, area="310101")), "suixi"),
]
FINDINGS = [finding for found in OBJECTIONS for finding in found.problems]


def test_every_check_objects_somewhere_in_these_examples():
    assert {finding.check for finding in FINDINGS} == set(ALL_CHECKS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_objection_says_why_and_what_now(language):
    for finding in FINDINGS:
        said = say(finding, language)
        assert said.why
        assert said.next_step
        assert said.title
        assert said.document
        assert said.clause
        assert said.quote or said.says
        assert not re.search(r"[{}]|None", said.why + said.next_step)


def test_english_words_are_english_but_for_names():
    names = "|".join(
        [AMLODIPINE.name, "温州市全民基本医疗保险办法", *("鹿城区", "别处")]
        + [
            re.escape(item.values["left_to"])
            for item in FINDINGS
            if item.values.get("left_to")
        ]
    )
    for finding in FINDINGS:
        said = say(finding, "en")
        plain = re.sub(names, "", said.why + said.next_step)
        assert not re.search("[一-鿿]", plain), plain


def test_a_refusal_names_the_medicine_the_days_and_the_clause():
    finding = answer(changed(lines=(replace(AMLODIPINE, supply_days=85),))).problems[0]
    said = say(finding)
    assert said.why == "苯磺酸氨氯地平片 5mg一次开了85天，最多只能84天。"
    assert said.next_step == "请医生把天数减少后重新开具。"
    assert said.clause == "二（四）"
    assert "从4周延长到12周" in said.quote


def said_of(dispensing, check, language="zh", **overlay):
    found = {item.check: item for item in answer(dispensing, **overlay).problems}
    return say(found[check], language)


def test_figures_that_are_missing_are_named_in_plain_words():
    said = said_of(AT_PHARMACY, "benefit.open_parameter")
    assert said.why.endswith(
        "城乡居民医保二级医疗机构报销比例、城乡居民医保二级医疗机构起付标准。"
    )
    english = said_of(AT_PHARMACY, "benefit.open_parameter", "en").why
    assert "ratio (residents, level-2 hospital)" in english


def test_who_has_enough_in_hand_is_told_the_day_to_come_back():
    """The longest of several earlier dispensings counts; 28 days less the 7 allowed."""
    short = Dispensed("C08CA01", TODAY - DAY, 10)
    long = Dispensed("C08CA01", TODAY, 28)
    said = said_of(changed(history=(short, long)), "quantity.duplicate")
    assert "还够用28天" in said.why
    assert said.next_step.startswith("请在2024-03-26或之后再来")
    then = changed(on=date(2024, 3, 26), history=(short, long))
    assert answer(then).decision == "accepted"


def test_who_is_registered_later_is_told_the_day():
    said = said_of(
        changed(diseases={"hypertension": TODAY + DAY}), "disease.registered"
    )
    assert said.next_step == "请在2024-03-06或之后再来。"


def test_a_record_number_is_not_asked_of_an_internet_hospital():
    unsigned = changed(signature="none", source="internet_hospital")
    said = said_of(unsigned, "prescription.signature")
    assert "备案号" not in said.why + said.next_step


def test_a_revoked_prescription_is_not_waited_for():
    revoked = changed(status="revoked", issued_on=TODAY + DAY)
    assert "重新开处方" in said_of(revoked, "prescription.validity").next_step


def test_what_passed_needs_no_next_step():
    said = say(answer().findings[0])
    assert (said.why, said.next_step) == ("符合规定。", "")


def names_in(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_use_the_same_values():
    for table in (WHY, NEXT_STEPS):
        for pair in table.values():
            chinese, english = (
                {name for _, name, _, _ in Formatter().parse(text)} for text in pair
            )
            assert chinese == english


def test_every_sentence_is_used():
    assert set(CHECK_NAMES) == set(ALL_CHECKS)
    assert {finding.next_step for finding in FINDINGS} == set(NEXT_STEPS)


def test_every_word_of_the_vocabulary_has_a_name():
    assert set((*SCHEMES, *SOURCES, *VOUCHERS, *GROUPS)) <= set(TERMS)
    assert word("hypertension") == "高血压"
    assert word("glaucoma", "en") == "glaucoma"


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="zh, en"):
        say(FINDINGS[0], "fr")
