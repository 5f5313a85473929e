"""Two policies over one book: what the fund pays, who is better off and who is worse off."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from dispensing.bulk.adjudicate import adjudicate
from dispensing.bulk.book import Book, fetched, passes, write_parquet
from dispensing.bulk.terms import Policy

BY = ("area", "disease", "venue")
_KEEP = ("person", *BY, "price_fen", "quantity")


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


def compare(book: Book, before: Policy, after: Policy) -> Comparison:
    """Adjudicate a book by two policies and tell the difference.

    A refused line costs the patient its whole price. A line that either policy leaves
    without an amount (an open figure, no text in force) is left out of both.
    """
    backend = book.backend
    parts = (_parts(part, before, after) for part in passes(book))
    with tempfile.TemporaryDirectory(prefix="yaoda-whatif-") as folder:
        path = Path(folder) / "parts.parquet"
        write_parquet(backend, parts, path)
        kept = backend.read_parquet(str(path))
        counted = fetched(backend, kept.aggregate(n=kept.n.sum()))[0]["n"] or 0
        effects = [one for by in ("all", *BY) for one in _effects(backend, kept, by)]
    return Comparison(tuple(effects), book.rows, book.rows - int(counted))


_AMOUNTS = ("fund_before", "fund_after", "patient_before", "patient_after")


def _parts(book: Book, before: Policy, after: Policy) -> Table:
    """Sum what each person pays by area, disease and venue, under either policy."""
    lines = _side_by_side(book, before, after)
    told = lines.filter(lines.told)
    return told.group_by("person", *BY).aggregate(
        **{name: told[name].sum().cast("int64") for name in _AMOUNTS}, n=told.count()
    )


def _side_by_side(book: Book, before: Policy, after: Policy) -> Table:
    old = _costs(adjudicate(book, before, _KEEP), "before")
    new = _costs(adjudicate(book, after, _KEEP), "after").drop("person", *BY)
    joined = old.join(new, ["claim", "line"])
    return joined.mutate(told=joined.told_before & joined.told_after)


def _costs(splits: Table, name: str) -> Table:
    """Give what fund and patient pay for each line, and whether amounts are told."""
    refused = splits.decision == "refused"
    own = splits.total_fen - splits.fund_fen
    price = splits.price_fen * splits.quantity
    return splits.select(
        "claim",
        "line",
        "person",
        *BY,
        **{
            f"fund_{name}": ibis.ifelse(refused, 0, splits.fund_fen),
            f"patient_{name}": ibis.ifelse(refused, price, own),
            f"told_{name}": refused | splits.total_fen.notnull(),
        },
    )


def _effects(backend: Backend, parts: Table, by: str) -> Sequence[Effect]:
    value = ibis.literal("") if by == "all" else parts[by]
    parts = parts.mutate(value=value)
    person = parts.group_by("value", "person").aggregate(
        **{name: parts[name].sum().cast("int64") for name in _AMOUNTS}
    )
    sums: dict[str, Any] = {
        f"{name}_fen": person[name].sum().cast("int64") for name in _AMOUNTS
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
