"""What the interface takes about lists beside the claims."""

from typing import Annotated

from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict, Field

from dispensing.intake.instants import Day


class ListFileSent(BaseModel):
    """A file of a list (CSV or XLSX), of which day, who says so, and whether it is only tried."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    table: UploadFile
    as_of: Day | None = None
    source: Annotated[str, Field(min_length=2, max_length=200)]
    dry_run: bool = True
