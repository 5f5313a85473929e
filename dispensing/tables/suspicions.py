"""The rows of suspicions: a code that was to be sold a second time, and what became of it."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, event, text
from sqlmodel import Field, SQLModel

from pharmacies.append_only import guard


class SuspicionRow(SQLModel, table=True):
    """A second sale of a trace code that was refused; the first one is named with it."""

    __tablename__ = "suspicion"
    __table_args__ = (
        # However often a counter tries the same, it is one suspicion.
        UniqueConstraint(
            "first_sale_id", "prescription_id", "outlet_code", name="suspicion_once"
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    code: str = Field(index=True)
    first_sale_id: int = Field(foreign_key="trace_sale.id")
    first_settlement_id: UUID = Field(foreign_key="settlement.id")
    first_outlet_code: str
    first_at: datetime
    prescription_id: UUID = Field(foreign_key="prescription.id")
    line_no: int
    outlet_code: str
    at: datetime = Field(index=True)
    by: str


class SuspicionEventRow(SQLModel, table=True):
    """What happened to a suspicion: tried again, or resolved by the bureau; never changed."""

    __tablename__ = "suspicion_event"
    __table_args__ = (
        CheckConstraint("kind IN ('again', 'resolved')", name="suspicion_event_kind"),
        Index(
            "suspicion_resolved_once",
            "suspicion_id",
            unique=True,
            sqlite_where=text("kind = 'resolved'"),
            postgresql_where=text("kind = 'resolved'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    suspicion_id: UUID = Field(index=True, foreign_key="suspicion.id")
    kind: str
    finding: str | None = None
    reason: str = ""
    at: datetime
    by: str


event.listen(SQLModel.metadata.tables["suspicion"], "after_create", guard)
event.listen(SQLModel.metadata.tables["suspicion_event"], "after_create", guard)
