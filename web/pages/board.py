"""How an outlet stands today, for those at its counter: till, differences, what expires."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from dispensing import service
from pharmacies import service as pharmacies
from pharmacies.batches import Batch, in_order
from pharmacies.reserving import batches

EXPIRING_DAYS = 90  # told on the page; the operator's choice, no rule
BACK_DAYS = 30  # how far back open differences are counted
SHOWN_MAX = 3


@dataclass(frozen=True, slots=True)
class Expiring:
    """A batch that expires soon, or has."""

    name: str
    batch: str
    expires_on: date
    on_hand: int


@dataclass(frozen=True, slots=True)
class Board:
    """What the till should hold in fen, what differs and since when, what expires."""

    till: Mapping[str, int]
    due_fen: int
    differences: int
    differs_on: date | None
    expiring: tuple[Expiring, ...]
    expiring_more: int

    @property
    def till_fen(self) -> int:
        """Add up what the till should hold."""
        return sum(self.till.values())


def board(session: Session, outlet_code: str, today: date) -> Board:
    """Read how an outlet stands today."""
    till = service.till(session, outlet_code)
    since = today - timedelta(days=BACK_DAYS)
    apart = service.open_differences(session, outlet_code, since)
    soon = _expiring(session, outlet_code, today)
    return Board(
        till=till.expected,
        due_fen=till.due_fen,
        differences=sum(count for _, count in apart),
        differs_on=apart[0][0] if apart else None,
        expiring=tuple(_named(session, one) for one in soon[:SHOWN_MAX]),
        expiring_more=max(0, len(soon) - SHOWN_MAX),
    )


def _expiring(session: Session, outlet_code: str, today: date) -> list[Batch]:
    last = today + timedelta(days=EXPIRING_DAYS)
    there = (one for one in batches(session, outlet_code) if one.on_hand > 0)
    return in_order(one for one in there if one.expires_on and one.expires_on <= last)


def _named(session: Session, one: Batch) -> Expiring:
    assert one.expires_on is not None
    name = pharmacies.medicine(session, one.medicine_code).name
    return Expiring(name, one.batch, one.expires_on, one.on_hand)
