"""What the interface takes at a door: a hand-over, or why there was none."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from web.schemas import IdNumber, Proxy, Receiving, Strict, Whole


class DoorProxy(Proxy):
    """A proxy at the door, who shows the patient's identity number too (代领)."""

    patient_id_number: IdNumber


class Handover(Receiving):
    """The hand-over at the door: what is shown, an intact seal, the cold box's reading.

    One of: the six digits, the signed code of the patient's page (token), the patient's ID
    number; a proxy may come without, as both identities are shown.
    """

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    token: (
        Annotated[str, Field(max_length=200, pattern=r"^YDH[12]\.[\w.-]{1,190}$")]
        | None
    ) = None
    id_number: IdNumber | None = None
    seal_intact: bool = True
    proxy: DoorProxy | None = None
    temperature_dc: Annotated[Whole, Field(ge=-400, le=600)] | None = None
    # A share due at the door: how it was paid, and how much where the courier says so.
    paid_by: Literal["cash", "bank_card", "mobile", "already_paid"] = "cash"
    taken_fen: Annotated[Whole, Field(ge=0, le=100_000_000)] | None = None

    @model_validator(mode="after")
    def _one_thing_is_shown(self) -> Self:
        shown = sum(bool(one) for one in (self.code, self.token, self.id_number))
        if shown > 1 or (shown == 0 and self.proxy is None):
            raise ValueError("expected one of code, token and id_number, or a proxy")
        return self


class Failure(Strict):
    """Why a delivery failed, and whether it is tried again, brought back, or for the desk."""

    reason: Literal["not_home", "refused", "broken_seal", "wrong_address", "too_warm"]
    outcome: Literal["retry", "return", "desk"]


class PickUps(Strict):
    """The parcels that a courier loads at one counter."""

    orders: Annotated[list[UUID], Field(min_length=1, max_length=200)]
