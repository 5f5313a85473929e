"""The rows of delivery orders, hand-overs, and who read what."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, event, text
from sqlmodel import Field, SQLModel

from pharmacies.append_only import SEALED, guard

LIVE_ORDER = "state NOT IN ('returned', 'cancelled')"
UNJUDGED = "broken_why = ''"


class OrderRow(SQLModel, table=True):
    """One delivery order of a settled prescription."""

    __tablename__ = "delivery_order"
    __table_args__ = (
        CheckConstraint("window_opens < window_closes", name="order_window"),
        CheckConstraint("storage IN ('ambient', 'cold')", name="order_storage"),
        CheckConstraint(
            "state IN ('placed', 'packed', 'planned', 'out', 'handed_over',"
            " 'returned', 'cancelled')",
            name="order_state",
        ),
        CheckConstraint(
            "broken_by IN ('pharmacy', 'carrier', 'road', 'patient', 'address', 'other')",
            name="order_broken_by",
        ),
        CheckConstraint(
            "(broken_by IS NULL) = (broken_why IS NULL)", name="order_broken_why"
        ),
        Index("order_at_outlet", "outlet_code", "state", "window_opens"),
        Index("order_of_firm", "carrier_code", "state", "window_opens"),
        # What a month is counted from: the index alone is read.
        Index(
            "order_ended",
            *(
                "carrier_code",
                "ended_at",
                "area",
                "state",
                "broken_by",
                "storage",
                "id",
            ),
        ),
        Index(
            "order_unjudged",
            "ended_at",
            sqlite_where=text(UNJUDGED),
            postgresql_where=text(UNJUDGED),
        ),
        Index(
            "order_live",
            "prescription_id",
            "filling",
            unique=True,
            sqlite_where=text(LIVE_ORDER),
            postgresql_where=text(LIVE_ORDER),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    outlet_code: str
    carrier_code: str
    area: str
    address_sealed: str
    phone_sealed: str
    point_sealed: str  # of the door
    storage: str
    window_opens: datetime = Field(index=True)
    window_closes: datetime
    state: str
    placed_at: datetime = Field(index=True)
    packed_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    filling: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    promised_until: datetime | None = None  # as given when it was ordered
    broken_by: str | None = None  # of an ended order whose promise was not kept
    broken_why: str | None = None  # '' where it is still to be judged


class HandoverRow(SQLModel, table=True):
    """Who took the medicine: the patient, or a proxy (代领人) with both identities.

    The first one of a prescription has its id, a later filling that of its settlement.
    """

    __tablename__ = "handover"

    id: UUID = Field(primary_key=True)
    prescription_id: UUID = Field(index=True, foreign_key="prescription.id")
    receiver: str
    proxy_name: str | None = Field(default=None, sa_column_kwargs=SEALED)
    proxy_id_sealed: str | None = None
    temperature_dc: int | None = None
    by: str
    at: datetime


class ReadRow(SQLModel, table=True):
    """One read of a person's data: who, in which role, what for."""

    __tablename__ = "read_log"

    id: int | None = Field(default=None, primary_key=True)
    person_no: str = Field(index=True)
    user: str
    role: str
    purpose: str
    at: datetime


event.listen(SQLModel.metadata.tables["read_log"], "after_create", guard)
