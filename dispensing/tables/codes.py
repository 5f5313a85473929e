"""The rows of codes: who may act for whom, what was issued, shared, presented and spent."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, event, text
from sqlmodel import Field, SQLModel

from pharmacies.append_only import SEALED, guard


class SpentCodeRow(SQLModel, table=True):
    """An insurance code that opens nothing more: for whom, where and by whom it was scanned.

    `purpose` is that of the code, or `signed_out` where its owner made it void.
    """

    __tablename__ = "spent_code"

    nonce: str = Field(primary_key=True)
    prescription_id: UUID | None = None
    at: datetime
    purpose: str = Field(
        default="settle", sa_column_kwargs={"server_default": "settle"}
    )
    outlet_code: str | None = None
    operator: str | None = None
    agent_no: str | None = None


class IssuedCodeRow(SQLModel, table=True):
    """An insurance code of our own issuer, kept as long as it could open anything."""

    __tablename__ = "issued_code"

    nonce: str = Field(primary_key=True)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    shown_by: str = Field(index=True)  # the person, or the relative who acts for them
    purpose: str
    expires_at: datetime


class AgentRow(SQLModel, table=True):
    """A relative's leave to show a person's codes (亲情代办), until it is withdrawn."""

    __tablename__ = "family_agent"
    __table_args__ = (
        CheckConstraint("person_no <> agent_no", name="family_agent_is_another"),
        Index(
            "family_agent_once",
            "person_no",
            "agent_no",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    agent_no: str = Field(index=True, foreign_key="person.person_no")
    since: datetime
    until: datetime | None = None  # withdrawn


class AccessCodeRow(SQLModel, table=True):
    """The access code (取药码) of prescriptions; of the code itself only the SHA-256 is kept."""

    __tablename__ = "access_code"
    __table_args__ = (
        CheckConstraint(
            "shared_with IN ('bearer', 'helper', 'outlet')", name="access_code_shared"
        ),
        CheckConstraint(
            "(shared_with = 'helper') = (helper_name IS NOT NULL)"
            " AND (shared_with = 'helper') = (helper_phone_tail IS NOT NULL)"
            " AND (shared_with = 'outlet') = (outlet_code IS NOT NULL)",
            name="access_code_whom",
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    code_index: str = Field(unique=True)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    shared_with: str
    helper_name: str | None = Field(default=None, sa_column_kwargs=SEALED)
    helper_phone_tail: str | None = Field(default=None, sa_column_kwargs=SEALED)
    outlet_code: str | None = None
    created_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None = None
    helpers_refused: int = 0


class AccessCodeLineRow(SQLModel, table=True):
    """One prescription that an access code shows."""

    __tablename__ = "access_code_line"

    access_code_id: UUID = Field(primary_key=True, foreign_key="access_code.id")
    prescription_id: UUID = Field(primary_key=True, foreign_key="prescription.id")


class AccessEventRow(SQLModel, table=True):
    """One thing that was done with an access code; never changed."""

    __tablename__ = "access_event"

    id: int | None = Field(default=None, primary_key=True)
    access_code_id: UUID = Field(index=True, foreign_key="access_code.id")
    person_no: str = Field(index=True)
    at: datetime
    kind: str  # shared, withdrawn, presented or refused
    by: str
    outlet_code: str | None = None
    detail: str = ""


class PresentationRow(SQLModel, table=True):
    """One showing of prescriptions at a counter: who came, who scanned; never changed.

    A relative with a leave is named by number, a helper by name and sealed ID number
    (医疗保障基金使用监督管理条例 17: both identities).
    """

    __tablename__ = "presentation"
    __table_args__ = (
        CheckConstraint(
            "way IN ('insurance_code', 'access_code')", name="presentation_way"
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    way: str
    nonce: str | None = Field(default=None, unique=True)
    access_code_id: UUID | None = None
    outlet_code: str = Field(index=True)
    by: str
    agent_no: str | None = None
    helper_name: str | None = Field(default=None, sa_column_kwargs=SEALED)
    helper_id_sealed: str | None = None
    at: datetime
    expires_at: datetime


class PresentedRow(SQLModel, table=True):
    """One prescription that was shown at a counter; never changed."""

    __tablename__ = "presented_prescription"

    presentation_id: UUID = Field(primary_key=True, foreign_key="presentation.id")
    prescription_id: UUID = Field(primary_key=True, foreign_key="prescription.id")


for _name in ("access_event", "presentation", "presented_prescription"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
