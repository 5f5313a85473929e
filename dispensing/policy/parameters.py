"""Which figures there can be, in which unit, and how their values are read."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from dispensing.conditions import CONDITIONS
from dispensing.money import parse_share, parse_yuan
from dispensing.policy.figures import Value
from dispensing.policy.rows import COLUMNS, BadParts, read_rows
from dispensing.prescription import (
    GROUPS,
    LEVELS,
    SCHEMES,
    SOURCES,
    VENUES,
    VOUCHERS,
)

T = TypeVar("T")

_SCHEME = "|".join(SCHEMES)
_VENUE = "|".join(VENUES)
_DISEASE = "|".join(CONDITIONS)
_DISEASES = tuple(CONDITIONS)
CHOICES = ("tier_a", "essential", "consistency", "vbp")  # 甲, 基药, 一致性评价, 集采


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name (or a family of names) that a pack or an overlay may give a value."""

    pattern: re.Pattern[str]
    unit: str
    allowed: tuple[str, ...] = ()
    acts: bool = True  # a check or a split reads it; else it is carried as data
    least: int = 0  # of a number of days
    on_board: bool = False  # a board holds outlets against it; no check reads it


def _parameter(
    pattern: str, unit: str, allowed: tuple[str, ...] = (), *, least: int = 0
) -> Parameter:
    return Parameter(re.compile(pattern), unit, allowed, least=least)


def _data(pattern: str, unit: str, allowed: tuple[str, ...] = ()) -> Parameter:
    return Parameter(re.compile(pattern), unit, allowed, acts=False)


# A `rule` has no value to choose: the figure carries the words that a check rests on,
# and no overlay may switch it off.
PARAMETERS = (
    _parameter(r"schemes", "names", SCHEMES),
    _parameter(r"diseases", "names", _DISEASES),
    _parameter(r"diseases\.more", "names", _DISEASES),
    _parameter(r"disease\.exclusive", "switch"),
    _parameter(r"disease\.registered", "rule"),
    _parameter(r"insured\.(active|area|away)", "rule"),
    _parameter(r"insured\.away_levels", "names", LEVELS),
    _parameter(r"outlet\.designated", "rule"),
    _parameter(r"pharmacy\.admitted", "switch"),
    _parameter(r"prescription\.sources", "names", SOURCES),
    _parameter(r"prescription\.(signature|issuer|validity|unused)", "rule"),
    _parameter(r"prescription\.valid_days", "days", least=1),
    _parameter(rf"voucher\.({'|'.join(VOUCHERS)})", "switch"),
    _parameter(r"drug\.catalogue", "rule"),
    _parameter(r"drug\.platform_venues", "names", VENUES),
    _parameter(r"drug\.forbidden_groups", "names", GROUPS),
    _parameter(
        r"quantity\.(days_max|days_usual|special_storage_days)", "days", least=1
    ),
    _parameter(r"quantity\.long_excluded_groups", "names", GROUPS),
    _parameter(r"quantity\.antimicrobial_diseases", "names", _DISEASES),
    _parameter(r"early_refill_days", "days"),
    _parameter(r"trace\.required", "switch"),
    _parameter(r"quota\.targets", "table"),
    _parameter(r"quota\.total", "pharmacies"),
    _parameter(r"quota\.counts_towards", "aliases"),
    _parameter(r"quota\.kind(\.[^.]+)?", "choice", ("floor", "ceiling")),
    _parameter(rf"ratio\.({_SCHEME})(\.({_VENUE}))?(\.vbp)?(\.({_DISEASE}))?", "share"),
    _parameter(rf"deductible\.({_SCHEME})(\.({_VENUE}))?", "yuan"),
    _parameter(rf"cap\.({_SCHEME})(\.({_DISEASE})(\+({_DISEASE}))*)?", "yuan"),
    _parameter(r"cap\.shared_with_ordinary", "switch"),
    _parameter(r"account\.pays_(own_paid|over_standard|self_pay)", "switch"),
    # Carried as data: for lists, reports and clearing, not for one dispensing.
    _data(r"drug\.choice_order", "names", CHOICES),
    _data(r"heads\.excludes_new", "switch"),
    _data(r"admission\.(licence|manager|system|general|card|platform)", "rule"),
    _data(
        r"admission\.((clean|running|contract|retry)_months|pharmacists_min)", "count"
    ),
    _data(r"agreement\.term_months", "count"),
    _data(r"delivery\.(providers_min|shops_min|promise_hours)", "count"),
    # From which score two entries of registries are one person, where nobody looks.
    _data(r"matching\.score_min", "share"),
    # Of a parcel at 2-8 °C: what no text tolerates or bounds, in minutes.
    _data(r"cold\.(outside|out|gap)_minutes_max", "count"),
    _data(r"score\.(regular|qualified)_share", "share"),
    _data(r"contract\.deducted_share", "share"),
    _data(r"payout\.tilt_share", "share"),
    _data(r"vbp\.retained_share", "share"),
    Parameter(re.compile(r"stock\.minima"), "rows", acts=False, on_board=True),
    _data("|".join(re.escape(name) for name in COLUMNS), "rows"),
    # A sentence that people act by: the words and the clause are the figure.
    _data(r"clause\.[a-z0-9_]+", "rule"),
)

