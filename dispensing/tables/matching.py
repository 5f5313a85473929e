"""The rows of matching: registries of managed patients, runs, their lists, what became of each."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    UniqueConstraint,
    event,
)
from sqlmodel import Field, SQLModel

from dispensing.matching.lists import CODES, NAMES
from pharmacies.append_only import NUMBER, guard


class MatchingTaskRow(SQLModel, table=True):
    """What a worker does for matching: try a file, take it, or run; and how far it is."""

    __tablename__ = "matching_task"
    __table_args__ = (
        CheckConstraint("act IN ('try', 'take', 'run')", name="matching_task_act"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'tried', 'refused', 'done', 'failed')",
            name="matching_task_state",
        ),
    )

    id: UUID = Field(primary_key=True)
    area: str = Field(max_length=4, index=True)
    act: str
    state: str
    as_of: date  # of the registry, or of the run
    file_name: str = ""
    file_sha256: str = ""
    content_sealed: bytes | None = Field(
        default=None, sa_type=LargeBinary
    )  # till taken
    by: str
    role: str
    at: datetime = Field(index=True)
    seen_at: datetime
    fates: bytes = Field(default=b"", sa_type=LargeBinary)  # deflated CSV, masked
    report: dict[str, object] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )


class ManagedRegistryRow(SQLModel, table=True):
    """One registry of managed patients that was taken, whole; never changed."""

    __tablename__ = "managed_registry"

    id: UUID = Field(primary_key=True)
    place: str = Field(max_length=4, index=True)  # the pooling area
    as_of: date
    file_name: str
    file_sha256: str
    people: int
    parts: int
    digest: str  # keyed, over its people in order
    by: str
    role: str
    at: datetime


class ManagedPartRow(SQLModel, table=True):
    """Some people of a registry, sealed together: thousands of rows are opened at once."""

    __tablename__ = "managed_part"

    registry_id: UUID = Field(primary_key=True, foreign_key="managed_registry.id")
    no: int = Field(primary_key=True)
    people_sealed: bytes = Field(sa_type=LargeBinary)


class MatchingRunRow(SQLModel, table=True):
    """One matching of a registry with the insured: when, by which rules, with what result."""

    __tablename__ = "matching_run"
    __table_args__ = (UniqueConstraint("place", "number", name="matching_run_number"),)

    id: UUID = Field(primary_key=True)
    place: str = Field(max_length=4)
    number: int
    registry_id: UUID = Field(foreign_key="managed_registry.id")
    previous_id: UUID | None = None
    day: date
    score_min: int | None = None  # permyriad, the operator's; none: exact ID alone
    counts: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    rules: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    digest: str  # over its entries
    by: str
    role: str
    at: datetime


class MatchingEntryRow(SQLModel, table=True):
    """One person on one list of a run; who it is and for what is sealed; never changed."""

    __tablename__ = "matching_entry"
    __table_args__ = (
        CheckConstraint(f"list IN {NAMES!r}", name="matching_entry_list"),
        UniqueConstraint("run_id", "list", "subject", name="matching_entry_once"),
        Index("matching_entry_person", "person_no"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    run_id: UUID = Field(foreign_key="matching_run.id")
    list: str
    subject: str  # keyed: the same person on the same list of another run
    content: str  # keyed: what is said of the person
    change: str  # new, same, changed
    score: int | None = None  # permyriad, of a pair under review
    person_no: str | None = None
    institution: str = Field(
        default="", sa_column_kwargs={"server_default": ""}
    )  # on `enrol`: who manages the person, in the registry's words
    told_sealed: str


class MatchingActRow(SQLModel, table=True):
    """That a list was handed over, received or exported; never changed."""

    __tablename__ = "matching_act"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('sent', 'received', 'exported')", name="matching_act_kind"
        ),
    )

    id: UUID = Field(primary_key=True)
    run_id: UUID = Field(foreign_key="matching_run.id", index=True)
    place: str = Field(max_length=4)
    list: str
    kind: str
    people: int
    note: str
    by: str
    role: str
    at: datetime


class MatchingOutcomeRow(SQLModel, table=True):
    """What became of one person on a list; a later one corrects it; never changed."""

    __tablename__ = "matching_outcome"
    __table_args__ = (
        CheckConstraint(f"code IN {CODES!r}", name="matching_outcome_code"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    entry_id: int = Field(foreign_key="matching_entry.id", index=True, sa_type=NUMBER)
    run_id: UUID = Field(foreign_key="matching_run.id", index=True)
    place: str = Field(max_length=4)
    list: str
    subject: str = Field(index=True)
    code: str
    note: str
    by: str
    role: str
    at: datetime


class EnrolmentRow(SQLModel, table=True):
    """One benefit that a matching gave without application (备案); never changed."""

    __tablename__ = "matching_enrolment"
    __table_args__ = (
        UniqueConstraint(
            "person_no", "kind", "disease_index", name="matching_enrolment_once"
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    entry_id: int = Field(foreign_key="matching_entry.id", sa_type=NUMBER)
    run_id: UUID = Field(foreign_key="matching_run.id", index=True)
    person_no: str = Field(index=True, foreign_key="person.person_no")
    kind: str  # chronic (两病), chronic_outpatient (门诊慢特病)
    disease_sealed: str
    disease_index: str
    filing_no: str = Field(unique=True)  # 备案号
    since: date
    by: str
    role: str
    at: datetime


for _name in (
    "managed_registry",
    "managed_part",
    "matching_run",
    "matching_entry",
    "matching_act",
    "matching_outcome",
    "matching_enrolment",
):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
