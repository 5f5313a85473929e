"""Where a prescription can be had, as a picture: home, outlets by their number, others faint."""

from collections.abc import Sequence

from dispensing.service.serving import Offer, OutletsView
from pharmacies.places import Point
from routing.pictures.map import framed
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

WIDTH, HEIGHT = 960.0, 640.0
HOME = "#c2410c"


def draw(view: OutletsView, home: Point, title: str) -> str:
    """Draw the outlets around a home as SVG; the numbers are those of the list."""
    points = [each.point for each in view.offers]
    points += [each.point for each in view.left_out]
    frame = framed([(each.lon, each.lat) for each in (home, *points)])

    def spot(point: Point) -> tuple[float, float]:
        return frame.spot(point.lon, point.lat)

    shapes: list[Shape] = [
        Dot(spot(each.point), 6, FAINT, PAPER) for each in view.left_out
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


def _numbered(offer: Offer, number: int, at: tuple[float, float]) -> Sequence[Shape]:
    x, y = at
    return (
        Dot(at, 13, COLOURS[0] if offer.open_now else COLOURS[9], PAPER),
        Words((x, y + 5), str(number), 14, PAPER, "middle"),
    )
