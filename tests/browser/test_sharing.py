"""A patient's access code in a real browser: opened, shared, scanned, withdrawn, printed."""

import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from fixtures import cast
from tests.browser.driving import visiting, watch
from tests.browser.seeing import SHOTS, enter, examine, pixels
from tests.platform import sent

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def rx(town):
    return sent(town)


def make_code(page: Page, address: str) -> str:
    """Make a code for a helper on the phone, as a patient does; gives its letters."""
    page.goto(f"{address}/patient/sharing")
    page.get_by_label("请人代取", exact=True).check()
    page.get_by_label("代取人姓名").fill("林小妹")
    page.get_by_label("代取人手机号后四位").fill("1234")
    page.get_by_role("button", name="生成取药码").click()
    letters = page.locator("#access-text")
    expect(letters).to_be_visible()
    return letters.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_patient_shares_a_code_that_scans_and_withdraws_it(
    browser, address, rx, scheme
):
    with visiting(browser, viewport=PHONE, color_scheme=scheme) as visitor:
        page = visitor.new_page()
        complaints = watch(page)
        enter(page, address, "alice")
        page.goto(f"{address}/patient/prescriptions/{rx}")
        page.get_by_role("link", name="生成取药码").click()
        examine(page, f"sharing-{scheme}-phone")
        letters = make_code(page, address)
        examine(page, f"access-code-{scheme}-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        shot = page.locator(".qr").screenshot()
        (read,) = zxingcpp.read_barcodes(pixels(shot))
        assert read.text == letters.replace(" ", "")
        page.emulate_media(media="print")
        page.screenshot(path=SHOTS / f"access-code-{scheme}-print.png", full_page=True)
        expect(page.get_by_role("button", name="打印取药单")).to_be_hidden()
        page.emulate_media(media="screen")
        page.goto(f"{address}/patient/sharing/codes")
        page.get_by_role("button", name="马上撤回").first.click()
        expect(page.get_by_role("button", name="马上撤回")).to_have_count(0)
        examine(page, f"sharing-withdrawn-{scheme}-phone")
        assert not complaints


def test_the_pages_of_sharing_are_large_enough_for_elders(browser, address, rx):
    with visiting(browser, viewport=PHONE) as visitor:
        page = visitor.new_page()
        enter(page, address, "alice")
        page.goto(f"{address}/patient/sharing")
        size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
        assert size >= 18
        expect(page.get_by_label("代取人姓名")).to_be_hidden()
        for choice in ("请人代取", "只给一家药店"):  # what it asks shows with it
            page.get_by_label(choice, exact=True).check()
            asked = page.locator("main button, main a.button, main select, .whom input")
            for control in asked.and_(page.locator(":visible:not([type=radio])")).all():
                assert control.bounding_box()["height"] >= 60
        expect(page.get_by_label("哪家药店")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_helper_is_served_at_the_counter_by_keyboard_alone(browser, address, rx):
    with visiting(browser) as patient, visiting(browser) as shop:
        letters = make_code(signed_in(patient, address, "alice"), address)
        page = signed_in(shop, address, "counter")
        expect(page.locator("#scan")).to_be_focused()
        # The scanner has CapsLock on and ends with Enter.
        page.keyboard.type("]Q3" + letters.replace(" ", "").lower())
        page.keyboard.press("Enter")
        expect(page.locator("#helper-name")).to_be_focused()
        examine(page, "counter-helper")
        for text in ("林小妹", "1234", cast.bob.id_number):
            page.keyboard.insert_text(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text("患者出示的处方")).to_be_visible()
        examine(page, "counter-presentation")
        page.wait_for_load_state()
        page.keyboard.press("Alt+1")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}/counter/prescriptions/{rx}")


def test_a_code_for_fetching_is_photographed_at_the_counter(
    browser, address, rx, tmp_path
):
    photo = tmp_path / "photo.png"
    with visiting(browser, viewport=PHONE) as patient, visiting(browser) as shop:
        mine = signed_in(patient, address, "alice")
        mine.goto(f"{address}/patient/codes")
        mine.get_by_role("button", name="出示调取码").click()
        expect(mine.locator(".qr")).to_be_visible()
        examine(mine, "patient-fetching-code")
        mine.screenshot(path=photo, full_page=True)
        page = signed_in(shop, address, "counter")
        page.get_by_text("扫码枪读不出").click()
        page.get_by_label("照片").set_input_files(photo)
        page.get_by_role("button", name="读取照片里的码").click()
        expect(page.get_by_text("患者出示的处方")).to_be_visible()
        expect(page.get_by_role("link", name="打开处方")).to_be_visible()


def signed_in(visitor, address: str, name: str) -> Page:
    page: Page = visitor.new_page()
    enter(page, address, name)
    page.goto(address)
    return page
