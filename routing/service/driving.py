"""On the road: leave, hand over at the door, or come back with the parcel."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing import service as dispensing
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.ordering import Receiver, hand_out, order_row, order_view, shift
from dispensing.service.people import person_row
from dispensing.service.receiving import note, prescription_row
from dispensing.service.reversing import (
    DELIVERY_FAILED,
    begin_reversal,
    finish_reversal,
)
from dispensing.service.tendering import take_at_door
from dispensing.service.views import OrderView
from dispensing.tables import OrderRow, SettlementRow
from routing import handover
from routing.cold_chain import Reading
from routing.handover import (
    Due,
    Failure,
    Presented,
    Proxy,
    Refusal,
    Refused,
    handover_code,
)
from routing.service.breaching import Breach, note_breach, stopped
from routing.service.reading import route_row, route_view
from routing.service.readings import add_reading
from routing.service.views import RouteView
from routing.tables import PlanRow, RouteRow, StopRow, WrongCodeRow

OUTCOMES = ("retry", "return")
_ENGLISH = {
    Refusal.CODE_LOCKED: "too many wrong codes: the code is locked",
    Refusal.CODE_WRONG: "the code is wrong",
    Refusal.PROXY_NAMELESS: "a proxy's name is needed",
    Refusal.PROXY_ID_INVALID: "the proxy's ID number is not valid",
    Refusal.PROXY_IS_PATIENT: "the proxy's ID number is the patient's own",
    Refusal.PATIENT_ID_WRONG: "the patient's ID number shown is another one",
    Refusal.TEMPERATURE_MISSING: "a cold parcel needs its temperature",
    Refusal.TEMPERATURE_OUTSIDE: "the temperature is outside 2.0-8.0 °C: not to be handed over",
    Refusal.SEAL_BROKEN: "the seal is broken: not to be handed over",
}


@dataclass(frozen=True, slots=True)
class Door:
    """What the receiver shows and the courier sees; temperature in tenths of a degree."""

    code: str
    seal_intact: bool = True
    proxy: Proxy | None = None
    temperature_dc: int | None = None
    paid_by: str = "cash"  # how a share payable on delivery is paid


def depart(
    session: Session, desk: Desk, *, route_id: UUID, courier_code: str, now: datetime
) -> RouteView:
    """Leave with a route: its parcels are on their way; asking again changes nothing."""
    row = route_row(session, route_id, courier_code, lock=True)
    if row.state == "planned":
        for stop in _stops(session, route_id, "pickup"):
            stop.done_at, stop.outcome = now, "picked_up"
        for stop in _stops(session, route_id, "dropoff"):
            assert stop.order_id is not None
            _load(session, stop.order_id, courier_code, now)
        row.state = "out"
    session.flush()
    view = route_view(session, desk, row)
    session.commit()
    return view


def pick_up(
    session: Session, desk: Desk, *, order_id: UUID, courier_code: str, now: datetime
) -> OrderView:
    """Pick one parcel up, at its outlet or from another courier; asking again changes nothing.

    A route is out from its first pickup on.
    """
    stop = _last_stop(session, order_id, courier_code)
    route = route_row(session, stop.route_id, courier_code, lock=True)
    for each in _stops(session, route.id, "pickup"):
        if each.order_id == order_id and each.done_at is None:
            _load(session, order_id, courier_code, now)
            each.done_at, each.outcome = now, "picked_up"
            route.state = "out"
    view = order_view(desk.vault, order_row(session, order_id))
    session.commit()
    return view


def hand_over(
    session: Session,
    desk: Desk,
    *,
    secret: bytes,
    order_id: UUID,
    courier_code: str,
    door: Door,
    now: datetime,
) -> OrderView:
    """Hand a parcel over against the code of the patient or of a proxy (代领).

    A wrong code is counted; five lock the code. A broken cold chain stops it unless a
    pharmacist has released it. Asking again after it was handed over changes nothing.
    Raises Conflict with everything that is missing.
    """
    work = Work(session, desk, now)
    row, stop = _at_door(session, order_id, courier_code)
    if row.state == "handed_over":
        return order_view(desk.vault, row)
    tries = session.get(WrongCodeRow, order_id) or WrongCodeRow(order_id=order_id)
    broken = _read_at_door(work, row, door, courier_code)
    due = _due(
        work, secret, row, tries, released=broken is not None and not broken.stops
    )
    answer = handover.hand_over(
        due,
        Presented(door.code, door.seal_intact, door.proxy, door.temperature_dc),
        at=now,
    )
    if isinstance(answer, Refused):
        tries.tries = answer.wrong_codes
        session.add(tries)
        session.commit()
        raise _refused(answer)
    if broken is not None and broken.stops:
        session.commit()  # what was read at the door stays
        raise stopped(broken)
    shift(session, row, "handed_over", now, by=courier_code)
    row.ended_at = now
    prescription = prescription_row(session, row.prescription_id, lock=True)
    take_at_door(work, row.prescription_id, courier_code, door.paid_by)
    hand_out(
        work,
        prescription,
        _receiver(door.proxy),
        by=courier_code,
        temperature_dc=door.temperature_dc,
    )
    view = order_view(desk.vault, row)
    _close_stop(work, stop, "handed_over")
    session.commit()
    return view


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
    failure = _failure(reason, outcome)
    row, stop = _at_door(session, order_id, courier_code)
    if row.state == "handed_over":
        raise _already_handed_over()
    work, msgid = Work(session, desk, now), None
    if outcome == "retry":
        _reject_hopeless(row, failure)
        _postpone(work, row, failure, courier_code)
    else:
        msgid = _take_back(work, row, courier_code)
    row.attempts += 1
    view = order_view(desk.vault, row)
    _close_stop(work, stop, outcome, reason)
    session.commit()
    if msgid is not None:
        finish_reversal(work, msgid, courier_code)
    return view


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


def _postpone(work: Work, row: OrderRow, failure: Failure, courier_code: str) -> None:
    shift(work.session, row, "packed", work.now, by=courier_code)
    row.window_opens += timedelta(days=1)
    row.window_closes += timedelta(days=1)
    event = note(
        row.prescription_id,
        work.now,
        "attempt_failed",
        by=courier_code,
        detail=failure,
    )
    work.session.add(event)


def _take_back(work: Work, row: OrderRow, courier_code: str) -> str:
    """End an order as returned and begin its reversal; gives the message number."""
    shift(work.session, row, "returned", work.now, by=courier_code)
    row.ended_at = work.now
    # While a parcel is on the road, nothing else settles or reverses its prescription.
    held = dispensing.settlement(work.session, row.prescription_id)
    begun = begin_reversal(work, held.id, row.outlet_code, DELIVERY_FAILED)
    return begun.msgid


def _at_door(
    session: Session, order_id: UUID, courier_code: str
) -> tuple[OrderRow, StopRow]:
    """Return an order that this courier has on the road, and its stop, or raise NotFound.

    Its route is locked too: of two stops that are closed at once, the second sees the
    first, and ends the route.
    """
    stop = _last_stop(session, order_id, courier_code)
    session.get(RouteRow, stop.route_id, with_for_update=True, populate_existing=True)
    row = order_row(session, order_id, lock=True)
    session.refresh(stop)
    if row.state == "handed_over" or (row.state == "out" and stop.done_at is None):
        return row, stop
    raise Conflict(
        Words(
            "这单不在配送途中。",
            "This order is not on the road.",
            "请先登记出发，或刷新路线。",
            "Depart first, or refresh the route.",
        ),
        code="not-out",
    )


def _last_stop(session: Session, order_id: UUID, courier_code: str) -> StopRow:
    query = (
        select(StopRow, RouteRow.courier_code)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(
            col(StopRow.order_id) == order_id,
            col(StopRow.kind) == "dropoff",
            col(PlanRow.state) == "committed",
        )
        # After a failed visit another courier may have it: the last route counts.
        .order_by(col(RouteRow.leaves_at).desc())
    )
    found = session.exec(query).first()
    if found is None or found[1] != courier_code:
        raise NotFound("订单", "order")
    stop: StopRow = found[0]
    return stop


def _read_at_door(
    work: Work, row: OrderRow, door: Door, courier_code: str
) -> Breach | None:
    """Write down what a cold parcel's box was read at, and tell whether its chain is broken."""
    if row.storage != "cold":
        return None
    if door.temperature_dc is not None:
        reading = Reading(work.now, door.temperature_dc, "door")
        add_reading(
            work.session,
            row,
            reading,
            by=courier_code,
            now=work.now,
            courier=courier_code,
        )
    return note_breach(work.session, work.desk, row, by=courier_code, now=work.now)


