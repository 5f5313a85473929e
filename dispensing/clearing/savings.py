"""What central procurement saved at each institution (集采结余留用, 临沧 二（三）5, L15).

Of a medicine with a base price: what its boxes would have cost, less what they cost. Of that the
insurance saved the part that the fund paid of the line; half a fen is rounded up, line by line.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from dispensing.claim_book.lines import ClaimLine


@dataclass(frozen=True, slots=True)
class BasePrice:
    """What one unit cost before, in fen, and from which day it is procured centrally."""

    fen: int
    since: date


@dataclass(frozen=True, slots=True)
class Saved:
    """What one institution saved: units, cost and of it the fund's part; below nothing: more."""

    quantity: int
    cost_fen: int
    fund_fen: int


@dataclass(frozen=True, slots=True)
class Savings:
    """What was saved by institution; units of procured medicines that have no base price."""

    by_outlet: Mapping[str, Saved]
    without_base: Mapping[str, int]

    @property
    def fund_fen(self) -> int:
        """Add up what the fund saved."""
        return sum(one.fund_fen for one in self.by_outlet.values())


def savings(
    lines: Iterable[ClaimLine],
    bases: Mapping[str, BasePrice],
    procured: frozenset[str],
) -> Savings:
    """Reckon savings of claim lines that hold; `procured` are the codes of 集采中选 medicines."""
    counted: dict[str, Counter[str]] = {}
    without: Counter[str] = Counter()
    for line in lines:
        if line.reversed_on is not None:
            continue
        base = bases.get(line.medicine)
        if base is None:
            without.update(
                {line.medicine: line.quantity} if line.medicine in procured else {}
            )
        elif line.day >= base.since:
            cost_fen = (base.fen - line.price_fen) * line.quantity
            own = counted.setdefault(line.outlet, Counter())
            own["quantity"] += line.quantity
            own["cost_fen"] += cost_fen
            own["fund_fen"] += fund_part(cost_fen, line.fund_fen, line.total_fen)
    return Savings(
        {
            code: Saved(own["quantity"], own["cost_fen"], own["fund_fen"])
            for code, own in sorted(counted.items())
        },
        dict(sorted(without.items())),
    )


def fund_part(saved_fen: int, fund_fen: int, total_fen: int) -> int:
    """Take the fund's part of a line's saving, half a fen away from nothing.

    >>> fund_part(101, 50, 100), fund_part(-101, 50, 100), fund_part(5, 0, 0)
    (51, -51, 0)
    """
    if not total_fen:
        return 0
    part = (2 * abs(saved_fen) * fund_fen + total_fen) // (2 * total_fen)
    return part if saved_fen >= 0 else -part
