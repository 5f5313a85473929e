"""A patient's stories on a phone: present a prescription, see why not, order, follow, complain."""

import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from tests.browser.driving import visiting, watch
from tests.browser.seeing import enter, examine, pixels, sign_in
from tests.browser.test_live import SOON_MS, listened
from tests.platform import planned, platform, sent, settled
from tests.serving import serving

__all__ = ["platform"]
pytestmark = pytest.mark.browser
SMALL = {"width": 320, "height": 640}


def fits(page: Page, name: str) -> None:
    """Keep a picture; nothing is wider than the phone, and what is tapped is large."""
    examine(page, f"story-{name}-320")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    for control in page.locator("main button, main a.button, main select").all():
        if control.is_visible():
            assert control.bounding_box()["height"] >= 60, name
    headings = page.locator("main h1")
    expect(headings).to_have_count(1)


def test_a_patient_presents_a_prescription_by_phone(browser, platform):
    rx = sent(platform)
    with serving(platform.app) as address, visiting(browser, viewport=SMALL) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        sign_in(page, address, "alice")
        page.get_by_role("link", name="查看").first.click()
        expect(page.get_by_text("处方已收到，等您选药店。")).to_be_visible()
        page.get_by_role("link", name="处方二维码和取药单").click()
        shot = page.locator(".qr").screenshot()
        (read,) = zxingcpp.read_barcodes(pixels(shot))
        assert read.text == str(rx)
        page.get_by_role("link", name="回到处方").click()
        page.get_by_role("button", name="出示医保码").click()
        text = page.locator("#code-text")
        first = text.text_content()
        # The next code comes by itself, some seconds before this one ends.
        page.locator("[data-seconds]").wait_for()
        page.evaluate("renew(document.querySelector('[data-renews]'))")
        expect(text).not_to_have_text(first)
        expect(page.locator("#code-said")).to_have_text("医保码已更新。")
        fits(page, "code")
        # What the counter does shows while the code is on the screen.
        with page.expect_response(lambda answer: "/live?" in answer.url):
            page.get_by_role("button", name="重新生成").click()
        platform.program("counter").post(f"/prescriptions/{rx}/checks", {})
        standing = page.locator("#standing")
        expect(standing).to_contain_text("已核对", timeout=SOON_MS)
        assert not complaints


def test_a_patient_sees_why_it_is_refused_and_what_to_change(browser, platform):
    rx = sent(platform, issued_at="2025-09-01T08:00:00+08:00")
    other = sent(platform, 2, disease="asthma")
    for one in (rx, other):
        platform.program("counter").post(f"/prescriptions/{one}/checks", {})
    with serving(platform.app) as address, visiting(browser, viewport=SMALL) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        page.goto(f"{address}/patient/prescriptions/{other}")
        page.get_by_role("link", name="看看为什么").click()
        expect(page.locator("blockquote").first).to_be_visible()
        expect(page.get_by_text("接下来").first).to_be_visible()
        fits(page, "why")


def test_a_patient_orders_a_delivery_and_follows_it_to_the_door(browser, platform):
    rx = settled(platform)
    with serving(platform.app) as address, visiting(browser, viewport=SMALL) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        enter(page, address, "alice")
        page.goto(f"{address}/patient/prescriptions/{rx}")
        page.get_by_role("link", name="预约送药上门").click()
        page.get_by_label("什么时候送").select_option("2025-09-15 13:00-15:30")
        page.get_by_role("button", name="预约送药上门").click()
        expect(page.locator(".digits")).to_be_visible()
        order = page.url.rpartition("/")[2]
        listened(page)
        platform.program("counter").post(f"/orders/{order}/packing")
        now = page.locator("[aria-current=step]")
        expect(now).to_contain_text("安排好配送员", timeout=SOON_MS)
        dispatcher = platform.program("dispatcher")
        plan = planned(platform, dispatcher)
        dispatcher.post(f"/plans/{plan['id']}/commitment")
        (route,) = plan["routes"]
        is_first = route["courier_code"].endswith("101")
        rider = platform.program("courier" if is_first else "second-courier")
        rider.post(f"/routes/{route['id']}/departure")
        expect(page.get_by_text("约今天")).to_be_visible(timeout=SOON_MS)
        expect(now).to_contain_text("正在送来")
        fits(page, "track")
        code = page.locator(".digits").inner_text()
        rider.post(
            f"/orders/{order}/handover",
            {"code": code, "receiver": "patient"},
        )
        expect(page.get_by_text("药已到您手里。")).to_be_visible(timeout=SOON_MS)
        page.get_by_role("link", name="评价这一次").click()
        page.get_by_label("很满意", exact=False).first.check()
        page.get_by_role("button", name="提交").click()
        expect(page.get_by_text("已评价")).to_be_visible()
        assert not complaints


def test_everything_works_without_scripts(browser, platform):
    sent(platform)
    with (
        serving(platform.app) as address,
        visiting(browser, viewport=SMALL, java_script_enabled=False) as visitor,
    ):
        page = visitor.new_page()
        page.goto(f"{address}/login")
        enter(page, address, "alice")
        page.goto(f"{address}/patient")
        page.get_by_role("link", name="医保码").click()
        page.get_by_role("button", name="出示医保码").click()
        expect(page.locator(".qr")).to_be_visible()
        page.get_by_role("button", name="重新生成").click()
        expect(page.locator(".qr")).to_be_visible()
