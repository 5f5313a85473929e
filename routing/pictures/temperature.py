"""How warm a parcel was over its way: the band of 2.0-8.0 °C, its readings, and its rides."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dispensing.days import CHINA
from routing.cold_chain import Reading, Span
from routing.handover import COLD_DC_MAX, COLD_DC_MIN
from routing.pictures.shapes import (
    FAINT,
    INK,
    Box,
    Dot,
    Line,
    Picture,
    Shape,
    Spot,
    Words,
)

WIDTH, HEIGHT = 480.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 14.0, 16.0, 26.0
KEPT, BROKEN, RIDE = "#0b6e4f", "#b42318", "#eef3f1"
_STEP_DC = 20


def temperature_chart(
    readings: Sequence[Reading],
    rides: Sequence[Span],
    title: str = "温度曲线 Temperatures",
) -> Picture:
    """Draw readings over time; those outside are larger and of another colour."""
    frame = _Frame(readings, rides)
    shapes = [*frame.ground(rides), *_curve(frame, readings)]
    return Picture(title, WIDTH, HEIGHT, tuple(shapes))


class _Frame:
    """Where an instant and a temperature fall on the picture."""

    def __init__(self, readings: Sequence[Reading], rides: Sequence[Span]) -> None:
        instants = [one.at for one in readings]
        instants += [at for ride in rides for at in (ride.begins, ride.ends)]
        self.begins = min(instants, default=datetime(2000, 1, 1, tzinfo=CHINA))
        last = max(instants, default=self.begins)
        self.ends = max(last, self.begins + timedelta(minutes=10))
        degrees = [one.temperature_dc for one in readings]
        self.low = min([0, *degrees]) - 10
        self.high = max([100, *degrees]) + 10

    def spot(self, at: datetime, dc: float) -> Spot:
        """Return where a temperature of an instant falls."""
        return self.across(at), self.up(dc)

    def across(self, at: datetime) -> float:
        """Return how far to the right an instant is."""
        whole_s = (self.ends - self.begins).total_seconds()
        share = (at - self.begins).total_seconds() / whole_s
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def up(self, dc: float) -> float:
        """Return how far down a temperature is."""
        share = (dc - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def ground(self, rides: Sequence[Span]) -> Iterator[Shape]:
        """Yield the rides, the band that is kept, and the two axes with their numbers."""
        for ride in rides:
            left, right = self.across(ride.begins), self.across(ride.ends)
            size = (max(right - left, 1.0), HEIGHT - TOP - BOTTOM)
            yield Box((left, TOP), size, RIDE)
        for limit in (COLD_DC_MIN, COLD_DC_MAX):
            across = (self.spot(self.begins, limit), self.spot(self.ends, limit))
            yield Line(across, KEPT, 1, 5)
        for dc in range(-(-self.low // _STEP_DC) * _STEP_DC, self.high, self._step()):
            yield Words((LEFT - 6, self.up(dc) + 4), f"{dc // 10}", 11, INK, "end")
        yield Words((LEFT - 6, TOP - 4), "°C", 11, INK, "end")
        corner = (LEFT, HEIGHT - BOTTOM)
        yield Line(((LEFT, TOP), corner, (WIDTH - RIGHT, HEIGHT - BOTTOM)), FAINT)
        for at, anchor in ((self.begins, "start"), (self.ends, "end")):
            told = f"{at.astimezone(CHINA):%m-%d %H:%M}"
            yield Words((self.across(at), HEIGHT - 8), told, 11, INK, anchor)

    def _step(self) -> int:
        return _STEP_DC * max(1, (self.high - self.low) // (6 * _STEP_DC))


def _curve(frame: _Frame, readings: Sequence[Reading]) -> Iterator[Shape]:
    kept = sorted(readings, key=lambda one: one.at)
    yield Line(tuple(frame.spot(one.at, one.temperature_dc) for one in kept), INK, 1.5)
    for one in kept:
        outside = one.is_warm or one.is_cold
        spot = frame.spot(one.at, one.temperature_dc)
        yield Dot(spot, 5 if outside else 3, BROKEN if outside else KEPT)
