"""The rows of settlements: the act itself, its message number, codes and packs."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    text,
)
from sqlmodel import Field, SQLModel

from dispensing.ledger import TENDERS

# A settlement in one of these holds its filling: no second one of it may begin.
LIVE_SETTLEMENT = "state IN ('pending', 'unknown', 'posted', 'reversing')"


class SettlementRow(SQLModel, table=True):
    """One settlement: pending before money moves, then posted or void, or visibly unknown."""

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint(
            "fund_fen + account_fen + mutual_aid_fen + cash_fen = total_fen",
            name="settlement_adds_up",
        ),
        CheckConstraint(
            "own_paid_fen + over_standard_fen + self_pay_fen + in_scope_fen = total_fen",
            name="settlement_parts_add_up",
        ),
        CheckConstraint(
            "fund_fen >= 0 AND account_fen >= 0 AND mutual_aid_fen >= 0"
            " AND cash_fen >= 0 AND deductible_fen >= 0",
            name="settlement_not_negative",
        ),
        CheckConstraint(
            "state IN ('pending', 'unknown', 'posted', 'void', 'reversing', 'reversed')",
            name="settlement_state",
        ),
        CheckConstraint(
            f"tender IN ({', '.join(repr(one) for one in TENDERS)})",
            name="settlement_tender",
        ),
        Index(
            "settlement_live",
            "prescription_id",
            "filling",
            unique=True,
            sqlite_where=text(LIVE_SETTLEMENT),
            postgresql_where=text(LIVE_SETTLEMENT),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    assessment_id: UUID = Field(foreign_key="assessment.id")
    person_no: str = Field(index=True, foreign_key="person.person_no")
    outlet_code: str = Field(index=True)
    msgid: str = Field(unique=True)
    year: int
    on: date = Field(index=True)
    state: str
    voucher: str
    tender: str
    override: str | None = None
    total_fen: int = Field(sa_type=BigInteger)
    own_paid_fen: int = Field(sa_type=BigInteger)
    over_standard_fen: int = Field(sa_type=BigInteger)
    self_pay_fen: int = Field(sa_type=BigInteger)
    in_scope_fen: int = Field(sa_type=BigInteger)
    deductible_fen: int = Field(sa_type=BigInteger)
    fund_fen: int = Field(sa_type=BigInteger)
    account_fen: int = Field(sa_type=BigInteger)
    mutual_aid_fen: int = Field(default=0, sa_type=BigInteger)
    mutual_aid_payer: str | None = Field(default=None, foreign_key="person.person_no")
    cash_fen: int = Field(sa_type=BigInteger)
    receipt: str | None = None
    barred: bool = False  # its number is, or is being, barred at the platform
    by: str
    opened_at: datetime
    changed_at: datetime
    reversal_reason: str | None = None
    # Which filling of its prescription it is: parts and refills are settled on their own.
    filling: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class SettlementLineRow(SQLModel, table=True):
    """One line of a settlement that is not for the whole prescription; else there is none."""

    __tablename__ = "settlement_line"
    __table_args__ = (
        CheckConstraint(
            "quantity > 0 AND supply_days > 0", name="settlement_line_positive"
        ),
    )

    settlement_id: UUID = Field(primary_key=True, foreign_key="settlement.id")
    no: int = Field(primary_key=True)
    quantity: int
    supply_days: int


class MessageNumberRow(SQLModel, table=True):
    """The running number that an institution's next message to the platform takes.

    Who numbers a message, counts the till or closes a day holds this row.
    """

    __tablename__ = "message_number"

    outlet_code: str = Field(primary_key=True)
    last: int = Field(default=0, sa_type=BigInteger)
    # The last of the outlet's days that are closed; earlier ones may still be open.
    closed_until: date | None = None
