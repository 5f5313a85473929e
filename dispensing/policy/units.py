"""Quota units named by figures: each has to be one that the targets know."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from dispensing.policy.figures import Figure
from dispensing.policy.toml_file import BadPack, TomlFile

KIND = "quota.kind."
ALIASES = "quota.counts_towards"
TARGETS = "quota.targets"


def targets_in(figures: Mapping[int, Figure]) -> frozenset[str]:
    """Name the quota units that have a target in these figures."""
    return targets_of(figures.values())


def targets_of(figures: Iterable[Figure]) -> frozenset[str]:
    """Name the quota units that have a target."""
    tables = (one.value for one in figures if one.name == TARGETS and one.value)
    pairs = cast("Iterable[tuple[tuple[str, int], ...]]", tables)
    return frozenset(unit for table in pairs for unit, _ in table)


def unknown_unit(figure: Figure, targets: frozenset[str]) -> tuple[str, str] | None:
    """Tell the field and what was expected, where a figure names a unit without a target."""
    named: dict[str, str] = {}
    if figure.name.startswith(KIND):
        named["name"] = figure.name.removeprefix(KIND)
    if figure.name == ALIASES and isinstance(figure.value, tuple):
        pairs = cast("tuple[tuple[str, str], ...]", figure.value)
        named |= dict(pairs)
    for field, unit in named.items():
        if unit not in targets:
            known = (
                f", one of {', '.join(sorted(targets))}"
                if targets
                else " with a target"
            )
            return field, f"expected a quota unit{known}, got {unit!r}"
    return None


def unknown_units(
    file: TomlFile, item: str, figures: Mapping[int, Figure], targets: frozenset[str]
) -> Iterator[BadPack]:
    """Find the figures of a file that name a unit without a target."""
    for number, figure in figures.items():
        wrong = unknown_unit(figure, targets)
        if wrong is not None:
            field, expected = wrong
            yield file.of(item, number).bad(figure.name, expected, field)
