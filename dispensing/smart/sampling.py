"""Samples of claims for an officer to look at, and what they tell of all claims.

Three ways: each claim alike, by its amount, or more where amounts differ more. Chance comes
from a seed; the same frame, way, size and seed give the same sample.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Literal

Way = Literal["random", "value", "variance"]
WAYS: tuple[Way, ...] = ("random", "value", "variance")
Z_HUNDREDTHS = 196  # 95 %, of the normal distribution
_FINE = 10**6


class BadSample(ValueError):
    """A sample that cannot be drawn, or an estimate that cannot be made."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One claim of the frame: what the fund paid, and the stratum it lies in."""

    claim: str
    fund_fen: int
    stratum: str = ""

    def __post_init__(self) -> None:
        if self.fund_fen < 0:
            raise BadSample(f"expected at least 0 fen: {self}")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One claim of a sample; by value a dear one may be drawn more than once."""

    claim: str
    fund_fen: int
    stratum: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Stratum:
    """How many claims a stratum has and how many of them were drawn."""

    name: str
    claims: int
    fund_fen: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, and of what: all that an estimate needs."""

    way: Way
    seed: int
    claims: int
    fund_fen: int
    strata: tuple[Stratum, ...]
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was wrongly paid in all claims, with its interval, in fen, and how it was reckoned."""

    fen: int
    low_fen: int
    high_fen: int
    z_hundredths: int
    formula: str


FORMULAS: Mapping[Way, str] = {
    "random": "N x mean; variance N^2 (1 - n/N) s^2 / n. Cochran, Sampling Techniques,"
    " 3rd ed. 1977, 2.5-2.6",
    "value": "systematic, proportional to amount; mean of X y/x over the draws; variance as"
    " with replacement, 1/(n(n-1)) sum (X y/x - estimate)^2. Hansen & Hurwitz 1943;"
    " Cochran 9A.3",
    "variance": "sum over strata of N x mean; variance the sum of N^2 (1 - n/N) s^2 / n;"
    " sizes by Neyman 1934; Cochran 5.5",
}


def draw(units: Iterable[Unit], way: Way, size: int, seed: int) -> Sample:
    """Draw a sample of claims; raises BadSample where there is nothing to draw from."""
    frame = sorted(units, key=lambda one: one.claim)
    if not frame:
        raise BadSample("no claims to draw from")
    if len({one.claim for one in frame}) != len(frame):
        raise BadSample("a claim is in the frame twice")
    if not 1 <= size <= len(frame):
        raise BadSample(f"expected 1 to {len(frame)} claims, got {size}")
    chance = random.Random(seed)
    if way == "value":
        drawn = _by_value(frame, size, chance)
    elif way == "variance":
        drawn = _by_variance(frame, size, chance)
    else:
        drawn = _alike(frame, size, chance)
    return Sample(
        way=way,
        seed=seed,
        claims=len(frame),
        fund_fen=sum(one.fund_fen for one in frame),
        strata=_counted(frame, drawn, way),
        drawn=tuple(drawn),
    )


def sizes(frame: Sequence[Unit], size: int) -> dict[str, int]:
    """Share a sample out over the strata by Neyman: as claims times standard deviation.

    Each stratum gets two claims, or the one that it has; none gets more than it has.

    >>> sizes([Unit("a", 1, "x"), Unit("b", 9, "x"), Unit("c", 5, "y"), Unit("d", 5, "y")], 4)
    {'x': 2, 'y': 2}
    """
    strata = _by_stratum(frame)
    least = {name: min(2, len(mine)) for name, mine in strata.items()}
    if sum(least.values()) > size:
        raise BadSample(
            f"expected at least {sum(least.values())} claims, two a stratum"
        )
    weights = {name: len(mine) * _deviation(mine) for name, mine in strata.items()}
    given = dict(least)
    while sum(given.values()) < size:
        open_ones = [name for name in strata if given[name] < len(strata[name])]
        # Where it pays most: the priority of the method of equal proportions.
        best = min(
            open_ones,
            key=lambda name: (
                -Fraction(weights[name] ** 2, given[name] * (given[name] + 1)),
                name,
            ),
        )
        given[best] += 1
    return given


def estimate(sample: Sample, wrong_fen: Mapping[str, int]) -> Estimate:
    """Tell what all claims hold of what was found wrong in the sample, with its interval.

    Every claim of the sample needs a finding, 0 for none, at most what the fund paid. What
    is known bounds all three: not less than was found, not more than was not found right.
    """
    for one in sample.drawn:
        if not 0 <= wrong_fen.get(one.claim, -1) <= one.fund_fen:
            raise BadSample(f"{one.claim}: expected 0 to {one.fund_fen} fen")
    if sample.way == "value":
        total, variance = _valued(sample, wrong_fen)
    else:
        total, variance = _stratified(sample, wrong_fen)
    half = Fraction(_root(variance) * Z_HUNDREDTHS, 100 * _FINE)
    least = sum(wrong_fen[one.claim] for one in sample.drawn)
    right = sum(one.fund_fen - wrong_fen[one.claim] for one in sample.drawn)
    low, fen, high = (
        min(max(_whole(one), least), sample.fund_fen - right)
        for one in (total - half, total, total + half)
    )
    return Estimate(
        fen=fen,
        low_fen=low,
        high_fen=high,
        z_hundredths=Z_HUNDREDTHS,
        formula=FORMULAS[sample.way],
    )


def _alike(frame: Sequence[Unit], size: int, chance: random.Random) -> list[Drawn]:
    chosen = sorted(chance.sample(range(len(frame)), size))
    return [Drawn(frame[no].claim, frame[no].fund_fen, "") for no in chosen]


def _by_value(frame: Sequence[Unit], size: int, chance: random.Random) -> list[Drawn]:
    """Go through the frame in equal steps of money, from a start by chance."""
    whole = sum(one.fund_fen for one in frame)
    if not whole:
        raise BadSample("the fund has paid nothing for these claims")
    step, start = (
        Fraction(whole, size),
        Fraction(chance.randrange(whole * _FINE), size * _FINE),
    )
    found: dict[int, int] = {}
    reached, no = frame[0].fund_fen, 0
    for turn in range(size):
        place = start + turn * step
        while reached <= place:
            no += 1
            reached += frame[no].fund_fen
        found[no] = found.get(no, 0) + 1
    return [
        Drawn(frame[no].claim, frame[no].fund_fen, "", times)
        for no, times in found.items()
    ]


def _by_variance(
    frame: Sequence[Unit], size: int, chance: random.Random
) -> list[Drawn]:
    given = sizes(frame, size)
    found: list[Drawn] = []
    for name, mine in _by_stratum(frame).items():
        for no in sorted(chance.sample(range(len(mine)), given[name])):
            found.append(Drawn(mine[no].claim, mine[no].fund_fen, name))
    return found


def _counted(
    frame: Sequence[Unit], drawn: Sequence[Drawn], way: Way
) -> tuple[Stratum, ...]:
    strata = _by_stratum(frame) if way == "variance" else {"": list(frame)}
    return tuple(
        Stratum(
            name,
            len(mine),
            sum(one.fund_fen for one in mine),
            sum(one.times for one in drawn if one.stratum == name),
        )
        for name, mine in strata.items()
    )


def _by_stratum(frame: Sequence[Unit]) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {}
    for one in sorted(frame, key=lambda each: (each.stratum, each.claim)):
        found.setdefault(one.stratum, []).append(one)
    return found


def _valued(sample: Sample, wrong_fen: Mapping[str, int]) -> tuple[Fraction, Fraction]:
    told = [
        Fraction(sample.fund_fen * wrong_fen[one.claim], one.fund_fen)
        for one in sample.drawn
        for _ in range(one.times)
    ]
    n = len(told)
    total = Fraction(sum(told), n)
    if n < 2:
        return total, Fraction(sample.fund_fen) ** 2
    spread = sum(((one - total) ** 2 for one in told), Fraction(0))
    return total, Fraction(spread, n * (n - 1))


def _stratified(
    sample: Sample, wrong_fen: Mapping[str, int]
) -> tuple[Fraction, Fraction]:
    total = variance = Fraction(0)
    for stratum in sample.strata:
        mine = [wrong_fen[o.claim] for o in sample.drawn if o.stratum == stratum.name]
        n, whole = len(mine), stratum.claims
        mean = Fraction(sum(mine), n)
        total += whole * mean
        if n == whole:
            continue
        if n < 2:  # one of several tells nothing of how they differ
            variance += Fraction(stratum.fund_fen) ** 2
            continue
        spread = Fraction(sum(((one - mean) ** 2 for one in mine), Fraction(0)), n - 1)
        variance += whole * (whole - n) * Fraction(spread, n)
    return total, variance


def _deviation(units: Sequence[Unit]) -> int:
    """Give the standard deviation of the amounts, in hundredths of a fen."""
    if len(units) < 2:
        return 0
    mean = Fraction(sum(one.fund_fen for one in units), len(units))
    spread = sum(((one.fund_fen - mean) ** 2 for one in units), Fraction(0))
    return isqrt(int(Fraction(spread, len(units) - 1) * 10_000))


def _root(value: Fraction) -> int:
    """Give the square root in millionths, rounded down."""
    return isqrt(int(value * _FINE * _FINE))


def _whole(value: Fraction) -> int:
    """Round half up to the fen."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