def _due(
    work: Work, secret: bytes, row: OrderRow, tries: WrongCodeRow, *, released: bool
) -> Due:
    person_no = dispensing.person_of(work.session, row.prescription_id)
    person = person_row(work.session, person_no)
    return Due(
        order_id=str(row.id),
        code=handover_code(secret, str(row.id)),
        patient_id_number=work.desk.vault.open(person.id_sealed),
        cold=row.storage == "cold",
        wrong_codes=tries.tries,
        released=released,
    )


def _receiver(proxy: Proxy | None) -> Receiver:
    if proxy is None:
        return Receiver()
    return Receiver("proxy", proxy.name, proxy.id_number)


def _close_stop(work: Work, stop: StopRow, outcome: str, detail: str = "") -> None:
    """Note a stop as done; the route is done with its last one."""
    stop.done_at, stop.outcome, stop.detail = work.now, outcome, detail
    work.session.flush()
    left = _stops(work.session, stop.route_id, "dropoff")
    if not any(each.done_at is None for each in left):
        route = work.session.get_one(RouteRow, stop.route_id)
        route.state = "done"


def _load(session: Session, order_id: UUID, courier_code: str, now: datetime) -> None:
    """Note a parcel as on its way; one that a courier takes over already is."""
    order = order_row(session, order_id, lock=True)
    if order.state != "out":
        shift(session, order, "out", now, by=courier_code)


