"""Codes in a photograph: QR and Code 128, read on the server, within bounds.

A picture comes from anybody: its bytes, its pixels and its kind are looked at before it is
unpacked, so that a small file does not become a large picture.
"""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from dispensing.errors import DomainError, Words

BYTES_MAX = 8 * 1024 * 1024
PIXELS_MAX = 24_000_000  # what a phone of today takes
SIDE_MAX = 2400  # larger ones are made smaller: a code needs no more
CODES_MAX = 20
KINDS = ("JPEG", "PNG", "WEBP")

REFUSALS = {
    "too-large": Words(
        f"图片超过 {BYTES_MAX // 1024 // 1024} MB。",
        f"The picture has more than {BYTES_MAX // 1024 // 1024} MB.",
        "请只拍码的部分，或降低拍照分辨率。",
        "Take the code alone, or photograph at a lower resolution.",
    ),
    "too-many-pixels": Words(
        f"图片超过 {PIXELS_MAX // 10_000} 万像素。",
        f"The picture has more than {PIXELS_MAX // 1_000_000} million pixels.",
        "请只拍码的部分，或降低拍照分辨率。",
        "Take the code alone, or photograph at a lower resolution.",
    ),
    "not-a-picture": Words(
        "这不是能读的 JPEG、PNG 或 WebP 图片。",
        "This is not a JPEG, PNG or WebP picture that can be read.",
        "请重新拍照后上传。",
        "Take the photograph again.",
    ),
    "no-code": Words(
        "图片里没有找到二维码或条形码。",
        "No QR code or bar code was found in the picture.",
        "请让码占满画面、对焦清楚、避免反光，再拍一次。",
        "Fill the picture with the code, in focus and without glare.",
    ),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One code in a picture: its text and its kind, `qr` or `code128`."""

    text: str
    kind: str


class PictureRefused(DomainError):
    """A picture in which no code was read."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(REFUSALS[reason], code=f"picture-{reason}")


def codes_in(raw: bytes) -> tuple[Seen, ...]:
    """Read the codes in a picture, each text once; raises PictureRefused."""
    # Only here: the reader tells of its own leaks at the end of a program that has it.
    import zxingcpp

    if len(raw) > BYTES_MAX:
        raise PictureRefused("too-large")
    kinds = {
        zxingcpp.BarcodeFormat.QRCode: "qr",
        zxingcpp.BarcodeFormat.Code128: "code128",
    }
    formats = zxingcpp.BarcodeFormats(tuple(kinds))
    found = zxingcpp.read_barcodes(_grey(raw), formats=formats)
    seen = dict.fromkeys(
        Seen(one.text, kinds[one.format]) for one in found if one.valid and one.text
    )
    if not seen:
        raise PictureRefused("no-code")
    return tuple(seen)[:CODES_MAX]


def _grey(raw: bytes) -> Image.Image:
    """Unpack a picture as grey, upright, and no larger than it takes to read a code."""
    try:
        with Image.open(BytesIO(raw), formats=KINDS) as picture:
            width, height = picture.size
            if width * height > PIXELS_MAX:
                raise PictureRefused("too-many-pixels")
            picture.draft("L", (SIDE_MAX, SIDE_MAX))
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in {"RGBA", "LA", "P", "PA"}:
                upright = _on_white(upright)
            grey = upright.convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused("too-many-pixels") from error
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
    ) as error:
        raise PictureRefused("not-a-picture") from error
    grey.thumbnail((SIDE_MAX, SIDE_MAX))
    return grey


def _on_white(picture: Image.Image) -> Image.Image:
    """Lay what is transparent on white: black on nothing would be black on black."""
    solid = picture.convert("RGBA")
    ground = Image.new("RGBA", solid.size, "white")
    return Image.alpha_composite(ground, solid)
