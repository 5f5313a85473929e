"""A book of claims through the rules, as one Ibis expression: checks, pots, split."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import ibis
from ibis.expr.types import Table

from dispensing.bulk import verdicts
from dispensing.bulk.book import Book, kept, write_parquet
from dispensing.bulk.columns import SPLITS
from dispensing.bulk.dry import PASS_ROWS, STEADY, may_run_dry
from dispensing.bulk.pots import drawn
from dispensing.bulk.rulebook import Rulebook, coded, divided, laid_out
from dispensing.bulk.terms import Policy
from dispensing.bulk.whole import share, summed


def write_splits(
    book: Book, policy: Policy, out: Path, pass_rows: int = PASS_ROWS
) -> None:
    """Adjudicate a whole book into one parquet file, or leave what was there."""
    rules = laid_out(book, policy)
    easy, *hard = adjudicated(rules, book.claims, pass_rows=pass_rows)
    if len(hard) > 1:
        # One after another, so that one sort at a time needs the memory.
        hard = [kept(book.backend, part) for part in hard]
    write_parquet(book.backend, ibis.union(easy, *hard) if hard else easy, out)


def adjudicated(
    rules: Rulebook,
    claims: Table,
    keep: Sequence[str] = (),
    *,
    pass_rows: int = PASS_ROWS,
) -> Iterator[Table]:
    """Check and split every row: first those without need of an order, then pass by pass.

    Gives claim, line, decision, the check that it rests on, and the amounts of the line
    in fen, null where the row engine computes none. `keep` names columns of the claims to
    take along.
    """
    dry = may_run_dry(rules)
    yield _settled(rules, _undrawn(rules, dry.others(claims), keep), keep)
    for part in dry.passes(claims, pass_rows):
        yield _settled(rules, _drawn(rules, part, keep), keep)


def _undrawn(rules: Rulebook, claims: Table, keep: Sequence[str]) -> Table:
    """Give everybody what they ask for: no deductible to meet, no cap within reach."""
    rows = divided(rules, coded(rules, claims), keep)
    fund = ibis.ifelse(rows.split, share(rows.in_scope_fen, rows.ratio), 0)
    return rows.mutate(deductible_fen=ibis.literal(0, type="int64"), fund_fen=fund)


def _drawn(rules: Rulebook, claims: Table, keep: Sequence[str]) -> Table:
    """Let deductible and cap run over the year of each person, in order of settlement."""
    rows = divided(rules, coded(rules, claims), (*keep, *STEADY))
    rows = rows.mutate(wanted=ibis.ifelse(rows.split, rows.in_scope_fen, 0))
    rows = drawn(
        rows,
        rules.deductibles,
        want="wanted",
        ceiling="deductible",
        steady="steady_deductible",
        by=rules.pot,
    ).rename(deductible_fen="taken")
    after = rows.in_scope_fen - rows.deductible_fen
    rows = rows.mutate(wanted=ibis.ifelse(rows.split, share(after, rows.ratio), 0))
    return drawn(
        rows,
        rules.caps,
        want="wanted",
        ceiling="cap_fen",
        steady="steady_cap",
        outside="ordinary" if rules.shares_pot else None,
        by=rules.pot,
    ).rename(fund_fen="taken")


def _settled(rules: Rulebook, rows: Table, keep: Sequence[str]) -> Table:
    """Name the decision, and leave no amount where the row engine computes none."""
    rows = _account(rows, rules.book)
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
    rows = rows.mutate(stood=summed(rows.payable.sum().over(in_order)))
    filled = ibis.least(rows.stood, rows.account_holds)
    begun = ibis.least(rows.stood - rows.payable, rows.account_holds)
    return rows.mutate(account_fen=filled - begun)
