"""The year reckoned from its plan by plain arithmetic: shares nothing with the product."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction

from tests.year.town import YEAR, Visit, visits

ROWS = ("two_disease", "chronic")
DISEASES = ("hypertension", "diabetes")
# 46.5 of 60 points: rows 1.1, 1.2 are 85 % of 5; 2.1, 2.2 miss their range; 3.1 to 4.2 and
# 9 are full; rows 5 to 8 lose half a point for their one case (附件2).
SCORE = Fraction(2 * Fraction(85, 100) * 5 + 10 + 4 * Fraction(9, 2) + 10, 60)
LEVELS = {"county": 2, "township": 5, "village": 3}  # tenths (S18)


def holding(drawn_on: date) -> Iterator[Visit]:
    """Name the visits that nobody had taken back by a day."""
    for one in visits():
        if one.back_on is None or one.back_on > drawn_on:
            yield one


def month(number: int, drawn_on: date | None = None) -> dict[str, dict[str, object]]:
    """Reckon a month's form as it was on a day, the first of the month after unless told."""
    first = date(YEAR, number, 1)
    after = (first + timedelta(days=31)).replace(day=1)
    held = [one for one in holding(drawn_on or after) if one.on < after]
    return {
        f"{row} {disease}": {
            "month": _numbers(held, row, disease, first),
            "whole": _numbers(held, row, disease, date(YEAR, 1, 1)),
        }
        for row in ROWS
        for disease in DISEASES
    }


def _numbers(
    held: Iterable[Visit], row: str, disease: str, begins: date
) -> dict[str, int]:
    own = [
        one
        for one in held
        if (one.dweller.channel, one.dweller.disease) == (row, disease)
        and one.on >= begins
    ]
    return {
        "people": len({one.dweller.no for one in own}),
        "visits": len(own),
        "cost_fen": sum(one.total_fen for one in own),
        "in_scope_fen": sum(one.in_scope_fen for one in own),
        "fund_fen": sum(one.fund_fen for one in own),
    }


def remainders(whole: int, weights: dict[str, int]) -> dict[str, int]:
    """Split an amount by weights; what is left goes fen by fen to the largest remainders."""
    total = sum(weights.values())
    exact = {name: Fraction(whole * part, total) for name, part in weights.items()}
    parts = {name: int(one) for name, one in exact.items()}
    largest = sorted(exact, key=lambda name: parts[name] - exact[name])
    for name in largest[: whole - sum(parts.values())]:
        parts[name] += 1
    return parts
