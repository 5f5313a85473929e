"""What the interface takes of dispatchers: planning anew, locks, edits, remedies."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispensing.intake.instants import Instant
from web.schemas import Strict, Whole
from web.strict import plain_text

CourierCode = Annotated[str, Field(pattern=r"^C[0-9]{11}$", examples=["C33030000101"])]
Reason = Annotated[str, Field(max_length=200), AfterValidator(plain_text)]
StopNo = Annotated[Whole, Field(ge=1, le=2000)]


class Absence(Strict):
    """A courier who is gone: since when (now, where nothing is said), and the parcels on board.

    `met`: another courier takes them over on the spot; `returned`: they are brought back.
    """

    courier: CourierCode
    since: Instant | None = None
    aboard: Literal["met", "returned"] = "met"


class ReplanRequest(Strict):
    """How the open rest of a plan is planned anew, and why."""

    mode: Literal["whole", "insert", "keep"] = "whole"
    absent: Annotated[list[Absence], Field(max_length=50, default_factory=list)]
    seconds_max: Annotated[Whole, Field(ge=1, le=300)] = 4
    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 1
    reason: Reason = ""


class StopOf(Strict):
    """One stop of a route, by its number."""

    route: UUID
    no: StopNo


class LockRequest(Strict):
    """Stops and whole routes that stay as they are, or are set free again."""

    stops: Annotated[list[StopOf], Field(max_length=1000, default_factory=list)]
    routes: Annotated[list[UUID], Field(max_length=500, default_factory=list)]
    locked: bool = True
    reason: Reason = ""


Position = Annotated[Whole, Field(ge=0, le=2000)]


class EditRequest(Strict):
    """A parcel that goes to a courier, to a place among the stops ahead or the cheapest.

    Positions count the stops ahead without the parcel itself; 0 is before the first.
    """

    order: UUID
    courier: CourierCode
    pickup: Position | None = None
    dropoff: Position | None = None


class RelaxRequest(Strict):
    """An order left behind whose remedy is granted, why, and who is called in if need be."""

    order: UUID
    reason: Annotated[Reason, Field(min_length=1)]
    courier: CourierCode | None = None


class TryQuery(BaseModel):
    """Whether an edit is only tried."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    only_try: bool = Field(default=False, alias="try")
