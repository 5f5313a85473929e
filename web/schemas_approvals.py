"""What the interface takes about what needs two people."""

from pydantic import BaseModel, ConfigDict

from web.schemas import Strict, Text


class ProposalQuery(BaseModel):
    """Whether only what still waits is listed."""

    model_config = ConfigDict(extra="forbid")

    waiting: bool = False


class Decision(Strict):
    """Whether a second person agrees, and why."""

    approves: bool
    reason: Text
