"""A figure of a policy text: its value, its unit, its dates, and the words it rests on."""

from dataclasses import dataclass, field
from datetime import date

LAYERS = ("national", "province", "city", "overlay")

# A share is ten-thousandths, money is fen, days are days; names are slugs; a table is
# pairs of a name and a whole number or a name; rows are tables with named columns.
Cell = int | bool | str | tuple[str, ...]
Row = tuple[tuple[str, Cell], ...]
Value = (
    int
    | bool
    | str
    | tuple[str, ...]
    | tuple[tuple[str, int | str], ...]
    | tuple[Row, ...]
)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands: document, clause, and the words of the text.

    `quote` is verbatim and checked against the shipped text. Where the text is not
    shipped, or where the text is silent and a reading fills in, `quote` is empty and
    `says` tells in our own words what is meant. Beside a quote, `says` is a note of ours.
    """

    document: str
    clause: str
    quote: str = ""
    says: str = ""
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One named figure in one layer, with the days on which it holds.

    `value` is None where the text leaves the figure to another document (`left_to`):
    an open parameter. `source` and `label` are an overlay's: who says so, and the
    mark (such as 示例数据) that travels with every amount resting on it.
    """

    name: str
    value: Value | None
    unit: str
    cited: Citation
    since: date
    until: date | None = None
    layer: str = "city"
    left_to: str = ""
    same_as: str = ""
    source: str = ""
    label: str = ""
    # Where it is written, for errors; not a part of what it says.
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    def holds_on(self, day: date) -> bool:
        """Tell whether the figure is in force on a day (`until` included)."""
        return self.since <= day and (self.until is None or day <= self.until)
