"""Where a prescription can be had, as a picture: home, outlets by their number, others faint."""

import math
from collections.abc import Sequence

from dispensing.service.serving import Offer, OutletsView
from pharmacies.places import Point
from routing.pictures.map import Frame
from routing.pictures.shapes import (
    COLOURS,
    FAINT,
    INK,
    PAPER,
    WATER,
    Dot,
    Picture,
    Shape,
    Words,
    svg,
)

WIDTH, HEIGHT = 400.0, 340.0  # small, so that a phone shows its numbers large
MARGIN = 44.0
DEGREES_MIN = 0.004
HOME = "#c2410c"


def draw(view: OutletsView, home: Point, title: str) -> str:
    """Draw the outlets around a home as SVG; the numbers are those of the list."""
    shown = view.offers or view.left_out
    points = [home, *(each.point for each in shown)]
    frame = _frame(points)

    def spot(point: Point) -> tuple[float, float]:
        return frame.spot(point.lon, point.lat)

    others = [spot(each.point) for each in view.left_out]
    shapes: list[Shape] = [
        Dot((x, y), 6, FAINT, PAPER)
        for x, y in others
        if 0 <= x <= WIDTH and 0 <= y <= HEIGHT
    ]
    # The nearest is drawn last, so that no other covers it.
    for number, each in reversed(tuple(enumerate(view.offers, 1))):
        shapes += _numbered(each, number, spot(each.point))
    x, y = spot(home)
    shapes += [
        Dot((x, y), 11, HOME, PAPER),
        Words((x, y - 16), "家", 18, INK, "middle"),
    ]
    return svg(Picture(title, WIDTH, HEIGHT, tuple(shapes), WATER))


def _frame(points: Sequence[Point]) -> Frame:
    """Fit points into the picture, never closer than some streets across."""
    west, east = min(it.lon for it in points), max(it.lon for it in points)
    south, north = min(it.lat for it in points), max(it.lat for it in points)
    narrowing = math.cos(math.radians((south + north) / 2))
    across, down = (east - west) * narrowing, north - south
    scale = min(
        (WIDTH - 2 * MARGIN) / max(across, DEGREES_MIN),
        (HEIGHT - 2 * MARGIN) / max(down, DEGREES_MIN),
    )
    left, top = (WIDTH - across * scale) / 2, (HEIGHT - down * scale) / 2
    return Frame(west, north, narrowing, scale, left, top)


def _numbered(offer: Offer, number: int, at: tuple[float, float]) -> Sequence[Shape]:
    x, y = at
    return (
        Dot(at, 13, COLOURS[0] if offer.open_now else COLOURS[9], PAPER),
        Words((x, y + 5), str(number), 14, PAPER, "middle"),
    )
