"""Checks of the insured person and the disease."""

from dispensing.checks.finding import Finding
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing

POOLING_DIGITS = 4  # the pooling area (统筹区) is the prefecture


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
    pharmacies: at a pharmacy there a person decides, and so does one where the text
    names levels and the institution is of another.
    """
    insured, outlet = dispensing.insured, dispensing.outlet
    there = outlet.area[:POOLING_DIGITS]
    if insured.area[:POOLING_DIGITS] == there:
        return None
    values = {"insured_area": insured.area, "outlet_area": outlet.area}
    filed = insured.away_filed
    if filed is not None and filed[:POOLING_DIGITS] == there:
        if _away_admitted(dispensing, rules):
            return None
        cited = rules.cited("insured.away")
        values["away_filed"] = filed
        if outlet.kind != "pharmacy":
            values["venue"] = outlet.venue
        return Finding("insured.area", "review", cited, values, "use_institution_there")
    cited = rules.cited("insured.area")
    return Finding("insured.area", "refused", cited, values, "use_outlet_at_home")


def disease_covered(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the disease is among those of the text (病种).

    Where the text leaves its list to another document, a person decides.
    """
    disease = dispensing.prescription.disease
    if disease in rules.diseases:
        return None
    if disease in rules.diseases_open:
        cited = rules.cited("diseases.more")
        left = rules.figures["diseases.more"].left_to
        values = {"disease": disease, "left_to": left}
        step = "ask_bureau_for_list"
        return Finding("disease.covered", "review", cited, values, step)
    cited = rules.cited("diseases")
    values = {"disease": disease}
    return Finding("disease.covered", "refused", cited, values, "ask_other_benefit")


def disease_registered(dispensing: Dispensing, rules: Rules) -> Finding | None:
    """Ask whether the person is registered with the disease by that day (备案)."""
    disease = dispensing.prescription.disease
    since = dispensing.insured.diseases.get(disease)
    if since is not None and since <= dispensing.on:
        return None
    values, step = {"disease": disease}, "register_disease"
    if since is not None:
        values["since"], step = since.isoformat(), "wait_for_registration"
    cited = rules.cited("disease.registered")
    return Finding("disease.registered", "refused", cited, values, step)


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


def _away_admitted(dispensing: Dispensing, rules: Rules) -> bool:
    """Tell whether the filing leads to this kind and level of outlet."""
    outlet, levels = dispensing.outlet, rules.away_levels
    return outlet.kind != "pharmacy" and (not levels or outlet.venue in levels)
