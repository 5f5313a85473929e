"""What happens at a counter and at a door, inside the unit of work of whoever asks.

Nothing here commits: the act of a courier's phone is written down in the same transaction as
its effect. `Road.at` is when it happened, `Road.counts_at` when an order ended; books and
ledger go by `Road.now`.
"""

from datetime import timedelta
from uuid import UUID

from dispensing import service as dispensing
from dispensing.errors import Conflict, Words
from dispensing.sealed import unseal
from dispensing.service.ordering import Receiver, hand_out, order_row, order_view, shift
from dispensing.service.people import person_row
from dispensing.service.receiving import note, prescription_row
from dispensing.service.reversing import DELIVERY_FAILED, begin_reversal
from dispensing.service.tendering import take_at_door
from dispensing.tables import OrderRow
from routing import door_token, handover
from routing.cold_chain import Reading
from routing.handover import Due, Failure, Presented, Proxy, Refused, handover_code
from routing.service import door_words
from routing.service.blaming import keep_who_broke
from routing.service.breaching import Breach, note_breach, stopped
from routing.service.case_rows import Concerns, at_once, opened
from routing.service.code_issues import is_current
from routing.service.moved import tell_dispatcher
from routing.service.own_stops import close_others, close_stop, own_stop, stops
from routing.service.reading import route_row, route_view
from routing.service.readings import add_reading
from routing.service.road import Door, Kept, Outcome, Road
from routing.service.views import RouteView
from routing.tables import RouteRow, StopRow, WrongCodeRow

# How an order that was planned anew meanwhile comes to be handed over.
_WAY_OUT = {"packed": ("planned", "out"), "planned": ("out",), "out": ()}


def departed(road: Road, route_id: UUID, courier_code: str) -> tuple[RouteView, bool]:
    """Leave with a route; tells also whether it was left with before."""
    session = road.session
    row = route_row(session, route_id, courier_code, lock=True)
    leaves = row.state == "planned"
    if leaves:
        for stop in stops(session, route_id, "pickup"):
            stop.done_at, stop.outcome = road.at, "picked_up"
        for stop in stops(session, route_id, "dropoff"):
            assert stop.order_id is not None
            _load(road, stop.order_id, courier_code)
        row.state = "out"
    session.flush()
    return route_view(session, road.desk, row), not leaves


def picked_up(road: Road, order_id: UUID, courier_code: str) -> Outcome:
    """Pick one parcel up; a route is out from its first pickup on.

    Where the parcel went to another courier meanwhile, what truly happened is told to the
    dispatcher, and nothing else changes.
    """
    session = road.session
    stop = own_stop(road, order_id, courier_code)
    if stop is None:
        tell_dispatcher(road, order_id, "moved_pick_up", courier_code)
        view = order_view(road.desk.vault, order_row(session, order_id))
        return Outcome(view, note=door_words.MOVED_PICK_UP)
    route = route_row(session, stop.route_id, courier_code, lock=True)
    waiting = [
        each
        for each in stops(session, route.id, "pickup")
        if each.order_id == order_id and each.done_at is None
    ]
    for each in waiting:
        _load(road, order_id, courier_code)
        each.done_at, each.outcome = road.at, "picked_up"
        route.state = "out"
    view = order_view(road.desk.vault, order_row(session, order_id))
    return Outcome(view, already=not waiting)


def handed_over(road: Road, order_id: UUID, courier_code: str, door: Door) -> Outcome:
    """Hand a parcel over; raises Kept with everything that is missing.

    What truly happened, proved by what the patient has shown, is written down also where
    the parcel was given to another courier meanwhile; the dispatcher is told.
    """
    row, stop = _at_door(road, order_id, courier_code)
    if row.state == "handed_over":
        return Outcome(order_view(road.desk.vault, row), already=True)
    if row.state not in _WAY_OUT:
        tell_dispatcher(road, order_id, "disputed_hand_over", courier_code)
        raise Kept(door_words.NOT_TO_DELIVER, code="not-to-deliver")
    _show(road, row, courier_code, door)
    for state in _WAY_OUT[row.state]:
        shift(road.session, row, state, road.now, by=courier_code)
    shift(road.session, row, "handed_over", road.now, by=courier_code)
    row.ended_at = road.counts_at
    keep_who_broke(road.session, row)
    money = _give(road, row, courier_code, door)
    view = order_view(road.desk.vault, row)
    as_planned = stop is not None and stop.done_at is None
    if stop is not None:
        close_stop(road, stop, "handed_over")
    if as_planned:
        return Outcome(view, note=money)
    tell_dispatcher(road, order_id, "moved_hand_over", courier_code)
    close_others(road, order_id, courier_code)
    return Outcome(view, note=door_words.MOVED_HAND_OVER)


