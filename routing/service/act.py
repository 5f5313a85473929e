"""One act of a courier's phone, and what is answered to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from dispensing.errors import Malformed, Words
from routing.service.road import Road


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a courier, as told by the phone.

    `at` is corrected for the phone's clock and never in the future; the ledger does not go
    by it. `fault` is what keeps the body from being read.
    """

    id: UUID
    kind: str
    at: datetime
    order_id: UUID | None
    body: Mapping[str, Any] = field(default_factory=dict)
    fault: Malformed | None = None
    sure: bool = True  # the phone's clock agreed with ours


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an act: done, already, refused or held; and what is to be said of it."""

    id: UUID
    status: str
    code: str = ""
    words: Words | None = None


# Does an act in the unit of work of a courier, without committing it.
Handler = Callable[[Road, str, Act], Answer]
