"""A picture as PNG, by Pillow alone; words other than ASCII need a font of the machine."""

import io
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from routing.pictures.shapes import Area, Box, Dot, Line, Picture, Shape, Spot, Words

SIDE_MAX = 12_000
_FINER = 2  # drawn so much larger and shrunk, which smooths the edges
_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def png(picture: Picture) -> bytes:
    """Draw a picture as PNG, in its own size."""
    wide, high = round(picture.width), round(picture.height)
    if max(wide, high) > SIDE_MAX:
        raise ValueError(
            f"expected a picture of at most {SIDE_MAX} pixels a side for PNG,"
            f" got {wide} x {high}: write SVG"
        )
    finer = _FINER if max(wide, high) <= SIDE_MAX / (2 * _FINER) else 1
    image = Image.new("RGB", (wide * finer, high * finer), picture.paper)
    brush = ImageDraw.Draw(image)
    for shape in picture.shapes:
        _draw(brush, shape, finer)
    if finer > 1:
        image = image.resize((wide, high), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw(brush: Any, shape: Shape, finer: int) -> None:
    if isinstance(shape, Line):
        _line(brush, shape, finer)
    elif isinstance(shape, Area):
        spots = [_at(spot, finer) for spot in shape.spots]
        brush.polygon(spots, fill=shape.fill, outline=shape.edge)
    elif isinstance(shape, Box):
        left, top = _at(shape.spot, finer)
        right, bottom = left + shape.size[0] * finer, top + shape.size[1] * finer
        brush.rectangle((left, top, right, bottom), shape.fill, **_edge(shape, finer))
    elif isinstance(shape, Dot):
        (x, y), far = _at(shape.spot, finer), shape.radius * finer
        round_ = (x - far, y - far, x + far, y + far)
        brush.ellipse(round_, shape.fill, **_edge(shape, finer))
    else:
        _words(brush, shape, finer)


def _line(brush: Any, line: Line, finer: int) -> None:
    spots = [_at(spot, finer) for spot in line.spots]
    width = max(1, round(line.width * finer))
    if not line.dash:
        brush.line(spots, fill=line.paint, width=width, joint="curve")
        return
    for start, end in pairwise(spots):
        for piece in _dashes(start, end, line.dash * finer):
            brush.line(piece, fill=line.paint, width=width)


def _dashes(start: Spot, end: Spot, dash: float) -> list[tuple[Spot, Spot]]:
    far = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    count = max(1, int(far / dash))

    def at(step: float) -> Spot:
        part = min(1.0, step / count)
        x = start[0] + (end[0] - start[0]) * part
        return x, start[1] + (end[1] - start[1]) * part

    return [(at(step), at(step + 1)) for step in range(0, count, 2)]


def _words(brush: Any, words: Words, finer: int) -> None:
    font = _font(round(words.size * finer))
    if font is None:
        if not words.text.isascii():
            return
        font = ImageFont.load_default(words.size * finer)
    anchor = _ANCHORS[words.anchor]
    brush.text(_at(words.spot, finer), words.text, words.paint, font, anchor)


@lru_cache(maxsize=32)
def _font(size: int) -> Any:
    for path in _FONTS:
        if Path(path).is_file():
            return ImageFont.truetype(path, size)
    return None


def _edge(shape: Box | Dot, finer: int) -> dict[str, Any]:
    return {"outline": shape.edge, "width": 2 * finer} if shape.edge else {}


def _at(spot: Spot, finer: int) -> Spot:
    return spot[0] * finer, spot[1] * finer
