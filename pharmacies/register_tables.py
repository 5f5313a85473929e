"""The rows of papers and of published drug lists; both are only added to."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from pharmacies.append_only import NUMBER, guard


class QualificationRow(SQLModel, table=True):
    """One entry of a paper (资质); a later one of the same number stands in its place."""

    __tablename__ = "qualification"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('licence', 'cold_chain', 'framework')", name="qualification_kind"
        ),
        CheckConstraint("ends >= begins", name="qualification_days"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    holder: str = Field(index=True)
    kind: str
    number: str
    begins: date
    ends: date
    at: datetime
    by: str
    source: str  # the file, or where else it was read


class ChainListRow(SQLModel, table=True):
    """One medicine of a drug list that a chain has published on a day."""

    __tablename__ = "chain_list"
    __table_args__ = (
        UniqueConstraint(
            "chain", "published_on", "medicine_code", name="chain_list_once"
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    chain: str
    published_on: date
    medicine_code: str = Field(foreign_key="medicine.code")
    at: datetime
    by: str
    source: str


for _name in ("qualification", "chain_list"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
