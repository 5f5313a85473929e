"""The rules of one region on one day, compiled from documents and an overlay."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any, cast

from dispensing.conditions import CONDITIONS
from dispensing.policy.figures import LAYERS, Citation, Figure, Row
from dispensing.policy.overlay import Overlay
from dispensing.policy.pack import Pack, load_packs
from dispensing.policy.toml_file import BadPack
from dispensing.prescription import VENUES

NO_RULE = Citation("", "", says="no rule is in force on this day")
_RANK = {layer: rank for rank, layer in enumerate(LAYERS)}


class NotInForce(LookupError):
    """No document of the region is in force on the day."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scheme pays at a venue for a disease; `open_figures` are not filled in."""

    ratio: Figure
    ratio_vbp: Figure
    deductible: Figure
    open_figures: tuple[Figure, ...]
    ratio_permyriad: int  # the values of the figures; 0 where they are open
    vbp_permyriad: int
    deductible_fen: int


@dataclass(frozen=True, slots=True)
class Pot:
    """A yearly cap of the fund's payments, for people registered with these diseases."""

    diseases: frozenset[str]
    cap: Figure
    cap_fen: int


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Everything a check or a split asks, looked up once for a region and a day.

    The plain fields are the values of figures; `figures` has them all by name, with
    clause, quote and dates. Compared by identity: the same arguments of `rules_for`
    give the same object.
    """

    region: str
    on: date
    policies: tuple[str, ...]
    versions: Mapping[str, str]  # sha256 of each document's file, and of the overlay
    written: Mapping[str, str]  # what those files say, word for word
    figures: Mapping[str, Figure]
    schemes: frozenset[str]
    diseases: frozenset[str]
    diseases_open: frozenset[str]  # perhaps covered: the list is in another document
    sources: frozenset[str]
    vouchers: frozenset[str]
    exclusive: bool
    away_levels: frozenset[str]  # where a filing may lead; empty: any institution
    pharmacy_admitted: bool | None  # None: the text does not speak of pharmacies
    valid_days: int
    days_max: int | None
    days_usual: int | None
    special_storage_days: int | None
    forbidden_groups: frozenset[str]
    long_excluded_groups: frozenset[str]
    antimicrobial_diseases: frozenset[str]
    early_refill_days: int
    platform_venues: frozenset[str]
    trace_required: bool
    quota_targets: Mapping[str, int]
    quota_units: Mapping[str, str]  # a unit's other names, and what counts towards it
    quota_ceilings: frozenset[str]  # units whose target is a ceiling, not a floor
    terms: Mapping[tuple[str, str, str], Terms]
    pots: Mapping[str, tuple[Pot, ...]]
    shared_cap: bool
    account_pays_own_paid: bool
    account_pays_over_standard: bool
    account_pays_self_pay: bool
    operated: tuple[Figure, ...]  # overlay figures that no amount names by itself

    def cited(self, name: str) -> Citation:
        """Give the citation of a figure, or a note that no rule is in force."""
        figure = self.figures.get(name)
        return NO_RULE if figure is None else figure.cited

    def rows(self, name: str) -> tuple[dict[str, Any], ...]:
        """Give the rows of a table, each by its columns; none where it is left open."""
        figure = self.figures.get(name)
        rows = () if figure is None else cast("tuple[Row, ...]", figure.value or ())
        return tuple(dict(row) for row in rows)

    @property
    def open_figures(self) -> tuple[Figure, ...]:
        """Give the figures that the text leaves to other documents, unfilled."""
        unfilled = {
            item.name: item for item in self.figures.values() if item.value is None
        }
        return tuple(unfilled.values())

    @property
    def overlaid_figures(self) -> tuple[Figure, ...]:
        """Give the figures in force that come from the operator's overlay, each once."""
        laid = {
            item.name: item for item in self.figures.values() if item.layer == "overlay"
        }
        return tuple(laid.values())


@lru_cache(maxsize=2048)
def rules_for(region: str, on: date, overlay: Overlay | None = None) -> Rules:
    """Compile the rules in force in a region on a day; `NotInForce` where there are none.

    Layers: national < province < city < overlay (R12). Keep the overlay object: a new
    one is compiled anew.
    """
    return compile_rules(load_packs(), region, on, overlay)


def region_of(area: str) -> str | None:
    """Name the region whose documents hold for an insured person's area."""
    for pack in load_packs():
        if pack.area and area.startswith(pack.area):
            return pack.region
    return None


