"""What the interface takes of the road: devices and who carries them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from web.schemas import Strict
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
