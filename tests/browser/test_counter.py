"""The counter in a real browser: scanner and keyboard alone, also where the line breaks."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from fixtures import cast
from tests import world
from tests.browser.desk import LONG_MS, SHOP, at_desk, boxes, paying, presented
from tests.browser.driving import visiting, watch
from tests.browser.seeing import examine
from tests.platform import delivery, platform, sent, settled
from tests.serving import serving

__all__ = ["platform"]
pytestmark = pytest.mark.browser
KEYS_MAX = 12  # beside the scans, for a prescription of three boxes
PHARMACIST = ("ZY330300012345", "叶药师")


def by_internet(platform, number=1):
    raw = world.internet_message(number)
    program = platform.program("internet-hospital")
    return UUID(program.post("/prescriptions", raw)["id"])


def test_a_presented_prescription_is_settled_reversed_and_the_till_closed_by_keyboard(
    platform, page
):
    rx = by_internet(platform)
    with serving(platform.app) as address:
        clerk = at_desk(page, address)
        clerk.scan(presented(platform, rx))
        clerk.sees("article.card")
        clerk.go_on()  # the one prescription that was presented
        clerk.sees("#checking")
        clerk.go_on()  # check
        before = clerk.pressed
        clerk.press("Alt+2")  # before the answer is there: it is done after it
        clerk.sees("#findings")
        expect(page.locator("#pharmacist-code")).to_be_focused()
        page.keyboard.type(PHARMACIST[0])
        page.keyboard.press("Tab")
        page.keyboard.type(PHARMACIST[1])
        page.keyboard.press("Enter")
        assert clerk.pressed == before + 1  # on duty from now on: typed once a shift
        clerk.sees("#settling.now .money", "12.60")
        for box in boxes(1):
            clerk.scan(box)
        clerk.sees("#scan-said", "药盒已齐")
        clerk.scan(paying(platform))
        clerk.sees("#settlement", "已结算")
        examine(page, "desk-settled")
        clerk.go_on()  # the receipt
        page.wait_for_url("**/receipt", timeout=LONG_MS)
        expect(page.locator("[data-print]")).to_be_focused()
        assert clerk.pressed <= KEYS_MAX

        clerk.press("Escape")
        clerk.sees("#settlement", "已结算")
        clerk.press("Alt+6")
        clerk.press("ArrowDown", "ArrowDown", "Tab", "Enter")
        clerk.sees("ol.events", "冲正")
        clerk.press("Alt+8")
        clerk.sees("h1", "收款与交班")
        page.locator("#mobile").focus()
        clerk.press("Enter")
        clerk.sees("table >> nth=-1", "0.00")
        expect(page.get_by_text("还没有交班。")).to_be_hidden()


def test_a_scanner_without_an_end_and_of_any_speed_is_understood(platform, page):
    rx = sent(platform)
    first, second, third = boxes(1)
    with serving(platform.app) as address:
        clerk = at_desk(page, address)
        clerk.scan(presented(platform, rx), each_ms=5, ends="")
        clerk.sees("article.card")
        clerk.go_on()
        clerk.sees("#checking")
        assert str(rx) in page.url
        clerk.go_on()
        clerk.sees("#count-1", "0/3")
        clerk.scan(first, each_ms=5, ends="")
        clerk.sees("#count-1", "1/3")
        clerk.scan(second, each_ms=50, ends="")
        clerk.sees("#count-1", "2/3")
        clerk.scan(second)  # the scanner reads one box twice
        clerk.sees("#scan-said", "这一盒已经扫过了")
        clerk.scan(third, each_ms=50)
        clerk.sees("#count-1", "3/3")
        clerk.scan("800000", ends="")  # typed by hand: waits for Enter
        page.wait_for_timeout(400)
        expect(page.locator("#scan")).to_have_value("800000")
        clerk.press("Escape")
        clerk.scan(paying(platform), each_ms=5, ends="")
        clerk.sees("#settlement", "已结算")


def test_what_is_scanned_into_the_wrong_field_goes_where_it_belongs(platform, page):
    rx = sent(platform)
    first, second, third = boxes(1)
    with serving(platform.app) as address:
        clerk = at_desk(page, address, f"/counter/prescriptions/{rx}")
        clerk.scan(first)
        clerk.sees("#scan-said", "请先按 Enter 核验")
        clerk.press("Alt+1")
        clerk.sees("#settle")
        clerk.scan(paying(platform))
        clerk.sees("#scan-said", "还差药盒")
        # A box into the field of the code, and one into the field of the boxes.
        for field, box in (("#code", second), ("#trace-1", third)):
            page.locator(field).focus()
            page.keyboard.type(box)
            page.keyboard.press("Enter")
            expect(page.locator("#scan")).to_be_focused()
        page.locator("#code").fill("")
        clerk.press("Escape")
        expect(page.locator("#trace-1")).to_have_value(f"{second}\n{third}\n")
        clerk.scan("01069012345678921727013110L7", ends="Control+]")  # a DataMatrix
        clerk.scan(f"21{first}")
        clerk.sees("#scan-said", "药盒已齐")
        expect(page.locator("#trace-1")).to_have_value(f"{second}\n{third}\n{first}\n")
        clerk.scan(boxes(2)[0])
        clerk.sees("#scan-said", "盒数已够")
        examine(page, "desk-scanned")


def test_what_was_typed_stays_after_a_refusal_and_after_leaving(platform, page):
    rx = sent(platform)
    with serving(platform.app) as address:
        here = f"/counter/prescriptions/{rx}"
        clerk = at_desk(page, address, here)
        clerk.go_on()
        clerk.sees("#settle")
        for box in boxes(1):
            clerk.scan(box)
        clerk.scan(cast.bob.id_number)
        clerk.sees("#scan-said", "社保卡")
        page.locator("#tender").select_option("mobile")
        page.locator("#settle button").click()
        clerk.sees("#refused")
        expect(page.locator("#scan")).to_be_focused()
        expect(page.locator("#trace-1")).to_have_value("\n".join([*boxes(1), ""]))
        expect(page.locator("#tender")).to_have_value("mobile")
        clerk.press("Alt+0")
        clerk.sees("#packing")
        page.goto(address + here)
        clerk.sees("#count-1", "3/3")
        expect(page.locator("#code")).to_have_value("")
        kept = page.evaluate("JSON.stringify(sessionStorage)")
        assert cast.bob.id_number not in kept


def kept_of(page):
    """Hear what the page keeps for its session from now on, by name."""
    kept = []
    page.expose_function("tellKept", lambda name: kept.append(name))
    page.evaluate(
        """() => {
          const keep = Storage.prototype.setItem;
          Storage.prototype.setItem = function (name, value) {
            tellKept(name);
            keep.call(this, name, value);
          };
        }"""
    )
    return kept


def test_a_lost_answer_is_asked_for_again_and_nothing_is_charged_twice(platform, page):
    rx = sent(platform)
    with serving(platform.app) as address:
        clerk = at_desk(page, address, f"/counter/prescriptions/{rx}")
        clerk.go_on()
        clerk.sees("#settle")
        for box in boxes(1):
            clerk.scan(box)
        cut = []

        def answer_is_lost(route):
            cut.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")

        page.route("**/settle", answer_is_lost)
        clerk.scan(paying(platform))
        clerk.sees("#lost", "不要重新收费")
        assert cut == [204]
        page.unroute("**/settle")
        kept = kept_of(page)
        page.locator("#lost-now").press("Enter")
        clerk.sees("#settlement", "已结算")
        assert "desk:keys" not in kept  # the button had the key, not the desk
    held = platform.program("counter").get(f"/prescriptions/{rx}")
    settled = [one for one in held["events"] if one["kind"] == "posted"]
    assert len(settled) == 1 and held["settlement"]["cash_fen"] == 1260


def test_a_line_that_is_cut_and_back_goes_on_by_itself(platform, page):
    rx = sent(platform)
    with serving(platform.app) as address:
        clerk = at_desk(page, address, f"/counter/prescriptions/{rx}")
        page.context.set_offline(True)
        clerk.go_on()
        clerk.sees("#lost", "结果未知")
        page.context.set_offline(False)
        clerk.sees("#settle")


def test_of_two_counters_that_race_for_one_prescription_one_settles(browser, platform):
    rx = sent(platform)
    shops = {"counter": SHOP, "second-counter": world.SECOND_PHARMACY}
    with (
        serving(platform.app) as address,
        visiting(browser) as one,
        visiting(browser) as other,
    ):
        clerks = []
        for number, (visitor, name) in enumerate(zip((one, other), shops, strict=True)):
            page = visitor.new_page()
            path = f"/counter/prescriptions/{rx}"
            clerk = at_desk(page, address, path, name)
            clerk.go_on()
            clerk.sees("#settle")
            for box in boxes(number + 1):
                clerk.scan(box)
            page.locator("#code").fill(paying(platform, shops[name]))
            clerks.append(clerk)
        for clerk in clerks:
            clerk.page.evaluate("document.querySelector('#settle').requestSubmit()")
        for clerk in clerks:
            clerk.sees("#refused:visible, #settlement")
        won = [clerk.page.locator("#settlement").count() for clerk in clerks]
        assert sorted(won) == [0, 1]
        loser = clerks[won.index(0)].page
        expect(loser.locator("#refused")).not_to_be_empty()


def test_a_settlement_whose_line_was_cut_stands_once_against_another_counter(
    browser, platform
):
    rx, path = sent(platform), "/counter/prescriptions/{}"
    with (
        serving(platform.app) as address,
        visiting(browser) as one,
        visiting(browser) as two,
    ):
        first = at_desk(one.new_page(), address, path.format(rx))
        other = at_desk(two.new_page(), address, path.format(rx), "second-counter")
        for number, clerk in enumerate((first, other), 1):
            clerk.go_on()
            clerk.sees("#settle")
            for box in boxes(number):
                clerk.scan(box)

        def line_is_cut(route):
            assert route.fetch(max_redirects=0).status == 204  # it has arrived
            one.set_offline(True)
            route.abort("internetdisconnected")

        first.page.route("**/settle", line_is_cut)
        first.scan(paying(platform))
        first.sees("#lost", "不要重新收费")
        other.scan(paying(platform, world.SECOND_PHARMACY))
        other.sees("#refused:visible")
        first.page.unroute("**/settle")
        one.set_offline(False)  # and goes on by itself
        first.sees("#settlement", "已结算")
    events = platform.program("counter").get(f"/prescriptions/{rx}")["events"]
    assert [one["kind"] for one in events].count("posted") == 1


def test_an_order_arrives_at_the_counter_and_is_packed_from_there(browser, platform):
    rx = settled(platform)
    with serving(platform.app) as address, visiting(browser) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        with page.expect_response(lambda one: "/live?" in one.url):
            clerk = at_desk(page, address)
        clerk.sees("#packing", "没有要打包的")
        platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
        clerk.sees("#packing ul.rows", "14:00–17:00")
        expect(page.locator("#scan")).to_be_focused()
        clerk.press("Alt+5")
        clerk.sees("#packing", "没有要打包的")
        assert page.url == f"{address}/counter"
        assert not complaints


def test_a_medicine_is_found_by_the_initials_of_its_name(platform, page):
    with serving(platform.app) as address:
        clerk = at_desk(page, address, "/counter/paper")
        page.locator("#medicine_1").focus()
        page.keyboard.type("aldp")
        clerk.sees("#found-1 [role=option]", "氨氯地平")
        examine(page, "desk-found")
        clerk.press("Enter")
        expect(page.locator("#medicine_1")).to_have_value(world.AMLODIPINE)
        expect(page.locator("#chosen-1")).to_contain_text("氨氯地平")
        expect(page.locator("#quantity_1")).to_be_focused()


def test_the_keys_are_listed_under_a_question_mark(page, address):
    clerk = at_desk(page, address)
    clerk.press("?")
    clerk.sees("#keys", "Alt+3")
    clerk.press("Escape")
    expect(page.locator("#scan")).to_be_focused()
