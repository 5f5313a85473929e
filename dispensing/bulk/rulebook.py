"""A policy laid out for the days of a book: what a row joins to be checked and divided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
from ibis.expr.types import IntegerValue, Table

from dispensing.bulk import verdicts
from dispensing.bulk.book import Book, kept
from dispensing.bulk.columns import BadBook
from dispensing.bulk.lookup import Lookup, lookup
from dispensing.bulk.terms import (
    BITS,
    Period,
    Policy,
    levels,
    periods_of,
    pot_rows,
    terms_rows,
)
from dispensing.bulk.whole import share

_TERMS = {
    "period": "smallint",
    "scheme": "varchar",
    "venue": "varchar",
    "disease": "varchar",
    "ratio_permyriad": "bigint",
    "vbp_permyriad": "bigint",
    "deductible_fen": "bigint",
    "is_open": "boolean",
}
_POTS = {
    "period": "smallint",
    "scheme": "varchar",
    "registered": "varchar",
    "registered_bits": "bigint",
    "cap_fen": "bigint",
}
_TERMS_KEYS = ("period", "scheme", "venue", "disease")
_POTS_KEYS = ("period", "scheme", "registered")
# What the split of a row needs; nothing else goes through the windows.
_CARRIED = ("claim", "line", "person", "settled_no", "code")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of a book's days as tables, and the claims with a bad line."""

    book: Book
    periods: tuple[Period, ...]
    terms: Lookup
    pots: Lookup
    deductibles: tuple[int, ...]  # each that occurs, in fen, without 0
    caps: tuple[int, ...]
    any_silent: bool  # a figure is open or no text in force: some rows get no amount
    faults: Table | None = None  # claims whose lines differ, by their worst line

    @property
    def pot(self) -> tuple[str, ...]:
        """Name what makes a pot: the person, and the year where the book has several."""
        one_year = self.book.first.year == self.book.last.year
        return ("person",) if one_year else ("person", "year")

    @property
    def shares_pot(self) -> bool:
        """Tell whether ordinary pooling has taken from the same pot (R7)."""
        shared = any(one.rules.shared_cap for one in self.periods if one.rules)
        return shared and self.book.any_ordinary


def laid_out(book: Book, policy: Policy) -> Rulebook:
    """Lay the rules of a policy out for a book, and find the claims with a bad line."""
    periods = periods_of(policy, book.first, book.last)
    _one_pot(book, periods)
    terms, pots = terms_rows(periods), pot_rows(periods, book.registered)
    rules = Rulebook(
        book,
        periods,
        lookup(book.backend, _TERMS_KEYS, _TERMS, terms),
        lookup(book.backend, _POTS_KEYS, _POTS, pots),
        levels(one.deductible_fen for one in terms),
        levels(one.cap_fen for one in pots),
        any(one.rules is None for one in periods) or any(one.is_open for one in terms),
    )
    return replace(rules, faults=_faults(rules)) if book.many_lines else rules


def coded(rules: Rulebook, claims: Table) -> Table:
    """Put beside each row its period, its terms, its pot and the code of its verdict."""
    rows = _with_terms(rules, claims)
    code = verdicts.of_claim(rows, rules.periods)
    if rules.faults is None:
        worst = verdicts.of_line(rows, rules.periods)
        return rows.mutate(code=ibis.greatest(code, worst))
    rows = rows.mutate(code=code)
    faults = rules.faults
    joined = rows.left_join(faults, rows.claim == faults.bad_claim)
    joined = joined.select(rows, faults.worst)
    worst = joined.worst.fill_null(ibis.literal(0, type="int16"))
    return joined.mutate(code=ibis.greatest(joined.code, worst)).drop("worst")


def is_split(rows: Table) -> Any:
    """Tell whether a row gets amounts: nothing refuses it, no figure of it is open."""
    return (rows.code < verdicts.REFUSED) & ~rows.is_open.fill_null(True)


def is_told(rows: Table) -> Any:
    """Tell whether it is known what a row costs: it is split, or refused."""
    refused = (rows.code >= verdicts.REFUSED) & (rows.code < verdicts.NOT_IN_FORCE)
    return is_split(rows) | refused


