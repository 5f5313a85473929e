"""Running pots over all rows at once: what a ceiling leaves of each row's wish.

A row draws what it wants while the pot stands below the row's own ceiling. Ceilings differ
from row to row (a second disease is registered, a village clinic has no deductible), so
the pot is cut into bands at each ceiling that occurs: a band fills by a running sum, and
what flows over goes on to the next band where the row's ceiling lets it.
"""

from collections.abc import Sequence
from itertools import pairwise

import ibis
from ibis.expr.types import IntegerValue, Table

from dispensing.bulk.terms import UNBOUNDED_FEN


def drawn(
    rows: Table,
    levels: Sequence[int],
    *,
    want: str,
    ceiling: str,
    outside: str | None = None,
    by: Sequence[str],
) -> Table:
    """Add `taken`: what each row draws from the pot that it shares (`by`), in fen.

    `outside` names what was drawn from the same pot elsewhere just before the row,
    whatever the ceiling. `levels` are the ceilings that occur, without 0 and unbounded.
    Most pots have one ceiling all year and need one running sum; only the rest are cut.
    """
    nothing = ibis.literal(0, type="int64")
    flow = ibis.ifelse(rows[ceiling] > 0, rows[want], 0)
    rows = rows.mutate(
        flow=flow,
        bound=ibis.ifelse(flow > 0, rows[ceiling], ibis.null("int64")),
        flood=nothing if outside is None else rows[outside],
    )
    if not levels:
        return _bare(rows.mutate(taken=rows.flow))
    if len(levels) == 1:
        return _bare(_bands(rows, levels, by))
    whole = ibis.window(group_by=by)
    rows = rows.mutate(
        stood=_running(rows, by),
        lowest=rows.bound.min().over(whole),
        highest=rows.bound.max().over(whole),
    )
    is_steady = (rows.lowest == rows.highest).fill_null(True)
    steady = rows.filter(is_steady)
    begun = ibis.least(steady.stood - steady.flow, steady.bound)
    steady = steady.mutate(taken=ibis.least(steady.stood, steady.bound) - begun)
    moved = _bands(rows.filter(~is_steady), levels, by)
    return ibis.union(_bare(steady), _bare(moved))


def _bands(rows: Table, levels: Sequence[int], by: Sequence[str]) -> Table:
    """Fill band after band, each up to the next ceiling that occurs."""
    nothing = ibis.literal(0, type="int64")
    rows = rows.mutate(taken=nothing, left=rows.flow)
    for below, level in pairwise((0, *levels)):
        size = level - below
        rows = rows.mutate(flow=ibis.ifelse(rows.bound >= level, rows.left, 0))
        rows = rows.mutate(stood=_running(rows, by))
        before = rows.stood - rows.flow
        filled, begun = _least(rows.stood, size), _least(before, size)
        at_first = _least(before - rows.flood, size)
        rows = rows.mutate(
            taken=rows.taken + filled - begun,
            left=rows.left - (filled - begun),
            flood=rows.flood - (begun - at_first),
        )
    over = ibis.ifelse(rows.bound == UNBOUNDED_FEN, rows.left, 0)
    return rows.mutate(taken=rows.taken + over)


def _running(rows: Table, by: Sequence[str]) -> IntegerValue:
    in_order = ibis.window(group_by=by, order_by=("settled_no", "line"), rows=(None, 0))
    # DuckDB sums to 128 bits; no year of a person comes near 63.
    return (rows.flow + rows.flood).sum().over(in_order).cast("int64")


def _bare(rows: Table) -> Table:
    own = ("flow", "flood", "bound", "stood", "lowest", "highest", "left")
    return rows.drop(*(name for name in own if name in rows.columns))


def _least(amount: IntegerValue, size: int) -> IntegerValue:
    return ibis.least(amount, ibis.literal(size, type="int64"))
