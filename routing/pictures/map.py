"""A plan on a map: one line for each courier, over the outlines of districts."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pharmacies.places import Point
from routing.formats.answer import Answer
from routing.formats.instance import Instance, Node
from routing.pictures.shapes import (
    FAINT,
    PAPER,
    WATER,
    Area,
    Box,
    Dot,
    Line,
    Picture,
    Shape,
    Spot,
    Words,
    colour,
)
from routing.plan import Kind, Route

WIDTH, HEIGHT, MARGIN = 960.0, 640.0, 36.0
DEGREES_MIN = 0.08  # never closer than about 8 km across
# With more stops than this their numbers would only cover each other.
_NUMBERED_MAX = 400

Ring = Sequence[Spot]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stop on the map: east, north, what happens there, and a word on it."""

    east: float
    north: float
    kind: Kind
    word: str = ""


@dataclass(frozen=True, slots=True)
class Outlines:
    """What lies below: rings of longitude and latitude, and names at their centres."""

    rings: tuple[Ring, ...] = ()
    names: tuple[tuple[str, Spot], ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """Where east and north fall on the picture."""

    west: float
    north: float
    narrowing: float  # a degree of longitude is shorter than one of latitude
    scale: float
    left: float
    top: float

    def spot(self, east: float, north: float) -> Spot:
        """Return the place of a point on the picture."""
        x = self.left + (east - self.west) * self.narrowing * self.scale
        return x, self.top + (self.north - north) * self.scale


def plan_map(
    routes: Sequence[Route],
    points: Mapping[int, Point],
    outlines: Outlines | None = None,
    title: str = "配送路线 Routes",
) -> Picture:
    """Draw the routes of a plan; `points` are those of the places that they touch."""
    tracks = [
        tuple(
            Mark(points[it.place].lon, points[it.place].lat, it.kind, str(number))
            for number, it in enumerate(route.visits)
        )
        for route in routes
    ]
    return tracks_map(tracks, outlines or Outlines(), title)


def answer_map(instance: Instance, answer: Answer) -> Picture:
    """Draw an answer to a benchmark file; a file with its own matrix has degrees."""
    degrees = instance.ways is not None
    pickups = {pickup for pickup, _ in instance.pairs}
    known = range(1, len(instance.nodes))
    tracks = []
    for route in answer.routes:
        numbers = [number for number in route if number in known]
        kinds = [Kind.PICKUP if it in pickups else Kind.DROPOFF for it in numbers]
        stops = zip((0, *numbers, 0), (Kind.START, *kinds, Kind.END), strict=True)
        nodes = [(instance.nodes[number], kind) for number, kind in stops]
        tracks.append(tuple(_node_mark(it, kind, degrees) for it, kind in nodes))
    title = f"{instance.name}: {answer.vehicles} vehicles, {answer.distance:.2f}"
    return tracks_map(tracks, Outlines(), title, degrees=degrees)


def _node_mark(node: Node, kind: Kind, degrees: bool) -> Mark:
    # In files with degrees the latitude comes first.
    east, north = (node.y, node.x) if degrees else (node.x, node.y)
    return Mark(east, north, kind, str(node.number))


def tracks_map(
    tracks: Sequence[Sequence[Mark]],
    outlines: Outlines,
    title: str,
    *,
    degrees: bool = True,
) -> Picture:
    """Draw some tracks; without any the outlines give the frame."""
    spots = [(mark.east, mark.north) for track in tracks for mark in track]
    corners = [corner for ring in outlines.rings for corner in ring]
    frame = framed(spots or corners or [(0.0, 0.0)], degrees=degrees)
    crowded = len(spots) > _NUMBERED_MAX
    return Picture(
        title,
        WIDTH,
        HEIGHT,
        tuple(
            [
                *_ground(outlines, frame),
                *(
                    _way(track, frame, colour(at), crowded)
                    for at, track in enumerate(tracks)
                ),
                *(
                    shape
                    for at, track in enumerate(tracks)
                    for mark in track
                    for shape in _stop(mark, frame, colour(at), crowded)
                ),
            ]
        ),
        WATER,
    )


def framed(spots: Sequence[Spot], *, degrees: bool = True) -> Frame:
    """Return the frame that shows all the spots."""
    easts, norths = [east for east, _ in spots], [north for _, north in spots]
    least = DEGREES_MIN if degrees else 1.0
    wide = max(max(easts) - min(easts), least)
    high = max(max(norths) - min(norths), least)
    middle = (max(norths) + min(norths)) / 2
    narrowing = math.cos(math.radians(middle)) if degrees else 1.0
    scale = min((WIDTH - 2 * MARGIN) / (wide * narrowing), (HEIGHT - 2 * MARGIN) / high)
    west = (max(easts) + min(easts) - wide) / 2
    left = (WIDTH - wide * narrowing * scale) / 2
    top = (HEIGHT - high * scale) / 2
    return Frame(west, middle + high / 2, narrowing, scale, left, top)


def _ground(outlines: Outlines, frame: Frame) -> Iterator[Shape]:
    for ring in outlines.rings:
        yield Area(tuple(frame.spot(*corner) for corner in ring), PAPER, FAINT)
    for name, at in outlines.names:
        yield Words(frame.spot(*at), name, 16, "#5f7169", "middle")


def _way(track: Sequence[Mark], frame: Frame, paint: str, crowded: bool) -> Line:
    spots = tuple(frame.spot(mark.east, mark.north) for mark in track)
    return Line(spots, paint, 1.0 if crowded else 2.5)


def _stop(mark: Mark, frame: Frame, paint: str, crowded: bool) -> Iterator[Shape]:
    x, y = frame.spot(mark.east, mark.north)
    if mark.kind is Kind.PICKUP:
        far = 1.5 if crowded else 4.0
        yield Box((x - far, y - far), (2 * far, 2 * far), PAPER, paint)
    elif mark.kind is Kind.DROPOFF:
        yield Dot((x, y), 1.8 if crowded else 6.0, paint)
        if mark.word and not crowded:
            yield Words((x, y + 2.5), mark.word, 7, PAPER, "middle")
    else:
        yield Dot((x, y), 3.0 if crowded else 5.0, PAPER, paint)
