"""The day of each courier as a row: on the way, at doors, waiting, resting."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from routing.pictures.shapes import (
    FAINT,
    INK,
    Box,
    Line,
    Picture,
    Shape,
    Words,
    colour,
)
from routing.plan import Kind, Route

HOUR_S = 3600
WIDTH, LEFT, TOP, ROW = 1080.0, 120.0, 40.0, 18.0
LATE, REST = "#b91c1c", "#d6dbd8"
_BAR = 10.0


def timeline(
    routes: Sequence[Route], title: str = "配送员时间轴 Couriers' day"
) -> Picture:
    """Draw a row for each route; a late hand-over is red, a rest is grey."""
    first_s, last_s = _span(routes)
    wide = WIDTH - LEFT - 20
    per_s = wide / (last_s - first_s)
    height = TOP + ROW * max(1, len(routes)) + 16

    def x(at_s: int) -> float:
        return LEFT + (at_s - first_s) * per_s

    shapes: list[Shape] = []
    every_h = max(1, (last_s - first_s) // HOUR_S // 14)
    for hour in range(first_s // HOUR_S, last_s // HOUR_S + 1, every_h):
        at = x(hour * HOUR_S)
        shapes.append(Line(((at, TOP - 6), (at, height - 12)), "#e3e9e6"))
        shapes.append(Words((at, TOP - 12), f"{hour}:00", 11, INK, "middle"))
    for row, route in enumerate(routes):
        y = TOP + row * ROW
        shapes.append(Words((LEFT - 8, y + 12), route.courier_id[:18], 10, INK, "end"))
        shapes += _row(route, x, y + 3, colour(row))
    return Picture(title, WIDTH, height, tuple(shapes))


def _span(routes: Sequence[Route]) -> tuple[int, int]:
    """Return the whole hours between which all routes lie, in seconds."""
    starts = [route.visits[0].depart_s for route in routes] or [8 * HOUR_S]
    ends = [route.visits[-1].arrive_s for route in routes] or [20 * HOUR_S]
    first_s = min(starts) // HOUR_S * HOUR_S
    return first_s, max(-(-max(ends) // HOUR_S) * HOUR_S, first_s + HOUR_S)


def _row(
    route: Route, at: Callable[[int], float], y: float, paint: str
) -> Iterator[Shape]:
    middle = y + _BAR / 2
    visits = route.visits
    ends = at(visits[0].depart_s), at(visits[-1].arrive_s)
    yield Line(((ends[0], middle), (ends[1], middle)), FAINT, 1, 3)
    for before, visit in pairwise(visits):
        way = at(before.depart_s), at(visit.arrive_s)
        yield Line(((way[0], middle), (way[1], middle)), paint, 2)
    for rest in route.breaks:
        size = at(rest.end_s) - at(rest.start_s), _BAR
        yield Box((at(rest.start_s), y), size, REST, said="休息 rest")
    for visit in visits[1:-1]:
        size = max(1.5, at(visit.depart_s) - at(visit.start_s)), _BAR
        fill = LATE if visit.late_s else paint
        picked = visit.kind is Kind.PICKUP
        said = f"{visit.kind} {visit.parcel_id} {clock(visit.start_s)}"
        shade = "#ffffff" if picked else fill
        yield Box((at(visit.start_s), y), size, shade, fill if picked else "", said)


def clock(at_s: int) -> str:
    """Return an instant of the business day as hours and minutes."""
    return f"{at_s // HOUR_S}:{at_s % HOUR_S // 60:02}"
