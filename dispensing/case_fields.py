"""The fields of a case file, read into a dispensing; whatever is wrong names its field."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

from dispensing.checks import ALL_CHECKS, VERDICTS
from dispensing.money import parse_share, parse_yuan, yuan
from dispensing.prescription import (
    Dispensed,
    Dispensing,
    Insured,
    Line,
    Outlet,
    Prescription,
    QuotaStanding,
    Used,
)

_SWITCHES = {"yes": True, "on": True, "no": False, "off": False}


class CaseError(ValueError):
    """A case that is not fit to be run: the field, and what was expected there.

    One error may carry several faults: `each` has the sentence of each.
    """

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}" if field else expected)
        self.each: tuple[str, ...] = (str(self),)

    @classmethod
    def of(cls, faults: Iterable["CaseError"]) -> "CaseError":
        """Make one error of several, each told once."""
        said = dict.fromkeys(one for fault in faults for one in fault.each)
        error = cls("", "; ".join(said))
        error.each = tuple(said)
        return error


def together(*reads: Callable[[], Any]) -> list[Any]:
    """Read several parts; what is wrong with any of them is one error."""
    found, faults = [], []
    for read in reads:
        try:
            found.append(read())
        except CaseError as error:
            faults.append(error)
    if faults:
        raise CaseError.of(faults)
    return found


def text(raw: Any) -> str:
    """Read words."""
    if not isinstance(raw, str):
        raise ValueError(f"expected words, got {raw!r}")
    return raw


def day(raw: Any) -> date:
    """Read an ISO date."""
    try:
        return date.fromisoformat(text(raw))
    except ValueError as error:
        raise ValueError(f"expected a date such as 2024-03-05, got {raw!r}") from error


def amount(raw: Any) -> int:
    """Read yuan as fen, 0 or more."""
    amount_fen = parse_yuan(text(raw))
    if amount_fen < 0:
        raise ValueError(f"expected an amount of 0 or more, got {raw!r}")
    return amount_fen


def share(raw: Any) -> int:
    """Read a share from 0 to 1."""
    return parse_share(text(raw))


def whole(raw: Any) -> int:
    """Read a whole number of 0 or more; 010 might be eight or ten, and is refused."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", text(raw)):
        raise ValueError(f"expected a whole number, got {raw!r}")
    return int(raw)


def counted(raw: Any) -> int:
    """Read a whole number of 1 or more."""
    if whole(raw) < 1:
        raise ValueError(f"expected 1 or more, got {raw!r}")
    return int(raw)


def switch(raw: Any) -> bool:
    """Read true or false, or yes and no as YAML 1.1 has them."""
    if isinstance(raw, str) and raw.lower() in _SWITCHES:
        return _SWITCHES[raw.lower()]
    if not isinstance(raw, bool):
        raise ValueError(f"expected true or false, got {raw!r}")
    return raw


def anything(raw: Any) -> Any:
    """Leave a value to a later reader."""
    return raw


def decision(raw: Any) -> str:
    """Read a decision."""
    if raw not in ("accepted", "review", "refused"):
        raise ValueError(f"expected accepted, review or refused, got {raw!r}")
    return str(raw)


def amount_text(raw: Any) -> str:
    """Read an amount and write it as the split is written, for comparison."""
    return yuan(parse_yuan(text(raw)))


Reader = Callable[[Any], Any]
Shape = Mapping[str, Any]  # a reader, a shape of a map, or a list with one shape
LINE: Shape = {
    "name": text,
    "atc": text,
    "tier": text,
    "price": amount,
    "standard": amount,
    "quantity": counted,
    "days": counted,
    "self_pay": share,
    "vbp": switch,
    "on_platform": switch,
    "in_range": switch,
    "group": text,
    "traced": switch,
}
INSURED: Shape = {
    "scheme": text,
    "area": text,
    "active": switch,
    "diseases": {"*": day},
    "chronic_outpatient": {"*": day},
    "away_filed": text,
    "used": {"fund": amount, "ordinary_fund": amount, "deductible": amount},
    "account": amount,
    "history": [{"atc": text, "on": day, "days": whole}],
}
OUTLET: Shape = {
    "kind": text,
    "level": text,
    "area": text,
    "designated": switch,
    "quota": {"unit": text, "designated": whole, "rank": whole},
}
PRESCRIPTION: Shape = {
    "source": text,
    "signature": text,
    "record_no": text,
    "issued_on": day,
    "valid_days": counted,
    "status": text,
    "issuer_designated": switch,
    "disease": text,
    "long_term": switch,
}
EXPECT: Shape = {
    "decision": decision,
    "checks": {name: text for name in ALL_CHECKS},
    "total": amount_text,
    "own_paid": amount_text,
    "over_standard": amount_text,
    "self_pay": amount_text,
    "in_scope": amount_text,
    "deductible": amount_text,
    "fund": amount_text,
    "account": amount_text,
    "cash": amount_text,
}
CASE: Shape = {
    "id": text,
    "title": text,
    "cites": [text],
    "note": text,
    "on": day,
    "voucher": text,
    "parameters": {"*": anything},
    "insured": INSURED,
    "outlet": OUTLET,
    "prescription": PRESCRIPTION,
    "lines": [LINE],
    "expect": EXPECT,
}


def checked(raw: Any, shape: Any, field: str) -> Any:
    """Read a value by its shape: unknown fields and bad values raise `CaseError`.

    Null is kept everywhere: it takes a value of the base away.
    """
    if raw is None:
        return None
    if isinstance(shape, list):
        return _list(raw, shape[0], field)
    if isinstance(shape, Mapping):
        return _map(raw, shape, field)
    try:
        return shape(raw)
    except ValueError as error:
        raise CaseError(field, str(error)) from error