def _stops(session: Session, route_id: UUID, kind: str) -> list[StopRow]:
    query = select(StopRow).where(
        col(StopRow.route_id) == route_id, col(StopRow.kind) == kind
    )
    return list(session.exec(query.order_by(col(StopRow.order_id))))


def _failure(reason: str, outcome: str) -> Failure:
    if outcome not in OUTCOMES:
        raise Malformed([FieldError("outcome", f"one of {', '.join(OUTCOMES)}")])
    try:
        return Failure(reason)
    except ValueError as error:
        allowed = ", ".join(Failure)
        raise Malformed([FieldError("reason", f"one of {allowed}")]) from error


def _reject_hopeless(row: OrderRow, failure: Failure) -> None:
    if not handover.may_try_again(failure, cold=row.storage == "cold"):
        raise Conflict(
            Words(
                "冷藏药品或封签破损的药品不能再次配送。",
                "A cold parcel or one with a broken seal cannot be tried again.",
                "请选择“退回药店”。",
                "Choose to return it to the pharmacy.",
            ),
            code="no-second-try",
        )


def _refused(answer: Refused) -> Conflict:
    english = "; ".join(_ENGLISH[each] for each in answer.refusals)
    locked = Refusal.CODE_LOCKED in answer.refusals
    return Conflict(
        Words(
            answer.words + "。",
            english[:1].upper() + english[1:] + ".",
            "请登记送达失败，退回药店。"
            if locked
            else "请核对后重试，或登记送达失败。",
            "Record a failed delivery."
            if locked
            else "Check and try again, or record a failure.",
        ),
        code="code-locked" if locked else str(answer.refusals[0]).replace("_", "-"),
    )


def _already_handed_over() -> Conflict:
    return Conflict(
        Words(
            "这单已经交付。",
            "This order was handed over.",
            "请刷新路线。",
            "Refresh the route.",
        ),
        code="handed-over",
    )
