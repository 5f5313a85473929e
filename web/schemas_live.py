"""What the interface takes of the road: who carries a device, and how a case ends."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dispensing.intake.instants import Instant
from web.schemas import Place, Strict, Text
from web.schemas_plans import CourierCode
from web.strict import plain_text

Device = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$", examples=["86012345"]),
    AfterValidator(plain_text),
]


class DeviceForm(Strict):
    """A device, and the courier who carries it from now on; nobody, where none is named."""

    device: Device
    courier: CourierCode | None = None


class CaseRetry(Strict):
    """A later window, a new code for the door, and the right address where it was wrong.

    Without a point the address is looked up; `roughly` takes a place that may be off.
    """

    window_opens: Instant
    window_closes: Instant
    new_code: bool = False
    address: Text | None = None
    point: Place | None = None
    roughly: bool = False


class CaseReplan(Strict):
    """What becomes of the parcels on board: another courier takes them over, or they go back."""

    aboard: Literal["met", "returned"] = "met"
