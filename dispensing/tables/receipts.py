"""The rows of receipts: each text and signature as first issued, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class ReceiptRow(SQLModel, table=True):
    """One receipt (结算凭证) of a settlement or of its reversal; its id is its text's digest."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("settlement_id", "kind", name="receipt_once"),
        CheckConstraint("kind IN ('settlement', 'reversal')", name="receipt_kind"),
    )

    id: str = Field(primary_key=True)
    settlement_id: UUID = Field(foreign_key="settlement.id")
    kind: str
    text: str
    jws: str
    token: str
    key_id: str
    issued_at: datetime


event.listen(SQLModel.metadata.tables["receipt"], "after_create", guard)
