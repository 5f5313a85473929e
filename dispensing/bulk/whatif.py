"""Two policies over one book: what the fund pays, who is better off and who is worse off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from dispensing.bulk.adjudicate import adjudicated
from dispensing.bulk.book import Book, fetched, kept
from dispensing.bulk.rulebook import Rulebook, coded, is_told, laid_out
from dispensing.bulk.terms import Policy
from dispensing.bulk.whole import summed
from dispensing.few import too_few

BY = ("area", "disease", "venue")
TOGETHER = "together"  # the groups that are too small to be told apart
_KEEP = ("person", *BY, "price_fen", "quantity", "told_elsewhere")


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes for one area, disease or venue, or for all (`by` is `all`).

    People are counted by what they pay themselves in the group over the whole book.
    """

    by: str
    value: str
    people: int
    better: int
    worse: int
    fund_before_fen: int
    fund_after_fen: int
    patient_before_fen: int
    patient_after_fen: int

    @property
    def fund_change_fen(self) -> int:
        """Tell how much more the fund pays."""
        return self.fund_after_fen - self.fund_before_fen


@dataclass(frozen=True, slots=True)
class Comparison:
    """The effects of a change, and the lines left out since a figure is open."""

    effects: tuple[Effect, ...]
    lines: int
    left_out: int

    @property
    def total(self) -> Effect:
        """Give the effect on everybody."""
        return self.effects[0]

    def of(self, by: str) -> tuple[Effect, ...]:
        """Give the effects by area, disease or venue."""
        return tuple(one for one in self.effects if one.by == by)


class TooFew(ValueError):
    """A book tells of so few people that nothing may be told of them."""


def compare(
    book: Book, before: Policy, after: Policy, *, people_min: int = 1
) -> Comparison:
    """Adjudicate a book by two policies and tell the difference.

    A refused line costs the patient its whole price. A line that either policy leaves
    without an amount (an open figure, no text in force) is left out of both. Groups of fewer
    than `people_min` people are told as one (`TOGETHER`); raises TooFew where all are fewer.
    """
    backend = book.backend
    old, new = laid_out(book, before), laid_out(book, after)
    costs = _costs(old, new, "before"), _costs(new, old, "after")
    parts = kept(backend, _side_by_side(*costs))
    counted = fetched(backend, parts.aggregate(n=parts.n.sum()))[0]["n"] or 0
    (everybody,) = _effects(backend, parts, "all")
    if 0 < everybody.people < people_min:
        raise TooFew(f"the book tells of {everybody.people} people")
    effects = [one for by in BY for one in _enough(backend, parts, by, people_min)]
    left_out = book.rows - int(counted)
    return Comparison((everybody, *effects), book.rows, left_out)


_AMOUNTS = ("fund_before", "fund_after", "patient_before", "patient_after")
_GROUP = ("person", *BY)


def _costs(rules: Rulebook, other: Rulebook, name: str) -> Table:
    """Sum what each person costs by area, disease and venue under one of two policies."""
    claims = rules.book.claims
    if other.any_silent:
        rows = coded(other, claims)
        rows = rows.mutate(told_elsewhere=is_told(rows))
        claims = rows.select(claims, "told_elsewhere")
    else:
        claims = claims.mutate(told_elsewhere=ibis.literal(True))
    parts = (
        kept(rules.book.backend, _summed(splits, name))
        for splits in adjudicated(rules, claims, _KEEP)
    )
    return ibis.union(*parts)  # a person is in one part only


def _summed(splits: Table, name: str) -> Table:
    refused = splits.decision == "refused"
    told = (refused | splits.total_fen.notnull()) & splits.told_elsewhere
    own = splits.total_fen - splits.fund_fen
    price = splits.price_fen * splits.quantity
    lines = splits.filter(told).select(
        *_GROUP,
        fund=ibis.ifelse(refused, 0, splits.fund_fen),
        patient=ibis.ifelse(refused, price, own),
    )
    sums = {
        f"fund_{name}": summed(lines.fund.sum()),
        f"patient_{name}": summed(lines.patient.sum()),
    }
    return lines.group_by(*_GROUP).aggregate(**sums, n=lines.count())


def _side_by_side(old: Table, new: Table) -> Table:
    new = new.drop("n").rename({f"{name}_": name for name in _GROUP})
    joined = old.join(new, [old[name] == new[f"{name}_"] for name in _GROUP])
    return joined.select(old, *(new[name] for name in _AMOUNTS if name in new.columns))


def _enough(
    backend: Backend, parts: Table, by: str, people_min: int
) -> Sequence[Effect]:
    """Count by groups, of which each that is told has enough people."""
    together: frozenset[str] = frozenset()
    while True:
        found = _effects(backend, parts, by, together)
        few = too_few({one.value: one.people for one in found}, people_min)
        if few <= {TOGETHER}:
            return found
        together |= few


def _effects(
    backend: Backend, parts: Table, by: str, together: frozenset[str] = frozenset()
) -> Sequence[Effect]:
    value = ibis.literal("") if by == "all" else parts[by]
    if together:
        value = ibis.ifelse(value.isin(sorted(together)), TOGETHER, value)
    parts = parts.mutate(value=value)
    person = parts.group_by("value", "person").aggregate(
        **{name: summed(parts[name].sum()) for name in _AMOUNTS}
    )
    sums: dict[str, Any] = {
        f"{name}_fen": summed(person[name].sum()) for name in _AMOUNTS
    }
    rows = person.group_by("value").aggregate(
        people=person.count(),
        better=(person.patient_after < person.patient_before).sum(),
        worse=(person.patient_after > person.patient_before).sum(),
        **sums,
    )
    found = fetched(backend, rows.order_by("value"))
    if by == "all" and not found:
        found = [
            {
                "value": "",
                "people": 0,
                "better": 0,
                "worse": 0,
                **dict.fromkeys(sums, 0),
            }
        ]
    return [Effect(by=by, **row) for row in found]
