"""A camera reads what a scanner would: a film shows a real code to a pretended camera."""

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import sync_playwright

from tests.browser.desk import at_desk, presented
from tests.browser.driving import ARGS, find_chromium, visiting, watch
from tests.platform import platform, sent
from tests.serving import serving

__all__ = ["platform"]
pytestmark = pytest.mark.browser
WIDE, HIGH = 640, 480


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


def test_a_code_before_the_camera_opens_the_prescription(platform, tmp_path):
    rx = sent(platform)
    shown = tmp_path / "shown.y4m"
    shown.write_bytes(film(presented(platform, rx)))
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
