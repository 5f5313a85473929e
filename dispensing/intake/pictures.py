"""A photographed prescription: decoded within bounds, cleaned, and known again (用后即废).

What is kept is a new JPEG: without EXIF, which may hold the place and the phone, turned as
EXIF says, and no larger than a page needs. A copy of a photograph is known by its hash of
differences (dHash): each bit compares two neighbours of a small grey picture, so that size,
compression and light hardly matter. Papers of one hospital share a form, and 64 bits do not
tell their words apart; so 64 bits find what may be a copy, and 576 bits, looked at turned and
cropped a little, tell whether it is. The limits were measured: docs/messages.md.
"""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from dispensing.errors import FieldError, Malformed

BYTES_MAX = 5 * 1024 * 1024
PIXELS_MAX = 40_000_000  # a phone's largest photograph
SIDE_MIN = 200
SIDE_MAX = 12_000
KEPT_SIDE = 1_600  # pixels: small print on a page can still be read
QUALITY = 80
FORMATS = ("JPEG", "PNG")
COARSE, FINE = 8, 24  # rows of bits
COARSE_MAX = 16  # bits of 64 in which a copy may differ from its first
FINE_MAX = 28  # bits of 576, under the best of the turns and cuts
_FLAT = 4  # greys that differ by no more are paper, not print
_LOOKED_AT = 256  # pixels of the longer side
_TURNS = (-2, -1, 0, 1, 2)  # degrees
_CUTS = (0, 1, 2)  # fiftieths of each side
_PLAIN = _TURNS.index(0) * len(_CUTS)
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError)
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph as it is kept, the SHA-256 of what came, and how it is known again."""

    jpeg: bytes
    sha256: str
    dhash: int
    prints: tuple[int, ...]  # 576 bits for each turn and cut
    width: int
    height: int


def picture_of(raw: bytes, where: str = "image") -> Picture:
    """Decode a JPEG or PNG within bounds; raises Malformed for anything else."""
    image = _image_of(raw, where, FORMATS)
    return Picture(
        jpeg=_jpeg(image),
        sha256=hashlib.sha256(raw).hexdigest(),
        dhash=dhash(image, COARSE),
        prints=_prints(image),
        width=image.width,
        height=image.height,
    )


def clean_jpeg(
    raw: bytes, where: str = "image", *, formats: Sequence[str] = FORMATS
) -> bytes:
    """Draw a photograph anew as JPEG, without place, phone or anything else that it tells.

    Raises Malformed for what is not a picture of these formats within bounds.
    """
    return _jpeg(_image_of(raw, where, formats))


def dhash(image: Image.Image, rows: int, flat: int = 0) -> int:
    """Give the bits of a picture, so many rows of as many; flat places count as dark."""
    wide = rows + 1
    small = image.convert("L").resize((wide, rows), Image.Resampling.BOX)
    greys = small.tobytes()
    bits = 0
    for row in range(rows):
        for at in range(row * wide, row * wide + rows):
            bits = bits << 1 | (greys[at] + flat < greys[at + 1])
    return bits


def is_copy(one: Picture, other: Picture) -> bool:
    """Tell whether one picture is a copy of the other."""
    if distance(one.dhash, other.dhash) > COARSE_MAX:
        return False
    return fine_distance(one.prints, other.prints) <= FINE_MAX


def fine_distance(one: Sequence[int], other: Sequence[int]) -> int:
    """Count the bits in which two pictures differ when one of them is turned and cut to fit."""
    forth = (distance(one[_PLAIN], each) for each in other)
    back = (distance(each, other[_PLAIN]) for each in one)
    return min(*forth, *back)


def distance(one: int, other: int) -> int:
    """Count the bits in which two differ (Hamming).

    >>> distance(0b1010, 0b0011)
    2
    """
    return (one ^ other).bit_count()


def _image_of(raw: bytes, where: str, formats: Sequence[str]) -> Image.Image:
    if not 0 < len(raw) <= BYTES_MAX:
        raise _bad(where, f"a photograph of at most {BYTES_MAX >> 20} MiB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _decoded(raw, where, formats)
    except _TOO_LARGE:
        raise _bad(where, f"at most {PIXELS_MAX} pixels") from None
    except Malformed:
        raise
    except (*_BROKEN, Warning):
        kinds = " or ".join(formats)
        raise _bad(where, f"a {kinds} that can be read to its end") from None


def _jpeg(image: Image.Image) -> bytes:
    kept = BytesIO()
    image.save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()


def _decoded(raw: bytes, where: str, formats: Sequence[str]) -> Image.Image:
    with Image.open(BytesIO(raw), formats=tuple(formats)) as opened:
        wide, high = opened.size
        if wide * high > PIXELS_MAX or max(wide, high) > SIDE_MAX:
            raise _bad(where, f"at most {PIXELS_MAX} pixels")
        if min(wide, high) < SIDE_MIN:
            raise _bad(where, f"at least {SIDE_MIN} pixels on each side")
        opened.draft("RGB", (KEPT_SIDE, KEPT_SIDE))  # a large JPEG is read smaller
        turned = ImageOps.exif_transpose(opened)
        page = Image.new("RGB", turned.size, "white")
        layer = turned.convert("RGBA")
        page.paste(layer, mask=layer.getchannel("A"))
    page.thumbnail((KEPT_SIDE, KEPT_SIDE))
    return page


def _prints(image: Image.Image) -> tuple[int, ...]:
    small = image.convert("L")
    small.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
    turned = [small.rotate(angle, fillcolor=small.getpixel((1, 1))) for angle in _TURNS]
    return tuple(
        dhash(_cut(each, fiftieths), FINE, _FLAT)
        for each in turned
        for fiftieths in _CUTS
    )


def _cut(image: Image.Image, fiftieths: int) -> Image.Image:
    aside, down = (side * fiftieths // 50 for side in image.size)
    return image.crop((aside, down, image.width - aside, image.height - down))


def _bad(where: str, expected: str) -> Malformed:
    return Malformed([FieldError(where, expected)])
