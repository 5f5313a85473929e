"""The faces in a real browser: signed in, walked by keyboard, readable for all."""

from base64 import b64encode

import numpy as np
import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.driving import visiting, watch
from tests.platform import (
    PASSWORD,
    ROOT,
    on_the_road,
    platform,
    sent,
    settled,
)

__all__ = ["platform"]
pytestmark = pytest.mark.browser
SHOTS = ROOT / "var" / "screens"
DECODE = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const raw = pen.getImageData(0, 0, image.width, image.height).data;
  return [image.width, Array.from(raw).filter((_, at) => at % 4 === 0)];
}"""
SMALLEST = {"width": 320, "height": 640}  # also 640 at twice the size
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def road(town):
    """Let one prescription be on the road, one settled and one refused."""
    rx, order, rider = on_the_road(town)
    waiting = settled(town, 2, "出远门，提前配药")
    late = sent(town, 3, issued_at="2025-09-01T08:00:00+08:00")
    town.program("counter").post(f"/prescriptions/{late}/checks", {})
    clerk = town.program("counter")
    held = clerk.get(f"/prescriptions/{waiting}/settlement")
    town.app.extensions["desk"].gateway.tamper(held["msgid"], account_fen=1)
    clerk.post("/reconciliation/runs", {"day": held["on"]})
    route = rider.get("/routes")[0]
    name = "courier" if route["courier_code"].endswith("101") else "second-courier"
    return {
        "rx": rx,
        "order": order,
        "plan": route["plan_id"],
        "waiting": waiting,
        "late": late,
        "rider": name,
    }


def enter(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def examine(page: Page, name: str) -> None:
    """Keep a picture of the page and refuse what keeps people out."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    bad = [
        (each["id"], [node["target"] for node in each["nodes"]][:3])
        for each in found
        if each["impact"] in SERIOUS
    ]
    assert not bad, (name, bad)