def compile_rules(
    packs: tuple[Pack, ...], region: str, on: date, overlay: Overlay | None
) -> Rules:
    """Compile the rules of a region on a day from these packs."""
    if overlay is not None and overlay.region != region:
        expected = f"expected an overlay of {region}, got one of {overlay.region}"
        raise ValueError(expected)
    held = _in_force(packs, region, on)
    figures = _effective(held, on, overlay)
    _one_supply(figures)
    schemes, diseases = _names(figures, "schemes"), _names(figures, "diseases")
    diseases |= _names(figures, "diseases.more")
    diseases_open = _diseases_open(figures) - diseases
    return Rules(
        region=region,
        on=on,
        policies=tuple(pack.id for pack in held),
        versions=MappingProxyType(_versions(held, overlay)),
        written=MappingProxyType(_written(held, overlay)),
        figures=MappingProxyType(figures),
        schemes=schemes,
        diseases=diseases,
        diseases_open=diseases_open,
        sources=_names(figures, "prescription.sources"),
        vouchers=frozenset(
            name.removeprefix("voucher.")
            for name, item in figures.items()
            if name.startswith("voucher.") and item.value is True
        ),
        exclusive=_switch(figures, "disease.exclusive"),
        away_levels=_names(figures, "insured.away_levels"),
        pharmacy_admitted=cast("bool | None", _value(figures, "pharmacy.admitted")),
        valid_days=_days(figures, "prescription.valid_days") or 1,
        days_max=_days(figures, "quantity.days_max"),
        days_usual=_days(figures, "quantity.days_usual"),
        special_storage_days=_days(figures, "quantity.special_storage_days"),
        forbidden_groups=_names(figures, "drug.forbidden_groups"),
        long_excluded_groups=_names(figures, "quantity.long_excluded_groups"),
        antimicrobial_diseases=_names(figures, "quantity.antimicrobial_diseases"),
        early_refill_days=_days(figures, "early_refill_days") or 0,
        platform_venues=_names(figures, "drug.platform_venues"),
        trace_required=_switch(figures, "trace.required"),
        quota_targets=cast("Mapping[str, int]", _table(figures, "quota.targets")),
        quota_units=cast("Mapping[str, str]", _table(figures, "quota.counts_towards")),
        quota_ceilings=_ceilings(figures),
        terms=_terms(figures, region, schemes, diseases | diseases_open),
        pots={scheme: _pots(figures, scheme) for scheme in schemes},
        shared_cap=_switch(figures, "cap.shared_with_ordinary"),
        account_pays_own_paid=_switch(figures, "account.pays_own_paid"),
        account_pays_over_standard=_switch(figures, "account.pays_over_standard"),
        account_pays_self_pay=_switch(figures, "account.pays_self_pay"),
        operated=tuple(filter(_is_operated, figures.values())),
    )


def _versions(packs: tuple[Pack, ...], overlay: Overlay | None) -> dict[str, str]:
    found = {pack.id: pack.sha256 for pack in packs}
    return found if overlay is None else {**found, LAYERS[-1]: overlay.sha256}


def _written(packs: tuple[Pack, ...], overlay: Overlay | None) -> dict[str, str]:
    found = {pack.id: pack.written for pack in packs}
    return found if overlay is None else {**found, LAYERS[-1]: overlay.written}


def _is_operated(figure: Figure) -> bool:
    """Tell an overlay's figure from the benefit figures, which a split names itself."""
    benefit = figure.unit in ("share", "yuan")
    return figure.layer == "overlay" and not benefit


def _in_force(packs: tuple[Pack, ...], region: str, on: date) -> tuple[Pack, ...]:
    own = [pack for pack in packs if pack.region == region]
    if not own:
        known = ", ".join(sorted({pack.region for pack in packs}))
        raise NotInForce(f"no documents of {region!r}; there are: {known}")
    if not any(pack.holds_on(on) for pack in own):
        first = min(pack.effective_from for pack in own)
        raise NotInForce(f"no document of {region} holds on {on}; the first: {first}")
    above = [pack for pack in packs if _above(pack, own)]
    return tuple(pack for pack in [*above, *own] if pack.holds_on(on))


def _above(pack: Pack, own: list[Pack]) -> bool:
    """Tell whether a national or provincial document holds above the region's own."""
    if pack in own or _RANK[pack.layer] >= min(_RANK[item.layer] for item in own):
        return False
    return any(item.area.startswith(pack.area) for item in own)


def _effective(
    packs: tuple[Pack, ...], on: date, overlay: Overlay | None
) -> dict[str, Figure]:
    """Choose one figure for each name: the nearest layer, its latest text first."""
    yields = {layer for pack in packs for layer in pack.yields_to_later}
    best: dict[str, Figure] = {}
    for figure in (figure for pack in packs for figure in pack.figures):
        held = best.get(figure.name)
        if figure.holds_on(on) and (held is None or _wins(figure, held, yields)):
            best[figure.name] = figure
    for laid in overlay.figures if overlay is not None else ():
        if laid.holds_on(on):
            # The clause that a value fills in stays beside it; its source is its own.
            held = best.get(laid.name)
            best[laid.name] = laid if held is None else replace(laid, cited=held.cited)
    return {name: _resolved(best, name) for name in best}


def _wins(new: Figure, held: Figure, yields: set[str]) -> bool:
    """Tell which of two figures of a name holds (R12: L31, T23)."""
    rank_new, rank_held = _RANK[new.layer], _RANK[held.layer]
    if rank_new == rank_held:
        return new.since >= held.since
    upper, lower = (new, held) if rank_new < rank_held else (held, new)
    later = upper.since > lower.since and upper.value is not None
    return (new is upper) == (later and upper.layer in yields)


