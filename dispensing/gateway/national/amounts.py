"""The amounts of an answer: read as whole fen, and held against each other (n16,2).

fund + account + family aid + cash = total; own paid + over the limit + first self-pay +
in scope = total, of the bill and of each line; and the lines are the bill.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

from dispensing.gateway import BookedOtherwise, Charge
from dispensing.gateway.national.envelope import Unreadable

PARTS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
LINE_PARTS = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
PAYERS = ("fund_pay_sumamt", "acct_pay", "acct_mulaid_pay", "psn_cash_pay")
_FEN = Decimal("0.01")
_DIGITS_MAX = 16
_WRITTEN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")  # a Decimal takes 1_0 and １０ as well


@dataclass(frozen=True, slots=True)
class Booked:
    """What the platform has booked of one bill, in fen."""

    total_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    cash_fen: int


def fen_of(value: Any, name: str) -> int:
    """Read an amount as the interface gives it; a third decimal must be 0.

    >>> fen_of("12.60", "acct_pay"), fen_of(Decimal("-0.5"), "acct_pay"), fen_of(3, "balc")
    (1260, -50, 300)
    """
    text = str(value).strip()
    read_so = isinstance(value, int | Decimal) or _WRITTEN.fullmatch(text)
    if isinstance(value, bool) or not read_so or len(text) > _DIGITS_MAX + 4:
        raise Unreadable(f"{name}: {text[:20]!r} is no amount")
    try:
        amount = Decimal(text)
        exact = amount.is_finite() and amount == amount.quantize(_FEN)
    except ArithmeticError:
        exact = False
    if not exact:
        raise Unreadable(f"{name}: {text!r} is no amount in whole fen")
    return int(amount.scaleb(2))


def read_booked(
    setlinfo: Mapping[str, Any], lines: Sequence[Mapping[str, Any]] = ()
) -> Booked:
    """Read what was booked; raises BookedOtherwise where the amounts do not add up."""
    total_fen = _named(setlinfo, "medfee_sumamt")
    payers = [_named(setlinfo, name) for name in PAYERS]
    booked = Booked(total_fen, *payers)
    if sum(payers) != total_fen or min(payers) < 0:
        raise BookedOtherwise(f"{payers} are not {total_fen} fen together")
    _check_parts(setlinfo, PARTS, total_fen)
    told = [line for line in lines if "det_item_fee_sumamt" in line]
    amounts = [_named(line, "det_item_fee_sumamt") for line in told]
    for line, amount_fen in zip(told, amounts, strict=True):
        _check_parts(line, LINE_PARTS, amount_fen)
    if told and len(told) == len(lines) and sum(amounts) != total_fen:
        raise BookedOtherwise(f"lines {amounts} are not {total_fen} fen together")
    return booked


def hold_against(booked: Booked, charge: Charge) -> None:
    """Raise BookedOtherwise where the platform has not booked exactly what was asked."""
    asked = Booked(
        charge.total_fen,
        charge.fund_fen,
        charge.account_fen,
        charge.mutual_aid_fen,
        charge.cash_fen,
    )
    if booked != asked:
        raise BookedOtherwise(f"asked {astuple(asked)}, booked {astuple(booked)} fen")


def _named(values: Mapping[str, Any], name: str) -> int:
    if name not in values and name != "acct_mulaid_pay":
        raise Unreadable(f"{name} is missing")
    told = values.get(name)
    return 0 if told is None or told == "" else fen_of(told, name)


def _check_parts(
    values: Mapping[str, Any], names: Sequence[str], total_fen: int
) -> None:
    """Hold the four parts of a bill or a line against its total, where they are told."""
    if not any(name in values for name in names):
        return
    parts = [_named(values, name) for name in names]
    if sum(parts) != total_fen or min(parts) < 0:
        raise BookedOtherwise(f"parts {parts} are not {total_fen} fen together")
