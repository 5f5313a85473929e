"""Clauses that answer one case differently: found by cases drawn by chance.

Two figures can speak to one case: of the same name in two documents, or a narrower and a
wider one of a family (ratio, deductible, cap). Precedence settles most pairs: the nearer
layer, the later text, the narrower figure. A pair that nothing settles is tried: the
case is answered once with the value of each, and where the answers differ that is a
conflict.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from random import Random

from dispensing.assess import assess
from dispensing.money import yuan
from dispensing.packs.drawn import Place, draw, place_of
from dispensing.packs.shelf import Placed, Shelf
from dispensing.packs.telling import value_of
from dispensing.policy.figures import LAYERS
from dispensing.policy.overlay import Overlay, overlay_of
from dispensing.policy.pack import Pack
from dispensing.policy.parameters import parameter
from dispensing.policy.rules import Rules, compile_rules
from dispensing.policy.toml_file import BadPack
from dispensing.prescription import Dispensing

FILLED = {
    "share": "0.50",
    "yuan": "50.00",
}  # stands for open figures, so that sums come
TRIES_MAX = 200  # cases answered twice for one pair of clauses
_RANK = {layer: rank for rank, layer in enumerate(LAYERS)}


@dataclass(slots=True)
class Weighed:
    """What the drawn cases showed."""

    cases: int = 0
    settled: dict[str, int] = field(default_factory=dict)  # a pair, and its cases
    conflicts: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # its first case
    faults: dict[str, None] = field(default_factory=dict)


def try_cases(
    shelf: Shelf,
    *,
    seed: int,
    cases: int,
    seconds_max: int,
    seconds: Callable[[], int],
) -> Weighed:
    """Draw so many cases for each region, unless the seconds are over before.

    `seconds` tells how many have passed; the same seed draws the same cases.
    """
    found = Weighed()
    for region in _regions(shelf):
        trial = _Trial(shelf, region, Random(f"{seed} {region}"), found)
        for _ in range(cases):
            if seconds() >= seconds_max:
                return found
            trial.run_one()
    return found


class _Trial:
    """The cases of one region."""

    def __init__(self, shelf: Shelf, region: str, rng: Random, found: Weighed) -> None:
        self.shelf, self.rng, self.found = shelf, rng, found
        self.place: Place = place_of(shelf.packs, region, rng)
        self.compiled: dict[tuple[date, tuple[int, ...]], Rules | None] = {}
        self.held: dict[date, tuple[Placed, ...]] = {}
        self.tries: dict[tuple[str, str], int] = {}
        self.clear: set[tuple[str, str]] = set()

    def run_one(self) -> None:
        """Draw a case, answer it, and compare the clauses that speak to it."""
        day = self.rng.choice(self.place.days)
        rules = self._rules(day, ())
        if rules is None:
            return
        case = draw(self.rng, self.place, rules)
        self.found.cases += 1
        assess(case, rules)
        for group in self._speaking(case):
            for one, other in combinations(group, 2):
                if one.figure.value != other.figure.value:
                    self._compare(case, group, one, other)

    def _compare(
        self, case: Dispensing, group: list[Placed], one: Placed, other: Placed
    ) -> None:
        reason = _settles(group, one, other)
        if reason:
            told = f"{one.told}, {other.told}: {reason}"
            self.found.settled[told] = self.found.settled.get(told, 0) + 1
            return
        pair = one.told, other.told
        tries = self.tries[pair] = self.tries.get(pair, 0) + 1
        if tries > TRIES_MAX or pair in self.clear:
            return
        first = self._answer(case, one, other)
        second = self._answer(case, other, one)
        # The clearest example is one that another check does not decide as well.
        clear = first.partition(" ")[0] != second.partition(" ")[0]
        if first != second and (clear or pair not in self.found.conflicts):
            said = _conflict(one, other, f"{_told(case)}: {first}, or {second}")
            self.found.conflicts[pair] = said
            self.clear |= {pair} if clear else set()

    def _answer(self, case: Dispensing, kept: Placed, other: Placed) -> str:
        """Answer a case with the value of one figure in the place of both."""
        rules = self._rules(case.on, (id(kept.figure), id(other.figure)))
        return "no answer" if rules is None else _answer(case, rules)

    def _speaking(self, case: Dispensing) -> Iterator[list[Placed]]:
        """Group the figures that speak to one question of the case."""
        day = case.on
        if day not in self.held:
            self.held[day] = _held(self.shelf, self.place.region, day)
        by_name: dict[str, list[Placed]] = {}
        for one in self.held[day]:
            by_name.setdefault(one.figure.name, []).append(one)
        families: dict[str, list[Placed]] = {}
        for name, group in by_name.items():
            family = name.partition(".")[0]
            if group[0].figure.unit in FILLED:
                if _conditions(name) <= _facts(family, case):
                    families.setdefault(family, []).extend(group)
            elif len(group) > 1:
                yield group
        yield from families.values()

    def _rules(self, day: date, pair: tuple[int, ...]) -> Rules | None:
        """Compile the rules of a day, the first of a pair of figures in both places."""
        key = day, pair
        if key not in self.compiled:
            self.compiled[key] = self._compile(day, pair)
        return self.compiled[key]

    def _compile(self, day: date, pair: tuple[int, ...]) -> Rules | None:
        region, packs = self.place.region, self.shelf.packs
        if pair:
            packs = _with_one(packs, pair)
        try:
            bare = compile_rules(packs, region, day, None)
            return compile_rules(packs, region, day, _filling(region, bare))
        except BadPack as error:
            if not pair:
                self.found.faults[str(error)] = None
            return None


def _regions(shelf: Shelf) -> Iterable[str]:
    return sorted({pack.region for pack in shelf.packs} - {"national"})


def _held(shelf: Shelf, region: str, day: date) -> tuple[Placed, ...]:
    """Find the figures in force in a region on a day that checks or splits read."""
    areas = [pack.area for pack in shelf.packs if pack.region == region]
    return tuple(
        one
        for one in shelf.placed
        if one.figure.holds_on(day)
        and one.pack.holds_on(day)
        and (one.pack.region == region or _above(one.pack, areas))
        and parameter(one.figure.name).acts
        and one.figure.unit != "rule"
    )


def _above(pack: Pack, areas: list[str]) -> bool:
    upper = pack.layer in ("national", "province")
    return upper and any(area.startswith(pack.area) for area in areas)


def _with_one(packs: tuple[Pack, ...], pair: tuple[int, ...]) -> tuple[Pack, ...]:
    """Put the value of the first figure of a pair in the place of the other too."""
    by_id = {id(figure): figure for pack in packs for figure in pack.figures}
    kept, other = by_id[pair[0]], by_id[pair[1]]
    changed = replace(
        other, value=kept.value, left_to=kept.left_to, same_as=kept.same_as
    )
    return tuple(
        replace(
            pack,
            figures=tuple(changed if one is other else one for one in pack.figures),
        )
        for pack in packs
    )


def _filling(region: str, rules: Rules) -> Overlay | None:
    values = {
        figure.name: FILLED[figure.unit]
        for figure in rules.open_figures
        if figure.unit in FILLED and not figure.name.startswith("cap.")
    }
    return overlay_of(region, values, source="packs check") if values else None


def _conditions(name: str) -> frozenset[str]:
    return frozenset(part for word in name.split(".")[1:] for part in word.split("+"))


def _facts(family: str, case: Dispensing) -> frozenset[str]:
    """Give the facts of a case that the figures of a family ask for."""
    insured, scheme = case.insured, case.insured.scheme
    if family == "cap":
        ill = {name for name, since in insured.diseases.items() if since <= case.on}
        return frozenset({scheme, *ill})
    # A bill of winners and others mixed has more than one ratio by right.
    won = {"vbp"} if all(line.vbp for line in case.lines) else set()
    return frozenset({scheme, case.outlet.venue, case.prescription.disease, *won})


def _settles(group: list[Placed], one: Placed, other: Placed) -> str:
    """Say what decides between two figures; empty where nothing does."""
    left, right = _conditions(one.figure.name), _conditions(other.figure.name)
    if left < right or right < left:
        return "the narrower wins"
    if left != right:
        both = (_conditions(each.figure.name) for each in group)
        narrower = any(left < each and right < each for each in both)
        return "a narrower one wins over both" if narrower else ""
    if _RANK[one.figure.layer] != _RANK[other.figure.layer]:
        return "the nearer layer wins, or the later text above it where it yields"
    return "" if one.figure.since == other.figure.since else "the later text wins"


def _conflict(one: Placed, other: Placed, example: str) -> str:
    left, right = value_of(one.figure), value_of(other.figure)
    return one.fault(
        f"expected one answer to one case, got {one.told} {left} and {other.told} "
        f"{right}, neither the narrower nor the later. {example}"
    )


def _answer(case: Dispensing, rules: Rules) -> str:
    """Write down an answer, so that two can be compared and shown."""
    found = assess(case, rules)
    problems = ", ".join(f"{item.check} {item.verdict}" for item in found.problems)
    fund = "" if found.split is None else f", fund {yuan(found.split.fund_fen)}"
    return f"{found.decision}{fund}" + (f" ({problems})" if problems else "")


def _told(case: Dispensing) -> str:
    ill = " and ".join(sorted(case.insured.diseases))
    won = " with 集采" if all(line.vbp for line in case.lines) else ""
    venue = case.outlet.venue
    return f"On {case.on}, {case.insured.scheme} with {ill}, {venue}{won}"
