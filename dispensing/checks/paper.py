"""Checks of the prescription as a document: way, signature, issuer, dates, use."""

from dispensing.checks.finding import Finding
from dispensing.days import later
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing


def prescription_source(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the prescription came in a way that the text admits (W10)."""
    source = dispensing.prescription.source
    if source in rules.sources:
        return None
    cited = rules.cited("prescription.sources")
    values = {"source": source}
    return Finding("prescription.source", "refused", cited, values, "ask_prescriber")


def prescription_signature(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask for a valid signature, or a record number (备案号) on paper (W10, W21)."""
    rx = dispensing.prescription
    if rx.signature == "valid":
        return None
    if rx.signature == "none" and rx.record_no and rx.source != "internet_hospital":
        return None
    cited = rules.cited("prescription.signature")
    values = {"signature": rx.signature, "source": rx.source}
    if rx.signature_reason is not None:
        values["reason"] = rx.signature_reason
    on_paper = rx.signature == "none" and rx.source != "internet_hospital"
    step = "ask_record_no" if on_paper else "ask_prescriber"
    return Finding("prescription.signature", "refused", cited, values, step)


def prescription_issuer(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the issuing institution is designated (定点医疗机构)."""
    if dispensing.prescription.issuer_designated:
        return None
    cited = rules.cited("prescription.issuer")
    step = "see_designated_doctor"
    return Finding("prescription.issuer", "refused", cited, {}, step)


def prescription_validity(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the day lies in the prescription's validity (R16).

    The day of issue counts: three days are that day and two more.
    """
    rx, on = dispensing.prescription, dispensing.on
    days = rx.valid_days or rules.valid_days
    age_days = (on - rx.issued_on).days
    if 0 <= age_days < days and rx.status not in ("lapsed", "revoked"):
        return None
    values: dict[str, str | int] = {
        "on": on.isoformat(),
        "issued_on": rx.issued_on.isoformat(),
        "last_day": later(rx.issued_on, days - 1).isoformat(),
        "valid_days": days,
        "status": rx.status,
    }
    cited = rules.cited("prescription.validity")
    early = age_days < 0 and rx.status not in ("lapsed", "revoked")
    step = "wait_for_issue" if early else "renew_prescription"
    return Finding("prescription.validity", "refused", cited, values, step)


def prescription_unused(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the prescription has been used before."""
    if dispensing.prescription.status != "used":
        return None
    cited = rules.cited("prescription.unused")
    step = "renew_prescription"
    return Finding("prescription.unused", "refused", cited, {}, step)
