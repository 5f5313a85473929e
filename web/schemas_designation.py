"""What the interface takes about designations and the quota."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dispensing.intake.instants import Day, Instant
from web.schemas import Name, Strict, Text, Whole

Kind = Literal["general", "chronic"]
Days = Annotated[Whole, Field(ge=1, le=3660)]
ACTS = (
    "apply",
    "supplement",
    "withdraw_application",
    "accept",
    "refuse",
    "sign",
    "open_card",
    "suspend",
    "resume",
    "renew",
    "end",
)
OF_OUTLET = ("apply", "supplement", "withdraw_application")  # what a shop does itself


class DossierForm(Strict):
    """What an applicant states and shows; what is left out is not known."""

    licence_no: Name | None = None
    licence_until: Day | None = None
    retails_medicines: bool | None = None
    running_since: Day | None = None
    pharmacists: Annotated[Whole, Field(ge=0, le=1000)] | None = None
    contract_from: Day | None = None
    contract_until: Day | None = None
    insurance_manager: Name | None = None
    record_looked_up: bool = False
    last_violation: Day | None = None
    information_system: bool | None = None
    settles_by_card: bool | None = None
    sells_from_platform: bool | None = None


class OverrideForm(Strict):
    """Why a unit may leave its floor or ceiling, and the number that was shown for it."""

    reason: Text
    left: Annotated[Whole, Field(ge=0, le=10**6)]


class DesignationAct(Strict):
    """One act; `on` is the day from which it holds (today), of `end` the last day in force."""

    act: Literal[ACTS]  # type: ignore[valid-type]
    kind: Kind
    reason: Text
    on: Day | None = None
    late: bool = False  # entered now, held from an earlier day
    dossier: DossierForm | None = None
    until: Day | None = None  # last day: of a suspension, of what is signed or renewed
    card_settlement_from: Day | None = None
    quota_unit: Name | None = None
    stops_orders: bool = False
    cause: Literal["terminated", "withdrawn", "by_agreement"] | None = None
    override: OverrideForm | None = None

    @model_validator(mode="after")
    def _tells_what_it_needs(self) -> Self:
        if (self.act in ("apply", "supplement")) != (self.dossier is not None):
            raise ValueError("a dossier comes with, and only with, an application")
        if (self.act == "end") != (self.cause is not None):
            raise ValueError("a cause comes with, and only with, an ending")
        return self


class Query(BaseModel):
    """What stands behind the question mark of an address."""

    model_config = ConfigDict(extra="forbid")


class LifeQuery(Query):
    """Which kind, on which day, as far as was known at which instant."""

    kind: Kind = "chronic"
    day: Day | None = None
    known_at: Instant | None = None


class RunningOutQuery(Query):
    """How many days ahead."""

    days: Days = 90
    day: Day | None = None


class BoardQuery(Query):
    """The day, the window of the pace, the days ahead, and what was known at an instant."""

    day: Day | None = None
    window_days: Days = 90
    ahead_days: Days = 90
    known_at: Instant | None = None


class HistoryQuery(Query):
    """From which day to which; of one unit, or of all."""

    first: Day
    last: Day
    unit: Name | None = None
    known_at: Instant | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the last day comes before the first")
        return self
