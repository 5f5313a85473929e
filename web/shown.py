"""Answers of the rules as readers see them: flat, with words in both languages."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dispensing import words
from dispensing.checks.finding import Finding
from dispensing.service.views import AssessmentView, PrescriptionView
from dispensing.settlement import Split


@dataclass(frozen=True, slots=True)
class Found:
    """What one check says, with its clause, the words of the text, and the next step."""

    check: str
    title_zh: str
    title_en: str
    verdict: str
    document: str
    clause: str
    quote: str
    says: str  # our own words, where no text is shipped or the text is silent
    words_zh: str
    words_en: str
    next_zh: str
    next_en: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """The answer to one check: decision, all findings, amounts where they are known."""

    id: UUID
    on: date
    at: datetime
    outlet_code: str
    decision: str
    findings: tuple[Found, ...]
    split: Split | None
    labels: tuple[str, ...]  # such as 示例数据: the amounts rest on an overlay
    policies: tuple[str, ...]


def assessed(view: AssessmentView) -> Assessed:
    """Show an answer of the rules with its words."""
    answer = view.assessment
    return Assessed(
        id=view.id,
        on=view.on,
        at=view.at,
        outlet_code=view.outlet_code,
        decision=answer.decision,
        findings=tuple(map(_found, answer.findings)),
        split=answer.split,
        labels=view.labels,
        policies=answer.policies,
    )


def last_assessed(rx: PrescriptionView) -> Assessed | None:
    """Show the last answer of the rules for a prescription, if one was asked for."""
    return assessed(rx.assessment) if rx.assessment else None


def _found(finding: Finding) -> Found:
    return Found(
        check=finding.check,
        title_zh=words.check_name(finding.check, "zh"),
        title_en=words.check_name(finding.check, "en"),
        verdict=finding.verdict,
        document=finding.document,
        clause=finding.clause,
        quote=finding.quote,
        says="" if finding.quote else finding.cited.says,
        words_zh=words.why(finding, "zh"),
        words_en=words.why(finding, "en"),
        next_zh=words.next_step(finding, "zh"),
        next_en=words.next_step(finding, "en"),
    )
