"""A courier's phone out of reach: what was done is kept, and delivered once and in its order."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Error, expect
from sqlmodel import select

from dispensing.service.ordering import order_row
from fixtures import cast
from routing.door_token import sign_token
from routing.service.code_issues import renew_code
from routing.tables import DeliveryProofRow, ReadingRow
from tests.browser.driving import visiting
from tests.browser.riding import (
    acts,
    on_route,
    phone_of,
    side_by_side,
    state,
    stop,
)
from tests.browser.seeing import enter
from tests.platform import COURIER, door_code, platform
from tests.serving import serving
from tests.waiting import until
from tests.world import NOON
from web import accounts, db

__all__ = ["platform"]
pytestmark = pytest.mark.browser


# What lies in each store of the phone, as somebody who has the disk reads it.
KEPT = """async () => {
  const base = await new Promise((done) => {
    const asked = indexedDB.open("yaoda-courier");
    asked.onsuccess = () => done(asked.result);
  });
  const bytes = (_, value) =>
    value instanceof ArrayBuffer || ArrayBuffer.isView(value)
      ? new TextDecoder().decode(value) : value instanceof CryptoKey ? "key" : value;
  const found = {};
  for (const name of base.objectStoreNames) {
    const asked = base.transaction(name).objectStore(name).getAll();
    await new Promise((done) => { asked.onsuccess = done; });
    found[name] = JSON.stringify(asked.result, bytes);
  }
  base.close();
  return found;
}"""
PAGE = """caches.open("yaoda-sealed-page").then((all) => all.match("/courier"))
  .then((found) => found ? found.text() : "")"""
EXPORTED = """async () => {
  const base = await new Promise((done) => {
    const asked = indexedDB.open("yaoda-courier");
    asked.onsuccess = () => done(asked.result);
  });
  const asked = base.transaction("keys").objectStore("keys").get("seal");
  await new Promise((done) => { asked.onsuccess = done; });
  base.close();
  return crypto.subtle.exportKey("raw", asked.result).then(() => "told", (error) => error.name);
}"""


def hand_over(page, order: UUID, code: str) -> None:
    box = stop(page, order)
    box.locator("details.do").first.evaluate("each => (each.open = true)")
    box.locator("input[name=code]").fill(code)
    box.get_by_role("button", name="确认交付").click()


def fail(page, order: UUID) -> None:
    box = stop(page, order)
    box.locator("summary", has_text="没有送成").click()
    box.get_by_label("收货人拒收").check()
    box.get_by_label("退回药店并冲正").check()
    box.get_by_role("button", name="登记").click()


def sign(page, order: UUID) -> None:
    pad = stop(page, order).locator("canvas.signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    middle = box["y"] + box["height"] / 2  # what is at the top may lie under a notice
    page.mouse.move(box["x"] + 20, middle)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 20 + 15 * step, middle + 3 * step)
    page.mouse.up()


def test_an_hour_without_a_line_comes_once_and_in_order_also_by_a_killed_page(
    browser, platform
):
    first, second = on_route(platform)
    code = door_code(platform, first)
    with serving(platform.app) as address, visiting(browser) as visitor:
        page, complaints = phone_of(visitor, address)
        visitor.set_offline(True)
        page.reload()  # from what the phone keeps
        page.get_by_role("button", name="全部取齐，出发").click()
        expect(stop(page, first, "pickup").locator(".told")).to_contain_text("等待发送")
        # The next stop is open by itself.
        next_ = stop(page, first).locator("details.do").first
        expect(next_).to_have_attribute("open", "")
        sign(page, first)
        hand_over(page, first, code)
        expect(stop(page, first).locator(".told")).to_contain_text("等待发送")
        fail(page, second)
        expect(page.locator("#queue li")).to_have_count(4)
        page.close()
        # The line is back; the answer to what is sent is lost, and the page with it.
        page = visitor.new_page()
        page.goto(f"{address}/courier")
        expect(page.locator("#queue li")).to_have_count(4)
        lost = []

        def lose(route) -> None:
            status = route.fetch().status
            with suppress(Error):  # of a second try the page may be gone
                route.abort()
            lost.append(status)

        visitor.route("**/api/courier/acts", lose)
        visitor.set_offline(False)
        while not lost:
            page.wait_for_timeout(100)
        page.close()
        assert lost[0] == 200
        kept = acts(platform)
        visitor.unroute("**/api/courier/acts")
        page = visitor.new_page()
        page.goto(f"{address}/courier")
        expect(page.locator("#queue")).to_be_hidden()
        assert [row.kind for row in kept] == ["depart", "hand_over", "proof", "fail"]
        assert [row.id for row in acts(platform)] == [row.id for row in kept]
        assert {row.status for row in kept} == {"done"}
        assert [row.at for row in kept] == sorted(row.at for row in kept)
        expect(page.locator(".route")).to_contain_text("已完成")
        assert not complaints
    assert (state(platform, first), state(platform, second)) == (
        "handed_over",
        "returned",
    )
    with db.open_session(platform.app.extensions["engine"]) as session:
        (proof,) = session.exec(select(DeliveryProofRow)).all()
        assert (proof.kind, proof.order_id) == ("signature", first)


def test_what_was_refused_at_a_door_does_not_hold_up_what_the_courier_does_next(
    browser, platform
):
    first, _ = on_route(platform)
    code = door_code(platform, first)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    with serving(platform.app) as address, visiting(browser) as visitor:
        page, complaints = phone_of(visitor, address)
        page.get_by_role("button", name="全部取齐，出发").click()
        expect(stop(page, first, "pickup")).to_have_attribute("data-done", "")
        hand_over(page, first, wrong)
        expect(stop(page, first).locator(".told")).to_contain_text("没有通过")
        fail(page, first)
        expect(page.locator("#queue")).to_be_hidden()
        assert not complaints
    assert state(platform, first) == "returned"
    assert [row.kind for row in acts(platform)] == ["depart", "hand_over", "fail"]


def test_of_two_phones_on_one_route_the_second_hears_already_though_its_clock_is_wrong(
    browser, platform
):
    first, second = on_route(platform)
    code = door_code(platform, first)
    with (
        serving(platform.app) as address,
        visiting(browser) as one,
        visiting(browser) as other,
    ):
        page, _ = phone_of(one, address)
        page.get_by_role("button", name="全部取齐，出发").click()
        expect(stop(page, first, "pickup")).to_have_attribute("data-done", "")
        late, _ = phone_of(other, address)
        other.set_offline(True)
        tomorrow = late.evaluate("Date.now()") + 24 * 3600 * 1000
        late.clock.set_system_time(tomorrow)  # somebody sets it wrong, meanwhile
        hand_over(late, first, code)
        expect(stop(late, first).locator(".told")).to_contain_text("等待发送")
        hand_over(page, first, code)
        expect(page.locator(".stop.next")).to_have_attribute("data-order", str(second))
        before = acts(platform)[-1].received_at
        other.set_offline(False)
        expect(late.locator("#queue")).to_be_hidden()
        told = {row.status: row for row in acts(platform) if row.kind == "hand_over"}
        assert set(told) == {"done", "already"}
        assert abs(told["already"].at - before) < timedelta(minutes=5)
        # Whoever signs out with something unsent is told; then nothing stays on the phone.
        other.set_offline(True)
        hand_over(late, second, "000000")
        late.get_by_role("button", name="退出").click()
        expect(late.locator("#leaving")).to_contain_text("1")
        other.set_offline(False)
        late.get_by_role("button", name="仍要退出并删除").click()
        late.wait_for_url("**/login*")
        assert late.evaluate("caches.has('yaoda-sealed-page')") is False
        assert set(late.evaluate(KEPT).values()) == {"[]"}


def test_one_counter_is_one_card_and_what_the_box_read_waits_for_the_line(
    browser, platform
):
    first, second = on_route(platform)
    side_by_side(platform)
    engine, signer = platform.app.extensions["engine"], platform.app.extensions["ring"]
    old = sign_token(str(first), signer.signer())
    with db.open_session(engine) as session:
        order_row(session, first).storage = "cold"
        assert renew_code(session, first, wanted=True, now=NOON)
        session.commit()
    with serving(platform.app) as address, visiting(browser) as visitor:
        page, complaints = phone_of(visitor, address)
        card = page.locator(".pickups")
        expect(card).to_have_count(1)
        load = card.get_by_role("button", name="全部装上")
        expect(load).to_be_disabled()
        visitor.set_offline(True)
        card.get_by_role("checkbox").first.check()
        expect(card).to_contain_text("还有 1 件没扫、没勾")
        card.get_by_role("checkbox").last.check()
        load.click()
        expect(page.locator("#queue li")).to_have_count(2)
        expect(load).to_be_hidden()
        box = page.locator(".box-reading")
        box.locator("summary").click()
        box.get_by_label("温度（°C）").fill("4.5")
        box.get_by_role("button", name="记下温度").click()
        expect(box.locator("[data-read]")).to_contain_text("4.5 °C · 等待发送")
        # A signed code of before the renewal opens nothing, and says why without a line.
        page.evaluate(
            "old => { self.yaodaCamera = (box, decoder, take) => take(old) }", old
        )
        stop(page, first).get_by_role("button", name="扫患者手机上的收货码").click()
        expect(page.locator("#scan-said")).to_contain_text("这是旧的收货码")
        visitor.set_offline(False)
        expect(page.locator("#queue")).to_be_hidden()
        assert not complaints
    assert [row.kind for row in acts(platform)] == ["pick_up", "pick_up", "reading"]
    assert (state(platform, first), state(platform, second)) == ("out", "out")
    with db.open_session(engine, read_only=True) as session:
        (read,) = session.exec(select(ReadingRow)).all()
        assert (read.order_id, read.temperature_dc, read.source) == (first, 45, "box")


def waiting(page):
    acts = page.evaluate("self.yaodaStore.acts()")
    return [(each["kind"], each["state"]) for each in acts]


def test_what_a_phone_keeps_is_sealed_and_a_sign_out_elsewhere_clears_all_but_what_waits(
    browser, platform
):
    first, _ = on_route(platform)
    code = door_code(platform, first)
    with serving(platform.app) as address, visiting(browser) as visitor:
        page, complaints = phone_of(visitor, address)
        page.get_by_role("button", name="全部取齐，出发").click()
        expect(stop(page, first, "pickup")).to_have_attribute("data-done", "")
        visitor.set_offline(True)
        hand_over(page, first, code)
        expect(page.locator("#queue li")).to_have_count(1)
        shown = page.locator("main").inner_text()
        address_line = cast.alice.address[-6:]
        assert address_line in shown  # what the page tells, the disk does not
        kept = page.evaluate(KEPT)
        raw = "".join(kept.values()) + page.evaluate(PAGE)
        assert len(raw) > 5000 and kept["keys"] == '["key"]'
        for each in (str(first), code, "hand_over", COURIER, address_line, "<html"):
            assert each not in raw, each
        assert page.evaluate(EXPORTED) == "InvalidAccessError"
        # The session is ended elsewhere; the line comes back.
        with db.open_session(platform.app.extensions["engine"]) as session:
            accounts.end_everywhere(session, "courier")
            session.commit()
        visitor.set_offline(False)
        until(lambda: waiting(page) == [("hand_over", "waiting")])
        until(lambda: not page.evaluate("caches.has('yaoda-sealed-page')"))
        # After the next sign-in it is told.
        enter(page, address, "courier")
        page.goto(f"{address}/courier")
        until(lambda: state(platform, first) == "handed_over")
        expect(page.locator("#queue")).to_be_hidden()
        assert not complaints
