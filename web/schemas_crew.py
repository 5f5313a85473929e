"""What the interface takes of dispatchers about their firm's crew."""

from datetime import time
from typing import Annotated

from pydantic import AfterValidator, Field

from dispensing.intake.instants import Day
from web.schemas import Name, Phone, Strict, Whole
from web.schemas_plans import Reason
from web.strict import plain_text

Parcels = Annotated[Whole, Field(ge=0, le=500)]
Area = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["330302"])]
LocalTime = Annotated[time, AfterValidator(lambda at: at.replace(tzinfo=None))]


class CrewTerms(Strict):
    """How a courier works: shift, weekly day off (ISO, 0 none), vehicle, boxes, areas, yard.

    The yard, where the shift begins and ends, is in WGS-84.
    """

    name: Name
    phone: Phone
    shift_begins: LocalTime
    shift_ends: LocalTime
    rest_weekday: Annotated[Whole, Field(ge=0, le=7)] = 0
    vehicle: Annotated[str, Field(max_length=40), AfterValidator(plain_text)] = ""
    capacity_parcels: Annotated[Whole, Field(ge=1, le=500)]
    cold_capacity_parcels: Parcels = 0
    areas: Annotated[list[Area], Field(min_length=1, max_length=50)]
    lon: Annotated[float, Field(ge=-180, le=180, strict=False)]
    lat: Annotated[float, Field(ge=-90, le=90, strict=False)]


class HireRequest(CrewTerms):
    """A new courier, from which day on, and why."""

    from_day: Day
    reason: Reason = ""


class TermsRequest(CrewTerms):
    """New terms of a courier from a day on; `seen` is the last act that the caller has seen."""

    from_day: Day
    seen: Annotated[Whole, Field(ge=0)]
    reason: Reason = ""


class EndRequest(Strict):
    """The day from which a courier no longer works for the firm, and why."""

    from_day: Day
    seen: Annotated[Whole, Field(ge=0)]
    reason: Annotated[Reason, Field(min_length=1)]


class InviteRequest(Strict):
    """The account whose password is to be set anew; none where a new one is opened."""

    username: Annotated[str, Field(max_length=64), AfterValidator(plain_text)] = ""
