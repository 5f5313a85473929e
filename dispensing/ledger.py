"""The ledger's accounts, and the transfers between them that each act writes.

Double entry as in TigerBeetle: one row moves an amount from the credited account to the
debited one, so the ledger is balanced by construction. A reversal writes the same transfers
with negative amounts; no row is ever changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# Account, its Chinese name, and what its balance (debits less credits) tells.
ACCOUNTS = {
    "fund": "统筹基金",  # paid by the pooled fund, negative
    "personal_account": "个人账户",  # what the person's account holds
    "mutual_aid": "个人账户家庭共济",  # paid from a relative's account, negative
    "patient": "患者",  # the patient's own share, negative
    "receivable": "医保应收款",  # what the insurance owes the outlet
    "due": "患者应付款",  # what the patient still owes the outlet
    "cash": "柜台现金",
    "bank_card": "银行卡",
    "mobile": "移动支付",
    "courier": "配送员代收款",  # collected at the door, not handed in yet
    "bank": "已解缴款",
    "difference": "长短款",  # what a counted till lacked
    "ordinary_fund": "普通门诊统筹",  # paid from the same pot elsewhere, negative
    "deductible": "起付标准累计",  # memorandum: in scope, but under the deductible
    "scope": "政策范围内费用",
    "clawback": "应退基金款",  # what the outlet has to give back to the fund, negative
    "elsewhere": "系统外结转",  # carried over from before, or from other systems
}
PAYERS = ("fund", "personal_account", "mutual_aid", "patient")
# By which accounts the patient's own share is taken (收款方式).
TILLS = ("cash", "bank_card", "mobile")
# What an outlet holds, is owed by its patients, or has brought to the bank.
HELD = (*TILLS, "due", "courier", "bank")
TENDERS = (*TILLS, "on_delivery")
# What each act is called; `reverse` and `refund` undo, with negative amounts.
ENTRIES = (
    "opening",
    "post",
    "reverse",
    "tender",
    "refund",
    "hand_in",
    "deposit",
    "difference",
    "recover",
)
UNDOING = ("reverse", "refund")


@dataclass(frozen=True, slots=True)
class Transfer:
    """An amount in fen that moves from one account (`credit`) to another (`debit`)."""

    debit: str
    credit: str
    amount_fen: int

    def __post_init__(self) -> None:
        if self.debit == self.credit or not {self.debit, self.credit} <= set(ACCOUNTS):
            raise ValueError(f"expected two accounts of the ledger: {self}")
        if self.amount_fen == 0:
            raise ValueError(f"expected an amount: {self}")

    @property
    def undone(self) -> "Transfer":
        """Give the transfer that takes this one back."""
        return Transfer(self.debit, self.credit, -self.amount_fen)


def settlement_transfers(
    *,
    fund_fen: int,
    account_fen: int,
    mutual_aid_fen: int,
    cash_fen: int,
    deductible_fen: int,
) -> tuple[Transfer, ...]:
    """Move what each payer pays to what the outlet is owed; amounts of nothing are left out."""
    moved = (
        ("receivable", "fund", fund_fen),
        ("receivable", "personal_account", account_fen),
        ("receivable", "mutual_aid", mutual_aid_fen),
        ("due", "patient", cash_fen),
        ("deductible", "scope", deductible_fen),
    )
    return _some(moved)


def opening_transfers(
    *, account_fen: int, fund_fen: int, ordinary_fund_fen: int, deductible_fen: int
) -> tuple[Transfer, ...]:
    """Carry over what a person's account holds and what the year has used elsewhere."""
    moved = (
        ("personal_account", "elsewhere", account_fen),
        ("elsewhere", "fund", fund_fen),
        ("elsewhere", "ordinary_fund", ordinary_fund_fen),
        ("deductible", "scope", deductible_fen),
    )
    return _some(moved)


def tender_transfer(method: str, amount_fen: int) -> Transfer:
    """Take the patient's own share: by a till, or by the courier at the door."""
    return Transfer("courier" if method == "on_delivery" else method, "due", amount_fen)


def recovery_transfer(amount_fen: int) -> Transfer:
    """Take back what the fund has wrongly paid: the outlet owes it from now on."""
    return Transfer("fund", "clawback", amount_fen)


def balances(transfers: Iterable[Transfer]) -> dict[str, int]:
    """Sum the debits less the credits of each account, in fen; all together they are zero.

    >>> balances([Transfer("due", "patient", 500), Transfer("cash", "due", 500)])
    {'due': 0, 'patient': -500, 'cash': 500}
    """
    found: dict[str, int] = {}
    for one in transfers:
        found[one.debit] = found.get(one.debit, 0) + one.amount_fen
        found[one.credit] = found.get(one.credit, 0) - one.amount_fen
    assert sum(found.values()) == 0
    return found


def _some(moved: Iterable[tuple[str, str, int]]) -> tuple[Transfer, ...]:
    return tuple(Transfer(*one) for one in moved if one[2])
