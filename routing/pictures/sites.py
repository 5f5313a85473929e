"""Chosen places on a map, before and after: who stands, who comes, and who is served."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pharmacies.places import Point
from routing.pictures.map import HEIGHT, WIDTH, Frame, Outlines, framed
from routing.pictures.shapes import (
    FAINT,
    INK,
    PAPER,
    WATER,
    Area,
    Box,
    Dot,
    Picture,
    Shape,
    Words,
)

SERVED, NEWLY, WITHOUT = "#7c8f87", "#0b6e4f", "#c2410c"


@dataclass(frozen=True, slots=True)
class People:
    """How many people of a place are served before, newly, and not at all."""

    point: Point
    before: int
    newly: int
    without: int


def sites_map(
    people: Sequence[People],
    standing: Sequence[Point],
    chosen: Sequence[Point],
    *,
    outlines: Outlines,
    title: str,
) -> Picture:
    """Draw who is served; without chosen places, as it is before.

    Kinds are told apart by form: people are discs, filled where they are served and open
    where not; pharmacies that stand are small squares, chosen ones large with a number.
    """
    corners = [corner for ring in outlines.rings for corner in ring]
    points = [(it.point.lon, it.point.lat) for it in people]
    frame = framed(corners or points or [(0.0, 0.0)])
    shapes = [*_ground(outlines, frame)]
    for each in people:
        shapes += _people(each, frame, after=bool(chosen))
    for point in standing:
        x, y = frame.spot(point.lon, point.lat)
        shapes.append(Box((x - 2, y - 2), (4, 4), INK))
    for number, point in enumerate(chosen, 1):
        x, y = frame.spot(point.lon, point.lat)
        shapes.append(Box((x - 9, y - 9), (18, 18), PAPER, NEWLY))
        shapes.append(Words((x, y + 4), str(number), 12, INK, "middle"))
    return Picture(title, WIDTH, HEIGHT, tuple(shapes), WATER)


def _ground(outlines: Outlines, frame: Frame) -> Iterator[Shape]:
    for ring in outlines.rings:
        yield Area(tuple(frame.spot(*corner) for corner in ring), PAPER, FAINT)
    for name, at in outlines.names:
        yield Words(frame.spot(*at), name, 16, "#5f7169", "middle")


def _people(each: People, frame: Frame, *, after: bool) -> Iterator[Shape]:
    x, y = frame.spot(each.point.lon, each.point.lat)
    newly, without = each.newly, each.without
    if not after:
        newly, without = 0, newly + without
    for count, fill, edge in (
        (each.before, SERVED, ""),
        (newly, NEWLY, ""),
        (without, PAPER, WITHOUT),
    ):
        if count:
            yield Dot((x, y), min(3 + count**0.5, 9), fill, edge)
