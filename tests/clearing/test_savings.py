"""Savings of central procurement, reckoned from claims and a list of base prices (L15)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.clearing.savings import BasePrice, fund_part, savings
from fixtures import cast
from tests.forms.drawn import BOOKS, START, line
from tests.platform import OVERLAY, open_platform, reversal, send, settled
from tests.web.test_lists import hand_in
from tests.web.test_overlay_reload import FREE
from tests.world import AMLODIPINE

SHOP = cast.LUCHENG_PHARMACY
HERE, PAGES = f"/groups/{SHOP}/years/2025", f"/bureau/groups/{SHOP}/years/2025"
HEADINGS = "药品编码,基准价（元）,执行日期"
BASE = f"{AMLODIPINE},10.00,2025-01-01"


@given(book=BOOKS, fen=st.integers(1, 10**6))
def test_l15_savings_are_those_of_a_count_line_by_line(book, fen):
    since = START + timedelta(days=30)
    codes = sorted({one.medicine for one in book})
    bases = {code: BasePrice(fen, since) for code in codes[:1]}
    found = savings(book, bases, frozenset(codes))
    held = [one for one in book if one.reversed_on is None]
    priced = [one for one in held if one.medicine in bases and one.day >= since]
    assert sum(one.cost_fen for one in found.by_outlet.values()) == sum(
        (fen - one.price_fen) * one.quantity for one in priced
    )
    assert found.fund_fen == sum(
        fund_part((fen - one.price_fen) * one.quantity, one.fund_fen, one.total_fen)
        for one in priced
    )
    assert sum(found.without_base.values()) == sum(
        one.quantity for one in held if one.medicine not in bases
    )


@given(
    saved=st.integers(-(10**9), 10**9),
    total=st.integers(1, 10**9),
    share=st.integers(0, 10**9),
)
def test_the_fund_saves_its_part_and_no_more(saved, total, share):
    fund = share % (total + 1)
    part = fund_part(saved, fund, total)
    assert abs(part) <= abs(saved)
    assert part + fund_part(-saved, fund, total) == 0
    assert abs(2 * part * total - 2 * saved * fund) <= total


def test_l15_a_medicine_that_is_not_procured_is_neither_reckoned_nor_missing():
    one = line(medicine="X1", quantity=3)
    assert savings([one], {}, frozenset()).without_base == {}
    early = BasePrice(10**6, one.day + timedelta(days=1))
    assert savings([one], {"X1": early}, frozenset({"X1"})).by_outlet == {}


@pytest.fixture
def platform(sqlite_url, tmp_path):
    """Open the platform where the fund pays from the first fen on."""
    overlay = tmp_path / "overlay.toml"
    overlay.write_text(FREE.sub('"0.01"', OVERLAY.read_text("utf-8")), "utf-8")
    opened = open_platform(sqlite_url, tmp_path, overlay=overlay)
    yield opened
    opened.app.extensions["engine"].dispose()


@pytest.fixture
def bureau(platform):
    rx = settled(platform)
    officer = platform.program("bureau")
    body = {"kind": "joined", "code": SHOP, "name": "某药店", "level": "county"}
    more = {"above": "", "on": "2025-01-01", "document": "文1"}
    assert officer.ask("POST", f"/groups/{SHOP}/acts", body | more).status_code == 201
    return officer, rx


def test_l15_savings_are_proposed_and_an_officer_enters_them(platform, bureau):
    officer, _ = bureau
    page = platform.person("bureau")
    assert officer.get(f"{HERE}/savings")["fund_fen"] is None
    assert "还没有集采基准价名单" in page.get(f"{PAGES}/savings").text
    assert officer.ask("POST", f"{HERE}/savings").status_code == 404
    assert hand_in(officer, "vbp_bases", HEADINGS, BASE).json["kept"]["kept"] == 1
    told = officer.get(f"{HERE}/savings")
    (shop,) = told["members"]
    # Three boxes of 4.20 yuan that were 10 before; the fund paid its share of them.
    assert (shop["quantity"], shop["cost_fen"]) == (3, 3 * (1000 - 420))
    assert 0 < shop["fund_fen"] == told["fund_fen"] < shop["cost_fen"]
    shown = page.get(f"{PAGES}/savings").text
    assert "17.40" in shown and "采用这个数" in shown
    assert "按结算测算" in send(page, f"{PAGES}/savings").text
    (entered,) = officer.get(f"{HERE}/figures")
    assert (entered["name"], entered["part"]) == ("vbp_saved", told["fund_fen"])
    assert "SHA-256" in entered["document"]


def test_l15_what_is_taken_back_saved_nothing(platform, bureau):
    officer, rx = bureau
    hand_in(officer, "vbp_bases", HEADINGS, BASE)
    body = {"reason": "patient_changed_mind"}
    platform.program("counter").post(reversal(platform, rx), body)
    told = officer.get(f"{HERE}/savings")
    assert (told["members"], told["fund_fen"]) == ([], 0)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{AMLODIPINE},0,2025-01-01", "金额"),
        (f"{AMLODIPINE},4.205,2025-01-01", "金额"),
        (f"{AMLODIPINE},4.20,", "没有填"),
        (f"{AMLODIPINE},4.20,2025-13-01", "不是日期"),
        (f"{BASE}\n{AMLODIPINE},9.00,2025-01-01", "另一个基准价"),
    ],
)
def test_l15_a_bad_list_of_base_prices_changes_nothing(platform, bureau, row, said):
    officer, _ = bureau
    told = hand_in(officer, "vbp_bases", HEADINGS, row).json
    assert told["kept"] is None and said in told["bad"][0]["zh"]
    assert officer.get(f"{HERE}/savings")["bases"] is None


def test_l15_another_list_counts_from_its_day(platform, bureau):
    officer, _ = bureau
    hand_in(officer, "vbp_bases", HEADINGS, BASE, as_of="2025-09-01")
    later = f"{AMLODIPINE},4.00,2025-01-01"
    hand_in(officer, "vbp_bases", HEADINGS, later, as_of="2025-09-10")
    told = officer.get(f"{HERE}/savings")
    assert told["fund_fen"] < 0  # dearer than before
    assert "采用这个数" not in platform.person("bureau").get(f"{PAGES}/savings").text
    refused = officer.ask("POST", f"{HERE}/savings")
    assert refused.status_code == 422
    assert date.fromisoformat(told["bases"]["as_of"]) == date(2025, 9, 10)
