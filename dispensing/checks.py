"""One function for each check of a dispensing; all of them are run, none stops the rest.

A check answers None where it has nothing to object, so that the usual case costs
little; `run` then puts the shared passed finding of that check in its place. Words are
rendered only when asked for (`dispensing.words`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing, Line

VERDICTS = ("passed", "warn", "review", "refused")
POOLING_DIGITS = 4  # the pooling area (统筹区) is the prefecture
OPEN_PARAMETER = "benefit.open_parameter"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one dispensing, and the clause it says it by.

    `values` are the facts put into the words (`dispensing.words`); `next_step` is the
    key of what the patient or the counter can do now, empty where the check passed.
    """

    check: str
    verdict: str
    cited: Citation
    values: Mapping[str, str | int]
    next_step: str = ""

    @property
    def clause(self) -> str:
        """Give the clause the finding rests on."""
        return self.cited.clause

    @property
    def quote(self) -> str:
        """Give the verbatim words of the clause, or empty where none are shipped."""
        return self.cited.quote

    @property
    def document(self) -> str:
        """Give the title of the document that the clause stands in."""
        return self.cited.document


Check = Callable[[Dispensing, Rules], Finding | None]


def run(dispensing: Dispensing, rules: Rules) -> tuple[Finding, ...]:
    """Run every check; the findings come in the order of `CHECKS`."""
    passed = _passed(rules)
    return tuple(
        [check(dispensing, rules) or passed[name] for name, check in CHECKS.items()]
    )


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
    step = "ask_prescriber" if rx.signature == "invalid" else "ask_record_no"
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
    values = {
        "on": on.isoformat(),
        "issued_on": rx.issued_on.isoformat(),
        "last_day": (rx.issued_on + timedelta(days=days - 1)).isoformat(),
        "valid_days": days,
        "status": rx.status,
    }
    cited = rules.cited("prescription.validity")
    step = "come_later" if age_days < 0 else "renew_prescription"
    return Finding("prescription.validity", "refused", cited, values, step)


