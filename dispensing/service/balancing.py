"""What the accounts of an outlet hold, read from the ledger."""

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from dispensing.tables import LedgerRow


def outlet_balances(
    session: Session, outlet_code: str, accounts: Sequence[str]
) -> Counter[tuple[str, str | None]]:
    """Give debits less credits of an outlet's accounts, by account and holder, in fen."""
    found: Counter[tuple[str, str | None]] = Counter()
    for side, sign in ((col(LedgerRow.debit), 1), (col(LedgerRow.credit), -1)):
        query = (
            select(side, LedgerRow.holder, func.sum(LedgerRow.amount_fen))
            .where(side.in_(accounts), col(LedgerRow.outlet_code) == outlet_code)
            .group_by(side, col(LedgerRow.holder))
        )
        for account, holder, fen in session.exec(query).all():
            found[account, holder] += sign * int(fen)
    return found
