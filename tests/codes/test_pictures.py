"""Codes in photographs: read upright or not, and nothing large is unpacked."""

import struct
import zlib
from io import BytesIO

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dispensing.codes import pictures
from dispensing.codes.pictures import PictureRefused, Seen, codes_in

QR, BAR = zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128
TEXT = "Ym1.WyJJMDAwMDAwMDAxIl0.药达"
TRACE = "80000000000000000017"


def drawn(text: str = TEXT, kind: object = QR, scale: int = 8) -> Image.Image:
    made = zxingcpp.create_barcode(text, kind)
    found = made.to_image(scale=scale, add_quiet_zones=True)
    return Image.fromarray(memoryview_of(found)).convert("L")


def memoryview_of(found: object):
    import numpy as np

    return np.array(found)


def packed(picture: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def refused(raw: bytes) -> str:
    with pytest.raises(PictureRefused) as raised:
        codes_in(raw)
    return str(raised.value.reason)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_code_is_read_from_each_kind_of_picture(kind):
    assert codes_in(packed(drawn(), kind)) == (Seen(TEXT, "qr"),)
    bar = packed(drawn(TRACE, BAR, 4), kind)
    assert codes_in(bar) == (Seen(TRACE, "code128"),)


@pytest.mark.parametrize("turn", [0, 7, 90, 180, 200, 270])
def test_a_photograph_may_be_askew(turn):
    ground = Image.new("L", (900, 900), 200)
    ground.paste(drawn(scale=6), (200, 220))
    askew = ground.rotate(turn, expand=True, fillcolor=200)
    assert codes_in(packed(askew, "JPEG", quality=60)) == (Seen(TEXT, "qr"),)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_may_note_how_it_was_held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert codes_in(packed(drawn(), "JPEG", exif=exif)) == (Seen(TEXT, "qr"),)


def test_a_code_on_a_transparent_ground_is_read():
    clear = drawn().convert("RGBA")
    clear.putalpha(drawn().point(lambda light: 255 - light))
    assert codes_in(packed(clear)) == (Seen(TEXT, "qr"),)


def test_several_codes_are_each_told_once():
    ground = Image.new("L", (1400, 700), 255)
    ground.paste(drawn("one"), (40, 40))
    ground.paste(drawn("two"), (500, 40))
    ground.paste(drawn("one"), (960, 40))
    assert {one.text for one in codes_in(packed(ground))} == {"one", "two"}


def test_a_large_photograph_is_read_within_bounds():
    ground = Image.new("L", (5600, 4200), 255)
    ground.paste(drawn(scale=40), (300, 300))
    assert codes_in(packed(ground, "JPEG", quality=70)) == (Seen(TEXT, "qr"),)


def bomb(width: int, height: int) -> bytes:
    """Write a PNG of a few bytes that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return (
            struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("width", "height"), [(5000, 5000), (12_000, 8_000), (60_000, 60_000)]
)
def test_a_small_file_does_not_become_a_large_picture(width, height):
    assert refused(bomb(width, height)) == "too-many-pixels"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not-a-picture"),
        (b"GIF89a" + b"\0" * 100, "not-a-picture"),
        (b"%PDF-1.7", "not-a-picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-a-picture"),
        (packed(drawn())[:200], "not-a-picture"),
        (packed(drawn("x"), "GIF"), "not-a-picture"),
        (b"\xff\xd8" + b"\0" * pictures.BYTES_MAX, "too-large"),
        (packed(Image.new("L", (300, 300), 255)), "no-code"),
    ],
)
def test_what_is_no_picture_of_a_code_is_refused(raw, reason):
    assert refused(raw) == reason


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_are_refused_and_never_a_fault(noise, at):
    whole = packed(drawn("x", scale=2))
    spoilt = whole[:at] + noise + whole[at + len(noise) :]
    try:
        found = codes_in(spoilt)
    except PictureRefused:
        return
    assert all(one.text for one in found)
