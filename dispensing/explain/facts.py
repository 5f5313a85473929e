"""The numbers and facts that each check was given, for those who want to check them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dispensing.explain.phrases import FACTS, WORDS
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing, Line
from dispensing.words import say_either, word
from pharmacies.places import AREAS


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a check looked at."""

    name: str
    value: str


_DAYS = re.compile(r"([0-9]+) days$")
Given = tuple[str, str] | tuple[str, str, str]  # key of the name, value, medicine
Facts = Callable[[Dispensing, Rules], list[Given]]


def facts_of(
    check: str, dispensing: Dispensing, rules: Rules, language: str
) -> tuple[Fact, ...]:
    """Name what a check looked at in this dispensing, and the figure it was held to."""
    given = _FACTS[check](dispensing, rules) if check in _FACTS else []
    return tuple(_fact(*one, language=language) for one in given)


def _fact(key: str, value: str, medicine: str = "", *, language: str) -> Fact:
    name = f"{medicine} {say_either(FACTS[key], language)}".strip()
    return Fact(name, _shown(value, language))


def _shown(value: str, language: str) -> str:
    if language == "zh":
        value = value.replace(", ", "，")
    days = _DAYS.search(value)
    if days:
        said = say_either(WORDS["days"], language).format(days=days.group(1))
        return value[: days.start()] + said
    if value in WORDS:
        return say_either(WORDS[value], language)
    if language == "zh" and value in AREAS:
        return AREAS[value]
    return word(value, language)


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _days(days: int | None) -> str:
    return "no_limit" if days is None else f"{days} days"


def _each(
    dispensing: Dispensing, name: str, show: Callable[[Line], str]
) -> list[Given]:
    """Give a fact of each line, with the medicine's name where there are several."""
    many = len(dispensing.lines) > 1
    return [(name, show(line), line.name if many else "") for line in dispensing.lines]


def _signature(case: Dispensing, _: Rules) -> list[Given]:
    rx = case.prescription
    return [("signature", rx.signature), ("record_no", rx.record_no or "none")]


def _validity(case: Dispensing, rules: Rules) -> list[Given]:
    rx = case.prescription
    return [
        ("issued_on", rx.issued_on.isoformat()),
        ("valid_days", _days(rx.valid_days or rules.valid_days)),
        ("on", case.on.isoformat()),
    ]


def _area(case: Dispensing, _: Rules) -> list[Given]:
    filed = case.insured.away_filed
    areas: list[Given] = [
        ("insured_area", case.insured.area),
        ("outlet_area", case.outlet.area),
    ]
    return [*areas, ("away_filed", filed)] if filed else areas


def _registered(case: Dispensing, _: Rules) -> list[Given]:
    disease = case.prescription.disease
    since = case.insured.diseases.get(disease)
    return [("disease", disease), ("since", since.isoformat() if since else "none")]


def _exclusive(case: Dispensing, _: Rules) -> list[Given]:
    since = case.insured.chronic_outpatient.get(case.prescription.disease)
    return [("chronic_since", since.isoformat() if since else "none")]


def _max_days(case: Dispensing, rules: Rules) -> list[Given]:
    return [
        *_each(case, "supply_days", lambda line: f"{line.supply_days} days"),
        ("days_usual", _days(rules.days_usual)),
        ("days_max", _days(rules.days_max)),
        ("long_term", _yes(case.prescription.long_term)),
    ]


def _storage(case: Dispensing, rules: Rules) -> list[Given]:
    held = [line for line in case.lines if line.group == "special_storage"]
    if not held:
        return [("group", "none")]
    longest = max(line.supply_days for line in held)
    limit = ("special_days", _days(rules.special_storage_days))
    return [("supply_days", f"{longest} days"), limit]


def _duplicate(case: Dispensing, rules: Rules) -> list[Given]:
    codes = {line.atc for line in case.lines}
    had: list[Given] = [
        ("had", f"{one.on.isoformat()}, {one.supply_days} days")
        for one in case.insured.history
        if one.atc in codes and one.on <= case.on
    ]
    early = ("early_refill_days", _days(rules.early_refill_days))
    return [*had, early] if had else [("had", "none")]


def _quota(case: Dispensing, rules: Rules) -> list[Given]:
    standing = case.outlet.quota
    if standing is None:
        return []
    unit = rules.quota_units.get(standing.unit, standing.unit)
    target = rules.quota_targets.get(unit)
    found: list[Given] = [("unit", unit), ("standing", str(standing.designated))]
    return found if target is None else [*found, ("target", str(target))]


_FACTS: Mapping[str, Facts] = {
    "prescription.source": lambda case, _: [("source", case.prescription.source)],
    "prescription.signature": _signature,
    "prescription.issuer": lambda case, _: [
        ("designated", _yes(case.prescription.issuer_designated))
    ],
    "prescription.validity": _validity,
    "prescription.unused": lambda case, _: [("status", case.prescription.status)],
    "insured.active": lambda case, _: [("active", _yes(case.insured.active))],
    "insured.scheme": lambda case, _: [("scheme", case.insured.scheme)],
    "insured.area": _area,
    "disease.covered": lambda case, _: [("disease", case.prescription.disease)],
    "disease.registered": _registered,
    "disease.exclusive": _exclusive,
    "drug.catalogue": lambda case, _: _each(
        case, "in_range", lambda line: _yes(line.in_range)
    ),
    "drug.platform": lambda case, _: _each(
        case, "on_platform", lambda line: _yes(line.on_platform)
    ),
    "drug.forbidden": lambda case, _: _each(case, "group", lambda line: line.group),
    "quantity.max_days": _max_days,
    "quantity.special_storage": _storage,
    "quantity.duplicate": _duplicate,
    "outlet.admitted": lambda case, _: [("venue", case.outlet.venue)],
    "outlet.designated": lambda case, _: [("designated", _yes(case.outlet.designated))],
    "outlet.quota": _quota,
    "voucher.admitted": lambda case, _: [("voucher", case.voucher)],
    "trace.codes": lambda case, _: _each(
        case, "traced", lambda line: _yes(line.traced)
    ),
}
