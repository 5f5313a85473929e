"""What the work of institutions is measured by: rows of a text, with points where it has them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dispensing.clearing.scores import Measured
from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules

CASES, SHARE, COUNT = "cases", "share", "count"
# What is only a hint from the records here: a person judges whether a case is one.
JUDGED = ("complaints", "bad_prescriptions")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row: a share, a count or cases; who enters it, or what counts it here."""

    row: str
    item: str
    kind: str
    numerator: str
    denominator: str
    source: str
    enters: str
    computed: str  # '' where nothing here counts it
    points: int  # 0 where the text gives none
    cited: Citation

    @property
    def is_judged(self) -> bool:
        """Tell whether what is on record here wants a person's judgement."""
        return self.computed in JUDGED

    @property
    def is_counted(self) -> bool:
        """Tell whether the records here give the number as it is."""
        return bool(self.computed) and not self.is_judged

    def fault_of(self, found: Measured) -> str:
        """Tell what is wrong with a number for this row; '' where nothing is."""
        if (self.kind == SHARE) != (found.of is not None):
            return "a share of two counts" if self.kind == SHARE else "one number"
        return ""


def indicators(rules: Rules) -> tuple[Indicator, ...]:
    """Read the rows in force: those with points first; none where no text has any."""
    scored = [
        _indicator(rules, "score.items", cells, _KINDS[cells["how"]])
        for cells in rules.rows("score.items")
    ]
    plain = [
        _indicator(rules, "score.indicators", cells, cells["how"])
        for cells in rules.rows("score.indicators")
    ]
    return (*scored, *plain)


def cut_off(rules: Rules) -> str:
    """Tell what of the text's rows is not at hand (S25); '' where nothing is missing."""
    said = rules.cited("score.items").says if rules.rows("score.items") else ""
    return said if "中断" in said else ""


def of_row(found: Iterable[Indicator], row: str) -> Indicator:
    """Find a row; raises LookupError where there is none."""
    for one in found:
        if one.row == row:
            return one
    raise LookupError(f"no such row: {row}")


_KINDS = {"range": SHARE, "ratio": SHARE, "deduction": CASES}


def _indicator(
    rules: Rules, name: str, cells: dict[str, object], kind: str
) -> Indicator:
    def said(column: str) -> str:
        return str(cells.get(column) or "")

    return Indicator(
        row=said("row"),
        item=said("item"),
        kind=kind,
        numerator=said("numerator"),
        denominator=said("denominator"),
        source=said("source"),
        enters=said("enters") or "bureau",
        computed=said("computed"),
        points=int(said("points") or 0),
        cited=replace(rules.cited(name), quote=said("quote")),
    )
