"""Rows of paper prescriptions: each paper, its record number and its photograph, once."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class PaperRow(SQLModel, table=True):
    """One paper prescription, known by its hospital and the number printed on it.

    The photograph is kept sealed; of it, `sha256`, `dhash` (64 bits) and `prints` (576 bits
    for each turn and cut) can be asked without opening it.
    """

    __tablename__ = "paper"
    __table_args__ = (
        Index("paper_of_issuer", "issuer", "taken_at"),
        Index("paper_of_person", "person_no", "taken_at"),
    )

    issuer: str = Field(primary_key=True)
    hosp_rx_no: str = Field(primary_key=True)
    record_no: str = Field(unique=True)
    digest: str
    person_no: str = Field(foreign_key="person.person_no")
    outlet_code: str
    by: str
    taken_at: datetime
    sha256: str | None = Field(default=None, unique=True)
    dhash: str | None = None
    prints: str | None = None
    image_sealed: str | None = None
