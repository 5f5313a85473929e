"""On the road: leave, hand over at the door, or come back with the parcel."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Work
from dispensing.service.reversing import DELIVERY_FAILED, finish_reversal
from dispensing.service.views import OrderView
from dispensing.signing import PublicKey
from dispensing.tables import SettlementRow
from routing.service import at_door
from routing.service.door_words import OUTCOMES
from routing.service.road import Door, Kept, road_of
from routing.service.views import RouteView

__all__ = [
    "OUTCOMES",
    "Door",
    "depart",
    "fail",
    "finish_returns",
    "hand_over",
    "pick_up",
]


def depart(
    session: Session, desk: Desk, *, route_id: UUID, courier_code: str, now: datetime
) -> RouteView:
    """Leave with a route: its parcels are on their way; asking again changes nothing."""
    view, _ = at_door.departed(road_of(session, desk, now), route_id, courier_code)
    session.commit()
    return view


def pick_up(
    session: Session, desk: Desk, *, order_id: UUID, courier_code: str, now: datetime
) -> OrderView:
    """Pick one parcel up, at its outlet or from another courier; asking again changes nothing.

    A route is out from its first pickup on.
    """
    done = at_door.picked_up(road_of(session, desk, now), order_id, courier_code)
    session.commit()
    return done.view


def hand_over(
    session: Session,
    desk: Desk,
    *,
    secret: bytes,
    order_id: UUID,
    courier_code: str,
    door: Door,
    now: datetime,
    signed_by: Mapping[str, PublicKey] = MappingProxyType({}),
) -> OrderView:
    """Hand a parcel over against the code of the patient or of a proxy (代领).

    A wrong code is counted; five lock the code. A broken cold chain stops it unless a
    pharmacist has released it. Asking again after it was handed over changes nothing.
    Raises Conflict with everything that is missing.
    """
    road = road_of(session, desk, now, secret=secret, signed_by=signed_by)
    try:
        done = at_door.handed_over(road, order_id, courier_code, door)
    except Kept:
        session.commit()
        raise
    session.commit()
    return done.view


def fail(
    session: Session,
    desk: Desk,
    *,
    order_id: UUID,
    courier_code: str,
    reason: str,
    outcome: str,
    now: datetime,
) -> OrderView:
    """End a visit without a hand-over: try again later, or return and reverse.

    A return goes through the same reversal as at the counter: ledger, allowance,
    packs and prescription come back together. It is begun in the same unit of work,
    so that nobody can sell or collect what is on its way back. A cold parcel, and one
    with a broken seal, is never tried again.
    """
    road = road_of(session, desk, now)
    done = at_door.failed(road, order_id, courier_code, reason=reason, outcome=outcome)
    session.commit()
    if done.msgid is not None:
        finish_reversal(road, done.msgid, courier_code)
    return done.view


def finish_returns(session: Session, desk: Desk, *, now: datetime) -> int:
    """Finish the reversals of returned parcels that were cut off; tells how many."""
    query = select(SettlementRow.msgid).where(
        col(SettlementRow.state) == "reversing",
        col(SettlementRow.reversal_reason) == DELIVERY_FAILED,
    )
    cut_off = session.exec(query).all()
    session.rollback()
    work = Work(session, desk, now)
    finished = [finish_reversal(work, msgid, "system").state for msgid in cut_off]
    return finished.count("reversed")
