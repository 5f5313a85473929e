"""Who can serve, from the nearest on: a few stretches of the grid, never the whole network.

The circle around the patient grows until enough outlets were found; how far it grows
follows from how many stand nearby. What few outlets have is asked of the stock instead.
On both databases each question is one statement on indexes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from sqlmodel import Session, col, select

from pharmacies import rows
from pharmacies.cells import cells_within
from pharmacies.errors import NoPrice
from pharmacies.outlets import Outlet
from pharmacies.places import Point, distance_m
from pharmacies.serving import (
    Held,
    Reason,
    Search,
    Standing,
    leans_on_unknown,
    reasons,
)
from pharmacies.serving_asking import FACTS, HOLDERS, NEAR, THOSE, ask, day_of
from pharmacies.tables import OutletRow

FIRST_M = 1_000
GROWS_MIN, GROWS_MAX = 1.3, 4.0  # times the radius, from one circle to the next
MORE_AT_ONCE = 160  # outlets that the next circle should add
ASKED_FIRST, ASKED_MAX = 32, 128  # outlets whose facts are asked for at once
WALKED_MAX = 512  # outlets looked at before the stock is asked who has it at all

Priced = Callable[[str, str], int]  # of a price list and a medicine; raises NoPrice


@dataclass(frozen=True, slots=True)
class Near:
    """One outlet and how far it is along the geodesic, in metres."""

    code: str
    kind: Any
    cold_chain: bool
    price_list: str
    distance_m: int


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


def near(session: Session, search: Search, priced: Priced) -> Answer:
    """Find the nearest outlets that can serve, and tell of the nearest ones why not."""
    walk = _Walk(session, search, priced)
    asked_at_once = ASKED_FIRST
    waiting: list[Near] = []
    for ring in _rings(session, search):
        waiting += ring
        while waiting and not walk.is_over:
            walk.look(waiting[:asked_at_once])
            del waiting[:asked_at_once]
            asked_at_once = min(2 * asked_at_once, ASKED_MAX)
        if walk.is_over:
            break
    if walk.is_long:
        _ask_the_stock(walk)
    return walk.answer()


@dataclass(slots=True)
class _Walk:
    """What was seen on the way outward."""

    session: Session
    search: Search
    priced: Priced
    seen: set[str] = field(default_factory=set)
    found: list[tuple[Near, bool]] = field(default_factory=list)
    missed: list[tuple[Near, tuple[Reason, ...]]] = field(default_factory=list)
    having: Counter[str] = field(default_factory=Counter)

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

    def look(self, some: Sequence[Near]) -> None:
        """Hold some outlets against what is wanted, in their order."""
        agreed, held = _facts(self.session, self.search, [each.code for each in some])
        for each in some:
            self.seen.add(each.code)
            mine = held.get(each.code, ())
            self.having.update({one.medicine_code for one in mine})
            if self.is_full:
                continue
            why = reasons(
                self.search,
                Standing(
                    each.kind,
                    each.cold_chain,
                    agreed.get(each.code, ()),
                    mine,
                    self._unpriced(each, mine),
                ),
            )
            if not why:
                self.found.append((each, leans_on_unknown(self.search, mine)))
            elif len(self.missed) < self.search.missed_max:
                self.missed.append((each, why))

    def answer(self) -> Answer:
        """Tell what was found, with everything that is known of those outlets."""
        named = [each.code for each, _ in (*self.found, *self.missed)]
        outlets = _outlets(self.session, named)
        return Answer(
            tuple(
                Serving(outlets[it.code], it.distance_m, unknown)
                for it, unknown in self.found
            ),
            tuple(
                Missed(outlets[it.code], it.distance_m, why) for it, why in self.missed
            ),
            len(self.seen),
        )

    def _unpriced(self, each: Near, mine: Sequence[Held]) -> tuple[str, ...]:
        """Name what it has and has no price for; what it has not, needs none."""
        there = {one.medicine_code for one in mine}
        return tuple(
            want.medicine_code
            for want in self.search.wants
            if want.medicine_code in there
            and not self._has_price(each.price_list, want.medicine_code)
        )

    def _has_price(self, price_list: str, medicine_code: str) -> bool:
        try:
            self.priced(price_list, medicine_code)
        except NoPrice:
            return False
        return True


def _rings(session: Session, search: Search) -> Iterator[list[Near]]:
    """Give the outlets ring by ring, from the nearest on."""
    inner, outer, within = -1.0, float(FIRST_M), 0
    while inner < search.reach_m:
        outer = min(outer, float(search.reach_m))
        ring = _ring(session, search, inner, outer)
        yield ring
        within += len(ring)
        grows = sqrt(1 + MORE_AT_ONCE / within) if within else GROWS_MAX
        inner, outer = outer, outer * min(max(grows, GROWS_MIN), GROWS_MAX)


def _ring(
    session: Session, search: Search, inner_m: float, outer_m: float
) -> list[Near]:
    stretches = cells_within(search.point, outer_m)
    given = {"area": search.pooling_area, "cells": stretches}
    found = ask(session, NEAR, given)
    return _sorted(search.point, found, inner_m, outer_m)


def _ask_the_stock(walk: _Walk) -> None:
    """Ask who has the medicine that the fewest had, and look at those from the nearest on."""
    session, search = walk.session, walk.search
    rarest = min(
        search.wants,
        key=lambda want: (walk.having[want.medicine_code], want.medicine_code),
    )
    given = {
        "area": search.pooling_area,
        "medicine": rarest.medicine_code,
        "last_day": rarest.last_day,
    }
    holders = [code for (code,) in ask(session, HOLDERS, given)]
    left = sorted(set(holders) - walk.seen)
    found = ask(session, THOSE, {"codes": left}) if left else []
    waiting = _sorted(search.point, found, -1.0, float(search.reach_m))
    while waiting and not walk.is_full:
        walk.look(waiting[:ASKED_MAX])
        del waiting[:ASKED_MAX]


def _sorted(
    point: Point, found: Sequence[Any], inner_m: float, outer_m: float
) -> list[Near]:
    there = []
    for code, lon, lat, kind, cold_chain, price_list in found:
        far_m = distance_m(point, Point(lon, lat))
        if inner_m < far_m <= outer_m:
            one = Near(code, kind, bool(cold_chain), price_list, round(far_m))
            there.append((far_m, code, one))
    there.sort(key=lambda each: each[:2])
    return [one for _, _, one in there]


def _facts(
    session: Session, search: Search, codes: Sequence[str]
) -> tuple[dict[str, set[str]], dict[str, list[Held]]]:
    """Tell which agreements of some outlets are in force, and what they have of each batch."""
    given = {
        "area": search.pooling_area,
        "codes": codes,
        "medicines": sorted({want.medicine_code for want in search.wants}),
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


def _outlets(session: Session, codes: Sequence[str]) -> dict[str, Outlet]:
    query = select(OutletRow).where(col(OutletRow.code).in_(codes))
    fresh = query.execution_options(populate_existing=True)
    return {row.code: rows.outlet_of(row) for row in session.exec(fresh)}
