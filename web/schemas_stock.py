"""What is asked about stock: batches, choices, orders, boards, recalls."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dispensing.intake.instants import Day
from web.schemas import (
    CODES_MAX,
    Batch,
    MedicineCode,
    Packs,
    Remark,
    Strict,
    Text,
    TraceCode,
    Whole,
)

Days = Annotated[int, Field(ge=1, le=365)]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ShelfQuery(_Query):
    """Mark what expires within so many days."""

    expiring_days: Days = 90


class ChoiceQuery(_Query):
    """A medicine whose generic is asked about."""

    medicine: MedicineCode


class ReorderQuery(_Query):
    """The operator's figures for an order, which no text gives, and whose they are."""

    lead_days: Annotated[int, Field(ge=0, le=365)]
    cover_days: Days
    source: Text


class DemandQuery(_Query):
    """How many days ahead."""

    days: Days


class AlarmQuery(_Query):
    """The operator's figures for alarms: a window of sales, and a distance from the median.

    Prices and payment standards are those of `day`, today's where none is given.
    """

    day: Day | None = None

    window_days: Days
    percent: Annotated[int, Field(ge=1, le=1000)]


class StockMovement(Strict):
    """What came in or was lost, in packs (or parts, where a box is split)."""

    kind: Literal["received", "written_off", "sent_back"]
    medicine: MedicineCode
    quantity: Annotated[Whole, Field(ge=1, le=1_000_000)]
    batch: Batch | None = None
    expires_on: Day | None = None  # of a batch that comes in
    codes: Annotated[list[TraceCode], Field(default_factory=list, max_length=CODES_MAX)]
    # The GS1 string of a box tells batch, last day and serial where they are not given.
    label: Annotated[str, Field(max_length=200)] = ""
    reason: Remark = ""


class StockCount(Strict):
    """What was counted of one medicine (盘点)."""

    medicine: MedicineCode
    counted: Packs
    batch: Batch | None = None  # counted alone, where it is named
    reason: Remark = ""


class RecallForm(Strict):
    """A lot that is recalled, or given free again, with the source of that."""

    act: Literal["recall", "lift"]
    medicine: MedicineCode
    batch: Batch
    source: Text
    reason: Remark = ""
