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
