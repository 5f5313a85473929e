"""What the interface takes of dispatchers: planning anew, locks, edits, remedies."""

from datetime import time
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dispensing.intake.instants import Day, Instant
from web.schemas import Strict, Whole
from web.strict import plain_text

CourierCode = Annotated[str, Field(pattern=r"^C[0-9]{11}$", examples=["C33030000101"])]
Reason = Annotated[str, Field(max_length=200), AfterValidator(plain_text)]
StopNo = Annotated[Whole, Field(ge=1, le=2000)]


class PlanRequest(Strict):
    """The slice of a day to plan, the seconds it may take, and the seed of its chance.

    `orders` are those selected of the slice; where none is named, all of it is planned.
    """

    day: Day
    slice_opens: time
    slice_closes: time
    seconds_max: Annotated[Whole, Field(ge=1, le=300)] = 10
    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 1
    orders: Annotated[list[UUID], Field(max_length=1000, default_factory=list)]

    @model_validator(mode="after")
    def _slice_opens_first(self) -> Self:
        if self.slice_opens.tzinfo or self.slice_closes.tzinfo:
            raise ValueError("the slice is in local time, without an offset")
        if self.slice_opens >= self.slice_closes:
            raise ValueError("the slice must open before it closes")
        return self


class Absence(Strict):
    """A courier who is gone: since when (now, where nothing is said), and the parcels on board.

    `met`: another courier takes them over on the spot; `returned`: they are brought back.
    """

    courier: CourierCode
    since: Instant | None = None
    aboard: Literal["met", "returned"] = "met"


class ReplanRequest(Strict):
    """How the open rest of a plan is planned anew, and why.

    `orders` are the new ones that were selected; where none is named, all new ones go in.
    """

    mode: Literal["whole", "insert", "keep"] = "whole"
    absent: Annotated[list[Absence], Field(max_length=50, default_factory=list)]
    seconds_max: Annotated[Whole, Field(ge=1, le=300)] = 4
    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 1
    reason: Reason = ""
    orders: Annotated[list[UUID], Field(max_length=1000, default_factory=list)]


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

    Positions count the stops ahead without the parcel itself; 0 is before the first. With
    `seen`, the last act that the caller knows of, a move of somebody else in between on one
    of the same routes is told instead of being overrun.
    """

    order: UUID
    courier: CourierCode
    pickup: Position | None = None
    dropoff: Position | None = None
    seen: Annotated[Whole, Field(ge=0)] | None = None


class RelaxRequest(Strict):
    """An order left behind whose remedy is granted, why, and who is called in if need be."""

    order: UUID
    reason: Annotated[Reason, Field(min_length=1)]
    courier: CourierCode | None = None


class TryQuery(BaseModel):
    """Whether an edit is only tried."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    only_try: bool = Field(default=False, alias="try")
