"""What the interface takes about what needs two people."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Listed

from web.schemas import PersonNo, Strict, Text

Field = Literal["name", "id_number", "phone", "address"]
Reason = Literal["identity", "contact", "complaint", "inspection", "reconciliation"]


class ProposalQuery(BaseModel):
    """Whether only what still waits is listed."""

    model_config = ConfigDict(extra="forbid")

    waiting: bool = False


class Decision(Strict):
    """Whether a second person agrees, and why."""

    approves: bool
    reason: Text


class ValueOpened(Strict):
    """Which masked value is opened, and why: a pharmacist's by prescription, else by person."""

    field: Field
    reason: Reason
    note: Text
    prescription_id: UUID | None = None
    person_no: PersonNo | None = None


class LockedOpened(Strict):
    """Which locked prescription is opened, and why."""

    prescription_id: UUID
    reason: Reason
    note: Text


class ManyOpened(Strict):
    """Which values of several people are opened, and why."""

    people: list[PersonNo] = Listed(min_length=1, max_length=500)
    fields: list[Field] = Listed(min_length=1, max_length=4)
    reason: Reason
    note: Text
