"""What becomes of each row of a file: new, changed and how, the same, or refused and why.

A row is held against what stands on the day from which it is to hold, so that a file that
was put in before changes nothing, and one for an earlier day corrects that day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from typing import Any, Literal

from pharmacies.catalogue.columns import FIGURES, Draft, Fault
from pharmacies.catalogue.said import Said
from pharmacies.medicines import Medicine

Outcome = Literal["new", "changed", "same", "refused"]
Key = tuple[
    str, ...
]  # a medicine's code, after a region or a price list where it has one
_OPTIONAL = frozenset(
    each.name for each in fields(Medicine) if each.default is not MISSING
) | {"inn", "drug_class", "spec", "label", "conditions", "group"}
_EMPTY = {
    "inn": "",
    "drug_class": "",
    "spec": "",
    "label": "",
    "conditions": frozenset(),
    "group": "ordinary",
}
_TERMS = ("standard_fen", "self_pay_permyriad", "vbp", "on_platform")


@dataclass(frozen=True, slots=True)
class Change:
    """What a row changes: the field, what it was, what it is to be."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one row."""

    row: int
    key: Key
    outcome: Outcome
    valid_from: date | None = None
    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written: of a thing, from a day on, its values."""

    key: Key
    valid_from: date
    values: Any  # a Medicine, the terms of a region, or a price in fen


@dataclass(slots=True)
class Seen:
    """What the rows before had: which things from which day, and their entries."""

    rows: dict[tuple[Key, date], int] = field(default_factory=dict)
    entries: dict[Key, list[Entry]] = field(default_factory=dict)

    def before(self, key: Key, day: date) -> Any:
        """Give what rows of this file let stand on a day, and since when; else None."""
        held = [one for one in self.entries.get(key, ()) if one.valid_from <= day]
        return max(held, key=lambda one: one.valid_from) if held else None


def twice(draft: Draft, key: Key, day: date, seen: Seen) -> Fault | None:
    """Say where a row tells of the same thing and day as one before it."""
    first = seen.rows.setdefault((key, day), draft.row)
    if first == draft.row:
        return None
    said = Said(f"与第 {first} 行重复。", f"is the same thing and day as row {first}.")
    return Fault("国家医保药品编码", said)


def refused(draft: Draft, key: Key, *more: Fault) -> Fate:
    """Refuse a row with everything that is wrong with it."""
    return Fate(draft.row, key, "refused", faults=(*draft.faults, *more))


def given(draft: Draft) -> dict[str, Any]:
    """Give a row's values under the names of a medicine."""
    values = {
        FIGURES.get(name, name): value
        for name, value in draft.values.items()
        if name != "valid_from"
    }
    if "spec" not in values and {"strength", "pack"} & values.keys():
        told = (values.get("strength", ""), values.get("pack", ""))
        values["spec"] = "×".join(filter(None, told))
    return values


def of_medicine(
    draft: Draft, day: date, standing: Medicine | None
) -> tuple[Fate, Medicine | None]:
    """Say what becomes of a row about a medicine, and what it is to be."""
    values, key = given(draft), (draft.values["code"],)
    if wrong := _disagreement(values, standing):
        return refused(draft, key, wrong), None
    if standing is not None:
        wanted = replace(standing, **values)
        changes = _changes(standing, wanted, values)
        outcome: Outcome = "changed" if changes else "same"
        return Fate(draft.row, key, outcome, day, changes), wanted
    lacking = [
        each.name
        for each in fields(Medicine)
        if each.name not in values and each.name not in _OPTIONAL
    ]
    if lacking:
        return refused(draft, key, _lacking(lacking)), None
    return Fate(draft.row, key, "new", day), Medicine(**(_EMPTY | values))


def of_terms(
    draft: Draft,
    day: date,
    standing: Any,
    medicine: Medicine,
) -> tuple[Fate, dict[str, Any] | None]:
    """Say what becomes of a row about a region's terms; what it leaves out stays as it is.

    Without terms of the region it is what holds everywhere.
    """
    values = given(draft)
    key = (values.pop("region"), values.pop("code"))
    base = {name: getattr(standing or medicine, name) for name in _TERMS}
    if standing is None and "standard_fen" not in values:
        return refused(draft, key, _lacking(["standard_fen"])), None
    wanted = base | values
    if standing is None:
        return Fate(draft.row, key, "new", day), wanted
    changes = tuple(
        Change(name, base[name], wanted[name])
        for name in _TERMS
        if base[name] != wanted[name]
    )
    return Fate(draft.row, key, "changed" if changes else "same", day, changes), wanted


def of_price(draft: Draft, day: date, standing: int | None) -> tuple[Fate, int]:
    """Say what becomes of a row about a price."""
    values = given(draft)
    key, price_fen = (values["price_list"], values["code"]), values["price_fen"]
    if standing is None:
        return Fate(draft.row, key, "new", day), price_fen
    if standing == price_fen:
        return Fate(draft.row, key, "same", day), price_fen
    change = Change("price_fen", standing, price_fen)
    return Fate(draft.row, key, "changed", day, (change,)), price_fen


def _changes(
    before: Medicine, after: Medicine, values: Mapping[str, Any]
) -> tuple[Change, ...]:
    return tuple(
        Change(name, getattr(before, name), getattr(after, name))
        for name in values
        if getattr(before, name) != getattr(after, name)
    )


def _disagreement(values: Mapping[str, Any], standing: Medicine | None) -> Fault | None:
    atc = values.get("atc", standing.atc if standing else "")
    if not atc or atc.startswith(values["code"][1:6]):
        return None
    said = Said(
        f"ATC {atc} 与编码第 2–6 位 {values['code'][1:6]} 不一致。",
        f"ATC {atc} and characters 2 to 6 of the code, {values['code'][1:6]}, disagree.",
    )
    return Fault("ATC", said)


def _lacking(names: Sequence[str]) -> Fault:
    told = [_HEADINGS.get(name, name) for name in names]
    return Fault(
        "、".join(told),
        Said("新增时必须填写。", "is needed where something is new."),
    )


_HEADINGS = {
    "name": "药品名称",
    "generic": "通用名",
    "atc": "ATC",
    "tier": "甲乙类",
    "standard_fen": "支付标准",
    "self_pay_permyriad": "先行自付比例",
    "vbp": "集采中选",
    "essential": "基本药物",
    "consistency": "一致性评价",
    "on_platform": "省平台挂网",
    "storage": "储存条件",
}
