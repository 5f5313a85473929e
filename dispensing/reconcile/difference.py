"""A difference of a day: its kind, the event that it is tied to, and what mends it."""

import re
from dataclasses import dataclass
from datetime import date

from dispensing.money import parse_yuan, yuan

_SHARES = re.compile(r"fund (-?[0-9.]+), account (-?[0-9.]+)")
# How a difference is mended, beside booking it with a reason.
QUERY, RETRY, REVERSE, BOOK = "query", "retry", "reverse", "book"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of difference: its names, in what it is counted, and what mends it."""

    chinese: str
    english: str
    unit: str  # fen, packs or times
    fixes: tuple[str, ...]


KINDS = {
    "unknown": Kind("结算结果未定", "outcome still open", "fen", (QUERY,)),
    "missing_here": Kind(
        "平台有、本地无", "only the platform has it", "fen", (QUERY, REVERSE, BOOK)
    ),
    "missing_there": Kind(
        "本地有、平台无", "only we have it", "fen", (QUERY, RETRY, REVERSE, BOOK)
    ),
    "doubled": Kind("平台重复记账", "charged twice", "fen", (QUERY, REVERSE, BOOK)),
    "amount": Kind("金额不一致", "amounts differ", "fen", (QUERY, REVERSE, BOOK)),
    "day_moved": Kind(
        "记账日期不一致", "on another day", "fen", (QUERY, REVERSE, BOOK)
    ),
    "outlet_swapped": Kind(
        "记在别的机构", "under another outlet", "fen", (QUERY, REVERSE, BOOK)
    ),
    "scheme_swapped": Kind(
        "险种不一致", "under another scheme", "fen", (QUERY, REVERSE, BOOK)
    ),
    "reversed_here_only": Kind(
        "本地已冲正、平台未冲正", "reversed here only", "fen", (QUERY, RETRY, BOOK)
    ),
    "reversed_there_only": Kind(
        "平台已冲正、本地未冲正", "reversed there only", "fen", (QUERY, REVERSE, BOOK)
    ),
    "till_missing": Kind("收银台账无此笔", "not in the till's file", "fen", (BOOK,)),
    "till_extra": Kind("收银台账多出一笔", "only in the till's file", "fen", (BOOK,)),
    "till_doubled": Kind("收银台账重复", "twice in the till's file", "fen", (BOOK,)),
    "till_amount": Kind("收银金额不一致", "the till's amount differs", "fen", (BOOK,)),
    "till_method": Kind(
        "收款方式不一致", "paid by another method", "fen", (RETRY, BOOK)
    ),
    "stock_missing": Kind(
        "已结算未出库", "settled, no stock moved", "packs", (RETRY, BOOK)
    ),
    "stock_amount": Kind(
        "出库数量不一致", "another quantity moved", "packs", (RETRY, BOOK)
    ),
    "stock_extra": Kind("无结算的出库", "stock moved without a sale", "packs", (BOOK,)),
    "stock_doubled": Kind("重复出库", "stock moved twice", "packs", (RETRY, BOOK)),
    "stock_counted": Kind("盘点盈亏", "a count found more or less", "packs", (BOOK,)),
    "handover_missing": Kind(
        "已结算未交付", "settled, not handed over", "times", (REVERSE, BOOK)
    ),
    "handover_unsettled": Kind(
        "未结算已交付", "handed over, not settled", "times", (BOOK,)
    ),
    "handover_doubled": Kind("重复交付", "handed over twice", "times", (BOOK,)),
    "return_unreversed": Kind(
        "已退回未冲正", "returned, not reversed", "times", (REVERSE, BOOK)
    ),
    "upload_missing": Kind(
        "售药或配送未上传", "not uploaded to the platform", "times", (RETRY, BOOK)
    ),
}
# Why a difference is booked as one.
REASONS = {
    "timing": "跨日入账",
    "platform_error": "平台记账差错",
    "outlet_error": "门店操作差错",
    "rounding": "四舍五入",
    "collected_later": "患者稍后取药",
    "stock_loss": "库存盈亏",
    "to_be_claimed": "待追款或待退款",
    "other": "其他",
}


def shares_told(fund_fen: int, account_fen: int) -> str:
    """Write what the insurance pays of a booking that only the platform has.

    >>> shares_told(441, -5)
    'fund 4.41, account -0.05'
    """
    return f"fund {yuan(fund_fen)}, account {yuan(account_fen)}"


def shares_fen(detail: str) -> int:
    """Read what `shares_told` has written: both shares together, in fen; else nothing.

    >>> shares_fen("fund 4.41, account -0.05"), shares_fen("there: 2025-09-16")
    (436, 0)
    """
    told = _SHARES.fullmatch(detail)
    return sum(map(parse_yuan, told.groups())) if told else 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, found at one outlet on one day.

    `event_kind` and `event_id` name the event: a settlement, a message that only the platform
    knows, a line of the till's file, a stock movement, or a hand-over. `ours` and `theirs`
    are fen, packs or times, as its kind says.
    """

    kind: str
    outlet_code: str
    day: date
    event_kind: str
    event_id: str
    msgid: str | None
    ours: int
    theirs: int
    detail: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind}: expected one of {', '.join(KINDS)}")
