"""The insurance code: one minute, one purpose, one outlet; and it can be scanned."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dispensing import insurance_code, qr
from dispensing.errors import CodeRejected

KEY = b"k" * 32
NOW = datetime(2025, 9, 15, 4, 0, tzinfo=UTC)
SHOP = "P33030200001"


def issued(now: datetime = NOW) -> str:
    text, _ = insurance_code.issue(
        KEY, person_no="I000000001", purpose="settle", outlet_code=SHOP, now=now
    )
    return text


def read(
    text: str, now: datetime = NOW, **changes: str
) -> insurance_code.InsuranceCode:
    asked = {"purpose": "settle", "outlet_code": SHOP, **changes}
    return insurance_code.read(KEY, text, now=now, **asked)


def test_a_fresh_code_tells_whose_it_is():
    assert read(issued()).person_no == "I000000001"


def test_two_codes_of_one_moment_differ():
    assert issued() != issued()


def test_it_lives_for_a_minute_to_the_second():
    text = issued()
    assert read(text, NOW + timedelta(seconds=59)).person_no == "I000000001"
    with pytest.raises(CodeRejected) as raised:
        read(text, NOW + timedelta(seconds=60))
    assert raised.value.reason == "expired"


def test_a_code_from_the_future_is_refused():
    with pytest.raises(CodeRejected) as raised:
        read(issued(NOW + timedelta(seconds=6)))
    assert raised.value.reason == "not_yet"
    assert read(issued(NOW + timedelta(seconds=5)))  # clocks may differ by so much


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"purpose": "download"}, "other_purpose"),
        ({"outlet_code": "P33030200002"}, "other_outlet"),
    ],
)
def test_it_serves_one_purpose_at_one_outlet(change, reason):
    with pytest.raises(CodeRejected) as raised:
        read(issued(), **change)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "药"]
)
def test_a_spoiled_code_is_forged(spoil):
    with pytest.raises(CodeRejected) as raised:
        read(spoil(issued()))
    assert raised.value.reason == "forged"


def test_a_code_under_another_key_is_forged():
    text, _ = insurance_code.issue(
        b"x" * 32, person_no="I000000001", purpose="settle", outlet_code=SHOP, now=NOW
    )
    with pytest.raises(CodeRejected):
        read(text)


def test_the_drawing_scans_to_the_text():
    import zxingcpp

    text = issued()
    found = zxingcpp.read_barcodes(picture_of(qr.draw_svg(text)))
    assert [each.text for each in found] == [text]


def picture_of(svg: str) -> np.ndarray:
    """Paint the squares of a drawing, eight pixels to a module."""
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    picture = np.full((size, size), 255, dtype=np.uint8)
    for x, y in re.findall(r"M(\d+),(\d+)H", svg):
        picture[int(y), int(x)] = 0
    return np.kron(picture, np.ones((8, 8), dtype=np.uint8))
