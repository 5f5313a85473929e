"""A change on one side shows on the other by itself; what is being typed stays."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import at_desk
from tests.browser.driving import visiting, watch
from tests.browser.seeing import enter
from tests.platform import delivery, platform, sent, settlement
from tests.serving import serving

__all__ = ["platform"]
pytestmark = pytest.mark.browser
SOON_MS = 8_000  # two seconds, and a machine that does much else

# What a page tells first, each time that a part of it changes by itself.
SEEN = """() => {
  window.seen = [];
  document.addEventListener("live:changed", () => {
    const told = document.querySelector(".situation .what")?.textContent ?? "";
    if (told && window.seen.at(-1) !== told) window.seen.push(told);
  });
}"""


def shows(page, words):
    """Wait until a page says some words."""
    expect(page.get_by_text(words).first).to_be_visible(timeout=2 * SOON_MS)


def listened(page):
    """Wait until the page listens."""
    with page.expect_response(lambda answer: "/live?" in answer.url) as heard:
        page.reload()
    assert heard.value.status == 200


def test_counter_and_phone_stay_in_step_also_after_a_lost_line(browser, platform):
    rx = sent(platform)
    with (
        serving(platform.app) as address,
        visiting(browser) as pocket,
        visiting(browser) as shop,
    ):
        phone = pocket.new_page()
        complaints = watch(phone)
        enter(phone, address, "alice")
        phone.goto(f"{address}/patient/prescriptions/{rx}")
        listened(phone)
        phone.evaluate(SEEN)
        clerk = at_desk(shop.new_page(), address, f"/counter/prescriptions/{rx}")
        clerk.go_on()  # checks it
        shows(phone, "已核对，等您来取。")
        expect(phone.locator("#live-said")).to_have_text("页面内容已更新。")
        pocket.set_offline(True)
        asked = settlement(platform)
        platform.program("counter").put(f"/prescriptions/{rx}/settlement", asked)
        clerk.sees("#settlement", "已结算")  # by itself, too
        pocket.set_offline(False)
        shows(phone, "药在鹿城大药房，等您来取。")
        with clerk.page.expect_response(lambda answer: "/live?" in answer.url):
            clerk.page.goto(f"{address}/counter")
        platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
        clerk.sees("#packing ul.rows", "14:00–17:00")
        shows(phone, "药在鹿城大药房，会送到您家。")
        # The page was never opened again, and heard it all in its order.
        assert phone.evaluate("window.seen") == [
            "已核对，等您来取。",
            "药在鹿城大药房，等您来取。",
            "药在鹿城大药房，会送到您家。",
        ]
        assert not complaints


def test_what_is_typed_at_the_counter_stays_while_its_queue_changes(browser, platform):
    first, second = sent(platform, 1), sent(platform, 2)
    clerk = platform.program("counter")
    with serving(platform.app) as address, visiting(browser) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        enter(page, address, "counter")
        page.goto(f"{address}/counter")
        listened(page)
        page.keyboard.type("H3303")
        clerk.post(f"/prescriptions/{first}/checks", {})
        expect(page.locator("#queue tbody a")).to_have_count(1, timeout=SOON_MS)
        page.keyboard.type("02")
        expect(page.locator("#scan")).to_have_value("H330302")
        expect(page.locator("#scan")).to_be_focused()
        clerk.post(f"/prescriptions/{second}/checks", {})
        expect(page.locator("#queue tbody a")).to_have_count(2, timeout=SOON_MS)
        assert not complaints


def test_a_form_that_was_begun_is_not_taken_away(browser, platform):
    rx = sent(platform)
    clerk = platform.program("counter")
    clerk.post(f"/prescriptions/{rx}/checks", {})
    with serving(platform.app) as address, visiting(browser) as visitor:
        page = visitor.new_page()
        enter(page, address, "counter")
        page.goto(f"{address}/counter/prescriptions/{rx}")
        listened(page)
        page.locator("#code").fill("half of a code")
        platform.program("hospital").post(
            f"/prescriptions/{rx}/revocation", {"reason": "剂量有误"}
        )
        expect(page.locator("#offline")).to_contain_text(
            "您填写的内容还在", timeout=SOON_MS
        )
        expect(page.locator("#code")).to_have_value("half of a code")


def test_a_page_catches_up_after_the_server_was_away(browser, platform, unused_port):
    rx = sent(platform)
    clerk = platform.program("counter")
    with visiting(browser) as visitor:
        page = visitor.new_page()
        with serving(platform.app, port=unused_port) as address:
            enter(page, address, "alice")
            page.goto(f"{address}/patient/prescriptions/{rx}")
            listened(page)
        expect(page.locator("#offline")).to_be_visible(timeout=SOON_MS)
        clerk.post(f"/prescriptions/{rx}/checks", {})  # while nobody answers the page
        with serving(platform.app, port=unused_port):
            expect(page.get_by_text("预计金额")).to_be_visible(timeout=2 * SOON_MS)
            expect(page.locator("#offline")).to_be_hidden(timeout=SOON_MS)
