"""What the interface takes of dispatchers at their board: filters, selections, many plans."""

from datetime import time
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dispensing.intake.instants import Day
from routing.service.pool import SELECTED_MAX
from web.schemas import Strict, Whole
from web.schemas_plans import Reason
from web.strict import plain_text

State = Literal["waiting", "placed", "packed", "held", "planned", "out", "ended", "all"]
Ids = Annotated[list[UUID], Field(max_length=SELECTED_MAX, default_factory=list)]


class PoolQuery(BaseModel):
    """Which orders of a day; what is not said asks for all, the day for today.

    `window` is the hour at which the patient's window opens, `number` the beginning of an
    order's number; `late` are those whose window is over.
    """

    model_config = ConfigDict(extra="forbid")

    day: Day | None = None
    state: State = "waiting"
    area: Annotated[str, Field(pattern=r"^([0-9]{6})?$")] = ""
    outlet: Annotated[str, Field(pattern=r"^([HP][0-9]{11})?$")] = ""
    storage: Literal["", "ambient", "cold"] = ""
    window: time | None = None
    number: Annotated[str, Field(max_length=36), AfterValidator(plain_text)] = ""
    late: bool = False

    @model_validator(mode="after")
    def _window_is_local(self) -> Self:
        if self.window is not None and self.window.tzinfo:
            raise ValueError("the window is in local time, without an offset")
        return self


class PoolPageQuery(PoolQuery):
    """Which orders of a day, and which page of them."""

    page: Annotated[Whole, Field(ge=1, le=100_000)] = 1


class Selection(Strict):
    """Orders by their ids, or every order that matches a filter, whatever page it is on."""

    orders: Ids
    matching: PoolQuery | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.orders) == (self.matching is not None):
            raise ValueError("expected either orders or matching")
        return self


class HoldRequest(Selection):
    """Orders that no planning shall take, and why."""

    reason: Annotated[Reason, Field(min_length=1)]


class CommitRequest(Strict):
    """Drafts that are committed one after the other."""

    plans: Annotated[list[UUID], Field(min_length=1, max_length=100)]