def pages(road) -> dict[str, list[tuple[str, str]]]:
    return {
        "alice": [
            ("patient-home", "/patient"),
            ("patient-late", f"/patient/prescriptions/{road['late']}"),
            ("patient-settled", f"/patient/prescriptions/{road['waiting']}"),
            (
                "patient-explanation",
                f"/patient/prescriptions/{road['late']}/explanation",
            ),
            ("patient-order", f"/patient/orders/{road['order']}"),
            ("patient-readers", "/patient/readers"),
        ],
        "counter": [
            ("counter-home", "/counter"),
            ("counter-late", f"/counter/prescriptions/{road['late']}"),
            ("counter-settled", f"/counter/prescriptions/{road['waiting']}"),
            (
                "counter-explanation",
                f"/counter/prescriptions/{road['waiting']}/explanation",
            ),
            ("counter-reconciliation", "/counter/reconciliation"),
            ("counter-stock", "/counter/stock"),
            ("counter-paper", "/counter/paper"),
            ("counter-notices", "/notices"),
            ("counter-uploads", "/uploads"),
        ],
        "dispatcher": [
            ("dispatch-home", "/dispatch"),
            ("dispatch-plan", f"/dispatch/plans/{road['plan']}"),
        ],
        road["rider"]: [("courier", "/courier")],
        "bureau": [
            ("bureau", "/bureau"),
            ("bureau-reconciliation", "/bureau/reconciliation"),
            ("bureau-keys", "/bureau/keys"),
        ],
        "hospital": [("hospital", "/hospital")],
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_face_can_be_read_by_all(browser, address, road, scheme):
    for name, faces in pages(road).items():
        with visiting(browser, color_scheme=scheme) as visitor:
            page = visitor.new_page()
            complaints = watch(page)
            enter(page, address, name)
            for title, path in faces:
                page.goto(address + path)
                examine(page, f"{title}-{scheme}")
            assert not complaints


def test_a_phone_shows_the_patients_pages_without_scrolling_sideways(
    browser, address, road
):
    with visiting(browser, viewport={"width": 360, "height": 740}) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        for title, path in pages(road)["alice"]:
            page.goto(address + path)
            examine(page, f"{title}-phone")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, title


def test_the_smallest_phone_shows_every_page_without_scrolling_sideways(
    browser, address, road
):
    with visiting(browser, viewport=SMALLEST) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        for title, path in [*pages(road)["alice"], ("design", "/design")]:
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, title


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_of_the_design_can_be_read_and_used(browser, address, scheme):
    with visiting(browser, color_scheme=scheme) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        page.goto(f"{address}/design")
        examine(page, f"design-{scheme}")
        page.get_by_role("tab").first.press("ArrowRight")
        expect(page.locator("#panel-old")).to_be_visible()
        expect(page.locator("#panel-now")).to_be_hidden()
        page.get_by_role("button", name="冲正").last.click()
        expect(page.locator("#sample-dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#sample-dialog")).to_be_hidden()
        page.get_by_role("button", name="关闭").first.click()
        expect(page.get_by_text("已保存")).to_be_hidden()
        page.emulate_media(media="print")
        page.screenshot(path=SHOTS / f"design-print-{scheme}.png", full_page=True)
        expect(page.locator(".bar")).to_be_hidden()
        assert not complaints


def test_a_phone_shows_the_queue_by_cards_with_room_for_a_thumb(browser, address, road):
    with visiting(browser, viewport={"width": 390, "height": 844}) as visitor:
        page = visitor.new_page()
        enter(page, address, "counter")
        for title, path in (
            ("home", "/counter"),
            ("late", pages(road)["counter"][1][1]),
        ):
            page.goto(address + path)
            examine(page, f"counter-{title}-phone")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            for wide in page.locator(".scroll").all():
                assert wide.evaluate("one => one.scrollWidth <= one.clientWidth")
            for control in page.locator("a, button, input, select, summary").all():
                if control.is_visible() and not control.evaluate(
                    "one => one.classList.contains('skip')"
                ):
                    assert control.bounding_box()["height"] >= 44, control


def test_every_page_leads_to_the_others_of_its_face(browser, address, road):
    with visiting(browser) as visitor:
        page = visitor.new_page()
        enter(page, address, "counter")
        for path in (
            "/notices",
            "/uploads",
            "/counter/reconciliation",
            "/counter/none",
        ):
            page.goto(address + path)
            expect(page.get_by_role("navigation").get_by_text("柜台")).to_be_visible()


def test_patients_pages_are_large_enough_for_elders(browser, address, road):
    with visiting(browser) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        for _, path in pages(road)["alice"]:
            page.goto(address + path)
            size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
            assert size >= 18
            for control in page.locator(
                "main button, main a.button, main select"
            ).all():
                if control.is_visible():
                    assert control.bounding_box()["height"] >= 60


def test_an_insurance_code_counts_down_and_can_be_scanned(browser, address, town):
    rx = sent(town, 8)
    with visiting(browser) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        page.goto(f"{address}/patient/prescriptions/{rx}")
        page.get_by_role("button", name="出示医保码").click()
        seconds = page.locator("[data-seconds]")
        expect(seconds).to_be_visible()
        examine(page, "patient-code")
        first = int(seconds.inner_text())
        expect(seconds).not_to_have_text(str(first))
        shot = page.locator(".qr").screenshot()
        page.get_by_text("店员无法扫码时").click()
        text = page.locator("#code-text").inner_text()
        (read,) = zxingcpp.read_barcodes(pixels(visitor.new_page(), shot))
        assert read.text == text


def pixels(blank: Page, shot: bytes) -> np.ndarray:
    """Turn a picture into grey pixels; the browser has the decoder at hand."""
    width, grey = blank.evaluate(DECODE, b64encode(shot).decode())
    return np.array(grey, dtype=np.uint8).reshape(-1, width)
