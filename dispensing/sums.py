"""The sum of a split, step by step, so that a person can add it up again."""

from collections.abc import Iterator
from dataclasses import dataclass

from dispensing.money import percent, yuan
from dispensing.policy.figures import Figure
from dispensing.prescription import Dispensing, Line
from dispensing.settlement import LineSplit, Split


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the amount's name (a key of `dispensing.words.word`), its sum, its basis.

    `line` is the line's number from 0, or None for the whole bill; `sum` is the
    arithmetic in yuan as one would write it by hand, without the result.
    """

    amount: str
    line: int | None
    sum: str
    result_fen: int
    basis: Figure | None = None


def steps(dispensing: Dispensing, split: Split) -> tuple[Step, ...]:
    """Write down how each amount of a split came about, line by line, then the bill."""
    found: list[Step] = []
    deductible_left_fen, room_fen = split.deductible_left_fen, split.cap_room_fen
    for number, (line, done) in enumerate(
        zip(dispensing.lines, split.lines, strict=True)
    ):
        found += _outside(number, line, done)
        if done.deductible_fen:
            terms = f"min({yuan(deductible_left_fen)}, {yuan(done.in_scope_fen)})"
            found.append(
                Step("deductible", number, terms, done.deductible_fen, split.deductible)
            )
        found += _fund(number, done, room_fen, split.cap)
        found += _paid(number, done)
        deductible_left_fen -= done.deductible_fen
        room_fen = None if room_fen is None else room_fen - done.fund_fen
    return (*found, *_bill(split))


def _outside(number: int, line: Line, done: LineSplit) -> Iterator[Step]:
    """Write down the gross amount and what lies outside the policy's scope."""
    gross = f"{yuan(line.price_fen)} × {line.quantity}"
    yield Step("total", number, gross, done.total_fen)
    if done.own_paid_fen:
        yield Step("own_paid", number, yuan(done.total_fen), done.own_paid_fen)
    if done.over_standard_fen:
        standard = yuan(line.standard_fen or 0)
        over = f"({yuan(line.price_fen)} − {standard}) × {line.quantity}"
        yield Step("over_standard", number, over, done.over_standard_fen)
    if done.self_pay_fen:
        rest = _minus(done.total_fen, done.over_standard_fen)
        share = f"{rest} × {percent(line.self_pay_permyriad)}"
        yield Step("self_pay", number, share, done.self_pay_fen)
    parts = (done.own_paid_fen, done.over_standard_fen, done.self_pay_fen)
    scope = _minus(done.total_fen, *parts).strip("()")
    yield Step("in_scope", number, scope, done.in_scope_fen)


def _fund(
    number: int, done: LineSplit, room_fen: int | None, cap: Figure | None
) -> Iterator[Step]:
    """Write down the fund's share, and its cut where the year's cap leaves less room.

    Share and cut are two steps, for each rests on a sentence of its own.
    """
    rest = _minus(done.in_scope_fen, done.deductible_fen)
    share = f"{rest} × {percent(done.ratio_permyriad)}"
    uncut_fen = done.uncut_fund_fen
    if room_fen is None or uncut_fen <= room_fen:
        yield Step("fund", number, share, done.fund_fen, done.ratio)
        return
    yield Step("uncut_fund", number, share, uncut_fen, done.ratio)
    smaller = f"min({yuan(uncut_fen)}, {yuan(room_fen)})"
    yield Step("fund", number, smaller, done.fund_fen, cap)


def _paid(number: int, done: LineSplit) -> Iterator[Step]:
    if done.account_fen:
        yield Step("account", number, yuan(done.account_fen), done.account_fen)
    if done.mutual_aid_fen:
        aid_fen = done.mutual_aid_fen
        yield Step("mutual_aid", number, yuan(aid_fen), aid_fen)
    own_fen = (done.account_fen, done.mutual_aid_fen)
    paid = _minus(done.total_fen, done.fund_fen, *own_fen).strip("()")
    yield Step("cash", number, paid, done.cash_fen)


def _bill(split: Split) -> Iterator[Step]:
    """Add the lines up; an account that pays nothing is left out."""
    accounts = {"account": split.account_fen, "mutual_aid": split.mutual_aid_fen}
    paying = [amount for amount, paid_fen in accounts.items() if paid_fen]
    for amount in ("total", "in_scope", "fund", *paying, "cash"):
        parts = [getattr(line, f"{amount}_fen") for line in split.lines]
        written = " + ".join(yuan(part) for part in parts)
        yield Step(amount, None, written, getattr(split, f"{amount}_fen"))


def _minus(first_fen: int, *others_fen: int) -> str:
    """Write a subtraction in brackets, leaving out what is nothing."""
    others = [yuan(other) for other in others_fen if other]
    return f"({' − '.join([yuan(first_fen), *others])})" if others else yuan(first_fen)
