"""Papers (资质) with their days: licences, cold-chain qualifications, framework agreements. Pure.

Entries are never changed: what is entered again under the same number stands in the place of
the entry before, and an older paper stays as history.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

# licence and cold_chain are a delivery firm's; framework is a chain's agreement with the
# province, after which its delivery is published (W15).
Kind = Literal["licence", "cold_chain", "framework"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Qualification:
    """One paper: whose, of which kind, its number, and its first and last day."""

    holder: str  # a carrier's code, or a chain's name
    kind: Kind
    number: str
    begins: date
    ends: date  # its last day

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"expected one of {KINDS}, got {self.kind!r}")
        if self.ends < self.begins:
            raise ValueError(f"ends before it begins: {self.number}")

    def covers(self, day: date) -> bool:
        """Tell whether the paper is good on a day."""
        return self.begins <= day <= self.ends


def holds(papers: Iterable[Qualification], kind: Kind, day: date) -> bool | None:
    """Tell whether a paper of a kind is good on a day; None where none was ever entered."""
    mine = [each for each in papers if each.kind == kind]
    return any(each.covers(day) for each in mine) if mine else None


def last_day(
    papers: Iterable[Qualification], kind: Kind, day: date
) -> Qualification | None:
    """Return the paper that ends a cover without a break, which is good on a day."""
    mine = sorted(
        (each for each in papers if each.kind == kind),
        key=lambda each: (each.begins, each.ends, each.number),
    )
    last: Qualification | None = None
    for each in mine:
        # Counted in days: behind the last day of all years there is none to name.
        apart = each.begins - (day if last is None else last.ends)
        if apart.days <= (0 if last is None else 1) and each.ends >= day:
            last = each if last is None or each.ends > last.ends else last
    return last


def expiring(
    papers: Iterable[Qualification], day: date, within_days: int
) -> tuple[Qualification, ...]:
    """List the papers that end within some days and that no other paper follows.

    >>> one = Qualification("C1", "licence", "1", date(2025, 1, 1), date(2025, 9, 30))
    >>> [each.number for each in expiring([one], date(2025, 9, 15), 30)]
    ['1']
    """
    kept = tuple(papers)
    until = day + timedelta(days=within_days)
    lasts = {
        last
        for holder, kind in {(each.holder, each.kind) for each in kept}
        if (last := last_day((it for it in kept if it.holder == holder), kind, day))
        and last.ends <= until
    }
    return tuple(sorted(lasts, key=lambda each: (each.ends, each.holder, each.kind)))
