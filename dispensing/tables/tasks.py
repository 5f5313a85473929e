"""The rows of tasks and meetings: what is to be done, what was done about it, who met."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from dispensing.calendar import ACTS
from pharmacies.append_only import guard


class MeetingRow(SQLModel, table=True):
    """One meeting of the working group: when, who was there, what was said; never changed."""

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("place", "key", name="meeting_once"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    place: str = Field(max_length=6)  # the pooling area
    key: str = Field(max_length=64)
    held_on: date = Field(index=True)
    present: str  # who was there
    words: str
    by: str
    role: str
    at: datetime


class TaskRow(SQLModel, table=True):
    """One task, as it was worded when something was first done about it; never changed.

    Its key names the due day, the entry of a text's list, or the decision of a meeting.
    """

    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("place", "key", name="task_once"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    place: str = Field(max_length=6)
    key: str = Field(max_length=96)
    measure: str
    words: str
    of: str = Field(max_length=32)  # the units that do it, divided by spaces
    who: str
    clause: str
    due: date | None = Field(default=None, index=True)
    meeting_id: UUID | None = Field(default=None, foreign_key="meeting.id", index=True)
    by: str
    role: str
    at: datetime


class TaskActRow(SQLModel, table=True):
    """One thing written down about a task, with its evidence sealed; never changed."""

    __tablename__ = "task_act"
    __table_args__ = (
        CheckConstraint(f"kind IN {ACTS!r}", name="task_act_kind"),
        UniqueConstraint("place", "key", name="task_act_once"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    task_id: UUID = Field(foreign_key="task.id", index=True)
    no: int
    place: str = Field(max_length=6)
    key: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    words_sealed: str
    file_name_sealed: str
    media: str = Field(default="", max_length=64)
    sha256: str = Field(default="", max_length=64)
    sealed: bytes = Field(sa_type=LargeBinary)
    by: str
    role: str
    at: datetime


for _name in ("meeting", "task", "task_act"):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
