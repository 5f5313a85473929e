"""Where a courier is: which fixes count, and since when the courier stands or strays.

A fix is put aside, and counted, where it cannot be true or does not help; nothing is guessed
in its place. Points are WGS-84, instants aware. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pharmacies.places import Point, distance_m

ANCHOR_M = (
    100  # whoever stays so near has not moved: fixes between houses differ by that
)
_UNKNOWN_M = 50.0  # how far off a fix may be that does not say so
_NOWHERE_DEG = 0.01  # around 0/0, where receivers begin that know nothing yet


class Aside(StrEnum):
    """Why a fix was put aside."""

    INACCURATE = "inaccurate"
    NOWHERE = "nowhere"
    AHEAD = "ahead"
    JUMP = "jump"
    NOT_OUT = "not_out"


@dataclass(frozen=True, slots=True)
class Fix:
    """One position as a phone or a tracker says it: when, where, how exact, how fast."""

    at: datetime
    point: Point
    accuracy_m: float | None = None
    speed_mps: float | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("expected an instant with its offset from UTC")
        if (self.accuracy_m or 0) < 0 or (self.speed_mps or 0) < 0:
            raise ValueError("expected no accuracy and no speed below 0")


@dataclass(frozen=True, slots=True)
class Sieve:
    """What counts as a position: how exact, how fast at most, how far ahead of our clock."""

    accuracy_m_max: int = 200
    kmh_max: int = 300
    ahead_s_max: int = 120


@dataclass(frozen=True, slots=True)
class Leg:
    """A way of the plan: between which points, and how long it is by road, in metres."""

    start: Point
    end: Point
    way_m: int


@dataclass(frozen=True, slots=True)
class Track:
    """The last fix, around which point since when, and since when off the route."""

    fix: Fix
    anchor: Point
    still_since: datetime
    off_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sifted:
    """The fixes that count, the earliest first, and how many were put aside for what."""

    kept: tuple[Fix, ...]
    aside: Mapping[Aside, int]


def sifted(
    fixes: Iterable[Fix], last: Fix | None, *, now: datetime, sieve: Sieve
) -> Sifted:
    """Tell which fixes count, in whatever order they come; the same ones count once.

    A jump is measured from the fix that counted before, so that a false fix which was
    believed is outlived by itself: the longer ago it was, the farther one may have come.
    """
    aside: Counter[Aside] = Counter()
    kept: list[Fix] = []
    before = last
    for fix in sorted(fixes, key=lambda it: it.at):
        fault = _fault(fix, before, now, sieve)
        if fault is not None:
            aside[fault] += 1
            continue
        # A clock that is a little ahead says nothing that is still to come.
        told = replace(fix, at=min(fix.at, now))
        if kept and told.at == kept[-1].at:
            continue
        kept.append(told)
        before = told
    return Sifted(tuple(kept), dict(aside))


def followed(
    track: Track | None, fixes: Iterable[Fix], legs: Sequence[Leg], off_route_m: int
) -> Track | None:
    """Follow a courier along fixes that count; one that is older than the last changes nothing."""
    for fix in fixes:
        if track is None:
            track = Track(fix, fix.point, fix.at)
        elif fix.at <= track.fix.at:
            continue
        moved = distance_m(track.anchor, fix.point) > ANCHOR_M
        track = Track(
            fix,
            fix.point if moved else track.anchor,
            fix.at if moved else track.still_since,
            _off_since(track, fix, legs, off_route_m),
        )
    return track


def off_m(point: Point, legs: Sequence[Leg]) -> float:
    """Measure how far a point is off the ways of a plan, in metres; nothing without a way.

    Nobody who keeps to a road of `way_m` from one end to the other is ever farther from the
    two ends together than that: half of what a point lies farther is how far it is off,
    whatever road was taken.
    """
    return min((_off(point, leg) for leg in legs), default=0.0)


def _off(point: Point, leg: Leg) -> float:
    over = distance_m(leg.start, point) + distance_m(point, leg.end)
    way = max(float(leg.way_m), distance_m(leg.start, leg.end))
    return max(0.0, (over - way) / 2)


def _off_since(
    track: Track, fix: Fix, legs: Sequence[Leg], off_route_m: int
) -> datetime | None:
    if off_m(fix.point, legs) <= off_route_m:
        return None
    return track.off_since or fix.at


def _fault(fix: Fix, before: Fix | None, now: datetime, sieve: Sieve) -> Aside | None:
    if fix.at > now + timedelta(seconds=sieve.ahead_s_max):
        return Aside.AHEAD
    if abs(fix.point.lon) < _NOWHERE_DEG and abs(fix.point.lat) < _NOWHERE_DEG:
        return Aside.NOWHERE
    if fix.accuracy_m is not None and fix.accuracy_m > sieve.accuracy_m_max:
        return Aside.INACCURATE
    if before is not None and _jumps(before, fix, sieve.kmh_max):
        return Aside.JUMP
    return None


def _jumps(one: Fix, other: Fix, kmh_max: int) -> bool:
    """Tell whether nobody can be at both, even where both are off as far as they say."""
    seconds = abs((other.at - one.at).total_seconds())
    may_be_off = _within_m(one) + _within_m(other)
    way = distance_m(one.point, other.point) - may_be_off
    return way * 3.6 > kmh_max * seconds


def _within_m(fix: Fix) -> float:
    return _UNKNOWN_M if fix.accuracy_m is None else fix.accuracy_m
