"""What the interface takes about codes: presenting, sharing, leave to act for somebody."""

from typing import Annotated, Literal
from uuid import UUID

from apiflask.fields import UploadFile
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispensing import access
from web.schemas import Consented, IdNumber, Name, OutletCode, PersonNo, Strict, Whole
from web.strict import plain_text

PhoneTail = Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["0001"])]
SCANNED_MAX = 600


class HelperNamed(Strict):
    """Whom a code is given to: the name, and the last four digits of the phone."""

    name: Name
    phone_tail: PhoneTail


class HelperShown(HelperNamed):
    """Who comes with a shared code, and the ID number that was shown."""

    id_number: IdNumber


class PresentationRequest(Strict):
    """What was scanned: an insurance code for fetching, or an access code (取药码)."""

    scanned: Annotated[
        str,
        Field(min_length=1, max_length=SCANNED_MAX),
        AfterValidator(plain_text),
    ]
    helper: HelperShown | None = None


class SharingRequest(Strict):
    """Which prescriptions are shared, with whom, and for how many days.

    `person` is whom the caller acts for; the caller where nobody is named.
    """

    prescriptions: Annotated[
        list[UUID], Field(min_length=1, max_length=access.PRESCRIPTIONS_MAX)
    ]
    share_with: Literal["bearer", "helper", "outlet"] = "bearer"
    helper: HelperNamed | None = None
    outlet: OutletCode | None = None
    days: Annotated[Whole, Field(ge=1, le=access.DAYS_MAX)] = 3
    person: PersonNo | None = None
    consent: Consented | None = None


class LeaveEnding(Strict):
    """From whom the caller withdraws the leave to act."""

    person_no: PersonNo


class Leave(LeaveEnding):
    """Who may act for the caller, proven by that person's ID number."""

    id_number: IdNumber
    consent: Consented | None = None


class PictureUpload(BaseModel):
    """A photograph of a code: JPEG, PNG or WebP."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    picture: UploadFile
