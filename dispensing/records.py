"""A dispensing as a plain record: stored with a decision, so that it can be replayed.

`from_record(to_record(dispensing)) == dispensing`, through JSON as well.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dispensing.doubts import Doubt
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
from dispensing.settlement import Split

Record = dict[str, Any]
PLATFORM = "platform"  # beside the dispensing: what the platform said otherwise
AMOUNTS = (
    "total_fen",
    "own_paid_fen",
    "over_standard_fen",
    "self_pay_fen",
    "in_scope_fen",
    "deductible_fen",
    "fund_fen",
    "account_fen",
    "mutual_aid_fen",
    "cash_fen",
)


def to_record(dispensing: Dispensing) -> Record:
    """Turn a dispensing into dicts, lists, strings, whole numbers and booleans."""
    insured = dispensing.insured
    person: Record = {
        "scheme": insured.scheme,
        "area": insured.area,
        "active": insured.active,
        "diseases": _days(insured.diseases),
        "chronic_outpatient": _days(insured.chronic_outpatient),
        "away_filed": insured.away_filed,
        "used": _flat(insured.used),
        "account_fen": insured.account_fen,
        "mutual_aid_fen": insured.mutual_aid_fen,
        "history": [
            {**_flat(had), "on": had.on.isoformat()} for had in insured.history
        ],
    }
    rx = _flat(dispensing.prescription)
    outlet = dispensing.outlet
    return {
        "on": dispensing.on.isoformat(),
        "voucher": dispensing.voucher,
        "insured": person,
        "outlet": {
            **_flat(outlet),
            "quota": None if outlet.quota is None else _flat(outlet.quota),
        },
        "prescription": {
            **rx,
            "issued_on": dispensing.prescription.issued_on.isoformat(),
        },
        "lines": [_flat(line) for line in dispensing.lines],
    }


def from_record(record: Mapping[str, Any]) -> Dispensing:
    """Read back what `to_record` wrote; a bad value raises `ValueError`."""
    rx = {**record["prescription"]}
    rx["issued_on"] = date.fromisoformat(rx["issued_on"])
    outlet = {**record["outlet"]}
    if outlet["quota"] is not None:
        outlet["quota"] = QuotaStanding(**outlet["quota"])
    return Dispensing(
        on=date.fromisoformat(record["on"]),
        voucher=record["voucher"],
        insured=_insured(record["insured"]),
        outlet=Outlet(**outlet),
        prescription=Prescription(**rx),
        lines=tuple(Line(**line) for line in record["lines"]),
    )


def doubts_of(record: Mapping[str, Any]) -> tuple[Doubt, ...]:
    """Read what the platform had said otherwise when the decision was made."""
    told = record.get(PLATFORM, {}).get("doubts", ())
    return tuple(Doubt(code, values) for code, values in told)


def split_record(split: Split | None) -> Record | None:
    """Turn the amounts of a split into a record, line by line; None where there is none."""
    if split is None:
        return None
    bill = {name: getattr(split, name) for name in AMOUNTS}
    lines = [
        {"name": line.name, **{name: getattr(line, name) for name in AMOUNTS}}
        for line in split.lines
    ]
    return {**bill, "lines": lines}


def _insured(record: Mapping[str, Any]) -> Insured:
    return Insured(
        scheme=record["scheme"],
        area=record["area"],
        active=record["active"],
        diseases=_dates(record["diseases"]),
        chronic_outpatient=_dates(record["chronic_outpatient"]),
        away_filed=record["away_filed"],
        used=Used(**record["used"]),
        account_fen=record["account_fen"],
        mutual_aid_fen=record.get("mutual_aid_fen", 0),
        history=tuple(
            Dispensed(had["atc"], date.fromisoformat(had["on"]), had["supply_days"])
            for had in record["history"]
        ),
    )


def _flat(value: Any) -> Record:
    """Give the fields of a value that holds no other ones; `asdict` would copy in depth."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _days(dates: Mapping[str, date]) -> dict[str, str]:
    return {name: day.isoformat() for name, day in dates.items()}


def _dates(days: Mapping[str, str]) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in days.items()}
