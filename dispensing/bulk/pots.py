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
from dispensing.bulk.whole import summed


def drawn(
    rows: Table,
    levels: Sequence[int],
    *,
    want: str,
    ceiling: str,
    steady: str,
    outside: str | None = None,
    by: Sequence[str],
) -> Table:
    """Add `taken`: what each row draws from the pot that it shares (`by`), in fen.

    `outside` names what was drawn from the same pot elsewhere just before the row,
    whatever the ceiling. `levels` are the ceilings that occur, without 0 and unbounded.
    Most pots have one ceiling all year (`steady` tells) and need one running sum; only
    the rest are cut.
    """
    if not levels:
        bounded = rows[ceiling].fill_null(0) == UNBOUNDED_FEN
        taken = ibis.ifelse(bounded, rows[want], 0)
        return rows.mutate(taken=taken).drop(want, ceiling, steady)
    rows = rows.rename(want_fen=want, ceiling_fen=ceiling, is_steady=steady)
    if outside is not None:
        rows = rows.rename(flood=outside)
    if len(levels) == 1:
        return _bare(_bands(rows, levels, by))
    flow = _flow(rows)
    rows = rows.mutate(stood=_running(rows, flow, by))
    even = rows.filter(rows.is_steady)
    begun = ibis.least(even.stood - _flow(even), even.ceiling_fen)
    even = even.mutate(taken=ibis.least(even.stood, even.ceiling_fen) - begun)
    moved = _bands(rows.filter(~rows.is_steady), levels, by)
    return ibis.union(_bare(even), _bare(moved))


def _bands(rows: Table, levels: Sequence[int], by: Sequence[str]) -> Table:
    """Fill band after band, each up to the next ceiling that occurs."""
    nothing = ibis.literal(0, type="int64")
    rows = rows.mutate(taken=nothing, left=_flow(rows))
    for below, level in pairwise((0, *levels)):
        size = level - below
        flow = ibis.ifelse(rows.ceiling_fen >= level, rows.left, 0)
        rows = rows.mutate(flow=flow, stood=_running(rows, flow, by))
        before = rows.stood - rows.flow
        filled, begun = _least(rows.stood, size), _least(before, size)
        rows = rows.mutate(
            taken=rows.taken + filled - begun,
            left=rows.left - (filled - begun),
            **_flood_after(rows, before, size),
        )
    over = ibis.ifelse(rows.ceiling_fen == UNBOUNDED_FEN, rows.left, 0)
    return rows.mutate(taken=rows.taken + over)


def _flood_after(
    rows: Table, before: IntegerValue, size: int
) -> dict[str, IntegerValue]:
    """Let what was drawn elsewhere flow on, where the band has no room for it."""
    if "flood" not in rows.columns:
        return {}
    taken = _least(before, size) - _least(before - rows.flood, size)
    return {"flood": rows.flood - taken}


def _flow(rows: Table) -> IntegerValue:
    return ibis.ifelse(rows.ceiling_fen > 0, rows.want_fen, 0)


def _running(rows: Table, flow: IntegerValue, by: Sequence[str]) -> IntegerValue:
    in_order = ibis.window(group_by=by, order_by=("settled_no", "line"), rows=(None, 0))
    step = flow + rows.flood if "flood" in rows.columns else flow
    return summed(step.sum().over(in_order))


def _bare(rows: Table) -> Table:
    own = (
        "want_fen",
        "ceiling_fen",
        "flow",
        "flood",
        "stood",
        "left",
        "is_steady",
    )
    return rows.drop(*(name for name in own if name in rows.columns))


def _least(amount: IntegerValue, size: int) -> IntegerValue:
    return ibis.least(amount, ibis.literal(size, type="int64"))
