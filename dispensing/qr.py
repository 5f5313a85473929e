"""Draw a text as a QR code; the only file that draws one.

6-18 ms each, most of it for choosing among eight masks: never inside a settlement.
"""

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage


def draw_svg(text: str, border: int = 2) -> str:
    """Draw a text as an SVG picture, with so many white modules around it."""
    picture = _made(text, border).make_image(image_factory=SvgPathImage)
    return str(picture.to_string(encoding="unicode"))


def modules(text: str) -> int:
    """Tell how many modules wide the code of a text is, without its border.

    >>> modules("YD1." + "A" * 200)
    49
    """
    return int(_made(text, 0).modules_count)


def _made(text: str, border: int) -> qrcode.QRCode:
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=border)
    made.add_data(text)
    made.make(fit=True)
    return made
