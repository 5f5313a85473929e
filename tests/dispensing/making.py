"""Dispensings for the tests: a usual one, changed by what a test is about."""

from dataclasses import replace
from datetime import date

from dispensing.assess import Assessment, assess
from dispensing.policy import overlay_of, rules_for
from dispensing.prescription import (
    Dispensing,
    Insured,
    Line,
    Outlet,
    Prescription,
    QuotaStanding,
)

TODAY = date(2024, 3, 5)
PHARMACY = Outlet("pharmacy", None, "330302", True, QuotaStanding("鹿城区", 48))
AMLODIPINE = Line("苯磺酸氨氯地平片 5mg", "C08CA01", "甲", 420, 420, 3, 28, vbp=True)
VALSARTAN = Line("缬沙坦胶囊 80mg", "C09CA03", "甲", 3980, 3980, 6, 28)
METFORMIN = Line("二甲双胍缓释片 0.5g", "A10BA02", "乙", 1835, 1835, 3, 28, 1000)
LEVEL2 = {"ratio.resident.level2": "0.35", "deductible.resident.level2": "100.00"}
EMPLOYEE = {"ratio.employee.pharmacy": "0.70", "deductible.employee": "600.00"}
USUAL = Dispensing(
    on=TODAY,
    voucher="card",
    insured=Insured("resident", "330302", diseases={"hypertension": date(2021, 1, 1)}),
    outlet=Outlet("hospital", "primary", "330302"),
    prescription=Prescription(
        source="external",
        signature="valid",
        record_no="WZ-1",
        issued_on=TODAY,
        valid_days=3,
        status="valid",
        issuer_designated=True,
        disease="hypertension",
    ),
    lines=(AMLODIPINE,),
)


def changed(base=USUAL, /, **changes):
    """Change a dispensing: fields of its parts by name, parts and lines as a whole.

    A change of `on` moves the day of issue too, unless that is given.
    """
    if "on" in changes:
        changes.setdefault("issued_on", changes["on"])
    parts = {}
    for part in ("insured", "outlet", "prescription"):
        value = changes.pop(part, getattr(base, part))
        fields = {
            name: changes.pop(name) for name in value.__slots__ if name in changes
        }
        parts[part] = replace(value, **fields)
    return replace(base, **parts, **changes)


def answer(dispensing=USUAL, region="wenzhou", label="", **overlay) -> Assessment:
    """Assess a dispensing under a region's rules, with overlay values by name."""
    values = {name.replace("__", "."): value for name, value in overlay.items()}
    laid = overlay_of(region, values, source="a test", label=label) if values else None
    return assess(dispensing, rules_for(region, dispensing.on, laid))


def verdicts(assessment: Assessment) -> dict[str, str]:
    """Give the checks that did not pass, and how."""
    return {item.check: item.verdict for item in assessment.problems}
