"""The page of an explanation: what a patient reads, and is not made to read."""

from dataclasses import replace
from datetime import date

import pytest

from dispensing.explain import explain
from dispensing.explain.page import page
from dispensing.policy import overlay_of, rules_for
from dispensing.prescription import Outlet, Used
from tests.dispensing.making import (
    AMLODIPINE,
    LEVEL2,
    PHARMACY,
    USUAL,
    VALSARTAN,
    changed,
)

FILLED = overlay_of("wenzhou", LEVEL2, source="市医保局答复", label="示例数据")


def told(dispensing, *, overlay=None, region="wenzhou"):
    def rules_on(day):
        return rules_for(region, day, overlay)

    return explain(dispensing, rules_on(dispensing.on), rules_on=rules_on)


def test_a_number_that_was_filled_in_names_its_source():
    text = page(told(changed(outlet=PHARMACY), overlay=FILLED))
    assert "这里的数字是另行填入的，出处：市医保局答复" in text
    assert "出处" not in page(told(USUAL))


def test_a_cut_share_gives_the_sentence_of_its_ratio_and_of_the_cap():
    used = Used(fund_fen=59_000)
    cut = page(
        told(
            changed(
                on=date(2024, 9, 10),
                issued_on=date(2024, 9, 10),
                area="530900",
                outlet=Outlet("hospital", "primary", "530902"),
                used=used,
            ),
            region="lincang",
        )
    )
    assert "| 12.60 × 90% | 11.34 |" in cut
    assert "| 按比例 11.34，今年的限额还剩 10.00，取小的 | 10.00 |" in cut
    assert "报销比例调整为90%" in cut
    assert "合并720元" in cut


def test_an_account_that_pays_nothing_is_not_spoken_of():
    assert "个人账户" not in page(told(changed(lines=(AMLODIPINE, VALSARTAN))))


@pytest.mark.parametrize(
    "given", [{"status": "used"}, {"signature": "invalid"}, {"signature": "none"}]
)
def test_no_one_is_told_to_buy_on_a_prescription_that_does_not_hold(given):
    text = page(told(changed(**given, record_no=None)))
    assert "照这张处方现在不能配药" in text
    assert "全部自己付" not in text
    assert "全部自己付" in page(told(changed(active=False)))


def test_a_way_is_not_told_again_with_more_asked():
    """Two boxes for four weeks pass; one box and a flag besides asks for more."""
    insulin = replace(AMLODIPINE, group="special_storage", supply_days=29)
    ways = told(changed(lines=(insulin,))).ways
    assert [way.kinds for way in ways] == [("days",)]
