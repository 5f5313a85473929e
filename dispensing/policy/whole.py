"""Rules compiled for every region and every period, so that no question meets a gap."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

from dispensing.conditions import CONDITIONS
from dispensing.policy.overlay import Overlay
from dispensing.policy.pack import Pack, load_packs
from dispensing.policy.rules import NotInForce, Rules, compile_rules
from dispensing.policy.toml_file import BadPack
from dispensing.prescription import SCHEMES

_DAY = timedelta(days=1)
_BENEFITS = ("ratio", "deductible", "cap")


@cache
def check_packs() -> None:
    """Compile the shipped packs of all regions for each period; `BadPack` names all faults."""
    faults = tuple(unfit(load_packs()))
    if faults:
        raise BadPack.of(faults)


def check_overlay(overlay: Overlay) -> None:
    """Compile the rules of the overlay's region for each period, with the overlay.

    A benefit that no period reads is refused too: its scheme or one of its diseases is
    none of the region's.
    """
    rules, faults = _compiled(load_packs(), overlay.region, overlay)
    faults = faults or list(_unread(overlay, rules))
    if faults:
        raise BadPack.of(faults)


def unfit(packs: Sequence[Pack]) -> Iterator[BadPack]:
    """Find what cannot be compiled, in any region and on any day."""
    for region in sorted({pack.region for pack in packs} - {"national"}):
        compiled, faults = _compiled(packs, region, None)
        yield from faults
        own = next(pack for pack in packs if pack.region == region)
        for rules in compiled:
            if not rules.schemes or not (rules.diseases or rules.diseases_open):
                expected = "expected the figures schemes and diseases"
                yield own.fault("document.region", f"{expected}, none on {rules.on}")


def periods(
    packs: Sequence[Pack], region: str, overlay: Overlay | None
) -> tuple[date, ...]:
    """Give the first day of each period in which the rules of a region stay as they are."""
    near = [pack for pack in packs if pack.region in (region, "national")]
    near += [pack for pack in packs if pack.layer == "province"]
    spans = [(pack.effective_from, pack.effective_until) for pack in near]
    figures = [figure for pack in near for figure in pack.figures]
    figures += overlay.figures if overlay is not None else ()
    spans += [(figure.since, figure.until) for figure in figures]
    begins = {since for since, _ in spans}
    ends = {until + _DAY for _, until in spans if until and until < date.max}
    return tuple(sorted(begins | ends))


def _compiled(
    packs: Sequence[Pack], region: str, overlay: Overlay | None
) -> tuple[list[Rules], list[BadPack]]:
    """Compile each period in which a text holds; give what could not be compiled too."""
    rules, faults = [], []
    for day in periods(packs, region, overlay):
        try:
            rules.append(compile_rules(tuple(packs), region, day, overlay))
        except NotInForce:
            continue
        except BadPack as error:
            faults.append(error)
    return rules, faults


def _unread(overlay: Overlay, compiled: Sequence[Rules]) -> Iterator[BadPack]:
    """Find the benefits of schemes and diseases that the region never has."""
    for figure in overlay.figures:
        family, _, rest = figure.name.partition(".")
        held = [rules for rules in compiled if figure.holds_on(rules.on)]
        if family not in _BENEFITS or not held:
            continue
        named = frozenset(word for part in rest.split(".") for word in part.split("+"))
        missing = [_missing(named, rules) for rules in held]
        if all(missing):
            expected = f"expected schemes and diseases of {overlay.region}"
            said = f"{expected}, {missing[0]} is none of them"
            yield BadPack(figure.file, figure.name, said, figure.line)


def _missing(named: frozenset[str], rules: Rules) -> str:
    """Name a scheme or a disease that these rules do not cover."""
    schemes = (named & frozenset(SCHEMES)) - rules.schemes
    diseases = (named & frozenset(CONDITIONS)) - rules.diseases - rules.diseases_open
    return next(iter(sorted(schemes | diseases)), "")
