"""A book of claims through the rules, as one Ibis expression: checks, pots, split."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import IntegerValue, Table

from dispensing.bulk import verdicts
from dispensing.bulk.book import PASS_ROWS, Book, laid_down, passes, write_parquet
from dispensing.bulk.columns import SPLITS, BadBook
from dispensing.bulk.pots import drawn
from dispensing.bulk.terms import (
    Period,
    Policy,
    PotRow,
    TermsRow,
    levels,
    periods_of,
    pot_rows,
    terms_rows,
)
from dispensing.money import WHOLE_PERMYRIAD

_TERMS = {
    "period": pa.int16(),
    "scheme": pa.string(),
    "venue": pa.string(),
    "disease": pa.string(),
    "disease_bit": pa.int64(),
    "ratio_permyriad": pa.int64(),
    "vbp_permyriad": pa.int64(),
    "deductible_fen": pa.int64(),
    "is_open": pa.bool_(),
}
_POTS = {
    "period": pa.int16(),
    "scheme": pa.string(),
    "registered": pa.string(),
    "registered_bits": pa.int64(),
    "cap_fen": pa.int64(),
}
# What the split of a row needs; nothing else goes through the windows.
_CARRIED = ("claim", "line", "person", "settled_no", "code", "is_open")


def adjudicate(book: Book, policy: Policy, keep: Sequence[str] = ()) -> Table:
    """Check and split every row of a book; `keep` names columns to take along.

    Gives claim, line, decision, the check that it rests on, and the amounts of the line
    in fen, null where the row engine computes none.
    """
    periods = periods_of(policy, book.first, book.last)
    _one_pot(book, periods)
    terms, pots = terms_rows(periods), pot_rows(periods, book.registered)
    rows = _with_terms(book, periods, terms, pots)
    rows = rows.mutate(code=verdicts.worst(rows, periods))
    rows = _with_claim_code(rows, book.many_lines)
    rows = _parts(rows, book, periods, keep)
    by = ("person", *_pot_of(book))
    rows = drawn(
        rows,
        levels(one.deductible_fen for one in terms),
        want="scope_wanted",
        ceiling="deductible",
        by=by,
    ).rename(deductible_fen="taken")
    after = rows.in_scope_fen - rows.deductible_fen
    rows = rows.mutate(uncut_fen=ibis.ifelse(rows.split, _share(after, rows.ratio), 0))
    rows = drawn(
        rows,
        levels(one.cap_fen for one in pots),
        want="uncut_fen",
        ceiling="cap_fen",
        outside="ordinary" if _shares_pot(book, periods) else None,
        by=by,
    ).rename(fund_fen="taken")
    return _settled(_account(rows, book), keep)


def write_splits(
    book: Book, policy: Policy, out: Path, pass_rows: int = PASS_ROWS
) -> None:
    """Adjudicate a whole book, pass after pass, into one parquet file."""
    parts = (adjudicate(part, policy) for part in passes(book, pass_rows))
    write_parquet(book.backend, parts, out)


def _one_pot(book: Book, periods: Sequence[Period]) -> None:
    """Refuse a book in whose days ordinary pooling begins or ceases to share the pot."""
    found = {one.rules.shared_cap for one in periods if one.rules}
    if book.any_ordinary and len(found) > 1:
        expected = (
            "cap.shared_with_ordinary changes in these days: divide the book there"
        )
        raise BadBook(f"{book.first} to {book.last}: {expected}")


def _with_terms(
    book: Book,
    periods: Sequence[Period],
    terms: Sequence[TermsRow],
    pots: Sequence[PotRow],
) -> Table:
    """Put beside each row its period, the terms of its benefit and its pot."""
    claims = book.claims
    claims = claims.mutate(
        period=_period(claims.day, periods), year=_year(claims, book)
    )
    table = _rows_of(book, terms, _TERMS)
    wide = claims.left_join(
        table,
        [
            claims.period == table.period,
            claims.scheme == table.scheme,
            claims.venue == table.venue,
            claims.disease == table.disease,
        ],
    ).select(claims, *(table[name] for name in tuple(_TERMS)[4:]))
    pot = _rows_of(book, pots, _POTS)
    return wide.left_join(
        pot,
        [
            wide.period == pot.period,
            wide.scheme == pot.scheme,
            wide.registered == pot.registered,
        ],
    ).select(wide, pot.registered_bits, pot.cap_fen)


def _rows_of(book: Book, rows: Sequence[Any], types: dict[str, Any]) -> Table:
    schema = pa.schema(list(types.items()))
    plain = [{name: asdict(row)[name] for name in types} for row in rows]
    return laid_down(book.backend, pa.Table.from_pylist(plain, schema=schema))


def _period(day: Any, periods: Sequence[Period]) -> IntegerValue:
    """Number the period of each day; -1 where no text is in force."""
    numbers = [
        (day >= ibis.literal(one.since), ibis.literal(no if one.rules else -1, "int16"))
        for no, one in reversed(list(enumerate(periods)))
    ]
    return ibis.cases(*numbers, else_=ibis.literal(-1, type="int16"))


def _year(claims: Table, book: Book) -> IntegerValue:
    """Give the year of a pot; the same for all rows costs the windows nothing."""
    if book.first.year == book.last.year:
        return ibis.literal(book.first.year, type="int32")
    return claims.day.year()


def _with_claim_code(rows: Table, many_lines: bool) -> Table:
    """Let the worst line of a claim decide for all of them."""
    if not many_lines:
        return rows
    found = (
        rows.filter(rows.code > 0).group_by("claim").aggregate(worst=rows.code.max())
    )
    joined = rows.left_join(found, rows.claim == found.claim)
    joined = joined.select(rows, found.worst)
    return joined.mutate(code=joined.worst.fill_null(0)).drop("worst")


def _parts(
    rows: Table, book: Book, periods: Sequence[Period], keep: Sequence[str]
) -> Table:
    """Divide each row before any pot: own-paid, over-standard, first self-pay, scope."""
    split = (rows.code < verdicts.REFUSED) & ~rows.is_open.fill_null(True)
    total = rows.price_fen * rows.quantity
    above = ibis.greatest(rows.price_fen - rows.standard_fen, 0) * rows.quantity
    all_own = rows.tier == "丙"
    own = ibis.ifelse(all_own, total, 0)
    over = ibis.ifelse(all_own, 0, above.fill_null(0))
    first = _share(total - over, rows.self_pay_permyriad)
    self_pay = ibis.ifelse(rows.tier == "乙", first, 0)
    scope = total - own - over - self_pay
    return rows.select(
        *_CARRIED,
        *_pot_of(book),
        *(name for name in keep if name not in _CARRIED),
        split=split,
        own_paid_fen=own,
        over_standard_fen=over,
        self_pay_fen=self_pay,
        in_scope_fen=scope,
        scope_wanted=ibis.ifelse(split, scope, 0),
        deductible=rows.deductible_fen,
        ratio=ibis.ifelse(rows.vbp, rows.vbp_permyriad, rows.ratio_permyriad),
        cap_fen=rows.cap_fen,
        **_when_asked(rows, book, periods, (own, over, self_pay)),
    )


def _pot_of(book: Book) -> tuple[str, ...]:
    """Name what makes a pot besides the person: the year, where the book has several."""
    return () if book.first.year == book.last.year else ("year",)


def _shares_pot(book: Book, periods: Sequence[Period]) -> bool:
    """Tell whether ordinary pooling has taken from the same pot (R7)."""
    shared = any(one.rules.shared_cap for one in periods if one.rules)
    return shared and book.any_ordinary


def _when_asked(
    rows: Table, book: Book, periods: Sequence[Period], parts: Sequence[IntegerValue]
) -> dict[str, IntegerValue]:
    """Give what only some books need: every column costs where rows are sorted."""
    asked = {}
    if _shares_pot(book, periods):
        asked["ordinary"] = rows.ordinary_fund_fen
    if book.any_account:
        asked["account_holds"] = rows.account_fen
        asked["payable_more"] = _payable(rows, periods, parts)
    return asked


def _payable(
    rows: Table, periods: Sequence[Period], parts: Sequence[IntegerValue]
) -> IntegerValue:
    """Sum the parts outside the scope that the account may pay (R18)."""
    asked = [(no, one.rules) for no, one in enumerate(periods) if one.rules]
    sums = [
        (rows.period == number, ibis.literal(0, type="int64") + sum(chosen))
        for number, rules in asked
        for switches in [
            (
                rules.account_pays_own_paid,
                rules.account_pays_over_standard,
                rules.account_pays_self_pay,
            )
        ]
        for chosen in [
            [part for part, pays in zip(parts, switches, strict=True) if pays]
        ]
    ]
    return ibis.cases(*sums, else_=0) if sums else ibis.literal(0, type="int64")


def _account(rows: Table, book: Book) -> Table:
    """Let the personal account pay what it may and holds, line after line of a claim."""
    if not book.any_account:
        return rows.mutate(account_fen=ibis.literal(0, type="int64"))
    payable = ibis.ifelse(
        rows.split, rows.in_scope_fen - rows.fund_fen + rows.payable_more, 0
    )
    rows = rows.mutate(payable=payable)
    if not book.many_lines:
        return rows.mutate(account_fen=ibis.least(rows.payable, rows.account_holds))
    in_order = ibis.window(group_by="claim", order_by="line", rows=(None, 0))
    rows = rows.mutate(stood=rows.payable.sum().over(in_order).cast("int64"))
    filled = ibis.least(rows.stood, rows.account_holds)
    begun = ibis.least(rows.stood - rows.payable, rows.account_holds)
    return rows.mutate(account_fen=filled - begun)


def _settled(rows: Table, keep: Sequence[str]) -> Table:
    """Name the decision, and leave no amount where the row engine computes none."""
    decision, check = verdicts.told(rows.code)
    outside = rows.own_paid_fen + rows.over_standard_fen + rows.self_pay_fen
    rows = rows.mutate(total_fen=outside + rows.in_scope_fen)
    cash = rows.total_fen - rows.fund_fen - rows.account_fen
    rows = rows.mutate(decision=decision, check=check, cash_fen=cash)
    names = [name for name in keep if name not in ("claim", "line")]
    amounts = {
        name: ibis.ifelse(rows.split, rows[name], ibis.null("int64")) for name in SPLITS
    }
    return rows.select("claim", "line", *names, "decision", "check", **amounts)


def _share(amount: IntegerValue, permyriad: IntegerValue) -> IntegerValue:
    """Round as `money.share_fen` does: half a fen up."""
    return (amount * permyriad + WHOLE_PERMYRIAD // 2) // WHOLE_PERMYRIAD
