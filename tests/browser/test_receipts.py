"""Receipts as a printer and a phone get them: one strip of paper, and a code that scans."""

import re

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dispensing.receipts import token, verify
from tests.browser.seeing import SERIOUS, SHOTS, enter, pixels
from tests.platform import Platform, settled

pytestmark = pytest.mark.browser
MM_PT = 72 / 25.4


@pytest.fixture(scope="module")
def settlement(town: Platform) -> str:
    """Settle once for all that is printed of it."""
    rx = settled(town)
    found = town.program("counter").get(f"/prescriptions/{rx}/settlement")
    return str(found["id"])


@pytest.fixture
def receipt(settlement: str, address: str, page: Page) -> str:
    """Sign in at the counter, and give the address of the receipt."""
    enter(page, address, "counter")
    return f"{address}/counter/settlements/{settlement}/receipt"


def scanned(page: Page) -> str:
    """Read the code on the page from a picture of the screen, as a camera would."""
    (found,) = zxingcpp.read_barcodes(pixels(page.locator("main").screenshot()))
    return found.text


@pytest.mark.parametrize(("paper", "width_mm"), [("58", 58), ("80", 80)])
def test_a_roll_gets_one_strip_with_a_code_that_scans(
    town: Platform, page: Page, receipt: str, paper: str, width_mm: int
) -> None:
    page.goto(f"{receipt}?paper={paper}")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"receipt-{paper}.png", full_page=True)
    keys = town.app.extensions["ring"].public()
    assert verify(scanned(page), keys).claims.total_fen == 1260
    made = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made)
    assert len(boxes) == 1, "the strip was cut into pages"
    assert float(boxes[0][0]) == pytest.approx(width_mm * MM_PT, abs=1)
    assert 100 * MM_PT < float(boxes[0][1]) < 450 * MM_PT
    inside = page.evaluate(
        "() => document.querySelector('main').scrollWidth"
        " <= document.querySelector('main').clientWidth"
    )
    assert inside, "something is wider than the paper"


def test_the_page_of_a_receipt_can_be_read_by_all(page: Page, receipt: str) -> None:
    page.goto(f"{receipt}?paper=a4")
    page.screenshot(path=SHOTS / "receipt-a4.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in SERIOUS]
    expect(page.get_by_role("button", name="打印")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Insurance settlement receipt"
    )
    assert "paper=a4" in page.url


def test_a_code_that_holds_an_address_opens_the_answer_at_once(
    page: Page, receipt: str
) -> None:
    page.goto(f"{receipt}?paper=58")
    printed = scanned(page)
    assert len(printed) == token.TOKEN_CHARS
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = receipt.partition("/counter")[0]
    page.goto(f"{address}/receipts/verify#{printed}")
    expect(page.get_by_role("status")).to_contain_text("签名真实")
    expect(page.get_by_role("status")).to_contain_text("这笔结算现在仍然有效")
    # It went in the body: no address, and so no log on the way, has it.
    assert not any(printed[:20] in url for url in asked if "#" not in url)
    assert printed[:20] not in page.url
    page.screenshot(path=SHOTS / "receipt-verified.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in SERIOUS]


def test_a_code_that_was_bent_is_not_believed(page: Page, receipt: str) -> None:
    page.goto(f"{receipt}?paper=58")
    printed = scanned(page)
    bent = printed[:100] + ("A" if printed[100] != "A" else "B") + printed[101:]
    page.goto(f"{receipt.partition('/counter')[0]}/receipts/verify")
    page.get_by_label("凭证内容").fill(bent)
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("status")).to_contain_text("不能采信")
    expect(page.get_by_role("status")).to_contain_text("与签名不符")
