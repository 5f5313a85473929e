"""One unit of work on the road, what is shown at a door, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session

from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, Words
from dispensing.service.views import OrderView
from dispensing.signing import PublicKey
from routing.alerts import Limits
from routing.handover import Proxy
from routing.track import Sieve


class Kept(Conflict):
    """A refusal that leaves something behind: a counted code, a word to the dispatcher.

    Whoever catches it commits the unit of work all the same.
    """


@dataclass(frozen=True, slots=True)
class Road(Work):
    """One unit of work on the road: when it happened, and what opens a door.

    `happened` says that it is told afterwards: what was done cannot be left undone any more;
    `sure`, that the clock which says when can be trusted.
    """

    at: datetime
    secret: bytes = b""
    signed_by: Mapping[str, PublicKey] = field(
        default_factory=lambda: MappingProxyType({})
    )
    happened: bool = False
    sieve: Sieve = field(default_factory=Sieve)  # which positions count
    limits: Limits = field(default_factory=Limits)
    sure: bool = True

    @property
    def counts_at(self) -> datetime:
        """Tell for when it counts: when it happened, or was told by a clock nobody can trust."""
        return self.at if self.sure else self.now


@dataclass(frozen=True, slots=True)
class Door:
    """What the receiver shows and the courier sees; temperature in tenths of a degree.

    The receiver shows one of: the six digits, the signed code of the patient's page, the
    patient's identity number. A proxy (代领) shows both identity numbers.
    """

    code: str = ""
    seal_intact: bool = True
    proxy: Proxy | None = None
    temperature_dc: int | None = None
    paid_by: str = "cash"  # how a share payable on delivery is paid; or already_paid
    taken_fen: int | None = None  # what the courier says was taken; else what is due
    token: str = ""
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An order after an act; `already`: it was so before, `note`: what else is to be said."""

    view: OrderView
    already: bool = False
    note: Words | None = None
    msgid: str | None = None  # of the settlement that is to be reversed


def road_of(
    session: Session,
    desk: Desk,
    now: datetime,
    *,
    secret: bytes = b"",
    signed_by: Mapping[str, PublicKey] = MappingProxyType({}),
    sieve: Sieve | None = None,
    limits: Limits | None = None,
) -> Road:
    """Begin a unit of work for what happens this moment."""
    return Road(
        session,
        desk,
        now,
        at=now,
        secret=secret,
        signed_by=signed_by,
        sieve=sieve or Sieve(),
        limits=limits or Limits(),
    )
