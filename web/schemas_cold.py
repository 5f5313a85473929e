"""What the interface takes about the cold chain: readings, a logger's file, a decision."""

from typing import Annotated, Literal
from uuid import UUID

from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dispensing.intake.instants import Instant
from web.schemas import Name, Strict, Text, Whole

Degrees = Annotated[Whole, Field(ge=-400, le=600)]  # tenths of a degree
LoggerNo = Annotated[str, Field(max_length=32, pattern=r"^[A-Za-z0-9._-]*$")]


class ReadingForm(Strict):
    """One temperature: of one parcel, or (by its route) of the box for all that is in it."""

    temperature_dc: Degrees
    source: Literal["pickup", "box", "door"] = "box"
    at: Instant | None = None  # now, where it is left out
    order_id: UUID | None = None
    route_id: UUID | None = None

    @model_validator(mode="after")
    def _of_one(self) -> "ReadingForm":
        if (self.order_id is None) == (self.route_id is None):
            raise ValueError("expected an order or a route")
        return self


class PackingReading(Strict):
    """What a counter reads when it packs a cold parcel."""

    temperature_dc: Degrees


class LoggerForm(BaseModel):
    """A logger's file, in whose box it was (or with which parcel), and what it does not say."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    table: UploadFile
    courier: Annotated[str, Field(max_length=20)] = ""
    order_id: UUID | None = None
    zone: Literal["china", "utc"] = "china"
    order: Literal["ymd", "dmy", "mdy"] | None = None
    logger: LoggerNo = ""


class BreachForm(Strict):
    """What a pharmacist decides on a broken cold chain, and why."""

    verdict: Literal["release", "return", "destroy"]
    pharmacist_code: Annotated[str, Field(min_length=1, max_length=40)]
    pharmacist_name: Name
    reason: Text
