"""Scanners at a counter's pages, wherever the focus is and whatever the keyboard is set to."""

from itertools import count
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests import world
from tests.browser.desk import LONG_MS, at_desk, boxes, presented
from tests.platform import sent, settled

pytestmark = pytest.mark.browser
numbers = count(1)  # of prescriptions, and of boxes that nobody has scanned before
AWAY = "出远门，提前配药"
# What a keyboard says of its keys while an input method takes the letters for its own.
SWALLOWED = """(text) => {
  const field = document.querySelector("#scan");
  const press = (code, shiftKey, at) => field.dispatchEvent(new KeyboardEvent("keydown",
    { key: "Process", code, shiftKey, isComposing: at > 0, bubbles: true, cancelable: true }));
  [...text].forEach((sign, at) => {
    const code = /[0-9]/.test(sign) ? `Digit${sign}` : `Key${sign.toUpperCase()}`;
    press(code, /[A-Z]/.test(sign), at);
    field.value += "你";
  });
  press("Enter", false, text.length);
}"""


@pytest.fixture
def rx(town):
    """Send a prescription that no other test works on."""
    return sent(town, next(numbers))


def test_a_datamatrix_scanned_while_an_answer_is_awaited_is_whole(
    town, address, page, rx
):
    clerk = at_desk(page, address, f"/counter/prescriptions/{rx}")
    held = []
    page.route("**/check", lambda route: held.append(route))
    clerk.go_on()
    clerk.sees("#scan-said", "正在处理")
    page.keyboard.type("01069012345678921727013110L7")
    page.keyboard.press("Control+]")
    page.keyboard.type(f"21{boxes(next(numbers))[0]}")
    page.keyboard.press("Enter")
    held[0].continue_()
    clerk.sees("#count-1", "1/3")
    second, third = boxes(next(numbers))[1:]
    clerk.scan(second + third, ends="")  # two, of a scanner that ends with nothing
    clerk.sees("#count-1", "3/3")


@pytest.mark.parametrize("ends", ["Enter", ""])
def test_a_scan_that_a_busy_computer_hands_on_with_gaps_is_read_whole(
    town, address, page, rx, ends
):
    clerk = at_desk(page, address)
    text = presented(town, rx)
    clerk.scan(text[:15], ends="")
    page.wait_for_timeout(1_300)
    clerk.scan(text[15:], ends=ends)
    clerk.sees("article.card")
    expect(page.locator("#refused")).to_be_hidden()


def test_a_code_of_a_form_unknown_is_read_after_a_long_pause(town, address, page):
    clerk = at_desk(page, address)
    clerk.scan("NOBODY-KNOWS-1", ends="")
    clerk.sees("#refused", "没有找到")


def test_what_is_typed_by_hand_while_an_answer_is_awaited_is_there_after_it(
    town, address, page, rx
):
    clerk = at_desk(page, address)
    held = []
    page.route("**/counter", lambda route: held.append(route))
    clerk.scan(str(uuid4()))
    clerk.sees("#scan-said", "正在处理")
    page.keyboard.type("800000")
    held[0].continue_()
    clerk.sees("#refused", "没有找到")
    expect(page.locator("#scan")).to_have_value("800000")


def test_two_patients_scanned_while_an_answer_is_awaited_are_both_looked_for(
    town, address, page, rx
):
    clerk = at_desk(page, address)
    held = []
    page.route("**/counter", lambda route: held.append(route), times=1)
    clerk.scan(str(uuid4()))
    clerk.sees("#scan-said", "正在处理")
    page.keyboard.type(f"{uuid4()}\n{presented(town, rx)}\n")
    held[0].continue_()
    clerk.sees("article.card")


def test_letters_that_an_input_method_takes_are_read_from_their_keys(
    town, address, page, rx
):
    clerk = at_desk(page, address)
    clerk.is_ready()
    page.evaluate(SWALLOWED, presented(town, rx))
    clerk.sees("article.card")


def test_letters_turned_round_by_caps_lock_are_understood(town, address, page, rx):
    clerk = at_desk(page, address)
    clerk.scan(presented(town, rx).swapcase())
    clerk.sees("article.card")
    clerk.press("Alt+0")
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in presented(town, rx))
    clerk.scan(full_width)
    clerk.sees("article.card")


def test_a_scan_presses_no_button_that_happens_to_have_the_focus(town, address, page):
    rx, other = settled(town, next(numbers), AWAY), sent(town, next(numbers))
    clerk = at_desk(page, address, f"/counter/prescriptions/{rx}")
    clerk.is_ready()
    clerk.press("Alt+5")
    expect(page.locator("#handing button").first).to_be_focused()
    page.keyboard.type(str(other))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/prescriptions/{other}", timeout=LONG_MS)
    assert town.program("counter").get(f"/prescriptions/{rx}")["state"] == "settled"


@pytest.mark.parametrize("ends", ["Enter", ""])
def test_the_next_patient_may_be_scanned_from_a_receipt_or_a_list(
    town, address, page, rx, ends
):
    done = settled(town, next(numbers), AWAY)
    held = town.program("counter").get(f"/prescriptions/{done}/settlement")
    where = f"/counter/settlements/{held['id']}/receipt"
    for path in (where, "/counter/reconciliation"):
        at_desk(page, address, path)
        page.wait_for_load_state()
        text = presented(town, rx)
        page.keyboard.type(text[:15])
        page.wait_for_timeout(500)  # a busy computer hands its keys on with gaps
        page.keyboard.type(text[15:])
        if ends:
            page.keyboard.press(ends)
        page.wait_for_url("**/presentations/**", timeout=LONG_MS)


def test_boxes_come_into_the_stock_by_the_initials_of_their_medicine(
    town, address, page
):
    clerk = at_desk(page, address, "/counter/stock")
    clerk.press("Alt+1", "Tab")
    page.keyboard.type("aldp")
    clerk.sees("#found-1 [role=option]", "氨氯地平")
    clerk.press("ArrowDown", "Enter")
    expect(page.locator("#medicine_1")).to_have_value(world.AMLODIPINE)
    expect(page.locator("#quantity_1")).to_be_focused()
    page.keyboard.type("5")
    clerk.press("Tab")
    batch = uuid4().hex[:6]
    page.keyboard.type(batch)
    clerk.press("Enter")
    clerk.sees(f"td:text-is('{batch}')")


def test_a_till_tells_what_is_missing_while_it_is_counted(town, address, page):
    settled(town, next(numbers), AWAY)
    clerk = at_desk(page, address, "/counter/till")
    clerk.sees("#till-off", "与应有相符")
    clerk.press("Alt+1")
    page.keyboard.type("0")  # in the place of what is proposed
    expect(page.locator("#cash")).to_have_value("0")
    page.locator("#cash").fill(page.locator("#cash").get_attribute("value") or "")
    page.locator("#mobile").fill("-3.05")
    clerk.sees("#till-off", "短款 3.05")
    page.locator("#bank_card").fill("3.05")
    clerk.sees("#till-off", "合计相符，方式不符")
    page.locator("#cash").press("Enter")
    expect(page.locator("#reason")).to_be_focused()
