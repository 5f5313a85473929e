"""What the accounts of an outlet hold, read from the ledger."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from dispensing.ledger import HELD
from dispensing.tables import LedgerRow
from dispensing.tables.ledger import HELD_CREDIT, HELD_DEBIT

Balances = Counter[tuple[str, str | None]]  # in fen, by account and holder


def outlet_balances(
    session: Session, outlet_code: str, accounts: Sequence[str]
) -> Balances:
    """Give debits less credits of an outlet's accounts, by account and holder, in fen.

    They are some of what an outlet holds or is owed: an index has the amounts of these alone.
    """
    assert set(accounts) <= set(HELD), accounts
    found: Balances = Counter()
    sides = (
        (col(LedgerRow.debit), HELD_DEBIT, 1),
        (col(LedgerRow.credit), HELD_CREDIT, -1),
    )
    for side, held, sign in sides:
        query = (
            select(side, LedgerRow.holder, func.sum(LedgerRow.amount_fen))
            .where(
                side.in_(accounts),
                col(LedgerRow.outlet_code) == outlet_code,
                text(held),
            )
            .group_by(side, col(LedgerRow.holder))
        )
        for account, holder, fen in session.exec(query).all():
            found[account, holder] += sign * int(fen)
    return found
