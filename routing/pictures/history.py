"""A number over the days: how many pharmacies a quota unit had, against its target."""

from collections.abc import Iterator, Sequence
from datetime import date

from routing.pictures.shapes import FAINT, INK, Dot, Line, Picture, Shape, Spot, Words

WIDTH, HEIGHT = 720.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 96.0, 28.0, 36.0
STANDS, TARGET, DUE = "#0b6e4f", "#c2410c", "#1d4ed8"
YEARS_MAX = 12


def history(
    title: str,
    steps: Sequence[tuple[date, int]],
    *,
    last: date,
    target: int,
    deadline: date | None = None,
) -> Picture:
    """Draw the steps of a number until a day, its target, and the deadline where it is due.

    `steps` has the first day, and each day on which the number changes.
    """
    paper = _Paper(steps[0][0], last, max(target, *(count for _, count in steps)))
    way: list[Spot] = []
    for day, count in steps:
        at = paper.spot(day, count)
        way += [(at[0], way[-1][1]), at] if way else [at]
    end = paper.spot(last, steps[-1][1])
    way.append(end)
    shapes = [*paper.axes(), *paper.level(target, "目标 target")]
    if deadline is not None and paper.first <= deadline <= last:
        shapes += paper.mark(deadline)
    shapes += [Line(tuple(way), STANDS, 2.5), Dot(end, 3.5, STANDS)]
    shapes.append(Words((end[0] + 8, end[1] + 4), str(steps[-1][1]), 13, STANDS))
    return Picture(title, WIDTH, HEIGHT, tuple(shapes))


class _Paper:
    """Days across, numbers up from 0."""

    def __init__(self, first: date, last: date, most: int) -> None:
        self.first, self.last = first, last
        self._days = max(1, (last - first).days)
        self._most = max(1.0, most * 1.1)

    def spot(self, day: date, count: float) -> Spot:
        """Return where a number of a day falls."""
        across = (day - self.first).days / self._days
        up = count / self._most
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + across * wide, HEIGHT - BOTTOM - up * high

    def axes(self) -> Iterator[Shape]:
        """Yield the axes with the first and last day, and the years between."""
        corner, right = self.spot(self.first, 0), self.spot(self.last, 0)
        yield Line((self.spot(self.first, self._most), corner, right), INK)
        years = range(self.first.year + 1, self.last.year + 1)
        every = -(-len(years) // YEARS_MAX) or 1
        for year in years[::every]:
            below = self.spot(date(year, 1, 1), 0)
            yield Line((below, (below[0], below[1] + 5)), INK)
            yield Words((below[0], below[1] + 18), str(year), 11, INK, "middle")
        if not years:
            yield Words((corner[0], corner[1] + 18), str(self.first), 11)
            yield Words((right[0], right[1] + 18), str(self.last), 11, INK, "end")

    def level(self, count: int, said: str) -> Iterator[Shape]:
        """Yield a dashed line at a number."""
        left, right = self.spot(self.first, count), self.spot(self.last, count)
        yield Line((left, right), TARGET, 1.5, 6.0)
        yield Words((LEFT - 6, left[1] + 4), str(count), 11, TARGET, "end")
        yield Words((LEFT + 6, left[1] - 6), said, 11, TARGET)

    def mark(self, day: date) -> Iterator[Shape]:
        """Yield an upright line at a day."""
        foot, top = self.spot(day, 0), self.spot(day, self._most)
        yield Line((foot, top), DUE, 1.0, 3.0)
        yield Line((foot, (foot[0], foot[1] + 5)), FAINT)
        yield Words((top[0] + 4, top[1] - 4), f"{day} 期限 due", 11, DUE)
