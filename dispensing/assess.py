"""The answer to one dispensing: all findings, the decision, and the split."""

from dataclasses import dataclass

from dispensing import checks
from dispensing.checks import OPEN_PARAMETER, Finding
from dispensing.policy.figures import Figure
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing
from dispensing.settlement import Split, split_bill, terms_of

DECISIONS = ("accepted", "review", "refused")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules say of one dispensing.

    A refused dispensing has no split, nor has one that needs an open parameter.
    """

    decision: str
    findings: tuple[Finding, ...]
    split: Split | None
    overlays: tuple[Figure, ...]  # overlay figures that the answer rests on
    policies: tuple[str, ...]  # ids of the documents in force

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Give the findings that did not pass, in the order of the checks."""
        return tuple(item for item in self.findings if item.verdict != "passed")

    @property
    def labels(self) -> tuple[str, ...]:
        """Give the marks (such as 示例数据) that must stand beside the amounts."""
        return tuple(dict.fromkeys(item.label for item in self.overlays if item.label))


def assess(dispensing: Dispensing, rules: Rules) -> Assessment:
    """Check one dispensing against the rules of its day and split its bill.

    Every check is run. An open parameter is reported only where nothing refuses, and
    then no amount is computed (R4).
    """
    findings = checks.run(dispensing, rules)
    verdicts = {finding.verdict for finding in findings}
    if "refused" in verdicts:
        found = (*findings, checks.passed(OPEN_PARAMETER, rules))
        return Assessment("refused", found, None, rules.operated, rules.policies)
    unfilled = terms_of(dispensing, rules).open_figures
    if unfilled:
        found = (*findings, _open_parameter(unfilled))
        return Assessment("review", found, None, rules.operated, rules.policies)
    found = (*findings, checks.passed(OPEN_PARAMETER, rules))
    split = split_bill(dispensing, rules)
    overlaid = [item for item in split.bases if item.layer == "overlay"]
    overlays = (*overlaid, *rules.operated)
    decision = "review" if "review" in verdicts else "accepted"
    return Assessment(decision, found, split, overlays, rules.policies)


def _open_parameter(unfilled: tuple[Figure, ...]) -> Finding:
    first = unfilled[0]
    values: dict[str, str | int] = {
        "parameters": ", ".join(item.name for item in unfilled),
        "left_to": first.left_to,
    }
    step = "ask_bureau_for_figure"
    return Finding(OPEN_PARAMETER, "review", first.cited, values, step)