def _resolved(best: Mapping[str, Figure], name: str) -> Figure:
    """Follow `same_as`, keeping the words of the clause that sends there."""
    first = figure = best[name]
    seen = {name}
    while figure.same_as:
        if figure.same_as in seen or figure.same_as not in best:
            expected = f"expected same_as to lead to a figure, got {figure.same_as!r}"
            raise _unfit(first, name, expected)
        seen.add(figure.same_as)
        figure = replace(best[figure.same_as], cited=figure.cited)
    return figure


def _one_supply(figures: Mapping[str, Figure]) -> None:
    """Refuse a usual supply above the longest one."""
    usual, longest = (
        _days(figures, name) for name in ("quantity.days_usual", "quantity.days_max")
    )
    if usual and longest and usual > longest:
        name = "quantity.days_usual"
        raise _unfit(
            figures[name], name, f"expected at most {longest} days, got {usual}"
        )


def _terms(
    figures: Mapping[str, Figure],
    region: str,
    schemes: frozenset[str],
    diseases: frozenset[str],
) -> dict[tuple[str, str, str], Terms]:
    table = {}
    for scheme, venue, disease in product(schemes, VENUES, diseases):
        ratio = _ratio(figures, region, (scheme, venue, disease), "")
        ratio_vbp = _ratio(figures, region, (scheme, venue, disease), ".vbp")
        near = figures.get(f"deductible.{scheme}.{venue}")
        deductible = near or figures.get(f"deductible.{scheme}")
        if deductible is None:
            expected = (
                f"expected a deductible in {region}, or the document that it is left to"
            )
            raise _unfit(figures["schemes"], f"deductible.{scheme}.{venue}", expected)
        # A figure asked for twice is open once.
        asked = (ratio, ratio_vbp, deductible)
        opened = {item.name: item for item in asked if item.value is None}
        table[scheme, venue, disease] = Terms(
            ratio,
            ratio_vbp,
            deductible,
            tuple(opened.values()),
            cast("int", ratio.value or 0),
            cast("int", ratio_vbp.value or 0),
            cast("int", deductible.value or 0),
        )
    return table


def _ratio(
    figures: Mapping[str, Figure], region: str, key: tuple[str, str, str], vbp: str
) -> Figure:
    """Find the most specific ratio: the venue first, then procurement, then disease."""
    scheme, venue, disease = key
    for place, won, ill in product(
        (f".{venue}", ""), {vbp: 0, "": 0}, (f".{disease}", "")
    ):
        name = f"ratio.{scheme}{place}{won}{ill}"
        if name in figures:
            return figures[name]
    expected = f"expected a ratio in {region}, or the document that it is left to"
    raise _unfit(figures["schemes"], f"ratio.{scheme}.{venue}", expected)


def _unfit(asking: Figure, key: str, expected: str) -> BadPack:
    """Name the place of the figure that asks for another one, which is not there."""
    return BadPack(asking.file or asking.name, key, expected, asking.line)


def _pots(figures: Mapping[str, Figure], scheme: str) -> tuple[Pot, ...]:
    """Collect the caps of a scheme, the pot for most diseases first."""
    stem = f"cap.{scheme}"
    pots = []
    for name, cap in figures.items():
        if cap.value is not None and (name == stem or name.startswith(f"{stem}.")):
            rest = name.removeprefix(stem).removeprefix(".")
            diseases = frozenset(rest.split("+") if rest else ())
            pots.append(Pot(diseases, cap, cast("int", cap.value)))
    return tuple(sorted(pots, key=lambda pot: (-len(pot.diseases), -pot.cap_fen)))


def _diseases_open(figures: Mapping[str, Figure]) -> frozenset[str]:
    """Find the diseases that a list in another document may cover, if there is one."""
    more = figures.get("diseases.more")
    return frozenset(CONDITIONS if more is not None and more.value is None else ())


def _ceilings(figures: Mapping[str, Figure]) -> frozenset[str]:
    """Find the units that a bureau has given a ceiling, all of them or by name (R1)."""
    usual = _value(figures, "quota.kind")
    return frozenset(
        unit
        for unit in _table(figures, "quota.targets")
        if (_value(figures, f"quota.kind.{unit}") or usual) == "ceiling"
    )


def _value(figures: Mapping[str, Figure], name: str) -> object:
    figure = figures.get(name)
    return None if figure is None else figure.value


def _names(figures: Mapping[str, Figure], name: str) -> frozenset[str]:
    return frozenset(cast("tuple[str, ...]", _value(figures, name) or ()))


def _switch(figures: Mapping[str, Figure], name: str) -> bool:
    return _value(figures, name) is True


def _days(figures: Mapping[str, Figure], name: str) -> int | None:
    return cast("int | None", _value(figures, name))


def _table(figures: Mapping[str, Figure], name: str) -> Mapping[str, int | str]:
    rows = cast("tuple[tuple[str, int | str], ...]", _value(figures, name) or ())
    return MappingProxyType(dict(rows))
