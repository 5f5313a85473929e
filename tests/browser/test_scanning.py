"""A scanner types into whichever field has the focus: the right one takes what it read."""

import pytest
from playwright.sync_api import Page, expect

from fixtures import cast
from tests import world
from tests.browser.test_faces import enter, examine
from tests.platform import Platform, platform, sent
from tests.serving import serving

__all__ = ["platform"]
pytestmark = pytest.mark.browser


def scan(page: Page, text: str) -> None:
    """Type as a scanner does: fast, and with Enter at the end."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def code_of(platform: Platform) -> str:
    wanted = {"purpose": "settle", "outlet": cast.LUCHENG_PHARMACY}
    text: str = platform.program("alice").post("/insurance-codes", wanted)["text"]
    return text


def test_what_is_scanned_into_the_wrong_field_goes_where_it_belongs(platform, page):
    rx = sent(platform)
    first, *rest = world.trace_codes()[1]
    with serving(platform.app) as address:
        enter(page, address, "counter")
        page.goto(f"{address}/counter/prescriptions/{rx}")
        page.keyboard.press("Alt+1")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        boxes, code = page.locator("#trace-1"), page.locator("#code")
        said = page.locator("#scan-said")
        expect(boxes).to_be_focused()
        page.wait_for_load_state()

        # The code of the patient, while no box was scanned: nothing is sent.
        page.keyboard.press("Alt+2")
        scan(page, code_of(platform))
        expect(said).to_have_text("请先扫药盒的追溯码，再扫医保码。")
        expect(boxes).to_be_focused()
        code.fill("")
        # A box into the field of the code, and a code into the field of the boxes.
        code.focus()
        scan(page, first)
        expect(boxes).to_have_value(f"{first}\n")
        expect(code).to_have_value("")
        expect(said).to_contain_text("放错了地方")
        expect(boxes).to_be_focused()
        scan(page, code_of(platform))
        expect(boxes).to_have_value(f"{first}\n")
        expect(code).not_to_have_value("")
        expect(code).to_be_focused()
        examine(page, "counter-scanned")
        boxes.focus()
        for box in rest:
            scan(page, box)
        # With the last box the code is next; a box that is read twice is one box.
        expect(code).to_be_focused()
        code.fill("")
        scan(page, rest[-1])
        expect(boxes).to_have_value("\n".join([first, *rest, ""]))
        code.fill("")
        code.focus()
        scan(page, code_of(platform))
        expect(page.get_by_text("已结算").first).to_be_visible()
