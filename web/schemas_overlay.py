"""What the interface takes about what lies over the texts."""

from typing import Annotated

from pydantic import Field

from dispensing.intake.instants import Day
from web.schemas import Strict, Text

TEXT_MAX = 200_000
Name = Annotated[str, Field(min_length=1, max_length=200)]
Value = Annotated[str, Field(min_length=1, max_length=20_000)]


class Answered(Strict):
    """A value for one open question, from which day, and who says so."""

    name: Name
    value: Value
    document: Text
    number: Text
    issued_on: Day
    sentence: Annotated[str, Field(min_length=2, max_length=2000)]
    since: Day


class Withdrawn(Strict):
    """A figure that has no value any more, from a day on."""

    name: Name
    since: Day


class Tried(Strict):
    """A whole overlay as its text, one answer, or what is withdrawn: one of the three."""

    text: Annotated[str, Field(max_length=TEXT_MAX)] | None = None
    answer: Answered | None = None
    withdrawn: Withdrawn | None = None


class Proposed(Tried):
    """What is asked for, and why."""

    reason: Text
