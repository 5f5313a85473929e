"""Why, how much, and what would make it pass: one answer of the rules explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dispensing.assess import Assessment, assess
from dispensing.checks.finding import Finding
from dispensing.explain import ways as search
from dispensing.explain.changes import Product
from dispensing.explain.facts import Fact, facts_of
from dispensing.explain.phrases import AMOUNTS, CHANGES
from dispensing.explain.ways import RulesOn
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing
from dispensing.sums import Step, steps
from dispensing.words import say, say_either, word

__all__ = ["Explained", "Explanation", "Product", "RulesOn", "SumLine", "WayOut"]
__all__ += ["explain"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One check in plain words; `says` is our own wording where no quote is shipped."""

    check: str
    title: str
    verdict: str
    why: str
    next_step: str
    facts: tuple[Fact, ...]
    document: str
    clause: str
    quote: str
    says: str


@dataclass(frozen=True, slots=True)
class SumLine:
    """One line of the worked sum; `line` is None for the whole bill."""

    line: int | None  # the number of the prescription's line, from 0
    amount: str
    name: str
    medicine: str
    sum: str
    result_fen: int
    document: str
    clause: str
    quote: str
    says: str
    label: str  # such as 示例数据: the figure is the operator's
    source: str  # who says so, where the figure is the operator's
    capped: bool  # cut by what the year's cap (年度支付限额) leaves


@dataclass(frozen=True, slots=True)
class WayOut:
    """What could be done, in words, and what the rules say then.

    Amounts are what the patient pays, in fen; None where they cannot be computed.
    """

    kinds: tuple[str, ...]
    words: tuple[str, ...]
    possible: bool
    decision: str
    patient_before_fen: int | None
    patient_after_fen: int | None
    saves_fen: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One answer of the rules, explained in one language; amounts in fen."""

    language: str
    on: date
    decision: str
    total_fen: int
    fund_fen: int | None
    account_fen: int | None
    mutual_aid_fen: int | None
    cash_fen: int | None
    patient_fen: int | None  # accounts and cash
    checks: tuple[Explained, ...]
    sum: tuple[SumLine, ...]
    ways: tuple[WayOut, ...]
    cheaper: tuple[WayOut, ...]
    runs: int  # how often the rules were asked for the ways
    labels: tuple[str, ...]
    policies: tuple[str, ...]

    @property
    def problems(self) -> tuple[Explained, ...]:
        """Give the checks that did not pass."""
        return tuple(one for one in self.checks if one.verdict != "passed")

    @property
    def own_problems(self) -> tuple[Explained, ...]:
        """Leave out what concerns the bureau alone: too few pharmacies in a district."""
        return tuple(
            one
            for one in self.problems
            if (one.check, one.verdict) != ("outlet.quota", "warn")
        )


def explain(
    dispensing: Dispensing,
    rules: Rules,
    language: str = "zh",
    *,
    rules_on: RulesOn | None = None,
    catalogue: Sequence[Product] = (),
) -> Explanation:
    """Explain what the rules say of one dispensing, and what would be otherwise if.

    `rules_on` gives the rules of another day; without it no other day is tried. The
    `catalogue` holds the products that could stand in a line's place.
    """
    answer = assess(dispensing, rules)
    found = search.find(dispensing, rules, rules_on=rules_on, catalogue=catalogue)
    before_fen = search.patient_fen(answer)
    then_fen, done = before_fen, 0
    if answer.decision != "accepted" and found.ways:
        # What is cheaper comes on top of the first way, which is told already.
        then_fen, done = found.ways[0].patient_fen, len(found.ways[0].changes)
    split = answer.split
    return Explanation(
        language=language,
        on=dispensing.on,
        decision=answer.decision,
        total_fen=sum(line.price_fen * line.quantity for line in dispensing.lines),
        fund_fen=None if split is None else split.fund_fen,
        account_fen=None if split is None else split.account_fen,
        mutual_aid_fen=None if split is None else split.mutual_aid_fen,
        cash_fen=None if split is None else split.cash_fen,
        patient_fen=before_fen,
        checks=tuple(
            _explained(one, dispensing, rules, language) for one in answer.findings
        ),
        sum=_sum(dispensing, answer, language),
        ways=tuple(_way(one, 0, before_fen, language) for one in found.ways),
        cheaper=tuple(_way(one, done, then_fen, language) for one in found.cheaper),
        runs=found.runs,
        labels=_labels(answer, found),
        policies=answer.policies,
    )


def _explained(
    finding: Finding, dispensing: Dispensing, rules: Rules, language: str
) -> Explained:
    said = say(finding, language)
    return Explained(
        check=said.check,
        title=said.title,
        verdict=finding.verdict,
        why=said.why,
        next_step=said.next_step,
        facts=facts_of(finding.check, dispensing, rules, language),
        document=said.document,
        clause=said.clause,
        quote=said.quote,
        says=said.says,
    )


def _sum(
    dispensing: Dispensing, answer: Assessment, language: str
) -> tuple[SumLine, ...]:
    """Write the sum down; a bill of one line needs no second adding up."""
    if answer.split is None:
        return ()
    alone = len(dispensing.lines) == 1
    return tuple(
        _sum_line(step, dispensing, language)
        for step in steps(dispensing, answer.split)
        if not (alone and step.line is None)
    )


def _sum_line(step: Step, dispensing: Dispensing, language: str) -> SumLine:
    cited = step.basis.cited if step.basis else None
    return SumLine(
        line=step.line,
        amount=step.amount,
        name=say_either(AMOUNTS[step.amount], language),
        medicine="" if step.line is None else dispensing.lines[step.line].name,
        sum=step.sum,
        result_fen=step.result_fen,
        document=cited.document if cited else "",
        clause=cited.clause if cited else "",
        quote=cited.quote if cited else "",
        says=cited.says if cited else "",
        label=step.basis.label if step.basis else "",
        source=step.basis.source if step.basis else "",
        capped=step.basis is not None and step.basis.name.startswith("cap."),
    )


def _way(way: search.Way, done: int, before_fen: int | None, language: str) -> WayOut:
    """Say the changes of a way but the first ones that are `done` already."""
    made = way.changes[done:]
    disease = way.dispensing.prescription.disease
    return WayOut(
        kinds=tuple(change.kind for change in made),
        words=tuple(
            say_either(CHANGES[change.kind], language).format_map(
                {
                    "disease": word(disease, language),
                    **{
                        name: word(value, language) if isinstance(value, str) else value
                        for name, value in change.values.items()
                    },
                }
            )
            for change in made
        ),
        possible=way.possible,
        decision=way.assessment.decision,
        patient_before_fen=before_fen,
        patient_after_fen=way.patient_fen,
        saves_fen=_less(before_fen, way.patient_fen),
    )


def _labels(answer: Assessment, found: search.Found) -> tuple[str, ...]:
    """Give the marks of every amount told, those of the ways too."""
    told = [answer, *(way.assessment for way in (*found.ways, *found.cheaper))]
    return tuple(dict.fromkeys(label for one in told for label in one.labels))


def _less(before_fen: int | None, after_fen: int | None) -> int | None:
    return None if before_fen is None or after_fen is None else before_fen - after_fen
