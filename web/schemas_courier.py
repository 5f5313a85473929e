"""What couriers' phones send: acts in the phone's order, each with a body of its kind."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from routing.service import ACTS_MAX
from routing.service.proving import BASE64_MAX
from routing.signature import POINTS_MAX, STROKES_MAX, WIDE
from web.problems import Problem
from web.schemas import Place, Strict, Text, Whole
from web.schemas_cold import Degrees
from web.schemas_door import Failure, Handover
from web.scope import WHY_MAX
from web.strict import plain_text

AGO_MS_MAX = 7 * 24 * 3600 * 1000


class Load(Strict):
    """The code on a parcel's label, as the camera read it."""

    code: Text


class Depart(Strict):
    """The route that is left with."""

    route_id: Annotated[UUID, Field(strict=False)]


class PickUp(Strict):
    """Nothing but that the parcel is in the bag."""


class BreakDown(Strict):
    """Nothing but that the vehicle broke down."""


class Photo(Strict):
    """A photograph at the door: JPEG, PNG or WebP in base64."""

    kind: Literal["photo"]
    image: Annotated[str, Field(min_length=1, max_length=BASE64_MAX)]


Stroke = Annotated[
    list[Annotated[Whole, Field(ge=0, le=WIDE)]], Field(max_length=2 * POINTS_MAX)
]


class Signature(Strict):
    """A signature: strokes, each as x and y in turn, within 1000 by 500."""

    kind: Literal["signature"]
    strokes: Annotated[list[Stroke], Field(min_length=1, max_length=STROKES_MAX)]


class Proof(RootModel[Annotated[Photo | Signature, Field(discriminator="kind")]]):
    """A photograph or a signature."""


class BoxReading(Strict):
    """What a box was read at; of all that is in it where its route is named, else of the order."""

    temperature_dc: Degrees
    source: Literal["pickup", "box", "door"] = "box"
    route_id: Annotated[UUID, Field(strict=False)] | None = None


class Position(Place):
    """Where the phone is (WGS-84), how exact in metres, how fast in metres a second."""

    accuracy_m: Annotated[float, Field(ge=0, le=1e7)] | None = None
    speed_mps: Annotated[float, Field(ge=0, le=1e4)] | None = None


class ActSent(Strict):
    """One act: its number from the phone, and how many milliseconds ago it was.

    The body is that of its kind: `load` (code), `depart` (route_id), `pick_up` and
    `break_down` (nothing), `hand_over` and `fail` as at the addresses of an order, `proof`
    (a picture or strokes), `reading` (temperature_dc, source, route_id), `position` (lon,
    lat, accuracy_m, speed_mps).
    """

    id: UUID
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$", examples=["pick_up"])]
    ago_ms: Annotated[Whole, Field(ge=0, le=AGO_MS_MAX)]
    order_id: UUID | None = None
    steady: bool = False  # a clock that cannot be set has measured it
    body: dict[str, Any] = Field(default_factory=dict)


class ActsSent(Strict):
    """A batch of acts, in the phone's order; `now_ms` is its clock, as put right by ours."""

    acts: Annotated[list[ActSent], Field(max_length=ACTS_MAX)]
    now_ms: Annotated[Whole, Field(ge=0)] | None = None


class ActAnswered(BaseModel):
    """What became of one act; `problem` where it was refused or waits, `note` else."""

    id: UUID
    status: Literal["done", "already", "refused", "held"]
    problem: Problem | None = None
    note: str = ""


class ActsAnswered(BaseModel):
    """The answers in the order of the acts, and what the server's clock says."""

    now_ms: int
    answers: list[ActAnswered]


class ProofQuery(BaseModel):
    """Why a proof is looked at: a bureau has to say it, the patient reads it."""

    model_config = ConfigDict(extra="forbid")

    why: Annotated[str, Field(max_length=WHY_MAX), AfterValidator(plain_text)] = ""


class ProofShown(BaseModel):
    """A proof with its picture, in base64, and the SHA-256 that it was kept under."""

    id: UUID
    media: str
    sha256: str
    content: str


BODIES: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "load": Load,
        "depart": Depart,
        "pick_up": PickUp,
        "break_down": BreakDown,
        "hand_over": Handover,
        "fail": Failure,
        "proof": Proof,
        "reading": BoxReading,
        "position": Position,
    }
)
