"""One function for each check of a dispensing; all of them are run, none stops the rest.

A check answers None where it has nothing to object, so that the usual case costs
little; `run` then puts the shared passed finding of that check in its place. Words are
rendered only when asked for (`dispensing.words`).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from dispensing.checks import medicine, paper, person, place
from dispensing.checks.finding import VERDICTS, Finding
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing

__all__ = ["ALL_CHECKS", "CHECKS", "OPEN_PARAMETER", "VERDICTS", "Check", "Finding"]
__all__ += ["passed", "run"]

OPEN_PARAMETER = "benefit.open_parameter"

Check = Callable[[Dispensing, Rules], Finding | None]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "prescription.source": paper.prescription_source,
        "prescription.signature": paper.prescription_signature,
        "prescription.issuer": paper.prescription_issuer,
        "prescription.validity": paper.prescription_validity,
        "prescription.unused": paper.prescription_unused,
        "insured.active": person.insured_active,
        "insured.scheme": person.insured_scheme,
        "insured.area": person.insured_area,
        "disease.covered": person.disease_covered,
        "disease.registered": person.disease_registered,
        "disease.exclusive": person.disease_exclusive,
        "drug.catalogue": medicine.drug_catalogue,
        "drug.platform": medicine.drug_platform,
        "drug.forbidden": medicine.drug_forbidden,
        "quantity.max_days": medicine.quantity_max_days,
        "quantity.special_storage": medicine.quantity_special_storage,
        "quantity.duplicate": medicine.quantity_duplicate,
        "outlet.admitted": place.outlet_admitted,
        "outlet.designated": place.outlet_designated,
        "outlet.quota": place.outlet_quota,
        "voucher.admitted": place.voucher_admitted,
        "trace.codes": medicine.trace_codes,
    }
)
ALL_CHECKS = (*CHECKS, OPEN_PARAMETER)
_IN_ORDER = tuple(CHECKS.items())

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


def run(dispensing: Dispensing, rules: Rules) -> tuple[Finding, ...]:
    """Run every check; the findings come in the order of `CHECKS`."""
    passed = _passed(rules)
    return tuple(
        [check(dispensing, rules) or passed[name] for name, check in _IN_ORDER]
    )


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
