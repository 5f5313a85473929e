"""Count claim lines into a form, one by one; bulk counts are held to it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dispensing.claim_book.lines import ClaimLine
from dispensing.forms.schedule import KEYS, Cell, FormCount, Key, Span

RESIDENT = "resident"  # the 两病 benefit is that of 城乡居民 (T1)


@dataclass(slots=True)
class _Sum:
    people: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)
    fen: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, line: ClaimLine) -> None:
        self.people.add(line.person)
        self.claims.add(line.claim)
        for place, fen in enumerate((line.total_fen, line.in_scope_fen, line.fund_fen)):
            self.fen[place] += fen

    def counted(self) -> FormCount:
        return FormCount(len(self.people), len(self.claims), *self.fen)


@dataclass(slots=True)
class _Count:
    span: Span
    month: dict[Key, _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    whole: dict[Key, _Sum] = field(default_factory=lambda: defaultdict(_Sum))

    def add(self, line: ClaimLine) -> None:
        if counts(line, self.span):
            key = line.channel, line.disease
            self.whole[key].add(line)
            if line.day >= self.span.first:
                self.month[key].add(line)

    def cells(self) -> dict[Key, Cell]:
        return {
            key: Cell(self.month[key].counted(), self.whole[key].counted())
            for key in KEYS
        }


def counts(line: ClaimLine, span: Span) -> bool:
    """Tell whether a line counts in a form: a resident's, of its days, and not taken back."""
    return (
        line.reversed_on is None
        and line.scheme == RESIDENT
        and (line.channel, line.disease) in KEYS
        and span.since <= line.day <= span.last
    )


def count(lines: Iterable[ClaimLine], span: Span) -> dict[Key, Cell]:
    """Count lines by scheme and disease; each person and each settlement once."""
    found = _Count(span)
    for line in lines:
        found.add(line)
    return found.cells()


def count_by_outlet(
    lines: Iterable[ClaimLine], span: Span
) -> dict[str, dict[Key, Cell]]:
    """Count lines as `count` does, apart for each outlet that settled one that counts."""
    found: dict[str, _Count] = {}
    for line in lines:
        if counts(line, span):
            found.setdefault(line.outlet, _Count(span)).add(line)
    return {outlet: one.cells() for outlet, one in found.items()}


@dataclass(frozen=True, slots=True)
class Behind:
    """A person behind a number: how many settlements, and what they came to."""

    person: str
    visits: int
    cost_fen: int
    in_scope_fen: int
    fund_fen: int


def people_behind(
    lines: Iterable[ClaimLine], span: Span, key: Key, *, month: bool
) -> tuple[Behind, ...]:
    """Name the people behind the numbers of a scheme and a disease, each once."""
    found: dict[str, _Sum] = defaultdict(_Sum)
    for line in _asked(lines, span, key, month=month):
        found[line.person].add(line)
    return tuple(
        Behind(person, len(one.claims), *one.fen)
        for person, one in sorted(found.items())
    )


def _asked(
    lines: Iterable[ClaimLine], span: Span, key: Key, *, month: bool
) -> Iterator[ClaimLine]:
    first = span.first if month else span.since
    for line in lines:
        if (
            counts(line, span)
            and (line.channel, line.disease) == key
            and line.day >= first
        ):
            yield line
