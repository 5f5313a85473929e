"""The dispatcher's board in a real browser: moved by keyboard and by mouse, undone, in step."""

import pytest
from playwright.sync_api import expect

from tests.browser.driving import visiting, watch
from tests.browser.seeing import enter, examine
from tests.platform import planned, platform
from tests.routing import many
from tests.serving import serving
from tests.waiting import until
from web import db

__all__ = ["platform"]
pytestmark = pytest.mark.browser
ORDERS = 8


@pytest.fixture
def board(platform):
    """Plan an afternoon; give the platform and the address of the draft."""
    with db.open_session(platform.app.extensions["engine"]) as session:
        many.hire(session, 4)
        many.pack(session, platform.app.extensions["desk"], ORDERS)
    plan = planned(platform, platform.program("dispatcher"))
    return platform, f"/dispatch/plans/{plan['id']}"


def doors(page, courier):
    return page.locator(f'.lane[data-courier="{courier}"] g.dropoff')


def from_and_to(page, order):
    """Tell where an order's block is, and the lane of somebody who is free, once both stay."""
    block = page.locator(f'g.dropoff[data-orders="{order}"] rect')
    free = page.locator(".lane[data-courier]:not([data-route]) svg.blocks").first
    block.scroll_into_view_if_needed()

    def seen():
        found = block.bounding_box(), free.bounding_box()
        page.wait_for_timeout(300)
        return found if found == (block.bounding_box(), free.bounding_box()) else None

    return until(seen)


def drag(page, order):
    """Drag an order's block to the lane of somebody who is free."""
    begin, goal = from_and_to(page, order)
    page.mouse.move(begin["x"] + 6, begin["y"] + 8)
    page.mouse.down()
    page.mouse.move(begin["x"] + 16, begin["y"] + 20)
    page.mouse.move(begin["x"] + 20, goal["y"] + 20, steps=4)
    expect(page.locator("#said")).to_contain_text("可以，费用")
    page.mouse.up()


def drag_by_finger(page, order):
    """Hold a finger on an order's block, and carry it to the lane of somebody who is free."""
    begin, goal = from_and_to(page, order)
    hand = page.context.new_cdp_session(page)

    def touch(kind, *points):
        told = [{"x": x, "y": y} for x, y in points]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    x, y = begin["x"] + 6, begin["y"] + 8
    touch("touchStart", (x, y))
    expect(page.locator("#said")).to_contain_text("拿起")
    touch("touchMove", (x + 4, (y + goal["y"]) / 2))
    touch("touchMove", (x + 8, goal["y"] + 20))
    expect(page.locator("#said")).to_contain_text("可以，费用")
    touch("touchEnd")


def test_a_stop_is_moved_by_keyboard_and_by_mouse_and_another_screen_is_in_step(
    browser, board
):
    town, path = board
    with (
        serving(town.app) as address,
        visiting(browser) as one,
        visiting(browser) as two,
    ):
        page, other = one.new_page(), two.new_page()
        complaints = watch(page) + watch(other)
        for each in (page, other):
            each.set_viewport_size({"width": 1280, "height": 900})
            enter(each, address, "dispatcher")
            with each.expect_response(lambda answer: "/live?" in answer.url):
                each.goto(address + path)
        mover = page.locator("#said")
        first = page.locator("g.dropoff").first
        busy = first.locator("xpath=ancestor::div[@data-courier]").get_attribute(
            "data-courier"
        )
        had = doors(page, busy).count()
        order = first.get_attribute("data-orders")
        first.click()
        expect(page.locator(f'#stop [data-order="{order}"]')).to_be_visible()
        page.keyboard.press("Space")
        expect(mover).to_contain_text("拿起")
        page.keyboard.press("ArrowDown")
        expect(mover).to_contain_text("可以，费用")
        page.keyboard.press("Escape")
        expect(mover).to_contain_text("已放回原处")
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowDown")
        expect(mover).to_contain_text("可以，费用")
        page.keyboard.press("Enter")
        expect(mover).to_contain_text("已调整")
        for each in (page, other):
            expect(doors(each, busy)).to_have_count(had - 1)
            expect(each.locator("#last-act")).to_contain_text("手工调整")
        page.keyboard.press("Control+z")
        for each in (page, other):
            expect(doors(each, busy)).to_have_count(had)
        drag(page, order)
        expect(doors(other, busy)).to_have_count(had - 1)
        page.keyboard.press("Control+z")
        expect(doors(page, busy)).to_have_count(had)
        drag_by_finger(page, order)
        expect(doors(other, busy)).to_have_count(had - 1)
        examine(page, "board-desk")
        page.emulate_media(color_scheme="dark")
        examine(page, "board-dark")
        page.set_viewport_size({"width": 390, "height": 844})
        examine(page, "board-phone")
        assert not complaints
    plan = town.program("dispatcher").get(f"/plans/{path.split('/')[-1]}")
    carried = [it["order_id"] for route in plan["routes"] for it in route["stops"]]
    assert len({it for it in carried if it}) == ORDERS


