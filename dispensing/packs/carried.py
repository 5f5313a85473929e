"""Every rule of the texts is acted on, or listed as not implemented with its reason."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from dispensing.checks import ALL_CHECKS
from dispensing.packs.shelf import Shelf
from dispensing.policy.parameters import parameter
from dispensing.policy.toml_file import BadPack, Table, TomlFile

T = TypeVar("T")

ANSWERS = (*ALL_CHECKS, "split", "layers")  # what can act on a requirement
RULE = "R"

_KEYS = frozenset({"id", "region", "clause", "kinds", "says", "checks"})
_LISTED_KEYS = frozenset({"id", "reason"})
_ID = re.compile(r"\b[A-Z]{1,3}[0-9]+\b")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a text asks for."""

    id: str
    region: str
    clause: str
    kinds: tuple[str, ...]
    says: str
    checks: tuple[str, ...]
    file: TomlFile

    def fault(self, expected: str) -> str:
        """Say what is wrong: file, line, id, what was expected."""
        return str(self.file.bad(self.id, expected, "id"))


@dataclass(frozen=True, slots=True)
class Carriage:
    """How the requirements of one region are carried, each counted once."""

    region: str
    acted: int  # a check, the split, the layers or a board act on it
    data: int  # carried in a pack, for lists, reports and clearing
    listed: int  # rules said not to be implemented
    open: int  # neither: of a kind other than R


def load_requirements(folder: Path) -> tuple[Requirement, ...]:
    """Load the list of requirements beside the packs; `BadPack` where it is not fit."""
    found = _items(folder / "requirements.toml", _KEYS, _requirement)
    return tuple(one for _, one in found)


def load_listed(folder: Path) -> Mapping[str, TomlFile]:
    """Load what is not implemented: the place of each id, which has to have a reason."""
    found = _items(folder / "not-implemented.toml", _LISTED_KEYS, _listed)
    return {name: file for file, name in found}


def weigh(shelf: Shelf) -> tuple[tuple[Carriage, ...], tuple[str, ...]]:
    """Compare the requirements with the packs: the counts, and what is wrong."""
    try:
        asked, listed = load_requirements(shelf.folder), load_listed(shelf.folder)
    except BadPack as error:
        return (), tuple(one.said for one in error.each)
    by_id = {one.id: one for one in asked}
    acting, carried, faults = _carried(shelf, by_id)
    acting |= {one.id for one in asked if one.checks}
    faults += _unheld(asked, acting, listed)
    for name, file in listed.items():
        if name not in by_id:
            faults.append(str(file.bad(name, "expected the id of a requirement", "id")))
        elif name in acting:
            faults.append(str(file.bad(name, "expected a rule that nothing acts on")))
    places = dict.fromkeys(one.region for one in asked)
    counts = (
        _count([one for one in asked if one.region == place], acting, carried, listed)
        for place in places
    )
    return tuple(counts), tuple(faults)


def _carried(
    shelf: Shelf, by_id: Mapping[str, Requirement]
) -> tuple[set[str], set[str], list[str]]:
    """Find the requirements that figures name: acted on, carried at all, and faults."""
    found: dict[bool, set[str]] = defaultdict(set)
    faults = []
    for one in shelf.placed:
        for name in _named(one.figure.cited.requirement):
            asked = by_id.get(name)
            if asked is None or asked.region != one.pack.region:
                expected = f"expected a requirement of {one.pack.region}, got {name}"
                faults.append(one.fault(expected, "requirement"))
                continue
            read = parameter(one.figure.name)
            found[read.acts or read.on_board].add(name)
    return found[True], found[True] | found[False], faults


def _named(words: str) -> Iterator[str]:
    """Give the ids in a figure's requirement; readings (R1-R18) are not among them."""
    return (name for name in _ID.findall(words) if not re.fullmatch("R[0-9]+", name))


def _unheld(
    asked: tuple[Requirement, ...], acting: set[str], listed: Mapping[str, TomlFile]
) -> list[str]:
    expected = "expected a figure or a check that acts on the rule, or a reason why not"
    faults = []
    for one in asked:
        for check in one.checks:
            if check not in ANSWERS:
                faults.append(one.fault(f"expected a known check, got {check}"))
        if RULE in one.kinds and one.id not in acting and one.id not in listed:
            faults.append(one.fault(f"{expected} (not-implemented.toml)"))
    return faults


def _count(
    asked: list[Requirement],
    acting: set[str],
    carried: set[str],
    listed: Mapping[str, TomlFile],
) -> Carriage:
    names = {one.id for one in asked}
    acted, data = names & acting, names & carried - acting - set(listed)
    left = names - acted - data - set(listed)
    return Carriage(
        asked[0].region, len(acted), len(data), len(names & set(listed)), len(left)
    )


def _requirement(file: TomlFile, item: Table) -> Requirement:
    name = file.words(item, "id", "requirements")
    kinds, checks = item.get("kinds", []), item.get("checks", [])
    if not isinstance(kinds, list) or not isinstance(checks, list):
        raise file.bad(name, "expected kinds and checks as lists", "kinds")
    return Requirement(
        name,
        file.words(item, "region", name),
        file.words(item, "clause", name),
        tuple(kinds),
        file.words(item, "says", name),
        tuple(checks),
        file,
    )


def _listed(file: TomlFile, item: Table) -> str:
    name = file.words(item, "id", "requirements")
    file.words(item, "reason", name)
    return name


def _items(
    path: Path, keys: frozenset[str], read: Callable[[TomlFile, Table], T]
) -> list[tuple[TomlFile, T]]:
    """Read the entries of a list, each with its place; all that is wrong is one error."""
    try:
        file = TomlFile(path.name, path.read_bytes())
    except OSError as error:
        expected = f"expected a file to read: {error.strerror}"
        raise BadPack(path.name, "file", expected) from error
    content = file.content(frozenset({"requirements"}))
    found = []
    for number, item in enumerate(file.tables(content, "requirements")):
        here = file.of("requirements", number)
        file.noted(partial(here.known, f"requirements[{number}]", item, keys))
        one = file.noted(partial(read, here, item))
        if one is not None:
            found.append((here, one))
    file.refuse()
    return found