def prescription_unused(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the prescription has been used before."""
    if dispensing.prescription.status != "used":
        return None
    cited = rules.cited("prescription.unused")
    step = "renew_prescription"
    return Finding("prescription.unused", "refused", cited, {}, step)


def insured_active(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the person is insured that day (参保状态)."""
    if dispensing.insured.active:
        return None
    cited = rules.cited("insured.active")
    return Finding("insured.active", "refused", cited, {}, "renew_insurance")


def insured_scheme(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the text covers the person's scheme (险种)."""
    scheme = dispensing.insured.scheme
    if scheme in rules.schemes:
        return None
    cited = rules.cited("schemes")
    step = "ask_other_benefit"
    return Finding("insured.scheme", "refused", cited, {"scheme": scheme}, step)


def insured_area(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the outlet lies in the pooling area, or where a filing leads (R5).

    A filing for long-term residence (异地长期居住备案) names institutions, not
    pharmacies: at a pharmacy there a person decides.
    """
    insured, outlet = dispensing.insured, dispensing.outlet
    there = outlet.area[:POOLING_DIGITS]
    if insured.area[:POOLING_DIGITS] == there:
        return None
    values = {"insured_area": insured.area, "outlet_area": outlet.area}
    filed = insured.away_filed
    if filed is not None and filed[:POOLING_DIGITS] == there:
        if outlet.kind != "pharmacy":
            return None
        cited = rules.cited("insured.away")
        values["away_filed"] = filed
        return Finding("insured.area", "review", cited, values, "use_institution_there")
    cited = rules.cited("insured.area")
    return Finding("insured.area", "refused", cited, values, "use_outlet_at_home")


def disease_covered(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the disease is among those of the text (病种)."""
    disease = dispensing.prescription.disease
    if disease in rules.diseases:
        return None
    cited = rules.cited("diseases")
    values = {"disease": disease}
    return Finding("disease.covered", "refused", cited, values, "ask_other_benefit")


def disease_registered(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the person is registered with the disease by that day (备案)."""
    disease = dispensing.prescription.disease
    since = dispensing.insured.diseases.get(disease)
    if since is not None and since <= dispensing.on:
        return None
    values = {"disease": disease}
    if since is not None:
        values["since"] = since.isoformat()
    cited = rules.cited("disease.registered")
    return Finding("disease.registered", "refused", cited, values, "register_disease")


def disease_exclusive(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether 门诊慢性病 has started for the disease, where it excludes (R14)."""
    if not rules.exclusive or not dispensing.insured.chronic_outpatient:
        return None
    disease = dispensing.prescription.disease
    since = dispensing.insured.chronic_outpatient.get(disease)
    if since is None or since > dispensing.on:
        return None
    values = {"disease": disease, "since": since.isoformat()}
    cited = rules.cited("disease.exclusive")
    step = "use_chronic_benefit"
    return Finding("disease.exclusive", "refused", cited, values, step)


def drug_catalogue(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether each medicine is in the disease's drug range (用药范围)."""
    for line in dispensing.lines:
        if not line.in_range:
            values = {"medicine": line.name, "disease": dispensing.prescription.disease}
            cited = rules.cited("drug.catalogue")
            return Finding("drug.catalogue", "refused", cited, values, "ask_prescriber")
    return None


def drug_platform(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether each medicine is on the provincial platform, where asked for (W14)."""
    if dispensing.outlet.venue not in rules.platform_venues:
        return None
    for line in dispensing.lines:
        if not line.on_platform:
            cited = rules.cited("drug.platform_venues")
            values = {"medicine": line.name}
            return Finding("drug.platform", "refused", cited, values, "use_hospital")
    return None


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
    history = dispensing.insured.history
    if not history:
        return None
    on = dispensing.on
    for line in dispensing.lines:
        for had in history:
            if had.atc != line.atc or had.on > on:
                continue
            left_days = had.supply_days - (on - had.on).days
            if left_days > rules.early_refill_days:
                cited = rules.cited("early_refill_days")
                values = {
                    "medicine": line.name,
                    "left_days": left_days,
                    "early_refill_days": rules.early_refill_days,
                    "had_on": had.on.isoformat(),
                }
                return Finding(
                    "quantity.duplicate", "review", cited, values, "come_later"
                )
    return None


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
    standing = dispensing.outlet.quota
    if standing is None or not rules.quota_targets:
        return None
    if dispensing.outlet.kind != "pharmacy":
        return None
    unit = rules.quota_units.get(standing.unit, standing.unit)
    target = rules.quota_targets.get(unit)
    values: dict[str, str | int] = {"unit": unit, "designated": standing.designated}
    cited = rules.cited("quota.targets")
    if target is None:
        return Finding("outlet.quota", "warn", cited, values, "tell_bureau")
    values["target"] = target
    if _is_ceiling(rules, unit):
        if (standing.rank or standing.designated) <= target:
            return None
        step = "use_designated_outlet"
        return Finding("outlet.quota", "refused", cited, values, step)
    if standing.designated >= target:
        return None
    return Finding("outlet.quota", "warn", cited, values, "tell_bureau")


def voucher_admitted(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the voucher is a legal one that day (R13)."""
    voucher = dispensing.voucher
    if voucher in rules.vouchers:
        return None
    cited = rules.cited("voucher.card")
    values = {"voucher": voucher}
    return Finding("voucher.admitted", "refused", cited, values, "show_card")


def trace_codes(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether each line's trace codes were scanned, once that is required."""
    if not rules.trace_required:
        return None
    for line in dispensing.lines:
        if not line.traced:
            cited = rules.cited("trace.required")
            values = {"medicine": line.name}
            return Finding("trace.codes", "refused", cited, values, "scan_trace_codes")
    return None


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "prescription.source": prescription_source,
        "prescription.signature": prescription_signature,
        "prescription.issuer": prescription_issuer,
        "prescription.validity": prescription_validity,
        "prescription.unused": prescription_unused,
        "insured.active": insured_active,
        "insured.scheme": insured_scheme,
        "insured.area": insured_area,
        "disease.covered": disease_covered,
        "disease.registered": disease_registered,
        "disease.exclusive": disease_exclusive,
        "drug.catalogue": drug_catalogue,
        "drug.platform": drug_platform,
        "drug.forbidden": drug_forbidden,
        "quantity.max_days": quantity_max_days,
        "quantity.special_storage": quantity_special_storage,
        "quantity.duplicate": quantity_duplicate,
        "outlet.admitted": outlet_admitted,
        "outlet.designated": outlet_designated,
        "outlet.quota": outlet_quota,
        "voucher.admitted": voucher_admitted,
        "trace.codes": trace_codes,
    }
)
ALL_CHECKS = (*CHECKS, OPEN_PARAMETER)

# The figure that a check's passed finding cites, where it is not named like the check.
_FIGURE_OF = {
    "prescription.source": "prescription.sources",
    "insured.scheme": "schemes",
    "disease.covered": "diseases",
    "drug.platform": "drug.platform_venues",
    "drug.forbidden": "drug.forbidden_groups",
    "quantity.max_days": "quantity.days_max",
    "quantity.special_storage": "quantity.special_storage_days",
    "quantity.duplicate": "early_refill_days",
    "outlet.admitted": "pharmacy.admitted",
    "outlet.quota": "quota.targets",
    "voucher.admitted": "voucher.card",
    "trace.codes": "trace.required",
    OPEN_PARAMETER: "schemes",
}
_NO_VALUES: Mapping[str, str | int] = MappingProxyType({})


def passed(check: str, rules: Rules) -> Finding:
    """Give the finding of a check that has nothing to object."""
    return _passed(rules)[check]


@lru_cache(maxsize=2048)
def _passed(rules: Rules) -> dict[str, Finding]:
    return {
        name: Finding(
            name, "passed", rules.cited(_FIGURE_OF.get(name, name)), _NO_VALUES
        )
        for name in ALL_CHECKS
    }


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


def _is_ceiling(rules: Rules, unit: str) -> bool:
    kind = rules.figures.get(f"quota.kind.{unit}") or rules.figures.get("quota.kind")
    return kind is not None and kind.value == "ceiling"


def last_valid_day(issued_on: date, valid_days: int) -> date:
    """Give the last day of a prescription, the day of issue counted (R16)."""
    return issued_on + timedelta(days=valid_days - 1)
