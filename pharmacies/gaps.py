"""What chains and delivery firms owe and lack on a day (W15 to W19). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from pharmacies.carriers import Carrier
from pharmacies.chains import DrugList, list_on, uncovered
from pharmacies.qualifications import Qualification, expiring, holds

GapKind = Literal[
    "framework_ended",
    "no_shop",
    "no_list",
    "disease_uncovered",
    "no_stock_kept",
    "not_in_stock",
    "licence_ended",
    "cold_chain_ended",
    "no_carrier",
    "no_cold_carrier",
]
GAP_KINDS: tuple[GapKind, ...] = get_args(GapKind)
REQUIREMENTS: Mapping[GapKind, str] = {
    "framework_ended": "W15",
    "no_shop": "W16",
    "no_list": "W17",
    "disease_uncovered": "W17",
    "no_stock_kept": "W17",
    "not_in_stock": "W17",
    "licence_ended": "W18",
    "cold_chain_ended": "W18",
    "no_carrier": "W19",
    "no_cold_carrier": "W19",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is lacking: which requirement, whose, where, for which disease or medicine.

    `since` is the first day without, where a paper that ended tells it.
    """

    kind: GapKind
    who: str  # a chain, a firm's code; "" where an area has none at all
    area: str = ""
    disease: str = ""
    medicine: str = ""
    medicine_name: str = ""
    since: date | None = None

    @property
    def requirement(self) -> str:
        """Name what asks for it."""
        return REQUIREMENTS[self.kind]


@dataclass(frozen=True, slots=True)
class Shops:
    """How many shops a chain has in each area."""

    chain: str
    framework: bool  # good on the day
    by_area: Mapping[str, int]
    listed_on: date | None


@dataclass(frozen=True, slots=True)
class Register:
    """What the gaps of a day are found in."""

    areas: Sequence[str]
    diseases: Sequence[str]
    shops: Mapping[str, Mapping[str, int]]  # chain -> area -> how many
    lists: Sequence[DrugList]
    served: Mapping[str, frozenset[str]]  # medicine -> diseases
    carriers: Sequence[Carrier]
    frameworks: Sequence[Qualification]
    # chain -> what some shop of it has; a chain whose shops keep no stock here is left out
    stocked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)  # medicine -> name


@dataclass(frozen=True, slots=True)
class GapReport:
    """The gaps of a day, what ends soon, and where each chain has its shops."""

    day: date
    within_days: int
    gaps: tuple[Gap, ...]
    expiring: tuple[Qualification, ...]
    chains: tuple[Shops, ...]


def report(register: Register, day: date, within_days: int) -> GapReport:
    """Find what is lacking on a day, and what ends within some days."""
    if within_days < 0:
        raise ValueError(f"expected 0 days or more, got {within_days}")
    papers = (
        *register.frameworks,
        *(paper for each in register.carriers for paper in each.papers),
    )
    return GapReport(
        day,
        within_days,
        (*_chain_gaps(register, day), *_carrier_gaps(register, day)),
        expiring(papers, day, within_days),
        tuple(_shops(register, chain, day) for chain in sorted(register.shops)),
    )


def _chain_gaps(register: Register, day: date) -> Iterator[Gap]:
    """Look at the chains that have, or had, a framework agreement: they have promised."""
    for chain in sorted({each.holder for each in register.frameworks}):
        mine = [each for each in register.frameworks if each.holder == chain]
        if not any(each.covers(day) for each in mine):
            # One that has only begun later is not lacking anything yet.
            if past := [each.ends for each in mine if each.ends < day]:
                yield Gap("framework_ended", chain, since=max(past))
            continue
        has = register.shops.get(chain, {})
        for area in register.areas:
            if not has.get(area):
                yield Gap("no_shop", chain, area)
        listed = list_on(register.lists, chain, day)
        if listed is None:
            yield Gap("no_list", chain)
            continue
        for disease in uncovered(listed, register.diseases, register.served):
            yield Gap("disease_uncovered", chain, disease=disease)
        yield from _stock_gaps(register, listed)


def _stock_gaps(register: Register, listed: DrugList) -> Iterator[Gap]:
    """Hold what a chain has published against what its shops have (确保提供相应药品)."""
    stocked = register.stocked.get(listed.chain)
    if stocked is None:
        yield Gap("no_stock_kept", listed.chain)
        return
    for code in sorted(listed.medicines - stocked):
        name = register.names.get(code, "")
        yield Gap("not_in_stock", listed.chain, medicine=code, medicine_name=name)


def _carrier_gaps(register: Register, day: date) -> Iterator[Gap]:
    for each in register.carriers:
        if not each.licensed(day):
            yield Gap("licence_ended", each.code, since=_ended(each, "licence", day))
        if holds(each.papers, "cold_chain", day) is False:
            since = _ended(each, "cold_chain", day)
            if since is not None:
                yield Gap("cold_chain_ended", each.code, since=since)
    for area in register.areas:
        if not any(each.serves(area, day, cold=False) for each in register.carriers):
            yield Gap("no_carrier", "", area)
        elif not any(each.serves(area, day, cold=True) for each in register.carriers):
            yield Gap("no_cold_carrier", "", area)


def _ended(carrier: Carrier, kind: str, day: date) -> date | None:
    mine = [each for each in carrier.papers if each.kind == kind]
    past = [each.ends for each in mine if each.ends < day]
    if kind == "licence" and not mine:
        return carrier.licence_until
    return max(past, default=None)


def _shops(register: Register, chain: str, day: date) -> Shops:
    mine = [each for each in register.frameworks if each.holder == chain]
    listed = list_on(register.lists, chain, day)
    return Shops(
        chain,
        bool(holds(mine, "framework", day)),
        register.shops[chain],
        listed.published_on if listed else None,
    )
