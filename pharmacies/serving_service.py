"""Who can serve, from the nearest on: a few stretches of the grid, never the whole network.

How many outlets stand around the patient is counted first, from the cells that are known; a
circle that should hold enough is looked at in one statement, which also tells who has
everything, and grows where too few can serve. What few outlets have is asked of the stock
instead. The reasons of those that are told come from `pharmacies.serving`, which has the
last word.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import cos, degrees, radians, sqrt
from typing import Any

from sqlmodel import Session

from pharmacies.cells import cells_within
from pharmacies.errors import NoPrice
from pharmacies.known import Network
from pharmacies.outlets import Outlet
from pharmacies.places import EARTH_RADIUS_M, Point, distance_m
from pharmacies.serving import (
    Held,
    Reason,
    Search,
    Standing,
    Want,
    leans_on_unknown,
    reasons,
)
from pharmacies.serving_asking import (
    FACTS,
    HOLDERS,
    NEAR,
    THOSE,
    ask,
    day_of,
)

CIRCLES_M = (1_000, 3_000, 9_000, 27_000)
IN_CIRCLE = 0.7
LOOKED_FIRST = 8  # outlets in the first circle for each that should be found
LOOKED_MORE = 64  # and in the next ones at least
SPARE = 1.2  # how many more are looked at than are likely to be needed
GROWS_MIN, GROWS_FAR = 1.1, 2.0  # times the radius, and beyond the largest circle
WALKED_MAX = 512  # outlets looked at before the stock is asked who has it at all
# Where the earth is flat enough to leave out by degrees, and how far this is off at most,
# in parts of a circle's radius over the earth's.
LEVEL_LAT, LEVEL_LON, LEVEL_M, OFF = 60.0, 175.0, 300_000, 2.0
BITS = 60


@dataclass(frozen=True, slots=True)
class Near:
    """One outlet looked at: how far in metres, a bit for each lack; below 0: not agreed alone."""

    code: str
    kind: Any
    cold_chain: bool
    price_list: str
    far_m: float
    lacks: int


@dataclass(frozen=True, slots=True)
class Serving:
    """An outlet that can serve; `until_unknown`: nobody entered how long its packs last."""

    outlet: Outlet
    distance_m: int
    until_unknown: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """An outlet nearby that cannot serve, and every reason."""

    outlet: Outlet
    distance_m: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Who can serve and who cannot, both from the nearest on; `looked_at` counts outlets."""

    serving: tuple[Serving, ...]
    missed: tuple[Missed, ...]
    looked_at: int


def near(session: Session, search: Search, known: Network) -> Answer:
    """Find the nearest outlets that can serve, and tell of the nearest ones why not."""
    walk = _Walk(session, search, known)
    sizes = _sizes(search, known.cells(session, search.pooling_area))
    inner_m, wanted = -1.0, float(LOOKED_FIRST * search.found_max)
    while inner_m < search.reach_m and not walk.is_over:
        outer_m = _reaching(sizes, wanted, inner_m, search.reach_m)
        walk.look(_ring(session, search, inner_m, outer_m), until_m=outer_m)
        inner_m, wanted = outer_m, walk.wanted
    if walk.is_long:
        _ask_the_stock(walk)
    return walk.answer()


@dataclass(slots=True)
class _Walk:
    """What was seen on the way outward."""

    session: Session
    search: Search
    known: Network
    seen: set[str] = field(default_factory=set)
    found: list[Near] = field(default_factory=list)
    missed: list[Near] = field(default_factory=list)
    lacked: Counter[int] = field(default_factory=Counter)  # the bits of those seen

    @property
    def is_full(self) -> bool:
        """Tell whether enough were found."""
        return len(self.found) == self.search.found_max

    @property
    def is_long(self) -> bool:
        """Tell whether so many were looked at that the stock should be asked."""
        return not self.is_full and len(self.seen) >= WALKED_MAX

    @property
    def is_over(self) -> bool:
        """Tell whether the walk outward ends here."""
        return self.is_full or self.is_long

    @property
    def wanted(self) -> float:
        """Guess how many have to be looked at, from how many of those seen can serve."""
        share = len(self.found) / len(self.seen) if self.found else 0.0
        needed = SPARE * self.search.found_max / share if share else WALKED_MAX
        return len(self.seen) + max(
            LOOKED_MORE, min(needed, WALKED_MAX) - len(self.seen)
        )

    @property
    def rarest(self) -> Want:
        """Tell the medicine that the most of those seen lack."""
        lacking = [
            sum(
                many
                for bits, many in self.lacked.items()
                if bits > 0 and bits & _bit(no)
            )
            for no in range(len(self.search.wants))
        ]
        wants = zip(lacking, self.search.wants, strict=True)
        return max(wants, key=lambda each: (each[0], each[1].medicine_code))[1]

    def look(self, some: Sequence[Near], *, until_m: float) -> None:
        """Take those that can serve, in their order, and the first that cannot."""
        for each in some:
            if each.far_m > until_m or each.code in self.seen:
                continue
            self.seen.add(each.code)
            self.lacked[each.lacks] += 1
            if self.is_full:
                continue
            if self._is_fit(each):
                self.found.append(each)
            elif len(self.missed) < self.search.missed_max:
                self.missed.append(each)

    def answer(self) -> Answer:
        """Tell what was found, by the rules that give the reasons, too."""
        named = sorted((*self.found, *self.missed), key=_by_distance)
        codes = [each.code for each in named]
        outlets = self.known.outlets(self.session, codes)
        agreed, held = _facts(self.session, self.search, codes)
        serving, missed = [], []
        for each in named:
            mine = held.get(each.code, ())
            standing = Standing(
                each.kind,
                each.cold_chain,
                agreed.get(each.code, ()),
                mine,
                self._unpriced(each, {one.medicine_code for one in mine}),
            )
            of = outlets[each.code], round(each.far_m)
            if why := reasons(self.search, standing):
                missed.append(Missed(*of, why))
            else:
                serving.append(Serving(*of, leans_on_unknown(self.search, mine)))
        return Answer(tuple(serving), tuple(missed), len(self.seen))

    def _is_fit(self, each: Near) -> bool:
        return (
            each.lacks == 0
            and each.kind in self.search.kinds
            and (each.cold_chain or not self.search.cold)
            and not self._unpriced(each)
        )

    def _unpriced(self, each: Near, there: Collection[str] | None = None) -> set[str]:
        """Name what it has and has no price for; what it has not, needs none."""
        return {
            want.medicine_code
            for want in self.search.wants
            if (there is None or want.medicine_code in there)
            and not self._has_price(each.price_list, want.medicine_code)
        }

    def _has_price(self, price_list: str, medicine_code: str) -> bool:
        try:
            self.known.listed_fen(
                self.session, price_list, medicine_code, self.search.day
            )
        except NoPrice:
            return False
        return True