def failed(
    road: Road,
    order_id: UUID,
    courier_code: str,
    *,
    reason: str,
    outcome: str,
    at_desk: bool = False,
) -> Outcome:
    """End a visit without a hand-over: try again later, or return and begin the reversal.

    `desk` leaves the parcel on board and asks the dispatcher; `at_desk` says that this is
    the dispatcher's own answer.
    """
    failure = door_words.failure(reason, outcome)
    row, stop = _at_door(road, order_id, courier_code)
    if row.state == "handed_over":
        raise Conflict(door_words.HANDED_OVER, code="handed-over")
    if stop is None:
        tell_dispatcher(road, order_id, "moved_fail", courier_code)
        raise Kept(door_words.MOVED_FAIL, code="moved")
    if stop.done_at is not None:
        return _failed_before(road, row, stop, outcome)
    about = Concerns(row.carrier_code, courier_code, stop.route_id, order_id)
    if outcome == "desk":
        opened(road.session, about, failure, by=courier_code, at=road.at)
        return Outcome(order_view(road.desk.vault, row))
    msgid = None
    if outcome == "retry":
        _reject_hopeless(row, failure)
        _postpone(road, row, failure, courier_code)
    else:
        msgid = _take_back(road, row, courier_code)
    row.attempts += 1
    view = order_view(road.desk.vault, row)
    close_stop(road, stop, outcome, reason)
    if row.state == "returned":
        keep_who_broke(road.session, row)
    if not at_desk:
        at_once(road.session, about, failure, outcome, by=courier_code, at=road.at)
    return Outcome(view, msgid=msgid)


def _show(road: Road, row: OrderRow, courier_code: str, door: Door) -> None:
    """Hold what is shown at the door against what is due; raises Kept."""
    tries = road.session.get(WrongCodeRow, row.id) or WrongCodeRow(
        order_id=row.id, issue=1
    )
    broken = _read_at_door(road, row, courier_code, door)
    due = _due(road, row, tries, released=broken is not None and not broken.stops)
    is_signed = _is_signed(road, tries, courier_code, door)
    presented = _presented(due, door, is_signed=is_signed)
    answer = handover.hand_over(due, presented, at=road.at)
    if isinstance(answer, Refused):
        tries.tries = answer.wrong_codes
        road.session.add(tries)
        words, code = door_words.refused(answer)
        raise Kept(words, code=code)
    if broken is not None and broken.stops:
        if road.happened:
            tell_dispatcher(road, row.id, "disputed_hand_over", courier_code)
        refusal = stopped(broken)
        raise Kept(refusal.words, code=refusal.code)


def _read_at_door(
    road: Road, row: OrderRow, courier_code: str, door: Door
) -> Breach | None:
    """Write down what a cold parcel's box was read at, and tell whether its chain is broken."""
    if row.storage != "cold":
        return None
    if door.temperature_dc is not None:
        add_reading(
            road.session,
            row,
            Reading(road.at, door.temperature_dc, "door"),
            by=courier_code,
            now=road.now,
            courier=courier_code,
        )
    return note_breach(road.session, road.desk, row, by=courier_code, now=road.now)


def _is_signed(road: Road, tries: WrongCodeRow, courier_code: str, door: Door) -> bool:
    """Tell whether the signed code is good; raises Kept where a newer one had made it void."""
    if not door.token:
        return False
    issue = door_token.issue_opened(
        door.token, str(tries.order_id), road.signed_by, at=road.at
    )
    if issue is None:
        return False
    if not is_current(tries, issue, road.at):
        if road.happened:
            tell_dispatcher(road, tries.order_id, "disputed_hand_over", courier_code)
        raise Kept(door_words.CODE_RENEWED, code="code-renewed")
    return True


def _presented(due: Due, door: Door, *, is_signed: bool) -> Presented:
    """Say what is shown: a signed code that is good stands for the six digits."""
    return Presented(
        code=due.code if is_signed else door.code,
        seal_intact=door.seal_intact,
        proxy=door.proxy,
        temperature_dc=door.temperature_dc,
        id_number=door.id_number,
    )


