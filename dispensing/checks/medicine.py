"""Checks of the medicines: range, platform, groups, days of supply, trace codes."""

from operator import itemgetter

from dispensing.checks.finding import Finding
from dispensing.days import later
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensed, Dispensing, Line


def drug_catalogue(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether each medicine is in the disease's drug range (用药范围)."""
    failing = [line for line in dispensing.lines if not line.in_range]
    if not failing:
        return None
    values = {"medicine": _names(failing), "disease": dispensing.prescription.disease}
    cited = rules.cited("drug.catalogue")
    return Finding("drug.catalogue", "refused", cited, values, "ask_prescriber")


def drug_platform(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether each medicine is on the provincial platform, where asked for (W14)."""
    if dispensing.outlet.venue not in rules.platform_venues:
        return None
    failing = [line for line in dispensing.lines if not line.on_platform]
    if not failing:
        return None
    cited = rules.cited("drug.platform_venues")
    values = {"medicine": _names(failing)}
    return Finding("drug.platform", "refused", cited, values, "use_hospital")


def drug_forbidden(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask for medicines that a pharmacy or a long prescription may not hold (R12)."""
    at_pharmacy = dispensing.outlet.kind == "pharmacy"
    for line in dispensing.lines:
        if line.group == "ordinary":
            continue
        if at_pharmacy and line.group in rules.forbidden_groups:
            cited = rules.cited("drug.forbidden_groups")
            values: dict[str, str | int] = {"medicine": line.name, "group": line.group}
            return Finding("drug.forbidden", "refused", cited, values, "use_hospital")
        if _excluded_long(line, dispensing.prescription.disease, rules):
            cited = rules.cited("quantity.long_excluded_groups")
            values = {"medicine": line.name, "group": line.group}
            values["supply_days"] = line.supply_days
            values["days_usual"] = rules.days_usual or 0
            return Finding("drug.forbidden", "refused", cited, values, "reduce_days")
    return None


def quantity_max_days(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the supply stays within the longest, and the usual without a flag.

    Above the usual four weeks the doctor's long-prescription flag (长期处方) is asked
    for, since the national rule holds (W13, R12).
    """
    longest = max(dispensing.lines, key=_supply_days)
    days = longest.supply_days
    if rules.days_max is not None and days > rules.days_max:
        values = _too_long(longest, rules.days_max)
        cited = rules.cited("quantity.days_max")
        return Finding("quantity.max_days", "refused", cited, values, "reduce_days")
    if rules.days_usual is None or days <= rules.days_usual:
        return None
    if dispensing.prescription.long_term:
        return None
    values = _too_long(longest, rules.days_usual)
    cited = rules.cited("quantity.days_usual")
    return Finding("quantity.max_days", "review", cited, values, "ask_long_term_flag")


def quantity_special_storage(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether a medicine with special storage is given for longer than usual (R12)."""
    limit = rules.special_storage_days
    if limit is None:
        return None
    for line in dispensing.lines:
        if line.group == "special_storage" and line.supply_days > limit:
            cited = rules.cited("quantity.special_storage_days")
            values = _too_long(line, limit)
            step = "override_or_reduce"
            return Finding("quantity.special_storage", "review", cited, values, step)
    return None


def quantity_duplicate(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether more than a week of the same medicine is still in hand (重复配药)."""
    early_days = rules.early_refill_days
    found = max(_in_hand(dispensing), key=itemgetter(0), default=None)
    if found is None or found[0] <= early_days:
        return None
    left_days, line, had = found
    values: dict[str, str | int] = {
        "medicine": line.name,
        "left_days": left_days,
        "early_refill_days": early_days,
        "had_on": had.on.isoformat(),
        "come_on": later(dispensing.on, left_days - early_days).isoformat(),
    }
    cited = rules.cited("early_refill_days")
    return Finding("quantity.duplicate", "review", cited, values, "come_later")


def trace_codes(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether each line's trace codes were scanned, once that is required."""
    if not rules.trace_required:
        return None
    failing = [line for line in dispensing.lines if not line.traced]
    if not failing:
        return None
    cited = rules.cited("trace.required")
    values = {"medicine": _names(failing)}
    return Finding("trace.codes", "refused", cited, values, "scan_trace_codes")


def _in_hand(dispensing: Dispensing) -> list[tuple[int, Line, Dispensed]]:
    """Count the days that earlier dispensings of the same medicine still last."""
    on, history = dispensing.on, dispensing.insured.history
    return [
        (had.supply_days - (on - had.on).days, line, had)
        for line in dispensing.lines
        for had in history
        if had.atc == line.atc and had.on <= on
    ]


def _names(lines: list[Line]) -> str:
    """Name the medicines that a finding is about, all of them, each once."""
    return "、".join(dict.fromkeys(line.name for line in lines))


def _supply_days(line: Line) -> int:
    return line.supply_days


def _too_long(line: Line, days_max: int) -> dict[str, str | int]:
    days = line.supply_days
    return {"medicine": line.name, "supply_days": days, "days_max": days_max}


def _excluded_long(line: Line, disease: str, rules: Rules) -> bool:
    """Tell whether a line is longer than usual though its group may not be (R12)."""
    if rules.days_usual is None or line.supply_days <= rules.days_usual:
        return False
    if line.group == "antimicrobial" and disease in rules.antimicrobial_diseases:
        return False
    return line.group in rules.long_excluded_groups
