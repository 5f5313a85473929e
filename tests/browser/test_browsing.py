"""The browser and the served app that the other browser tests stand on."""

import urllib.error
import urllib.request

import pytest
from flask import Flask

from tests.browser.driving import visiting, watch
from tests.serving import serving

pytestmark = pytest.mark.browser
PAGE = "<!doctype html><title>药达</title><h1>处方</h1>"


@pytest.fixture
def shop():
    app = Flask("shop")
    body = {
        "broken": "<script>no()</script>",
        "stray": "<img src='http://example.org/a.png'>",
        "warned": "<script>console.warn('old')</script>",
        "in_part": "<link rel='stylesheet' href='/static/none.css'>",
        "favicon.ico": "",  # browsers ask for it by themselves
    }
    app.add_url_rule("/", "first", lambda: PAGE)
    app.add_url_rule("/refused", "refused", lambda: (PAGE, 403))
    app.add_url_rule("/<name>", "more", lambda name: PAGE + body[name])
    return app


def test_a_page_is_shown_in_chinese(live_server, page, shop):
    page.goto(live_server(shop))
    assert page.title() == "药达"
    assert page.evaluate("navigator.language") == "zh-CN"


def test_two_apps_are_served_side_by_side(live_server, page, shop):
    first, second = live_server(shop), live_server(shop)
    assert first != second
    for address in (first, second):
        page.goto(address)
        assert page.locator("h1").inner_text() == "处方"


def test_a_stopped_app_answers_no_more(shop):
    with serving(shop) as address, urllib.request.urlopen(address) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address)


def test_an_error_in_a_script_is_noticed(live_server, visitor, shop):
    page = visitor.new_page()
    complaints = watch(page)
    page.goto(live_server(shop) + "/broken")
    assert "no is not defined" in complaints[0]


def test_warnings_and_missing_parts_are_noticed_and_refusals_are_not(
    live_server, visitor, shop
):
    page, address = visitor.new_page(), live_server(shop)
    complaints = watch(page)
    page.goto(address + "/refused")
    assert complaints == []
    page.goto(address + "/warned")
    page.goto(address + "/in_part")
    warned, missing = complaints
    assert warned.startswith("warning: old")
    assert "404" in missing
    assert "/static/none.css" in missing


def test_a_request_to_the_world_is_noticed(live_server, browser, shop):
    address = live_server(shop)
    with (
        pytest.raises(AssertionError, match=r"example\.org"),
        visiting(browser) as stray,
    ):
        stray.new_page().goto(address + "/stray")
