"""Who looks at one order sees one state: its patient, the counter, the board, the courier.

Each face is asked as its page asks, and what it tells is turned into the words of the pages.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dispensing import service as dispensing
from dispensing.desk import Reader, Work
from fixtures import cast
from fixtures.rounds.told import Fate
from routing import service
from routing.service import BoardStop
from routing.service.promising import promise
from routing.service.views import StopView
from web.bench_day.checking import Truth
from web.bench_day.town import Town

READER = Reader("day", "counter", "dispensing")
# What a stop that is over says of its parcel; one that is tried again waits for its day.
_OVER = {"handed_over": "handed_over", "return": "returned", "retry": "packed"}


def unlike(town: Town, ids: dict[int, UUID], now: datetime) -> Iterator[str]:
    """Find the orders of which two faces tell different states."""
    with town.open() as session:
        pool, board = _in_pool(session, town, now), _on_board(session, town)
        phones = _on_phones(session, town)
        for no, id_ in ids.items():
            seen = service.tracking(session, town.desk, town.secret, id_).order
            counter = dispensing.prescription(
                session, town.desk, seen.prescription_id, reader=READER, now=now
            ).order
            told = {
                "patient": seen.state,
                "counter": counter.state if counter else "none",
                "pool": pool.get(id_, "none"),
                "board": board.get(id_, "none"),
                "courier": phones.get(id_, "none"),
            }
            if not _alike(told):
                yield f"order {no}: {told}"


def _alike(told: dict[str, str]) -> bool:
    """Tell whether all say what the patient sees; who has nothing to do with it, nothing.

    What waits is on nobody's route, but for what was tried and waits for another day.
    """
    state = told["patient"]
    routed = {told["board"], told["courier"]}
    if {told["counter"], told["pool"]} != {state}:
        return False
    if state in ("planned", "out", "handed_over"):
        return routed == {state}
    return routed == {state} or (state != "returned" and routed == {"none"})


def _in_pool(session: Session, town: Town, now: datetime) -> dict[UUID, str]:
    """Read the pool of the day and of the next one, page by page, as the board lists it."""
    work, told = Work(session, town.desk, now), dict[UUID, str]()
    for more in (0, 1):
        day, page, pages = town.day.given.day + timedelta(days=more), 1, 1
        while page <= pages:
            asked = service.Filter(day, state="all")
            found = service.pool(work, cast.CARRIER, asked, page=page)
            told |= {it.order.id: it.order.state for it in found.orders}
            page, pages = page + 1, found.pages
    return told


def _on_board(session: Session, town: Town) -> dict[UUID, str]:
    """Read the lanes of the plan on the road."""
    told: dict[UUID, str] = {}
    for plan in service.plan_lines(session, cast.CARRIER, town.day.given.day):
        if plan.state == "committed":
            shown = service.board(session, plan.id, carrier_code=cast.CARRIER)
            for lane in shown.lanes:
                told |= _stops(lane.stops)
    return told


def _on_phones(session: Session, town: Town) -> dict[UUID, str]:
    """Read every courier's routes of the day, as the phone shows them."""
    told: dict[UUID, str] = {}
    for courier in town.day.couriers:
        day = town.day.given.day
        for route in service.routes(session, town.desk, courier.code, day):
            told |= _stops(route.stops)
    return told


def _stops(stops: Sequence[StopView | BoardStop]) -> dict[UUID, str]:
    """Tell of each parcel of a route where it is: still to be fetched, on board, or over.

    What somebody fetched who broke down, and who has no door for it any more, is another's.
    """
    told: dict[UUID, str] = {}
    doors = {it.order_id for it in stops if it.kind == "dropoff"}
    for stop in stops:
        if stop.order_id is None or stop.order_id not in doors:
            continue
        if stop.kind == "pickup":
            told[stop.order_id] = "out" if stop.done_at else "planned"
        elif stop.outcome:
            told[stop.order_id] = _OVER[stop.outcome]
    return told


def promises_unlike(town: Town, truth: Truth, now: datetime) -> Iterator[str]:
    """Find promises that are judged otherwise than by when the parcel was handed over."""
    with town.open() as session:
        for order in town.day.orders:
            deed, id_ = truth.deed(order), truth.ids[order.no]
            told = promise(session, id_, now=now).promise
            if truth.journal.fates[order.no] is Fate.LEFT:
                wanted = "cancelled"
            elif deed is None:
                returned = truth.journal.fates[order.no] is Fate.RETURN
                wanted = "broken" if returned else "late"
            else:
                wanted = "kept" if deed.at_s <= order.close_s else "broken"
            if told.state != wanted:
                yield f"order {order.no}: its promise is {told.state}, not {wanted}"
