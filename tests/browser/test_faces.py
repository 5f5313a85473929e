"""The faces in a real browser: every page readable by all, in every size, light and dark."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.browser import walking
from tests.browser.driving import visiting, watch
from tests.browser.seeing import enter, examine, pixels
from tests.browser.stage import set_stage
from web.words import english

pytestmark = pytest.mark.browser
BASELINES = Path(__file__).parent / "baselines"
GROUPS = (
    "visitors",
    "patient",
    "prescriptions",
    "nothing",
    "counter",
    "desk",
    "offices",
)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
MAIN = {
    "patient-home": PHONE,
    "patient-codes": PHONE,
    "patient-medicines": PHONE,
    "patient-year": PHONE,
    "patient-rx-settled": PHONE,
    "patient-rx-refused": PHONE,
    "counter-home": DESK,
    "counter-till": DESK,
    "counter-rx-received": DESK,
    "counter-rx-checked": DESK,
}
HAN = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# Names, and terms that stand in Chinese beside their English.
DATA = {"苯磺酸氨氯地平片", "配送员", "定点", "指定药店", "示例数据"}
BLOCK_PX = 8
# Of 255 levels of grey, and of all blocks: another smoothing of letters stays below both.
LEVELS_MAX = 32
BLOCKS_MAX = 0.01


@pytest.fixture(scope="module")
def stage(town):
    return set_stage(town)


@pytest.mark.parametrize("group", GROUPS)
def test_every_page_can_be_read_and_used_by_all(browser, address, stage, group):
    faces = walking.faces(stage)[group]
    wrong = []
    for who in dict.fromkeys(face.who for face in faces):
        with visiting(browser) as visitor:
            page = visitor.new_page()
            complaints = watch(page)
            if who:
                enter(page, address, who)
            for face in faces:
                if face.who == who:
                    page.goto(address + face.path)
                    wrong += walking.look(page, face)
                    if who and not page.locator("nav a").count():
                        wrong.append(f"{face.name} leads nowhere")
            wrong += complaints
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["alice", "counter"])
def test_the_main_pages_look_as_they_did(browser, address, stage, who):
    everything = {
        face.name: face for all_ in walking.faces(stage).values() for face in all_
    }
    apart = []
    with visiting(browser) as visitor:
        page = visitor.new_page()
        enter(page, address, who)
        for name, size in MAIN.items():
            if everything[name].who == who:
                page.set_viewport_size(size)
                page.goto(address + everything[name].path)
                page.evaluate(walking.STILL)
                shot = np.array(small(page.screenshot()), dtype=np.int16)
                if differs(name, shot):
                    apart.append(name)
    assert not apart, (
        f"look at var/screens; to accept one, delete its baseline: {apart}"
    )


def small(shot: bytes) -> Image.Image:
    """Draw a picture at half its size, in grey."""
    whole = Image.open(BytesIO(shot)).convert("L")
    return whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.BOX)


def differs(name: str, shot: np.ndarray) -> bool:
    """Compare with the baseline by blocks; what has none, or differs, is kept to look at."""
    path = BASELINES / f"{name}.png"
    drawn = Image.fromarray(shot.astype(np.uint8))
    if not path.exists():
        drawn.save(path, optimize=True)
        return True
    known = np.array(Image.open(path), dtype=np.int16)
    if known.shape == shot.shape and apart(known, shot) <= BLOCKS_MAX:
        return False
    walking.SHOTS.mkdir(parents=True, exist_ok=True)
    drawn.save(walking.SHOTS / f"{name}-now.png")
    return True


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Tell the share of blocks that differ by more than letters smoothed otherwise do."""
    return float(np.mean(np.abs(blocks(one) - blocks(other)) > LEVELS_MAX))


def blocks(grey: np.ndarray) -> np.ndarray:
    high, wide = (length // BLOCK_PX for length in grey.shape)
    cut = grey[: high * BLOCK_PX, : wide * BLOCK_PX]
    return cut.reshape(high, BLOCK_PX, wide, BLOCK_PX).mean(axis=(1, 3))


def test_pictures_of_another_text_or_place_differ():
    page = np.full((400, 640), 240, dtype=np.int16)
    page[100:132, 40:360] = 60
    assert apart(page, page) == 0
    moved = np.roll(page, 16, axis=0)
    assert apart(page, moved) > BLOCKS_MAX
    smoothed = page + 12
    assert apart(page, smoothed) == 0


def test_a_slip_on_paper_carries_the_code_that_the_phone_shows(browser, address, stage):
    rx = stage.rx["received"]
    with visiting(browser, viewport=PHONE) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        page.goto(f"{address}/patient/prescriptions/{rx}/slip")
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            shot = page.locator(".qr").screenshot()
            (read,) = zxingcpp.read_barcodes(pixels(shot))
            assert read.text == str(rx)


def test_a_counter_gets_back_to_its_scan_field_from_every_page_by_keys(
    browser, address, stage
):
    with visiting(browser) as visitor:
        page = visitor.new_page()
        enter(page, address, "counter")
        for path in ("/medicines", "/counter/reconciliation", "/counter/till"):
            page.goto(address + path)
            page.keyboard.press("Alt+0")
            page.wait_for_url("**/counter")
            expect(page.locator("#scan")).to_be_focused()


def test_the_parts_of_the_design_answer_keys_and_taps(browser, address):
    with visiting(browser) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        page.goto(f"{address}/design")
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
        expect(page.locator(".bar")).to_be_hidden()
        assert not complaints


def test_an_insurance_code_counts_down_and_can_be_scanned(browser, address, stage):
    with visiting(browser) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        page.goto(f"{address}/patient/prescriptions/{stage.rx['received']}")
        page.get_by_role("button", name="出示医保码").click()
        seconds = page.locator("[data-seconds]")
        expect(seconds).to_be_visible()
        examine(page, "patient-code")
        first = int(seconds.inner_text())
        expect(seconds).not_to_have_text(str(first))
        shot = page.locator(".qr").screenshot()
        page.get_by_text("店员无法扫码时").click()
        text = page.locator("#code-text").inner_text()
        (read,) = zxingcpp.read_barcodes(pixels(shot))
        assert read.text == text


def test_english_pages_are_english_and_say_where_they_are_not(stage):
    for who in ("alice", "bob", "counter", "second-counter"):
        reader = stage.town.person(who)
        reader.set_cookie("yaoda_language", "en")
        for faces in walking.faces(stage).values():
            for face in faces:
                if face.who == who:
                    page = reader.get(face.path).text
                    assert '<html lang="en"' in page, face.name
                    assert chinese(page) == [], face.name
                    quoted = set(re.findall(r'<span lang="zh-CN">([^<]*)<', page))
                    assert not quoted & english().keys() - DATA, face.name


def chinese(page: str) -> list[str]:
    """List the Chinese between the tags that is not said to be Chinese."""
    shown = re.sub(r"<(title|textarea)\b.*?</\1>", "", page, flags=re.S)
    plain = re.sub(r'<(\w+)[^>]*lang="zh-CN">[^<]*</\1>', "", shown)
    return [said for said in re.findall(r">([^<]+)<", plain) if HAN.search(said)]
