"""What the interface takes about smart audit: runs, thresholds, samples, cases, pledges."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dispensing.intake.instants import Day
from web.schemas import Name, Strict, Text, Whole

Slug = Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
AlarmId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Fen = Annotated[Whole, Field(ge=0, le=10**15)]
Claim = Annotated[str, Field(min_length=1, max_length=64)]


class SmartRunForm(Strict):
    """The days whose claims are looked through."""

    first: Day
    last: Day


class SmartThresholdForm(Strict):
    """A threshold of a rule, and why the bureau sets it so."""

    rule: Slug
    name: Slug
    value: Annotated[Whole, Field(ge=0, le=10**9)]
    reason: Text


class SmartAlarmQuery(BaseModel):
    """Alarms of which rule, and whether only those without a case."""

    model_config = ConfigDict(extra="forbid")

    rule: Slug | None = None
    waiting: bool = False


class SmartSampleForm(Strict):
    """How a sample is drawn: the days, the way, how many claims, from which seed."""

    first: Day
    last: Day
    way: Literal["random", "value", "variance"]
    size: Annotated[Whole, Field(ge=1, le=500)]
    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)]


class SmartFindingForm(Strict):
    """What was found of one claim of a sample."""

    claim: Claim
    wrong_fen: Fen
    words: Text


class SmartCaseForm(Strict):
    """A case about an alarm, or about a claim of a sample; and what the outlet is asked."""

    alarm_id: AlarmId | None = None
    sample_id: UUID | None = None
    claim: Claim | None = None
    words: Text


class SmartAnswerForm(Strict):
    """What an outlet says: an answer, that it accepts, or an appeal."""

    kind: Literal["answered", "accepted", "appealed"]
    words: Text


class SmartDecisionForm(Strict):
    """A decision, or the ruling on an appeal: the outcome and what is taken back."""

    outcome: Literal["confirmed", "partly", "unfounded"]
    recover_fen: Fen
    reason: Text


class SmartPledgeForm(Strict):
    """Who signs the pledge for the outlet."""

    signer: Name
