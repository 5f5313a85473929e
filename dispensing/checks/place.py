"""Checks of the outlet and the voucher."""

from dispensing.checks.finding import Finding
from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing, QuotaStanding


def outlet_admitted(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the text admits this kind of outlet (R6, R9)."""
    if dispensing.outlet.kind != "pharmacy" or rules.pharmacy_admitted:
        return None
    verdict = "review" if rules.pharmacy_admitted is None else "refused"
    cited = rules.cited("pharmacy.admitted")
    return Finding("outlet.admitted", verdict, cited, {}, "use_hospital")


def outlet_designated(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the outlet is designated that day (定点)."""
    if dispensing.outlet.designated:
        return None
    cited = rules.cited("outlet.designated")
    values = {"kind": dispensing.outlet.kind}
    step = "use_designated_outlet"
    return Finding("outlet.designated", "refused", cited, values, step)


def outlet_quota(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Compare a pharmacy's quota unit with its target: a floor warns (R1).

    Where a bureau has set a ceiling instead, a pharmacy designated after it was full
    is refused; without its rank, one more than the ceiling tells so.
    """
    standing, kind = dispensing.outlet.quota, dispensing.outlet.kind
    if standing is None or not rules.quota_targets or kind != "pharmacy":
        return None
    unit = rules.quota_units.get(standing.unit, standing.unit)
    target = rules.quota_targets.get(unit)
    values: dict[str, str | int] = {"unit": unit, "designated": standing.designated}
    if target is not None:
        values["target"] = target
        if unit in rules.quota_ceilings:
            cited = rules.cited("quota.kind")
            return _above_ceiling(standing, target, cited, values)
        if standing.designated >= target:
            return None
    cited = rules.cited("quota.targets")
    return Finding("outlet.quota", "warn", cited, values, "tell_bureau")


def voucher_admitted(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the voucher is a legal one that day (R13)."""
    voucher = dispensing.voucher
    if voucher in rules.vouchers:
        return None
    cited = rules.cited("voucher.card")
    values = {"voucher": voucher}
    return Finding("voucher.admitted", "refused", cited, values, "show_card")


def _above_ceiling(
    standing: QuotaStanding,
    target: int,
    cited: Citation,
    values: dict[str, str | int],
) -> Finding | None:
    if (standing.rank or standing.designated) <= target:
        return None
    step = "use_designated_outlet"
    return Finding("outlet.quota", "refused", cited, values, step)
