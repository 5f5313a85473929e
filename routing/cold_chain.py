"""The cold chain (冷链) of one parcel: what its readings and its rides come to.

Temperatures are tenths of a degree (`_dc`), spans are seconds, instants are aware. A parcel
leaves the fridge when it leaves its pharmacy's counter, and rides until it is handed over,
returned or brought back. Between two readings nobody looked: such a stretch counts as kept
only if both of its ends are, and what no reading bounds is told as a gap.

No text says how long a parcel may be outside 2.0-8.0 °C, out of the fridge or unwatched.
Outside not a minute is tolerated; the other two are judged only by an operator's own limit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from routing.handover import COLD_DC_MAX, COLD_DC_MIN

DC_LEAST, DC_MOST = -400, 600  # what a thermometer of a box can say


class Fault(StrEnum):
    """What breaks a cold chain."""

    TOO_WARM = "too_warm"
    TOO_COLD = "too_cold"
    TOO_LONG = "too_long"
    UNWATCHED = "unwatched"


@dataclass(frozen=True, slots=True)
class Reading:
    """One temperature that was read, and by whose eyes."""

    at: datetime
    temperature_dc: int
    source: str  # packing, pickup, box, door or logger

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("expected an instant with its offset from UTC")
        if not DC_LEAST <= self.temperature_dc <= DC_MOST:
            raise ValueError(
                f"expected {DC_LEAST / 10} to {DC_MOST / 10} °C,"
                f" got {self.temperature_dc / 10}"
            )

    @property
    def is_warm(self) -> bool:
        """Tell whether it is above 8.0 °C."""
        return self.temperature_dc > COLD_DC_MAX

    @property
    def is_cold(self) -> bool:
        """Tell whether it is below 2.0 °C."""
        return self.temperature_dc < COLD_DC_MIN


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    begins: datetime
    ends: datetime

    @property
    def seconds(self) -> int:
        """Tell how long it is, in whole seconds."""
        return int((self.ends - self.begins).total_seconds())


@dataclass(frozen=True, slots=True)
class Limits:
    """What an operator's own document allows; None judges nothing."""

    outside_s_max: int = 0
    out_of_fridge_s_max: int | None = None
    gap_s_max: int | None = None


STRICT = Limits()  # what holds where no operator has filled in anything


@dataclass(frozen=True, slots=True)
class Course:
    """How warm a parcel was on its way, and what of that breaks the cold chain."""

    out_s: int
    above_s: int
    below_s: int
    readings: int
    outside: int  # readings outside 2.0-8.0 °C
    coldest_dc: int | None
    warmest_dc: int | None
    longest_gap_s: int
    gaps: tuple[Span, ...]  # longer than the operator's limit
    faults: tuple[Fault, ...]

    @property
    def is_kept(self) -> bool:
        """Tell whether nothing breaks the cold chain, and at least one reading says so."""
        return self.readings > 0 and not self.faults


def course(
    readings: Iterable[Reading], rides: Sequence[Span], limits: Limits = STRICT
) -> Course:
    """Add up what a parcel's readings and rides come to, and name what breaks the cold chain."""
    kept = sorted(readings, key=lambda one: (one.at, one.temperature_dc))
    stretches = [each for ride in rides for each in _stretches(kept, ride)]
    unseen = sorted((span for span, *_ in stretches), key=lambda span: span.begins)
    degrees = [one.temperature_dc for one in kept]
    most_s = limits.gap_s_max
    found = Course(
        out_s=sum(ride.seconds for ride in rides),
        above_s=_seconds(stretches, "is_warm"),
        below_s=_seconds(stretches, "is_cold"),
        readings=len(kept),
        outside=sum(one.is_warm or one.is_cold for one in kept),
        coldest_dc=min(degrees, default=None),
        warmest_dc=max(degrees, default=None),
        longest_gap_s=max((span.seconds for span in unseen), default=0),
        gaps=tuple(
            span for span in unseen if most_s is not None and span.seconds > most_s
        ),
        faults=(),
    )
    return _judged(found, limits)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a pharmacist had before them when they decided on a breach."""

    faults: frozenset[Fault]
    coldest_dc: int | None
    warmest_dc: int | None


def answered(seen: Seen, now: Course) -> bool:
    """Tell whether a decision has seen all that is wrong now.

    It does not speak of what came after it: another fault, a warmer or a colder reading.
    """
    # What is inside 2.0-8.0 °C needs no answer, however far it is from what was seen.
    least_dc = min(COLD_DC_MIN, _or(seen.coldest_dc, COLD_DC_MIN))
    most_dc = max(COLD_DC_MAX, _or(seen.warmest_dc, COLD_DC_MAX))
    return (
        set(now.faults) <= seen.faults
        and _or(now.coldest_dc, least_dc) >= least_dc
        and _or(now.warmest_dc, most_dc) <= most_dc
    )


def _or(value: int | None, instead: int) -> int:
    return instead if value is None else value


_Stretch = tuple[Span, Reading | None, Reading | None]


def _stretches(kept: Sequence[Reading], ride: Span) -> Iterator[_Stretch]:
    """Part a ride at its readings; each stretch has the readings at its ends."""
    inside = [one for one in kept if ride.begins <= one.at <= ride.ends]
    marks: list[tuple[datetime, Reading | None]] = [(ride.begins, None)]
    marks += [(one.at, one) for one in inside]
    marks.append((ride.ends, None))
    for (begins, before), (ends, after) in pairwise(marks):
        if begins < ends:
            yield Span(begins, ends), before, after


def _seconds(stretches: Iterable[_Stretch], is_so: str) -> int:
    """Add up the stretches one of whose ends is so: what lies between is not vouched for."""
    return sum(
        span.seconds
        for span, *ends in stretches
        if any(one is not None and getattr(one, is_so) for one in ends)
    )


def _judged(found: Course, limits: Limits) -> Course:
    outside_s = found.above_s + found.below_s
    tolerated = limits.outside_s_max > 0 and outside_s <= limits.outside_s_max
    warm = found.warmest_dc is not None and found.warmest_dc > COLD_DC_MAX
    cold = found.coldest_dc is not None and found.coldest_dc < COLD_DC_MIN
    out_s_max = limits.out_of_fridge_s_max
    is_so = {
        Fault.TOO_WARM: warm and not tolerated,
        Fault.TOO_COLD: cold and not tolerated,
        Fault.TOO_LONG: out_s_max is not None and found.out_s > out_s_max,
        Fault.UNWATCHED: bool(found.gaps),
    }
    return replace(found, faults=tuple(fault for fault, so in is_so.items() if so))
