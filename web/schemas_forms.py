"""What the interface takes about the bureau's forms."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from web.schemas import Strict, Text

Number = Annotated[int, Field(ge=0, le=100_000_000)]


class FormSent(Strict):
    """Which version is sent, who answers for it (报送人, 电话), and what is remarked (备注)."""

    number: Annotated[int, Field(ge=1, le=1_000_000)]
    reporter: Annotated[str, Field(min_length=1, max_length=40)]
    phone: Annotated[str, Field(pattern=r"^[0-9+ -]{5,20}$")]
    remark: Annotated[str, Field(max_length=2000)] = ""


class EntrySent(Strict):
    """How many residents are managed for a disease (规范化管理人数), and where that stands."""

    disease: Literal["hypertension", "diabetes"]
    number: Number
    source: Text


class OfferTaken(Strict):
    """The matching whose numbers of managed residents are entered (规范化管理人数)."""

    run_id: UUID


class SummaryWritten(Strict):
    """What a year's summary says: progress (进展), problems (问题), the next year's plan (计划)."""

    progress: Annotated[str, Field(min_length=1, max_length=4000)]
    problems: Annotated[str, Field(min_length=1, max_length=4000)]
    plan: Annotated[str, Field(min_length=1, max_length=4000)]