def dispensing_of(case: Mapping[str, Any]) -> Dispensing:
    """Build the dispensing of a whole case, base merged in; all faults are one error."""
    needed(case, "", "on", "voucher", "insured", "outlet", "prescription", "lines")
    insured, outlet, prescription, *lines = together(
        partial(_part, _insured, case["insured"]),
        partial(_part, _outlet, case["outlet"]),
        partial(_part, _prescription, case["prescription"]),
        *(
            partial(_part, _line, line, f"lines[{number}]")
            for number, line in enumerate(case["lines"])
        ),
    )
    given = {"insured": insured, "outlet": outlet, "prescription": prescription}
    whole = {"on": case["on"], "voucher": case["voucher"], "lines": tuple(lines)}
    built: Dispensing = _part(Dispensing, **whole, **given)
    return built


def _part(read: Callable[..., Any], *raw: Any, **named: Any) -> Any:
    """Build one part; a value that is none of the field's words is told as it is."""
    try:
        return read(*raw, **named)
    except CaseError:
        raise
    except ValueError as error:
        where = raw[1] if len(raw) > 1 else ""
        raise CaseError(where, str(error)) from error


def needed(part: Any, where: str, *names: str) -> None:
    """Ask for fields that have no default."""
    missing = [
        CaseError(f"{where}.{name}".lstrip("."), "expected a value, got none")
        for name in names
        if not isinstance(part, Mapping) or part.get(name) is None
    ]
    if missing:
        raise CaseError.of(missing)


def _insured(part: Mapping[str, Any]) -> Insured:
    needed(part, "insured", "scheme", "area")
    used = part.get("used") or {}
    return Insured(
        scheme=part["scheme"],
        area=part["area"],
        active=_or(part, "active", True),
        diseases=_registered(part.get("diseases")),
        chronic_outpatient=_registered(part.get("chronic_outpatient")),
        away_filed=part.get("away_filed"),
        used=Used(
            _or(used, "fund", 0),
            _or(used, "ordinary_fund", 0),
            _or(used, "deductible", 0),
        ),
        account_fen=_or(part, "account", 0),
        history=tuple(
            _had(had, f"insured.history[{number}]")
            for number, had in enumerate(part.get("history") or ())
        ),
    )


def _had(part: Mapping[str, Any], where: str) -> Dispensed:
    needed(part, where, "atc", "on", "days")
    return Dispensed(part["atc"], part["on"], part["days"])


def _outlet(part: Mapping[str, Any]) -> Outlet:
    needed(part, "outlet", "kind", "area")
    quota = part.get("quota")
    if quota is not None:
        needed(quota, "outlet.quota", "unit", "designated")
    return Outlet(
        kind=part["kind"],
        level=part.get("level"),
        area=part["area"],
        designated=_or(part, "designated", True),
        quota=None if quota is None else QuotaStanding(**quota),
    )


def _prescription(part: Mapping[str, Any]) -> Prescription:
    needed(part, "prescription", "source", "issued_on", "disease")
    return Prescription(
        source=part["source"],
        signature=_or(part, "signature", "none"),
        record_no=part.get("record_no"),
        issued_on=part["issued_on"],
        valid_days=part.get("valid_days"),
        status=_or(part, "status", "valid"),
        issuer_designated=_or(part, "issuer_designated", True),
        disease=part["disease"],
        long_term=_or(part, "long_term", False),
    )


def _line(part: Mapping[str, Any], where: str) -> Line:
    needed(part, where, "name", "tier", "price", "quantity", "days")
    return Line(
        name=part["name"],
        atc=part.get("atc"),
        tier=part["tier"],
        price_fen=part["price"],
        standard_fen=part.get("standard"),
        quantity=part["quantity"],
        supply_days=part["days"],
        self_pay_permyriad=_or(part, "self_pay", 0),
        vbp=_or(part, "vbp", False),
        on_platform=_or(part, "on_platform", True),
        in_range=_or(part, "in_range", True),
        group=_or(part, "group", "ordinary"),
        traced=_or(part, "traced", True),
    )


def _or(part: Mapping[str, Any], name: str, default: Any) -> Any:
    value = part.get(name)
    return default if value is None else value


def _registered(diseases: Mapping[str, date | None] | None) -> dict[str, date]:
    rows = (diseases or {}).items()
    return {disease: since for disease, since in rows if since is not None}


def _list(raw: Any, shape: Any, field: str) -> list[Any]:
    if not isinstance(raw, list):
        raise CaseError(field, f"expected a list, got {raw!r}")
    reads = (
        partial(checked, item, shape, f"{field}[{n}]") for n, item in enumerate(raw)
    )
    return together(*reads)


def _map(raw: Any, shape: Shape, field: str) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise CaseError(field, f"expected a map, got {raw!r}")
    return dict(
        together(*(partial(_entry, item, shape, field) for item in raw.items()))
    )


def _entry(item: tuple[Any, Any], shape: Shape, field: str) -> tuple[str, Any]:
    key, value = item
    inner = f"{field}.{key}" if field else str(key)
    known = shape.get(key, shape.get("*"))
    if known is None:
        expected = f"unknown field, expected one of {', '.join(shape)}"
        raise CaseError(inner, expected)
    read = checked(value, known, inner)
    if shape is EXPECT and key == "checks":
        _verdicts(read or {}, inner)
    return str(key), read


def _verdicts(checks: Mapping[str, str], field: str) -> None:
    expected = f"expected one of {', '.join(VERDICTS[1:])}"
    wrong = [
        CaseError(f"{field}.{name}", f"{expected}, got {verdict!r}")
        for name, verdict in checks.items()
        if verdict not in VERDICTS[1:]
    ]
    if wrong:
        raise CaseError.of(wrong)