def _give(road: Road, row: OrderRow, courier_code: str, door: Door) -> Words | None:
    """Hand out, and book what was paid; tells what was taken too much, or is still owed."""
    prescription = prescription_row(road.session, row.prescription_id, lock=True)
    over_fen = take_at_door(
        road,
        row.prescription_id,
        courier_code,
        door.paid_by,
        taken_fen=door.taken_fen,
    )
    hand_out(
        road,
        prescription,
        _receiver(door.proxy),
        by=courier_code,
        temperature_dc=door.temperature_dc,
    )
    if not over_fen:
        return None
    kind = "paid_twice" if over_fen > 0 else "not_paid"
    tell_dispatcher(road, row.id, kind, courier_code)
    return door_words.taken_otherwise(over_fen)


def _failed_before(road: Road, row: OrderRow, stop: StopRow, outcome: str) -> Outcome:
    """Answer a failure that another phone on the same route has told first."""
    if road.happened and stop.outcome == outcome:
        return Outcome(order_view(road.desk.vault, row), already=True)
    if road.happened:
        raise Conflict(door_words.FAILED_OTHERWISE, code="failed-otherwise")
    raise Conflict(door_words.NOT_OUT, code="not-out")


def _postpone(road: Road, row: OrderRow, failure: Failure, courier_code: str) -> None:
    shift(road.session, row, "packed", road.now, by=courier_code)
    row.window_opens += timedelta(days=1)
    row.window_closes += timedelta(days=1)
    event = note(
        row.prescription_id,
        road.now,
        "attempt_failed",
        by=courier_code,
        detail=failure,
    )
    road.session.add(event)


def _take_back(road: Road, row: OrderRow, courier_code: str) -> str:
    """End an order as returned and begin its reversal; gives the message number."""
    note_breach(road.session, road.desk, row, by=courier_code, now=road.now)
    shift(road.session, row, "returned", road.now, by=courier_code)
    row.ended_at = road.counts_at
    # While a parcel is on the road, nothing else settles or reverses its prescription.
    held = dispensing.settlement(road.session, row.prescription_id)
    begun = begin_reversal(road, held.id, row.outlet_code, DELIVERY_FAILED)
    return begun.msgid


def _at_door(
    road: Road, order_id: UUID, courier_code: str
) -> tuple[OrderRow, StopRow | None]:
    """Return an order that this courier has, and its stop; None where another has it now.

    Its route is locked too: of two stops that are closed at once, the second sees the
    first, and ends the route.
    """
    session = road.session
    stop = own_stop(road, order_id, courier_code)
    if stop is not None:
        session.get(
            RouteRow, stop.route_id, with_for_update=True, populate_existing=True
        )
    row = order_row(session, order_id, lock=True)
    if stop is not None:
        session.refresh(stop)
    on_the_road = row.state == "out" and stop is not None and stop.done_at is None
    if road.happened or on_the_road or row.state == "handed_over":
        return row, stop
    raise Conflict(door_words.NOT_OUT, code="not-out")


def _due(road: Road, row: OrderRow, tries: WrongCodeRow, *, released: bool) -> Due:
    person_no = dispensing.person_of(road.session, row.prescription_id)
    person = person_row(road.session, person_no)
    return Due(
        order_id=str(row.id),
        code=handover_code(road.secret, str(row.id), issue=tries.issue),
        patient_id_number=unseal(road.desk.vault, person, "id_sealed"),
        cold=row.storage == "cold",
        wrong_codes=tries.tries,
        released=released,
    )


def _receiver(proxy: Proxy | None) -> Receiver:
    if proxy is None:
        return Receiver()
    return Receiver("proxy", proxy.name, proxy.id_number)


def _load(road: Road, order_id: UUID, courier_code: str) -> None:
    """Note a parcel as on its way; one that a courier takes over already is."""
    order = order_row(road.session, order_id, lock=True)
    if order.state != "out":
        shift(road.session, order, "out", road.now, by=courier_code)


def _reject_hopeless(row: OrderRow, failure: Failure) -> None:
    if not handover.may_try_again(failure, cold=row.storage == "cold"):
        raise Conflict(door_words.NO_SECOND_TRY, code="no-second-try")