# What the names of a family are made of, for whoever misspells one.
_FAMILIES = {
    "ratio": ("ratio.SCHEME[.VENUE][.vbp][.DISEASE]", SCHEMES, VENUES, _DISEASES),
    "deductible": ("deductible.SCHEME[.VENUE]", SCHEMES, VENUES),
    "cap": ("cap.SCHEME[.DISEASE[+DISEASE...]]", SCHEMES, _DISEASES),
    "voucher": ("voucher.KIND", VOUCHERS),
    "clause": ("clause.NAME in small letters, digits and _",),
}


def parameter(name: str) -> Parameter:
    """Find what a name stands for; an unknown name raises `ValueError`."""
    for item in PARAMETERS:
        if item.pattern.fullmatch(name):
            _one_order(name)
            return item
    expected = f"expected the name of a known parameter, {_names_near(name)}"
    raise ValueError(f"{expected}, got {name!r}")


def _one_order(name: str) -> None:
    """Refuse a pot for several diseases whose name is not the one that all texts use."""
    stem, dot, rest = name.rpartition(".")
    if not name.startswith("cap.") or "+" not in rest:
        return
    diseases = "+".join(sorted(set(rest.split("+")), key=_DISEASES.index))
    if diseases != rest:
        raise ValueError(f"expected {stem}{dot}{diseases}, got {name!r}")


def _names_near(name: str) -> str:
    """Tell the names of a family, or the families there are."""
    family = name.partition(".")[0]
    if family in _FAMILIES:
        shape, *allowed = _FAMILIES[family]
        return "; ".join((str(shape), *(", ".join(words) for words in allowed)))
    plain = [re.sub(r"\\(.)", r"\1", item.pattern.pattern) for item in PARAMETERS]
    near = [words for words in plain if words.startswith(f"{family}.")]
    if near:
        return f"one of {', '.join(near)}"
    first = {re.split(r"[.|(]", words)[0] for words in plain}
    return f"one that begins with {', '.join(sorted(first))}"


def read_value(name: str, raw: object) -> Value:
    """Read a value as it stands in a file, by the unit of its parameter.

    Shares and amounts are strings ("0.35", "100.00"), so that no binary fraction
    comes near them. A bad value raises `ValueError` naming what was expected.
    """
    item = parameter(name)
    if item.unit == "names":
        return _names(raw, item.allowed)
    if item.unit == "choice":
        return _choice(raw, item.allowed)
    if item.unit == "rows":
        return read_rows(name, raw)
    if item.unit == "days":
        return _at_least(
            _count(raw), item.least, f"a number of days from {item.least} on"
        )
    return _READERS[item.unit](raw)


def _share(raw: object) -> int:
    return parse_share(_text(raw, "a share such as '0.35'"))


def _yuan(raw: object) -> int:
    amount_fen = parse_yuan(_text(raw, "an amount in yuan such as '100.00'"))
    return _at_least(amount_fen, 0, "an amount of 0 yuan or more")


def _count(raw: object) -> int:
    return _at_least(_whole(raw), 0, "a whole number of 0 or more")


def _text(raw: object, expected: str) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"expected {expected} as a string, got {raw!r}")
    return raw


def _whole(raw: object) -> int:
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,6}", raw):
        return int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError(f"expected a whole number, got {raw!r}")
    return raw


def _at_least(number: int, least: int, expected: str) -> int:
    if number < least:
        raise ValueError(f"expected {expected}, got {number}")
    return number


def _switch(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(f"expected true or false, got {raw!r}")
    return raw


def _rule(raw: object) -> bool:
    if raw is not True:
        raise ValueError(f"expected true: a rule cannot be switched off, got {raw!r}")
    return True


def _choice(raw: object, allowed: tuple[str, ...]) -> str:
    if raw not in allowed:
        raise ValueError(f"expected one of {', '.join(allowed)}, got {raw!r}")
    return str(raw)


def _names(raw: object, allowed: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise ValueError(f"expected a list of names, got {raw!r}")
    unknown = [repr(name) for name in raw if name not in allowed]
    if unknown:
        expected = f"expected names among {', '.join(allowed)}"
        raise ValueError(f"{expected}, got {', '.join(unknown)}")
    twice = sorted({name for name in raw if raw.count(name) > 1})
    if twice:
        raise ValueError(f"expected each name once, got {', '.join(twice)} again")
    return tuple(raw)


def _table(raw: object) -> tuple[tuple[str, int], ...]:
    return tuple(_each(raw, _count))


def _aliases(raw: object) -> tuple[tuple[str, str], ...]:
    return tuple(_each(raw, lambda to: _text(to, "a name")))


def _each(raw: object, read: Callable[[object], T]) -> Iterable[tuple[str, T]]:
    """Read the values of a table; all that are not fit are told by their keys."""
    if not isinstance(raw, Mapping) or not raw:
        raise ValueError(f"expected a table, got {raw!r}")
    found, faults = [], []
    for name, value in raw.items():
        try:
            found.append((str(name), read(value)))
        except ValueError as error:
            faults.append((str(name), str(error)))
    if faults:
        raise BadParts(faults)
    return found


_READERS: Mapping[str, Callable[[object], Value]] = {
    "share": _share,
    "yuan": _yuan,
    "pharmacies": _count,
    "count": _count,
    "switch": _switch,
    "rule": _rule,
    "table": _table,
    "aliases": _aliases,
}
