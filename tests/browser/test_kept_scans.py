"""What was scanned at the counter survives a form that was refused."""

import pytest
from playwright.sync_api import Page, expect

from fixtures import cast
from tests.platform import PASSWORD, Platform, platform, sent
from tests.serving import Start

__all__ = ["platform"]
pytestmark = pytest.mark.browser
BOX = "80000001000100000000"


def test_scanned_boxes_stay_and_nothing_else_does(
    platform: Platform, live_server: Start, page: Page
) -> None:
    rx = sent(platform)
    address = live_server(platform.app)
    page.goto(f"{address}/login?next=/counter/prescriptions/{rx}")
    page.get_by_label("账号").fill("counter")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.locator("form[action$='/check'] button").click()

    page.locator("#trace-1").fill(BOX)
    page.locator("#code").fill(cast.alice.id_number)
    page.locator("form[action$='/settle'] button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("link", name="返回").click()

    expect(page.locator("#trace-1")).to_have_value(BOX)
    expect(page.locator("#code")).to_have_value("")
    kept = page.evaluate("JSON.stringify(sessionStorage)")
    assert BOX in kept and cast.alice.id_number not in kept
    page.goto(f"{address}/counter")
    assert page.evaluate("sessionStorage.length") == 0
