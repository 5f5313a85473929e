"""The rows of the ledger: transfers between accounts, and the tills that were closed."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Index, event, text
from sqlmodel import Field, SQLModel

from dispensing.ledger import ACCOUNTS, ENTRIES, HELD, UNDOING
from pharmacies.append_only import NUMBER, guard


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


_UNDOES = _one_of("entry", UNDOING)
# What a settlement posts or reverses is written once; a tender may come in parts.
HELD_DEBIT, HELD_CREDIT = _one_of("debit", HELD), _one_of("credit", HELD)
_ONCE = "entry IN ('post', 'reverse')"


class LedgerRow(SQLModel, table=True):
    """One transfer of the ledger (复式记账): `amount_fen` from the credited to the debited account.

    Rows that undo have negative amounts; no row is ever changed. `outlet_code` is empty
    only for what was carried over; `holder` names whose purse a courier's or relative's is.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(_one_of("debit", tuple(ACCOUNTS)), name="ledger_debit"),
        CheckConstraint(_one_of("credit", tuple(ACCOUNTS)), name="ledger_credit"),
        CheckConstraint("debit <> credit", name="ledger_two_accounts"),
        CheckConstraint(_one_of("entry", ENTRIES), name="ledger_entry"),
        CheckConstraint(
            f"amount_fen <> 0 AND (amount_fen < 0) = ({_UNDOES})", name="ledger_sign"
        ),
        CheckConstraint(
            f"settlement_id IS NOT NULL OR NOT ({_ONCE})", name="ledger_of_settlement"
        ),
        Index(
            "ledger_once",
            "settlement_id",
            "entry",
            "debit",
            "credit",
            unique=True,
            sqlite_where=text(_ONCE),
            postgresql_where=text(_ONCE),
        ),
        Index("ledger_of_outlet", "outlet_code", "on"),
        Index("ledger_at", "at"),
        # What an outlet holds is a sum over all its years: it is read from these alone.
        Index(
            "ledger_held_debit",
            *("outlet_code", "debit", "holder", "amount_fen"),
            sqlite_where=text(HELD_DEBIT),
            postgresql_where=text(HELD_DEBIT),
        ),
        Index(
            "ledger_held_credit",
            *("outlet_code", "credit", "holder", "amount_fen"),
            sqlite_where=text(HELD_CREDIT),
            postgresql_where=text(HELD_CREDIT),
        ),
        Index("ledger_of_person", "person_no", "year"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    settlement_id: UUID | None = Field(
        default=None, index=True, foreign_key="settlement.id"
    )
    closing_id: UUID | None = Field(default=None, foreign_key="till_closing.id")
    entry: str
    debit: str
    credit: str
    amount_fen: int = Field(sa_type=BigInteger)
    person_no: str | None = None
    outlet_code: str | None = None
    holder: str | None = None
    year: int  # of the pot that is charged or freed
    on: date
    at: datetime
    by: str


class TillClosingRow(SQLModel, table=True):
    """One closing of an outlet's till (交班): what was expected and what was counted, by method."""

    __tablename__ = "till_closing"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    outlet_code: str = Field(index=True)
    on: date = Field(index=True)
    at: datetime
    by: str
    cash_expected_fen: int = Field(sa_type=BigInteger)
    cash_counted_fen: int = Field(sa_type=BigInteger)
    bank_card_expected_fen: int = Field(sa_type=BigInteger)
    bank_card_counted_fen: int = Field(sa_type=BigInteger)
    mobile_expected_fen: int = Field(sa_type=BigInteger)
    mobile_counted_fen: int = Field(sa_type=BigInteger)
    reason: str = ""


class HandInRow(SQLModel, table=True):
    """One hand-in of a courier's cash (缴款), under the number that its caller gave the act."""

    __tablename__ = "till_hand_in"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="till_hand_in_amount"),)

    id: UUID = Field(primary_key=True)
    outlet_code: str = Field(index=True)
    courier_code: str
    amount_fen: int = Field(sa_type=BigInteger)
    left_fen: int = Field(sa_type=BigInteger)
    at: datetime
    by: str


for _name in ("ledger", "till_closing", "till_hand_in"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
