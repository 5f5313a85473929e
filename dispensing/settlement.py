"""Who pays what: the split of a bill between fund, account and cash."""

from dataclasses import dataclass

from dispensing.policy.figures import Figure


@dataclass(frozen=True, slots=True)
class LineSplit:
    """One line of the bill, split."""

    name: str
    total_fen: int
    own_paid_fen: int  # outside the insurance catalogue (全自费)
    over_standard_fen: int  # above the payment standard (超限价)
    self_pay_fen: int  # first self-pay share of tier 乙 (先行自付)
    in_scope_fen: int  # within the policy's scope (符合政策范围)
    deductible_fen: int  # of the in-scope part, taken by the deductible (起付标准)
    uncut_fund_fen: int  # the fund's share before the year's cap
    fund_fen: int  # paid by the pooled fund (统筹基金)
    account_fen: int  # paid by the personal account (个人账户)
    cash_fen: int
    ratio_permyriad: int
    ratio: Figure  # the figure that the ratio was read from


@dataclass(frozen=True, slots=True)
class Split:
    """The whole bill: the sums of its lines, and what each amount rests on."""

    total_fen: int
    own_paid_fen: int
    over_standard_fen: int
    self_pay_fen: int
    in_scope_fen: int
    deductible_fen: int
    fund_fen: int
    account_fen: int
    cash_fen: int
    lines: tuple[LineSplit, ...]
    deductible_left_fen: int  # before this bill
    cap_room_fen: int | None  # before this bill; None: no cap is stated
    bases: tuple[Figure, ...]  # ratios, deductible, cap: every figure the split rests on
