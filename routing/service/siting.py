"""Which candidates close the gap best: the network's own figures made into a problem.

Who is near is told by the travel times of this installation. Patients whom a pharmacy serves
already are left out; of the others those count whom a candidate could serve: near enough,
with what they need in stock.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from dispensing.errors import FieldError, Malformed, Words
from dispensing.policy import Rules, load_packs
from dispensing.service.needing import Need, needs_by_place
from dispensing.vault import Vault
from pharmacies import service as network
from pharmacies.designation import Agreement
from pharmacies.holding import held, listed, standing
from pharmacies.outlets import Outlet
from pharmacies.places import AREAS, Point
from routing.service.gathering import gathered
from routing.service.weighing import weight_of
from routing.siting import (
    Candidate,
    Group,
    Limit,
    Outcome,
    Siting,
    Unit,
    reached,
    solve,
)
from routing.siting.answer import Chosen, Proof
from routing.siting.reach import Numbers
from routing.siting.verify import faults
from routing.travel import TravelTimes

Drugs = Literal["in_stock", "listed", "any"]
DRUGS: tuple[Drugs, ...] = get_args(Drugs)


@dataclass(frozen=True, slots=True)
class Quota:
    """The plan's figures: targets, other names of units (R2), and which are ceilings (R1)."""

    targets: Mapping[str, int]
    other_names: Mapping[str, str]
    ceilings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: the day, how far is near, which units, and how long to search.

    A pharmacy has a drug where it is in stock. With `drugs` listed, one that keeps no stock
    here is taken at its price list; with any, drugs are left out of account.
    """

    pooling_area: str
    day: date
    limit: Limit  # no text gives a distance, so it is always asked for
    units: tuple[str, ...] = ()  # none: all of them
    extra: int = 0
    drugs: Drugs = "listed"
    weights: Mapping[str, int] = field(default_factory=dict)  # by disease or area
    seconds_max: float = 10.0
    seed: int = 1
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Site:
    """One pharmacy that was chosen: what it adds, and what it would serve alone."""

    code: str
    name: str
    unit: str
    area: str
    point: Point
    serves: int
    adds: int


@dataclass(frozen=True, slots=True)
class Spot:
    """People of one place: how many are served before, newly, and not at all."""

    point: Point
    before: int
    newly: int
    without: int


@dataclass(frozen=True, slots=True)
class SitingView:
    """The choice, how good it is, and what it leaves."""

    sites: tuple[Site, ...]
    outcomes: tuple[Outcome, ...]
    patients: int
    served_before: int
    served_newly: int
    candidates: int
    without_stock: int  # candidates that keep no stock here
    value: int
    bound: int
    proof: Proof
    gap_percent: float
    travel: str  # whose ways they are
    spots: tuple[Spot, ...]
    standing: tuple[Point, ...]


class NoSuchUnit(Malformed):
    """A unit is asked for that the plan does not have."""

    code = "no-such-unit"

    def __init__(self, unit: str, known: Sequence[str]) -> None:
        super().__init__([FieldError("unit", f"one of {', '.join(known)}")])
        self.words = Words(
            f"没有配额单位“{unit}”。",
            f"No quota unit {unit}.",
            f"可选：{'、'.join(known)}。",
            f"Choose one of {', '.join(known)}.",
        )


def pooling_area_of(region: str) -> str:
    """Return the pooling area of a region that has a policy pack."""
    areas = (pack.area for pack in load_packs() if pack.region == region and pack.area)
    return next(areas, "")[:4]


def quota_of(rules: Rules) -> Quota:
    """Give the figures of the plan that is in force."""
    targets, names = dict(rules.quota_targets), dict(rules.quota_units)
    return Quota(targets, names, rules.quota_ceilings)


def close_gaps(
    session: Session,
    quota: Quota,
    asked: Asked,
    travel: TravelTimes,
    *,
    vault: Vault,
) -> SitingView:
    """Choose the candidates that close the gaps of the units asked for and serve most."""
    reject_unknown_units(quota, asked)
    shops = standing(session, asked.pooling_area, asked.day)
    could = [
        each
        for each in network.candidates(session)
        if each.area.startswith(asked.pooling_area)
    ]
    area, day = asked.pooling_area, asked.day
    needs = needs_by_place(session, vault, pooling_area=area, day=day)
    stock = held(session, asked.pooling_area, asked.day)
    drugs = _drugs(session, asked, stock)
    towards = _towards(quota, shops)
    chosen_from = [
        (each, units)
        for each in could
        if (units := _units(quota, each, towards, asked))
    ]
    near = partial(_served_by, needs=needs, stock=drugs, asked=asked, travel=travel)
    before = near([it for it, _ in shops])
    after = near([it for it, _ in chosen_from])
    problem = Siting(
        _plan(session, quota, asked),
        tuple(Candidate(it.code, units) for it, units in chosen_from),
        _groups(needs, before, after, asked.weights),
        asked.extra,
    )
    answer = solve(
        problem, seconds_max=asked.seconds_max, seed=asked.seed, workers=asked.workers
    )
    assert not (wrong := faults(problem, answer)), wrong
    by_code = {each.code: each for each in could}
    chosen = {each.code for each in answer.chosen}
    taken = {at for at, (it, _) in enumerate(chosen_from) if it.code in chosen}
    return SitingView(
        sites=tuple(_site(by_code[it.code], it) for it in answer.chosen),
        outcomes=answer.outcomes,
        patients=sum(need.persons for need in needs),
        served_before=sum(
            need.persons for need, by in zip(needs, before, strict=True) if by.size
        ),
        served_newly=answer.persons,
        candidates=len(chosen_from),
        without_stock=sum(each.code not in stock for each, _ in chosen_from),
        value=answer.value,
        bound=answer.bound,
        proof=answer.proof,
        gap_percent=answer.gap_percent,
        travel=getattr(travel, "told", lambda: type(travel).__name__)(),
        spots=_spots(needs, before, after, taken),
        standing=tuple(each.point for each, _ in shops),
    )


def reject_unknown_units(quota: Quota, asked: Asked) -> None:
    """Raise NoSuchUnit where a unit is asked for that the plan does not have."""
    for unit in asked.units:
        if unit not in quota.targets:
            raise NoSuchUnit(unit, tuple(quota.targets))


Towards = Mapping[str, tuple[str, ...]]
Stock = Mapping[str, frozenset[str]] | None


def _towards(quota: Quota, shops: Sequence[tuple[Outlet, Agreement]]) -> Towards:
    """Say which units the pharmacies of an area count towards.

    The unit of the area's own name, and every unit towards which a pharmacy there counts
    already: 市本级 and 经开区 overlap the districts, and no text says where (R2).
    """
    found: dict[str, set[str]] = defaultdict(set)
    for area, name in AREAS.items():
        own = quota.other_names.get(name, name)
        found[area] |= {own} & quota.targets.keys()
    for outlet, agreement in shops:
        unit = agreement.quota_unit or ""
        found[outlet.area] |= {quota.other_names.get(unit, unit)} & quota.targets.keys()
    order = list(quota.targets)
    return {area: tuple(sorted(it, key=order.index)) for area, it in found.items()}


def _units(
    quota: Quota, outlet: Outlet, towards: Towards, asked: Asked
) -> tuple[str, ...]:
    """Name the units that a candidate could count towards, of those asked for."""
    named = outlet.quota_unit or ""
    own = quota.other_names.get(named, named)
    units = (own,) if own in quota.targets else towards.get(outlet.area, ())
    return tuple(unit for unit in units if unit in (asked.units or quota.targets))


def _served_by(
    shops: Sequence[Outlet],
    *,
    needs: Sequence[Need],
    stock: Stock,
    asked: Asked,
    travel: TravelTimes,
) -> list[Numbers]:
    """Say for each need the shops that are near enough and have what it takes."""
    places = dict.fromkeys(need.point for need in needs)
    numbers = {point: at for at, point in enumerate(places)}
    near = reached(list(numbers), [shop.point for shop in shops], asked.limit, travel)
    able: dict[frozenset[str], npt.NDArray[np.bool_]] = {}
    for need in needs:
        if need.needs not in able:
            has = [_has(stock, shop.code, need.needs) for shop in shops]
            able[need.needs] = np.array(has, bool)
    found = []
    for need in needs:
        mine = near[numbers[need.point]]
        found.append(mine[able[need.needs][mine]])
    return found


def _drugs(
    session: Session, asked: Asked, stock: Mapping[str, frozenset[str]]
) -> Stock:
    if asked.drugs == "any":
        return None
    if asked.drugs == "listed":
        return {**listed(session, asked.pooling_area), **stock}
    return stock


def _has(stock: Stock, code: str, needs: frozenset[str]) -> bool:
    return stock is None or needs <= stock.get(code, frozenset())


def _plan(session: Session, quota: Quota, asked: Asked) -> tuple[Unit, ...]:
    """Make the units of the problem from where each stands on the day."""
    found = []
    for each in network.quota_standings(session, quota.targets, asked.day):
        if asked.units and each.unit not in asked.units:
            continue
        if each.unit in quota.ceilings:
            room = max(0, each.target - each.designated)
            found.append(Unit(each.unit, room=room))
        else:
            found.append(Unit(each.unit, each.gap))
    return tuple(found)


def _groups(
    needs: Sequence[Need],
    before: Sequence[Numbers],
    after: Sequence[Numbers],
    weights: Mapping[str, int],
) -> tuple[Group, ...]:
    return tuple(
        Group(need.persons, tuple(by.tolist()), weight_of(need, weights))
        for need, served, by in zip(needs, before, after, strict=True)
        if not served.size
    )


def _spots(
    needs: Sequence[Need],
    before: Sequence[Numbers],
    after: Sequence[Numbers],
    taken: set[int],
) -> tuple[Spot, ...]:
    """Count the people of each place: served before, newly, or not at all; never a few alone."""
    counted: dict[Point, Counter[str]] = defaultdict(Counter)
    for need, served, by in zip(needs, before, after, strict=True):
        newly = not taken.isdisjoint(by.tolist())
        kind = "before" if served.size else "newly" if newly else "without"
        counted[need.point][kind] += need.persons
    return tuple(
        Spot(point, it["before"], it["newly"], it["without"])
        for point, it in gathered(counted).items()
    )


def _site(outlet: Outlet, chosen: Chosen) -> Site:
    return Site(
        outlet.code,
        outlet.name,
        chosen.unit,
        outlet.area,
        outlet.point,
        chosen.serves,
        chosen.adds,
    )