def test_what_is_carried_stays_in_hand_when_the_board_is_drawn_anew(browser, board):
    town, path = board
    with serving(town.app) as address, visiting(browser) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        enter(page, address, "dispatcher")
        with page.expect_response(lambda answer: "/live?" in answer.url):
            page.goto(address + path)
        mine, other = page.locator("g.dropoff").all()[:2]
        moved, order = (it.get_attribute("data-orders") for it in (other, mine))
        mine.click()
        page.keyboard.press("Space")
        expect(page.locator("#said")).to_contain_text("拿起")
        page.keyboard.press("ArrowDown")
        expect(page.locator("#said")).to_contain_text("可以，费用")
        idle = page.locator(".lane[data-courier]:not([data-route])").last
        elsewhere = {"order": moved, "courier": idle.get_attribute("data-courier")}
        plan = path.split("/")[-1]
        town.program("dispatcher").post(f"/plans/{plan}/edits", elsewhere)
        expect(page.locator("#last-act")).to_contain_text("手工调整")
        expect(page.locator("g.held")).to_have_attribute("data-orders", order)
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_contain_text("已调整")
        expect(page.locator("g.held")).to_have_count(0)
        assert not complaints


def test_all_orders_that_match_are_held_back_not_only_those_of_the_page(
    browser, platform
):
    with db.open_session(platform.app.extensions["engine"]) as session:
        many.pack(session, platform.app.extensions["desk"], 60)
    with serving(platform.app) as address, visiting(browser) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        enter(page, address, "dispatcher")
        page.goto(f"{address}/dispatch?day=2025-09-15")
        page.get_by_label("勾选本页").check()
        expect(page.locator("#ticked-count")).to_have_text("已勾选 50 单")
        examine(page, "pool-desk")
        expect(page.get_by_role("button", name="办理 50 单")).to_be_enabled()
        page.get_by_text("全部符合条件的 60 单，不只本页").click()
        page.get_by_label("做什么").select_option("hold")
        expect(page.locator(".bulk")).to_contain_text("任何排线都不会取这些订单")
        page.get_by_label("暂缓的原因（患者也会看到）").fill("道路封闭")
        page.get_by_role("button", name="办理 60 单").click()
        expect(page.locator("#told")).to_contain_text("60 单已办")
        page.set_viewport_size({"width": 390, "height": 844})
        examine(page, "pool-phone")
        assert not complaints


WITHOUT = """() => {
  const usual = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return kind.startsWith("webgl") ? null : usual.call(this, kind, ...more);
  };
}"""


def test_the_map_is_drawn_and_without_webgl_the_picture_stays(browser, board):
    town, path = board
    with serving(town.app) as address, visiting(browser) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        said: list[str] = []
        page.on("console", lambda each: said.append(each.text))
        enter(page, address, "dispatcher")
        page.goto(address + path)
        frame = page.locator("#map-frame")
        expect(frame).to_have_attribute("data-drawn", "yes")
        expect(frame.locator("img")).to_be_hidden()
        examine(page, "board-map")
        # Every sign of the map, of stops and of districts, is there.
        assert not [each for each in said if "could not be loaded" in each]
        page.add_init_script(f"({WITHOUT})()")
        page.reload()
        expect(frame.get_by_text("这个浏览器没有 WebGL")).to_be_visible()
        expect(frame.locator("img")).to_be_visible()
        expect(page.locator("g.dropoff")).to_have_count(ORDERS)
        assert not complaints
