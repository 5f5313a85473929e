"""A camera reads what a scanner would: a film shows a real code to a pretended camera."""

from uuid import UUID

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import expect, sync_playwright

from dispensing.parcel_code import parcel_code
from routing.door_token import sign_token
from tests.browser.desk import at_desk, presented
from tests.browser.driving import ARGS, find_chromium, visiting, watch
from tests.browser.riding import on_route, phone_of, state, stop
from tests.platform import platform, sent
from tests.serving import serving

__all__ = ["platform"]
pytestmark = pytest.mark.browser
WIDE, HIGH = 640, 480
# A code of another door, which the decoder of the page does not find in a picture that is straight.
AWKWARD = (
    "YDH1.UJF4clPIcu8t_MGSe5gTWA.743f81e924ab5d04.qIUiJRQCEW-m6JBE5wktkCwwZ37Rh6yAltI-iaLcb_Nt"
    "hHLmCzd6N0A_KI5TDmM9gdmRqY_iCCsyd2trV3RhjQ"
)


def film(text: str) -> bytes:
    """Make a film of two equal pictures, in which somebody holds a code up (YUV4MPEG2)."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    code = np.array(made.to_image(scale=8, add_quiet_zones=True))
    grey = np.full((HIGH, WIDE), 200, np.uint8)
    top, left = (HIGH - code.shape[0]) // 2, (WIDE - code.shape[1]) // 2
    grey[top : top + code.shape[0], left : left + code.shape[1]] = code
    colour = np.full(HIGH * WIDE // 2, 128, np.uint8).tobytes()
    picture = b"FRAME\n" + grey.tobytes() + colour
    return f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip C420jpeg\n".encode() + picture * 2


def show(shown, text):
    """Let the camera see a code from its next opening on."""
    fresh = shown.with_suffix(".fresh")
    fresh.write_bytes(film(text))
    fresh.replace(shown)


def test_a_code_before_the_camera_opens_the_prescription(platform, tmp_path):
    rx = sent(platform)
    shown = tmp_path / "shown.y4m"
    show(shown, presented(platform, rx))
    args = [*ARGS, f"--use-file-for-fake-video-capture={shown}"]
    with serving(platform.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=args)
        with visiting(browser) as visitor:
            page = visitor.new_page()
            complaints = watch(page)
            clerk = at_desk(page, address)
            clerk.is_ready()
            clerk.press("Alt+C")
            clerk.sees("article.card")
            assert "/counter/presentations/" in page.url
            assert not complaints
        browser.close()


def test_the_camera_loads_a_parcel_and_opens_the_right_door(platform, tmp_path):
    (order,) = on_route(platform, 1)
    shown = tmp_path / "shown.y4m"
    token = sign_token(str(order), platform.app.extensions["ring"].signer())
    show(shown, parcel_code(order))
    args = [*ARGS, f"--use-file-for-fake-video-capture={shown}"]
    with serving(platform.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=args)
        with visiting(browser) as visitor:
            page, complaints = phone_of(visitor, address)
            visitor.set_offline(True)
            page.get_by_role("button", name="扫码装车").click()
            expect(stop(page, order, "pickup").locator(".told")).to_contain_text("装车")
            page.locator("#viewfinder").get_by_role("button").click()
            # Another parcel is told at once, without a line.
            page.locator("[data-load] input").fill(parcel_code(UUID(int=7)))
            page.keyboard.press("Enter")
            expect(page.locator("#scan-said")).to_contain_text("不在您的路线上")
            show(shown, AWKWARD)
            visitor.set_offline(False)
            expect(page.locator("#queue")).to_be_hidden()
            page.reload()
            door = stop(page, order)
            door.get_by_role("button", name="扫患者手机上的收货码").click()
            expect(page.locator("#scan-said")).to_contain_text("不是这一单")
            show(shown, token)
            door.get_by_role("button", name="扫患者手机上的收货码").click()
            expect(door.locator("[data-door-said]")).to_contain_text("收货码")
            stop(page, order).get_by_role("button", name="确认交付").click()
            expect(page.locator(".route")).to_contain_text("已完成")
            assert not complaints
        browser.close()
    assert state(platform, order) == "handed_over"
