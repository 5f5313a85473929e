"""The money of a group paid by heads: 按季预拨、按月结算、年度清算 (L17), by its joint account.

Every booking moves an amount from one account to another, so nothing is lost at any stage.
What a clearing has booked is undone by the same bookings with negative amounts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from dispensing.clearing.payout import Payout
from dispensing.clearing.pools import Year

# Account, and its Chinese name. A holder names whose, for institutions and revolving funds.
ACCOUNTS = {
    "fund": "统筹基金",
    "joint": "医共体共管账户",
    "care": "已结算的医疗费用",
    "contract": "签约服务费",
    "institution": "医疗机构",
    "group_pool": "医共体包干基金",
    "revolving": "药品采购周转金",
}
# Stage: which account gets, which one gives.
STAGES = {
    "advance": ("joint", "fund"),  # 按季预拨
    "settle": ("care", "joint"),  # 按月结算
    "clear": (
        "joint",
        "fund",
    ),  # 年度清算: what is still due, below nothing what is too much
    "contract": ("contract", "joint"),  # 签约基金支付
    "deduct": ("fund", "joint"),  # 违规扣款
    "share": ("institution", "joint"),  # 结余分配
    "rest": ("group_pool", "joint"),  # 回归医共体包干基金; below nothing it bears (S19)
    "retain": ("institution", "fund"),  # 集采结余留用 (L15)
    "revolve": ("revolving", "fund"),  # 预付药品采购周转金 (L18)
    "return": ("fund", "revolving"),
}
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
MONTHS = tuple(f"{month:02}" for month in range(1, 13))
PERIODS: Mapping[str, tuple[str, ...]] = {"advance": QUARTERS, "settle": MONTHS}


@dataclass(frozen=True, slots=True)
class Booking:
    """One amount at one stage: for which period, for whom; negative where it is undone."""

    stage: str
    amount_fen: int
    period: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise ValueError(f"expected one of {', '.join(STAGES)}: {self.stage}")
        if self.period not in PERIODS.get(self.stage, ("",)):
            raise ValueError(f"no period of {self.stage}: {self.period!r}")
        if isinstance(self.amount_fen, bool) or not isinstance(self.amount_fen, int):
            raise TypeError("amounts are whole fen")
        if not self.amount_fen:
            raise ValueError("a booking has an amount")

    @property
    def undone(self) -> "Booking":
        """Give the booking that takes this one back."""
        return replace(self, amount_fen=-self.amount_fen)


def balances(bookings: Iterable[Booking]) -> dict[str, int]:
    """Sum what each account got less what it gave; all together they are nothing.

    >>> balances([Booking("advance", 500, "Q1"), Booking("settle", 200, "01")])
    {'joint': 300, 'fund': -500, 'care': 200}
    """
    found: Counter[str] = Counter()
    for one in bookings:
        gets, gives = STAGES[one.stage]
        found[gets] += one.amount_fen
        found[gives] -= one.amount_fen
    assert sum(found.values()) == 0
    return dict(found)


def moved(one: Booking, account: str) -> int:
    """Tell what an account got by a booking; below nothing what it gave.

    >>> moved(Booking("share", 5, code="H1"), "joint")
    -5
    """
    gets, gives = STAGES[one.stage]
    return one.amount_fen * ((gets == account) - (gives == account))


def booked(bookings: Iterable[Booking], stage: str, code: str = "") -> int:
    """Add up what was booked at a stage, of one institution where it is named."""
    return sum(
        one.amount_fen
        for one in bookings
        if one.stage == stage and (not code or one.code == code)
    )


def clearing_bookings(
    year: Year, payout: Payout, before: Iterable[Booking]
) -> tuple[Booking, ...]:
    """Clear a year: after these, nothing is left on the joint account.

    `before` is what was advanced and settled in the year.
    """
    held = list(before)
    found = tuple(_some(_clearing(year, payout, held)))
    assert balances((*held, *found)).get("joint", 0) == 0
    return found


def _clearing(
    year: Year, payout: Payout, held: list[Booking]
) -> Iterator[tuple[str, int, str]]:
    spent = (year.outpatient.spent, year.inpatient.spent)
    brought_fen = year.outpatient.brought_fen + year.inpatient.brought_fen
    fund_fen = sum(sum(each.fund_fen.values()) for each in spent)
    yield "clear", brought_fen - booked(held, "advance"), ""
    yield "contract", sum(each.contract_fen for each in spent), ""
    yield "deduct", sum(each.deducted_fen for each in spent), ""
    # What the months did not settle, or settled too much; no month's own.
    yield "settle", fund_fen - booked(held, "settle"), MONTHS[-1]
    for part in payout.parts:
        yield "share", part.paid_fen, part.member.code
    yield "rest", payout.pool_fen, ""


def _some(moved: Iterable[tuple[str, int, str]]) -> Iterator[Booking]:
    for stage, fen, which in moved:
        if fen:
            period = which if stage in PERIODS else ""
            yield Booking(stage, fen, period, "" if period else which)
