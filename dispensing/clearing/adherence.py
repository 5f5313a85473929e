"""Who takes medicines regularly (规律服药): the proportion of days covered.

PDC as the Pharmacy Quality Alliance specifies it: from the first supply to the period's end,
the days on which the person had any medicine of the disease, out of all days. A supply of the
same substance that comes early begins when the one before it ends. Only who was supplied on
two days, and first more than 90 days before the end, is measured.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from dispensing.clearing.claims import Claim
from dispensing.money import WHOLE_PERMYRIAD

FILLS_MIN, DAYS_MIN = 2, 91


@dataclass(frozen=True, slots=True)
class Covered:
    """So many days of a span on which a person had a medicine."""

    person: str
    days: int
    of: int

    def is_regular(self, threshold_permyriad: int) -> bool:
        """Tell whether the days covered reach a threshold."""
        return self.days * WHOLE_PERMYRIAD >= threshold_permyriad * self.of


def covered(
    claims: Iterable[Claim], disease: str, first: date, last: date
) -> tuple[Covered, ...]:
    """Measure everybody who was supplied for a disease between two days, both included."""
    by_person: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if (
            claim.disease == disease
            and claim.supply_days
            and first <= claim.day <= last
        ):
            by_person[claim.person].append(claim)
    return tuple(_measured(by_person, last))


def days_covered(fills: Iterable[tuple[date, str, int]], last: date) -> int:
    """Count the days until the last one on which any supply lasts.

    >>> jan, feb = date(2025, 1, 1), date(2025, 1, 21)
    >>> days_covered([(jan, "C08CA01", 28), (feb, "C08CA01", 28)], date(2025, 12, 31))
    56
    >>> days_covered([(jan, "C08CA01", 28), (feb, "C09AA02", 28)], date(2025, 12, 31))
    48
    """
    ends: dict[str, int] = {}
    spans = []
    for day, atc, supply_days in sorted(fills):
        begin = max(day.toordinal(), ends.get(atc, 0))
        ends[atc] = begin + supply_days
        spans.append((begin, ends[atc]))
    return _union(spans, last.toordinal() + 1)


def _union(spans: Sequence[tuple[int, int]], end: int) -> int:
    """Count the whole days that lie in any of half-open spans before an end."""
    days = reached = 0
    for begin, until in sorted(spans):
        until = min(until, end)
        days += max(until - max(begin, reached), 0)
        reached = max(reached, until)
    return days


def _measured(by_person: dict[str, list[Claim]], last: date) -> Iterator[Covered]:
    for person, claims in sorted(by_person.items()):
        begin = min(claim.day for claim in claims)
        of = (last - begin).days + 1
        if len({claim.day for claim in claims}) >= FILLS_MIN and of >= DAYS_MIN:
            fills = [(claim.day, claim.atc, claim.supply_days) for claim in claims]
            yield Covered(person, days_covered(fills, last), of)