def divided(rules: Rulebook, rows: Table, keep: Sequence[str] = ()) -> Table:
    """Divide each row before any pot: own-paid, over-standard, first self-pay, scope.

    `keep` names columns to take along.
    """
    parts = _outside(rows)
    carried = (*_CARRIED, *rules.pot[1:])
    return rows.select(
        *carried,
        *(name for name in keep if name not in carried),
        split=is_split(rows),
        own_paid_fen=parts[0],
        over_standard_fen=parts[1],
        self_pay_fen=parts[2],
        in_scope_fen=_in_scope(rows, parts),
        deductible=rows.deductible_fen,
        ratio=_ratio(rows),
        cap_fen=rows.cap_fen,
        **_when_asked(rules, rows, parts),
    )


def asked(rules: Rulebook, claims: Table) -> Table:
    """Give what each row would draw if nothing were refused, and what bounds it."""
    rows = _with_terms(rules, claims)
    return rows.select(
        *rules.pot,
        "deductible_fen",
        "cap_fen",
        wanted=share(_in_scope(rows, _outside(rows)), _ratio(rows)),
        ordinary=rows.ordinary_fund_fen,
    )


def _outside(rows: Table) -> tuple[IntegerValue, IntegerValue, IntegerValue]:
    """Find what lies outside the scope: own-paid, over-standard, first self-pay."""
    total = rows.price_fen * rows.quantity
    above = ibis.greatest(rows.price_fen - rows.standard_fen, 0) * rows.quantity
    all_own = rows.tier == "丙"
    own = ibis.ifelse(all_own, total, 0)
    over = ibis.ifelse(all_own, 0, above.fill_null(0))
    first = share(total - over, rows.self_pay_permyriad)
    return own, over, ibis.ifelse(rows.tier == "乙", first, 0)


def _in_scope(rows: Table, parts: Sequence[IntegerValue]) -> IntegerValue:
    own, over, self_pay = parts
    return rows.price_fen * rows.quantity - own - over - self_pay


def _ratio(rows: Table) -> IntegerValue:
    return ibis.ifelse(rows.vbp, rows.vbp_permyriad, rows.ratio_permyriad)


def _one_pot(book: Book, periods: Sequence[Period]) -> None:
    """Refuse a book in whose days ordinary pooling begins or ceases to share the pot."""
    found = {one.rules.shared_cap for one in periods if one.rules}
    if book.any_ordinary and len(found) > 1:
        expected = (
            "cap.shared_with_ordinary changes in these days: divide the book there"
        )
        raise BadBook(f"{book.first} to {book.last}: {expected}")


def _faults(rules: Rulebook) -> Table:
    """Find the claims that have a bad line, and how bad: it decides for all its lines."""
    claims = _with_period(rules, rules.book.claims)
    rows = claims.select("claim", code=verdicts.of_line(claims, rules.periods))
    bad = rows.filter(rows.code > 0)
    found = bad.group_by(bad_claim=bad.claim).aggregate(worst=bad.code.max())
    return kept(rules.book.backend, found)


def _with_terms(rules: Rulebook, claims: Table) -> Table:
    claims = _with_period(rules, claims)
    bits = [(claims.disease == slug, bit) for slug, bit in BITS.items()]
    bit = ibis.cases(*bits, else_=ibis.literal(0, type="int64"))
    return rules.pots.beside(rules.terms.beside(claims.mutate(disease_bit=bit)))


def _with_period(rules: Rulebook, claims: Table) -> Table:
    period = _period(claims.day, rules.periods)
    if len(rules.pot) == 1:
        return claims.mutate(period=period)
    return claims.mutate(period=period, year=claims.day.year())


def _period(day: Any, periods: Sequence[Period]) -> IntegerValue:
    """Number the period of each day; -1 where no text is in force."""
    numbers = [
        (day >= ibis.literal(one.since), ibis.literal(no if one.rules else -1, "int16"))
        for no, one in reversed(list(enumerate(periods)))
    ]
    return ibis.cases(*numbers, else_=ibis.literal(-1, type="int16"))


def _when_asked(
    rules: Rulebook, rows: Table, parts: Sequence[IntegerValue]
) -> dict[str, IntegerValue]:
    """Give what only some books need: every column costs where rows are sorted."""
    asked = {}
    if rules.shares_pot:
        asked["ordinary"] = rows.ordinary_fund_fen
    if rules.book.any_account:
        asked["account_holds"] = rows.account_fen
        asked["payable_more"] = _payable(rows, rules.periods, parts)
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
