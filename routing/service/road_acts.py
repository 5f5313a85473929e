"""What acts of a courier's phone do: load, depart, pick up, hand over, come back."""

from uuid import UUID

from dispensing.errors import Conflict, NotFound
from dispensing.parcel_code import read_parcel_code
from dispensing.service.holding import live_settlement
from dispensing.service.ordering import order_row
from dispensing.service.reversing import finish_reversal
from pharmacies.places import Point
from routing.handover import Proxy
from routing.service import at_door, door_words, own_stops, readings
from routing.service.act import Act, Answer
from routing.service.breakdowns import broken_down
from routing.service.following import positions_taken
from routing.service.road import Door, Outcome, Road
from routing.tables import PlanRow, RouteRow
from routing.track import Fix


def load(road: Road, courier_code: str, act: Act) -> Answer:
    """Pick a parcel up whose code was scanned; one of another route is told at once."""
    order_id = _order(act)
    if read_parcel_code(act.body["code"]) != order_id:
        raise Conflict(door_words.WRONG_PARCEL, code="wrong-parcel")
    try:
        return _answer(act, at_door.picked_up(road, order_id, courier_code))
    except NotFound:
        raise Conflict(door_words.WRONG_PARCEL, code="wrong-parcel") from None


def depart(road: Road, courier_code: str, act: Act) -> Answer:
    """Leave with a route, also with one in whose place another version came meanwhile."""
    route_id: UUID = act.body["route_id"]
    if not _is_replaced(road, route_id, courier_code):
        _, already = at_door.departed(road, route_id, courier_code)
        return Answer(act.id, "already" if already else "done")
    loaded = [
        at_door.picked_up(road, stop.order_id, courier_code)
        for stop in own_stops.stops(road.session, route_id, "pickup")
        if stop.order_id is not None
    ]
    notes = [each.note for each in loaded if each.note]
    return Answer(act.id, "done", words=notes[0] if notes else None)


def pick_up(road: Road, courier_code: str, act: Act) -> Answer:
    """Pick one parcel up."""
    return _answer(act, at_door.picked_up(road, _order(act), courier_code))


def break_down(road: Road, courier_code: str, act: Act) -> Answer:
    """Tell the dispatcher that the vehicle broke down."""
    broken_down(road.session, courier_code, act.at)
    return Answer(act.id, "done")


def hand_over(road: Road, courier_code: str, act: Act) -> Answer:
    """Hand a parcel over at the door."""
    shown = act.body.get("proxy")
    proxy = Proxy(**shown) if shown else None
    told = {
        name: value
        for name, value in act.body.items()
        if value is not None and name != "receiver"
    }
    door = Door(**{**told, "proxy": proxy})
    return _answer(act, at_door.handed_over(road, _order(act), courier_code, door))


def fail(road: Road, courier_code: str, act: Act) -> Answer:
    """End a visit without a hand-over."""
    return _answer(act, at_door.failed(road, _order(act), courier_code, **act.body))


def reading(road: Road, courier_code: str, act: Act) -> Answer:
    """Write down what the box, or one parcel in it, was read at."""
    told = act.body
    read = readings.reading_of(act.at, told["temperature_dc"], told["source"], road.now)
    readings.reading_taken(
        road.session,
        road.desk,
        read,
        courier_code=courier_code,
        order_id=act.order_id,
        route_id=told.get("route_id"),
        now=road.now,
    )
    return Answer(act.id, "done")


def position(road: Road, courier_code: str, act: Act) -> Answer:
    """Note where the courier was; what is put aside is answered like what counts."""
    told = act.body
    point = Point(told["lon"], told["lat"])
    fix = Fix(act.at, point, told.get("accuracy_m"), told.get("speed_mps"))
    positions_taken(
        road.session,
        vault=road.desk.vault,
        courier_code=courier_code,
        points=[fix],
        now=road.now,
        sieve=road.sieve,
        limits=road.limits,
    )
    return Answer(act.id, "done")


def finish_return(road: Road, courier_code: str, act: Act) -> None:
    """Finish the reversal of a parcel that is brought back, as long as it is not through."""
    if act.body["outcome"] != "return":
        return
    row = order_row(road.session, _order(act))
    held = live_settlement(road.session, row.prescription_id)
    if row.state == "returned" and held is not None and held.state == "reversing":
        msgid = held.msgid
        road.session.rollback()  # nothing is held while the platform is asked
        finish_reversal(road, msgid, courier_code)


def _is_replaced(road: Road, route_id: UUID, courier_code: str) -> bool:
    row = road.session.get(RouteRow, route_id)
    if row is None or row.courier_code != courier_code:
        raise NotFound("路线", "route")
    return road.session.get_one(PlanRow, row.plan_id).state == "superseded"


def _order(act: Act) -> UUID:
    if act.order_id is None:
        raise NotFound("订单", "order")
    return act.order_id


def _answer(act: Act, done: Outcome) -> Answer:
    return Answer(act.id, "already" if done.already else "done", words=done.note)
