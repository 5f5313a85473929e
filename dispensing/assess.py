"""The answer to one dispensing: all findings, the decision, and the split."""

from dataclasses import dataclass

from dispensing.checks import Finding
from dispensing.policy.figures import Figure
from dispensing.settlement import Split

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
        """Give the findings that did not pass, the worst first as found."""
        return tuple(item for item in self.findings if item.verdict != "passed")