def _sizes(search: Search, cells: Sequence[int]) -> list[tuple[float, float]]:
    """Count the outlets around a place by their cells: circles and how many stand in each."""
    sizes = []
    for circle_m in CIRCLES_M:
        count = sum(
            bisect_right(cells, last) - bisect_left(cells, first)
            for first, last in cells_within(search.point, circle_m)
        )
        # What lies in the squares around a circle is more than what lies in the circle.
        sizes.append((float(circle_m), count * IN_CIRCLE))
    return sizes


def _reaching(
    sizes: Sequence[tuple[float, float]], wanted: float, inner_m: float, reach_m: float
) -> float:
    """Tell how far to look so that about so many outlets are met, always farther than before."""
    least_m = max(inner_m * GROWS_MIN, 1.0)
    before_m, before = 0.0, 0.0
    for circle_m, count in sizes:
        if count >= wanted:
            part = (wanted - before) / (count - before)
            square = before_m**2 + max(part, 0.0) * (circle_m**2 - before_m**2)
            return min(max(sqrt(square), least_m), float(reach_m))
        before_m, before = circle_m, max(before, count)
    return min(max(before_m, inner_m * GROWS_FAR), float(reach_m))


def _ring(
    session: Session, search: Search, inner_m: float, outer_m: float
) -> list[Near]:
    point = search.point
    known, within = _by_degrees(point, max(inner_m, 0.0), outer_m)
    given = {
        **_asked(search),
        "cells": cells_within(point, outer_m),
        "lon": point.lon,
        "lat": point.lat,
        "narrow": cos(radians(point.lat)) ** 2,
        "known": known,
        "within": within,
    }
    return _sorted(point, ask(session, NEAR, given))


def _by_degrees(point: Point, inner_m: float, outer_m: float) -> tuple[float, float]:
    """Give the squares of degrees between which nobody is missed that a ring holds."""
    level = abs(point.lat) < LEVEL_LAT and abs(point.lon) < LEVEL_LON
    if not level or outer_m > LEVEL_M:
        return 0.0, 360.0**2 + 180.0**2
    inner, outer = inner_m / EARTH_RADIUS_M, outer_m / EARTH_RADIUS_M
    known, within = inner * (1 - OFF * inner), outer * (1 + OFF * outer)
    return degrees(known) ** 2, degrees(within) ** 2 + 1e-9


def _ask_the_stock(walk: _Walk) -> None:
    """Ask who has the medicine that the most lacked, and look at those from the nearest on."""
    session, search = walk.session, walk.search
    rarest = walk.rarest
    given = {
        "area": search.pooling_area,
        "medicine": rarest.medicine_code,
        "last_day": rarest.last_day,
    }
    holders = [code for (code,) in ask(session, HOLDERS, given)]
    left = sorted(set(holders) - walk.seen)
    if left:
        found = ask(session, THOSE, {**_asked(search), "codes": left})
        walk.look(_sorted(search.point, found), until_m=search.reach_m)


def _asked(search: Search) -> dict[str, Any]:
    return {
        "area": search.pooling_area,
        "day": search.day,
        "wants": [
            (want.medicine_code, want.quantity, want.last_day, _bit(no))
            for no, want in enumerate(search.wants)
        ],
    }


def _bit(no: int) -> int:
    return 1 << no % BITS


def _sorted(point: Point, found: Sequence[Any]) -> list[Near]:
    there = [
        Near(
            code=code,
            kind=kind,
            cold_chain=bool(cold_chain),
            price_list=price_list,
            far_m=distance_m(point, Point(lon, lat)),
            lacks=int(lacks),
        )
        for code, lon, lat, kind, cold_chain, price_list, lacks in found
    ]
    return sorted(there, key=_by_distance)


def _by_distance(each: Near) -> tuple[float, str]:
    return each.far_m, each.code


def _facts(
    session: Session, search: Search, codes: Sequence[str]
) -> tuple[dict[str, set[str]], dict[str, list[Held]]]:
    """Tell which agreements of some outlets are in force, and what they have of each batch."""
    given = {
        "area": search.pooling_area,
        "codes": codes,
        "asked": sorted({want.medicine_code for want in search.wants}),
        "day": search.day,
    }
    agreed: dict[str, set[str]] = {}
    held: dict[str, list[Held]] = {}
    for what, code, word, until, free, recalled in ask(session, FACTS, given):
        if what == "agreement":
            agreed.setdefault(code, set()).add(word)
        else:
            one = Held(word, free, day_of(until), bool(recalled))
            held.setdefault(code, []).append(one)
    return agreed, held
