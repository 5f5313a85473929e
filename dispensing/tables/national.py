"""Rows of the national messages: the numbers drawn, what was signed, what was reviewed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class NationalRxRow(SQLModel, table=True):
    """The two numbers of one national prescription, by its issuer's own number.

    What was pre-checked (D001) and signed (D002) is kept sealed; the prescription itself
    is there from D003 on, under the same issuer and number.
    """

    __tablename__ = "national_rx"
    __table_args__ = (
        UniqueConstraint("issuer", "hosp_rx_no", name="national_rx_number"),
    )

    hi_rxno: str = Field(primary_key=True, max_length=30)
    rx_trace_code: str = Field(unique=True, max_length=20)
    issuer: str
    hosp_rx_no: str
    region: str
    digest: str
    rx_sealed: str
    signed_sealed: str | None = None
    checked_at: datetime


class NationalReviewRow(SQLModel, table=True):
    """A pharmacist's review that a pharmacy sent (CFYYJG106); the same one is one row."""

    __tablename__ = "national_review"
    __table_args__ = (
        UniqueConstraint("outlet_code", "digest", name="national_review_once"),
    )

    rx_chk_biz_sn: str = Field(primary_key=True, max_length=30)
    hi_rxno: str = Field(index=True, foreign_key="national_rx.hi_rxno")
    prescription_id: UUID | None = Field(default=None, foreign_key="prescription.id")
    outlet_code: str
    digest: str
    status: str
    message_sealed: str
    reviewed_at: datetime
    at: datetime
