"""Steps over an axis: how a search came down, and how near solvers come to the best."""

import math
from collections.abc import Iterator, Mapping, Sequence

from routing.pictures.shapes import INK, Line, Picture, Shape, Spot, Words, colour

WIDTH, HEIGHT = 720.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 84.0, 150.0, 40.0, 48.0

Better = Sequence[float]  # seconds, cost in fen, parcels left behind


def convergence(
    searches: Mapping[str, Sequence[Better]],
    title: str = "收敛过程 Convergence",
) -> Picture:
    """Draw the cost of the best plan over the seconds.

    A plan that leaves parcels costs so much more that it would flatten the rest: a
    search is drawn from its first full plan on, and one that has none is dashed.
    """
    curves: dict[str, list[Spot]] = {}
    partial: set[str] = set()
    for name, better in searches.items():
        full = [each for each in better if each[2] == 0]
        curves[name] = [(float(each[0]), float(each[1])) for each in full or better]
        if not full:
            partial.add(name)
    axes = _Axes.around(curves, "s", "fen")
    shapes = list(axes.shapes())
    for place, (name, spots) in enumerate(curves.items()):
        line: list[Spot] = []
        for at, cost in spots:
            line += [(at, line[-1][1]), (at, cost)] if line else [(at, cost)]
        line += [(axes.right, line[-1][1])] if line else []
        way = tuple(axes.spot(*corner) for corner in line)
        if way:
            shapes.append(Line(way, colour(place), 2, 4.0 if name in partial else 0.0))
        shapes += _legend(place, name)
    return Picture(title, WIDTH, HEIGHT, tuple(shapes))


def gap_profile(
    gaps: Mapping[str, Sequence[float]],
    runs: Mapping[str, int],
    title: str = "与最优解差距分布 Gap profile",
) -> Picture:
    """Draw which share of its `runs` each solver brings within a gap (percent) of the best.

    A run without an answer is in no gap, so that such a line never reaches the top.
    """
    curves = {
        name: [
            (gap, 100 * (place + 1) / max(runs[name], 1))
            for place, gap in enumerate(sorted(each))
        ]
        for name, each in gaps.items()
    }
    axes = _Axes.around(curves, "gap %", "runs %", top=100.0)
    shapes = list(axes.shapes())
    for place, (name, spots) in enumerate(curves.items()):
        line: list[Spot] = [(axes.left, 0.0)]
        for gap, share in spots:
            line += [(gap, line[-1][1]), (gap, share)]
        line.append((axes.right, line[-1][1]))
        way = tuple(axes.spot(*corner) for corner in line)
        shapes.append(Line(way, colour(place), 2))
        shapes += _legend(place, name)
    return Picture(title, WIDTH, HEIGHT, tuple(shapes))


def _legend(place: int, name: str) -> Iterator[Shape]:
    x, y = WIDTH - RIGHT + 16, TOP + 12 + 20 * place
    yield Line(((x, y - 4), (x + 18, y - 4)), colour(place), 3)
    yield Words((x + 24, y), name[:18], 12)


class _Axes:
    """Two axes with a few round numbers each."""

    def __init__(self, *, x: Spot, y: Spot, names: tuple[str, str]) -> None:
        self.left, self.right = x
        self.low, self.high = y
        self._names = names

    @classmethod
    def around(
        cls,
        curves: Mapping[str, Sequence[Spot]],
        x_name: str,
        y_name: str,
        *,
        top: float | None = None,
    ) -> "_Axes":
        """Return axes that hold all curves; `top` begins the upright one at 0."""
        spots = [spot for each in curves.values() for spot in each] or [(0.0, 0.0)]
        xs, ys = [x for x, _ in spots], [y for _, y in spots]
        left, right = min(0.0, *xs), max(xs)
        low, high = (0.0, top) if top is not None else (min(ys), max(ys))
        across = (left, right + max((right - left) * 0.05, 1e-9))
        room = max((high - low) * 0.05, abs(high) * 0.01, 1e-9)
        upright = (low, high) if top is not None else (low - room, high + room)
        return cls(x=across, y=upright, names=(x_name, y_name))

    def spot(self, x: float, y: float) -> Spot:
        """Return where a pair of values falls on the picture."""
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        across = (x - self.left) / (self.right - self.left)
        up = (y - self.low) / (self.high - self.low)
        return LEFT + across * wide, HEIGHT - BOTTOM - up * high

    def shapes(self) -> Iterator[Shape]:
        """Yield the axes with their numbers and names."""
        corner = self.spot(self.left, self.low)
        ends = self.spot(self.left, self.high), self.spot(self.right, self.low)
        yield Line((ends[0], corner, ends[1]), INK)
        for x in _round_numbers(self.left, self.right):
            below = self.spot(x, self.low)
            yield Words((below[0], below[1] + 16), f"{x:g}", 11, INK, "middle")
        for y in _round_numbers(self.low, self.high):
            beside = self.spot(self.left, y)
            yield Words((beside[0] - 6, beside[1] + 4), f"{y:,.10g}", 11, INK, "end")
            yield Line((beside, (ends[1][0], beside[1])), "#e3e9e6")
        yield Words((ends[1][0], corner[1] + 34), self._names[0], 12, INK, "end")
        yield Words((LEFT, TOP - 12), self._names[1], 12)


def _round_numbers(low: float, high: float) -> list[float]:
    """Return about five round numbers from low to high."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * it for it in (1, 2, 5, 10) if power * it >= rough)
    first, last = math.ceil(low / step), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]
