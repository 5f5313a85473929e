"""Findings in plain words, in Chinese and in English: why, and what can be done now.

Rendered only when a page or a receipt asks; the checks themselves carry keys and values.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dispensing.checks.finding import Finding
from dispensing.conditions import CONDITIONS
from dispensing.phrases import CHECK_NAMES, NEXT_STEPS, TERMS, WHY

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Said:
    """One finding, ready to be shown."""

    check: str
    title: str
    verdict: str
    why: str
    next_step: str
    document: str
    clause: str
    quote: str  # verbatim, or empty
    says: str  # what the rule asks, where no verbatim text is shipped


def say(finding: Finding, language: str = "zh") -> Said:
    """Render one finding in a language, `zh` or `en`."""
    cited = finding.cited
    return Said(
        check=finding.check,
        title=check_name(finding.check, language),
        verdict=word(finding.verdict, language),
        why=why(finding, language),
        next_step=next_step(finding, language),
        document=cited.document,
        clause=cited.clause,
        quote=cited.quote,
        says=cited.says,
    )


def why(finding: Finding, language: str = "zh") -> str:
    """Tell in one or two sentences why a check answered as it did."""
    if finding.verdict == "passed":
        return say_either(WHY["passed"], language)
    values = _readable(finding.values, language)
    return say_either(WHY[_key(finding)], language).format_map(values)


def next_step(finding: Finding, language: str = "zh") -> str:
    """Tell what the patient or the counter can do now; empty where nothing is asked."""
    if not finding.next_step:
        return ""
    values = _readable(finding.values, language)
    return say_either(NEXT_STEPS[finding.next_step], language).format_map(values)


def check_name(check: str, language: str = "zh") -> str:
    """Name a check for people."""
    return say_either(CHECK_NAMES[check], language)


def word(slug: str, language: str = "zh") -> str:
    """Name a slug of the shared vocabulary; a slug that is not ours stays as it is."""
    condition = CONDITIONS.get(slug)
    if condition is not None:
        return condition.name if language == "zh" else condition.english
    return say_either(TERMS.get(slug, (slug, slug)), language)


def figure_name(name: str, language: str = "zh") -> str:
    """Name a benefit figure (待遇参数) for people.

    >>> figure_name("ratio.resident.level2")
    '城乡居民医保二级医疗机构报销比例'
    >>> figure_name("ratio.resident.level2", "en")
    'ratio (residents, level-2 hospital)'
    """
    kind, *parts = [word(part, language) for part in name.split(".")]
    if language == "zh":
        return "".join([*parts, kind])
    return f"{kind} ({', '.join(parts)})" if parts else kind


def say_either(pair: tuple[str, str], language: str) -> str:
    """Take the Chinese or the English of two sentences; another language is refused."""
    if language not in LANGUAGES:
        raise ValueError(f"expected one of {', '.join(LANGUAGES)}, got {language!r}")
    return pair[LANGUAGES.index(language)]


def _key(finding: Finding) -> str:
    """Choose between the reasons that one check can have."""
    check, values = finding.check, finding.values
    choices = {
        "prescription.signature": _signature(values),
        "prescription.validity": _validity(values),
        "insured.area": _area(values),
        "disease.covered": f"covered.{finding.verdict}",
        "disease.registered": "registered.later"
        if "since" in values
        else "registered.never",
        "drug.forbidden": "forbidden.long"
        if "supply_days" in values
        else "forbidden.pharmacy",
        "quantity.max_days": f"max_days.{finding.verdict}",
        "outlet.admitted": f"admitted.{finding.verdict}",
        "outlet.quota": _quota(finding),
    }
    return choices.get(check, check)


def _signature(values: Mapping[str, str | int]) -> str:
    unsigned = values.get("signature") == "none"
    if unsigned and values.get("source") == "internet_hospital":
        return "signature.unsigned"
    if "reason" in values:
        return f"signature.{values['reason']}"
    return f"signature.{values.get('signature')}"


def _validity(values: Mapping[str, str | int]) -> str:
    if values.get("status") in ("lapsed", "revoked"):
        return f"validity.{values['status']}"
    early = str(values.get("on", "")) < str(values.get("issued_on", ""))
    return "validity.early" if early else "validity.late"


def _area(values: Mapping[str, str | int]) -> str:
    if "away_filed" not in values:
        return "area.elsewhere"
    return "area.away_level" if "venue" in values else "area.away"


def _quota(finding: Finding) -> str:
    if "target" not in finding.values:
        return "quota.unknown"
    return "quota.ceiling" if finding.verdict == "refused" else "quota.floor"


def _readable(values: Mapping[str, str | int], language: str) -> dict[str, str]:
    return {
        name: _value(name, value, language) if isinstance(value, str) else str(value)
        for name, value in values.items()
    }


def _value(name: str, value: str, language: str) -> str:
    if name != "parameters":
        return word(value, language)
    figures = [figure_name(item, language) for item in value.split(", ")]
    return ("、" if language == "zh" else ", ").join(figures)
