"""Photographs of papers: read within bounds, kept clean, and known again."""

import struct
import zlib
from io import BytesIO
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dispensing.errors import Malformed
from dispensing.intake.pictures import (
    BYTES_MAX,
    KEPT_SIDE,
    distance,
    is_copy,
    picture_of,
)
from tests.intake import papers

FORMS = 6


@pytest.fixture(scope="module")
def photographs() -> list[bytes]:
    """Photograph a few papers of one hospital's form."""
    return [papers.photographed(number) for number in range(FORMS)]


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg))


def test_what_is_kept_is_a_jpeg_without_exif(photographs):
    exif = Image.Exif()
    exif[0x010F] = "a phone"
    exif[0x8825] = {1: "N", 2: (28.0, 0.0, 0.0)}
    raw = papers.jpeg(opened(photographs[0]), exif=exif)
    kept = picture_of(raw)
    assert b"a phone" in raw and b"a phone" not in kept.jpeg
    assert not opened(kept.jpeg).getexif()
    assert max(kept.width, kept.height) <= KEPT_SIDE


def test_a_photograph_is_turned_as_its_exif_says(photographs):
    upright = opened(photographs[0])
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the left, to be shown turned to the right
    lying = papers.jpeg(upright.rotate(90, expand=True), exif=exif)
    kept = picture_of(lying)
    assert kept.height > kept.width
    assert is_copy(kept, picture_of(photographs[0]))


def test_every_usual_copy_of_a_photograph_is_known_again(photographs):
    for raw in photographs[:3]:
        first = picture_of(raw)
        for name, copy in papers.copies(raw).items():
            assert is_copy(picture_of(copy), first), name


def test_another_paper_on_the_same_form_is_no_copy(photographs):
    pictures = [picture_of(raw) for raw in photographs]
    scans = [picture_of(papers.jpeg(papers.form(number))) for number in range(FORMS)]
    for group in (pictures, scans):
        for one, other in combinations(group, 2):
            assert not is_copy(one, other)


def test_see_through_places_are_white():
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    kept = opened(picture_of(papers.png(image)).jpeg)
    assert kept.getpixel((150, 150)) == (255, 255, 255)


# --- refusals


def bomb(wide: int, high: int) -> bytes:
    """Make a PNG that is small and says that it is large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows)


def gif() -> bytes:
    out = BytesIO()
    Image.new("L", (300, 300)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not a picture",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        gif(),
        bomb(60_000, 60_000),
        bomb(20_000, 1_000),
        bomb(5_000, 5_000),
        papers.png(Image.new("L", (100, 300))),
        b"\xff" * (BYTES_MAX + 1),
    ],
    ids=range(10),
)
def test_what_is_no_readable_photograph_is_refused(raw):
    with pytest.raises(Malformed) as raised:
        picture_of(raw)
    assert raised.value.errors[0].where == "image"


@pytest.mark.parametrize("part", [2, 3, 10])
def test_a_photograph_that_breaks_off_is_refused(photographs, part):
    whole = papers.png(opened(photographs[0]).resize((300, 400)))
    for raw in (photographs[0], whole):
        with pytest.raises(Malformed):
            picture_of(raw[: len(raw) // part])


@given(at=st.integers(0, 2_000), value=st.binary(min_size=1, max_size=8))
@settings(max_examples=60)
def test_a_spoilt_photograph_is_read_or_refused(at, value):
    raw = bytearray(SMALL[at % 2])
    at %= len(raw)
    raw[at : at + len(value)] = value
    try:
        assert picture_of(bytes(raw)).jpeg
    except Malformed as error:
        assert error.errors[0].expected


SMALL = (
    papers.jpeg(Image.effect_noise((240, 240), 60)),
    papers.png(Image.effect_noise((240, 240), 60)),
)


def test_the_distance_counts_bits():
    assert distance(0, 2**64 - 1) == 64
