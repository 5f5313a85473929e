"""Answers of the rules as readers see them: flat, with words in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dispensing import words
from dispensing.checks.finding import Finding
from dispensing.doubts import Doubt
from dispensing.service.stocking import StockFinding
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


def assessed(
    view: AssessmentView,
    doubts: Sequence[Doubt] = (),
    asks: str = "none",
    stock: Sequence[StockFinding] = (),
) -> Assessed:
    """Show an answer of the rules with its words, where the platform says otherwise, and the shelf.

    Where the desk `asks` to refuse, what the platform says otherwise refuses. What the shelf
    lacks warns: a settlement is refused unless other boxes are scanned, or fewer taken.
    """
    answer = view.assessment
    told = tuple(_doubted(one, asks) for one in doubts)
    refused = any(one.verdict == "refused" for one in told)
    return Assessed(
        id=view.id,
        on=view.on,
        at=view.at,
        outlet_code=view.outlet_code,
        decision="refused" if refused else answer.decision,
        findings=(*told, *map(_lacking, stock), *map(_found, answer.findings)),
        split=answer.split,
        labels=view.labels,
        policies=answer.policies,
    )


def last_assessed(
    rx: PrescriptionView,
    doubts: Sequence[Doubt] = (),
    asks: str = "none",
    stock: Sequence[StockFinding] = (),
) -> Assessed | None:
    """Show the last answer of the rules for a prescription, if one was asked for."""
    return assessed(rx.assessment, doubts, asks, stock) if rx.assessment else None


def _lacking(one: StockFinding) -> Found:
    return Found(
        check=f"stock.{one.code}",
        title_zh="库存批次",
        title_en="Batches in stock",
        verdict="warn",
        document=one.document,
        clause=one.clause,
        quote="",
        says=one.says,
        words_zh=one.words.zh,
        words_en=one.words.en,
        next_zh=one.words.next_zh,
        next_en=one.words.next_en,
    )


def _doubted(doubt: Doubt, asks: str) -> Found:
    said = doubt.words
    refuses = asks == "refuse" and doubt.code != "unanswered"
    return Found(
        check=f"platform.{doubt.code}",
        title_zh="与医保平台核对",
        title_en="Compared with the insurance platform",
        verdict="refused" if refuses else "warn",
        document="医保结算接口",
        clause=doubt.infno,
        quote="",
        says="",
        words_zh=said.zh,
        words_en=said.en,
        next_zh=said.next_zh,
        next_en=said.next_en,
    )


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
