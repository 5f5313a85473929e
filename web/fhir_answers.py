"""What the platform tells in FHIR: dispensings, claims, their answers, and what went wrong.

An amount is written from whole fen as the decimal number that it is (12.30), never by way of
a binary fraction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from dispensing.days import CHINA
from dispensing.errors import FieldError, Words
from dispensing.intake.fhir.terms import terms_of
from dispensing.records import AMOUNTS
from dispensing.service import Filling
from dispensing.service.parts import LineOf
from dispensing.service.views import LineView, PrescriptionView, SettledView

Resource = dict[str, Any]
R5 = "fhir-r5"
VERSIONS = {"fhir-r4b": "4.3.0", R5: "5.0.0"}
# Of what a status is in the specification's table of issue types.
ISSUES = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    409: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "value",
    429: "throttled",
    503: "transient",
}
_AMOUNT_SYSTEM = "urn:yaoda:amount"
_STATE_SYSTEM = "urn:yaoda:settlement-state"
_CLAIM_TYPE = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/claim-type",
            "code": "pharmacy",
        }
    ]
}
_NORMAL = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/processpriority",
            "code": "normal",
        }
    ]
}
_OUTCOMES = {"posted": "complete", "reversed": "complete", "void": "error"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of in which version."""

    rx: PrescriptionView
    format: str
    fillings: tuple[Filling, ...] = ()

    @property
    def is_r5(self) -> bool:
        """Tell whether it is R5, else R4B."""
        return self.format == R5


def money(amount_fen: int) -> Resource:
    """Write whole fen as Money, exactly.

    >>> money(1230)
    {'value': Decimal('12.30'), 'currency': 'CNY'}
    """
    return {"value": Decimal(amount_fen).scaleb(-2), "currency": "CNY"}


def fen_of(money: Mapping[str, Any]) -> int:
    """Read Money back into whole fen; ValueError where it is none.

    >>> fen_of({"value": Decimal("12.30"), "currency": "CNY"})
    1230
    """
    fen = Decimal(money["value"]).scaleb(2)
    if money.get("currency") != "CNY" or fen != fen.to_integral_value():
        raise ValueError(f"expected an amount of whole fen in CNY, got {money}")
    return int(fen)


def dispenses(told: Told) -> Resource:
    """Tell of each line that was settled: on its way, or handed over."""
    made = [
        _dispense(told, filling, line)
        for filling in told.fillings
        for line in filling.lines
    ]
    entries = [
        {"fullUrl": f"urn:yaoda:dispense:{one['id']}", "resource": one} for one in made
    ]
    found: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(made),
    }
    return found | ({"entry": entries} if entries else {})


def claim(told: Told, filling: Filling) -> Resource:
    """Write a settlement as the claim that the outlet makes."""
    rx, settled = told.rx, filling.settled
    items = [
        {
            "sequence": line.no,
            "productOrService": {"coding": [_medicine(told, _prescribed(told, line))]},
            "quantity": {"value": line.quantity},
        }
        for line in filling.lines
    ]
    return {
        "resourceType": "Claim",
        "id": str(settled.id),
        "identifier": [{"system": "urn:yaoda:msgid", "value": settled.msgid}],
        "status": _status(settled),
        "type": _CLAIM_TYPE,
        "use": "claim",
        "patient": _patient(told),
        "created": _instant(settled.opened_at),
        "provider": _institution(told, settled.outlet_code),
        "priority": _NORMAL,
        "prescription": {"reference": f"Bundle/{rx.id}"},
        "insurance": [_insurance(told)],
        "item": items,
        "total": money(settled.total_fen),
    }


def claim_response(told: Told, settled: SettledView) -> Resource:
    """Write what became of a settlement: who pays what, each amount in its category."""
    amounts = {name: getattr(settled, name) for name in AMOUNTS}
    return {
        "resourceType": "ClaimResponse",
        "id": str(settled.id),
        "status": _status(settled),
        "type": _CLAIM_TYPE,
        "use": "claim",
        "patient": _patient(told),
        "created": _instant(settled.changed_at),
        "insurer": {"display": "医疗保障经办机构"},
        "requestor": _institution(told, settled.outlet_code),
        "request": {"reference": f"Claim/{settled.id}"},
        "outcome": _OUTCOMES.get(settled.state, "queued"),
        "disposition": settled.state,
        "insurance": [{**_insurance(told)}],
        "total": [_total(name, fen) for name, fen in amounts.items()],
        "processNote": [{"text": f"{_STATE_SYSTEM}|{settled.state}"}],
    }


def outcome(
    status: int,
    words: Words,
    *,
    code: str = "",
    fields: Sequence[FieldError] = (),
    request_id: str = "",
) -> Resource:
    """Tell what went wrong: its status and code, each place, in Chinese and in English."""
    kind = ISSUES.get(status, "exception")
    faults: Iterable[FieldError | None] = fields or (None,)
    return {
        "resourceType": "OperationOutcome",
        "issue": [_issue(kind, words, code or str(status), one) for one in faults],
        "extension": [
            {"url": "urn:yaoda:problem:status", "valueInteger": status},
            *(
                [{"url": "urn:yaoda:problem:request-id", "valueString": request_id}]
                if request_id
                else []
            ),
        ],
    }


def capabilities(format_: str, version: str) -> Resource:
    """Describe what is taken in and told (CapabilityStatement)."""
    read = [{"code": "read"}]
    resources = [
        {"type": "Bundle", "interaction": read},
        {"type": "Claim", "interaction": read},
        {"type": "ClaimResponse", "interaction": read},
        {
            "type": "MedicationDispense",
            "interaction": [{"code": "search-type"}],
            "searchParam": [{"name": "prescription", "type": "reference"}],
        },
    ]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": "药达 Yaoda", "version": version},
        "implementation": {"description": "POST a prescription's Bundle to the base"},
        "fhirVersion": VERSIONS[format_],
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": resources,
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _dispense(told: Told, filling: Filling, line: LineOf) -> Resource:
    rx, settled, over = told.rx, filling.settled, filling.handed_at
    prescribed = _prescribed(told, line)
    coded = {"coding": [_medicine(told, prescribed)]}
    later = f"-{filling.no}" if filling.no > 1 else ""
    made: Resource = {
        "resourceType": "MedicationDispense",
        "id": f"{rx.id}{later}-{line.no}",
        "status": _dispense_status(settled, over is not None),
        "subject": _patient(told),
        "performer": [{"actor": _institution(told, settled.outlet_code)}],
        "authorizingPrescription": [{"reference": f"Bundle/{rx.id}"}],
        "quantity": {"value": line.quantity},
        "daysSupply": {
            "value": line.supply_days,
            "unit": "d",
            "system": "http://unitsofmeasure.org",
            "code": "d",
        },
        "whenPrepared": _instant(settled.changed_at),
    }
    made |= (
        {"medication": {"concept": coded}}
        if told.is_r5
        else {"medicationCodeableConcept": coded}
    )
    if over is not None:
        made["whenHandedOver"] = _instant(over)
    if prescribed.dosage:
        made["dosageInstruction"] = [{"text": prescribed.dosage}]
    return made


def _prescribed(told: Told, line: LineOf) -> LineView:
    return next(one for one in told.rx.lines if one.no == line.no)


def _dispense_status(settled: SettledView, over: bool) -> str:
    if settled.state in ("void", "reversed"):
        return "cancelled"
    return "completed" if over else "in-progress"


def _status(settled: SettledView) -> str:
    return "cancelled" if settled.state in ("void", "reversed") else "active"


def _medicine(told: Told, line: LineView) -> Resource:
    system = terms_of(told.format).systems["medicine"]
    return {"system": system, "code": line.medicine_code, "display": line.name}


def _patient(told: Told) -> Resource:
    return _identified(told, "person_no", told.rx.person_no)


def _institution(told: Told, code: str) -> Resource:
    return _identified(told, "institution", code)


def _identified(told: Told, system: str, value: str) -> Resource:
    systems = terms_of(told.format).systems
    return {"identifier": {"system": systems[system], "value": value}}


def _insurance(told: Told) -> Resource:
    coverage = _patient(told) | {"display": "基本医疗保险"}
    return {"sequence": 1, "focal": True, "coverage": coverage}


def _total(name: str, amount_fen: int) -> Resource:
    category = {"system": _AMOUNT_SYSTEM, "code": name.removesuffix("_fen")}
    return {"category": {"coding": [category]}, "amount": money(amount_fen)}


def _instant(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat()


def _issue(kind: str, words: Words, code: str, field: FieldError | None) -> Resource:
    issue: Resource = {
        "severity": "error",
        "code": kind,
        "details": {
            "coding": [{"system": "urn:yaoda:problem", "code": code}],
            "text": f"{words.zh}{words.next_zh}",
        },
        "diagnostics": f"{words.en} {words.next_en}".strip(),
    }
    if field is not None:
        issue["diagnostics"] += f" {field.where}: {field.expected}"
        issue["expression"] = [field.where]
    return issue
