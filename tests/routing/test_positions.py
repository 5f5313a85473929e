"""Positions of couriers whose route is out: kept once, and forgotten."""

from datetime import timedelta

import pytest
from sqlmodel import func, select

from dispensing.errors import NotFound
from fixtures import cast
from pharmacies.places import Point
from routing import service as routing
from routing.alerts import Limits
from routing.live_tables import LastPositionRow, PositionRow
from routing.service import record_positions
from routing.service.promising import promise
from routing.tables import RouteRow
from routing.track import Fix
from routing.travel import GeodesicTravel
from tests import road, world
from tests.routing.parcels import ordered, pack_all, settled
from tests.world import NOON

COURIER = road.COURIER
TRAVEL = GeodesicTravel()
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk():
    return world.open_desk()


@pytest.fixture
def street(session, desk):
    world.populate(session, desk)
    return session


def out(session, desk, orders: int = 1):
    """Leave with parcels; gives the route and the orders."""
    made = [
        ordered(session, desk, settled(session, desk, no))
        for no in range(1, orders + 1)
    ]
    pack_all(session, desk, made)
    return road.depart(session, desk, [it.id for it in made], now=NOON), made


def fix(minutes: float, metres: float = 0) -> Fix:
    return Fix(NOON + minutes * MINUTE, Point(120.66, 28.01 + metres / 111_195), 8.0)


def record(session, *fixes: Fix, now=NOON + 30 * MINUTE, courier: str = COURIER):
    return record_positions(
        session, vault=world.VAULT, courier_code=courier, points=fixes, now=now
    )


def there(session) -> int:
    return session.exec(select(func.count()).select_from(PositionRow)).one()


def last(session) -> LastPositionRow:
    session.expire_all()
    return session.get_one(LastPositionRow, COURIER)


def test_positions_are_kept_once_and_the_last_one_stands_by_itself(street, desk):
    route, _ = out(street, desk)
    assert record(street, fix(1), fix(2, 300)).kept == 2
    assert record(street, fix(2, 300), fix(1)).kept == 2
    assert there(street) == 2
    row = last(street)
    assert (row.at, row.route_id) == (NOON + 2 * MINUTE, route)
    track = routing.route_track(street, route, carrier_code=cast.CARRIER)
    assert [it.at - NOON for it in track] == [MINUTE, 2 * MINUTE]


def test_a_late_fix_goes_to_the_track_and_leaves_the_last_one(street, desk):
    out(street, desk)
    record(street, fix(5, 600))
    assert record(street, fix(3, 300)).kept == 1
    assert (there(street), last(street).at) == (2, NOON + 5 * MINUTE)


def test_nothing_is_kept_of_a_courier_who_is_not_out(street, desk):
    assert record(street, fix(1)).aside == {"not_out": 1}
    route, (order,) = out(street, desk)
    assert record(street, fix(-1)).aside == {"not_out": 1}
    done_at = NOON + 20 * MINUTE
    routing.fail(
        street,
        desk,
        order_id=order.id,
        courier_code=COURIER,
        reason="not_home",
        outcome="retry",
        now=done_at,
    )
    # What waited in a phone counts for the time in which the route was out.
    found = record(street, fix(10), fix(21, 100), now=NOON + 90 * MINUTE)
    assert (found.kept, found.aside) == (1, {"not_out": 1})
    assert there(street) == 1
    assert route == last(street).route_id


def test_what_is_put_aside_is_counted_for_the_firm(street, desk):
    out(street, desk)
    record(street, fix(1), Fix(NOON + 2 * MINUTE, Point(0, 0)))
    record(street, fix(3, 90_000), fix(4, 90_000))
    (rider,) = routing.riders(street, desk, cast.CARRIER, TRAVEL, now=NOON + 5 * MINUTE)
    assert rider.aside == {"nowhere": 1, "jump": 2}
    assert rider.place.at == NOON + 1 * MINUTE


def test_positions_are_forgotten_after_their_days(street, desk):
    route, _ = out(street, desk)
    record(street, fix(1), fix(2), Fix(NOON, Point(0, 0)))
    kept = {"keep_days": 30}
    early, late = NOON + timedelta(days=30), NOON + timedelta(days=31, minutes=3)
    assert routing.forget_positions(street, **kept, now=early) == 0
    assert routing.forget_positions(street, **kept, now=late) == 2
    assert (there(street), street.get(LastPositionRow, COURIER)) == (0, None)
    number = routing.last_position(street)
    record(street, fix(1))
    assert routing.last_position(street) > max(number, 2), "numbers go on"
    assert route


def test_another_firms_track_does_not_exist(street, desk):
    route, _ = out(street, desk)
    with pytest.raises(NotFound):
        routing.route_track(street, route, carrier_code="C330300009")
    assert routing.riders(street, desk, "C330300009", TRAVEL, now=NOON) == ()


def test_arrivals_follow_the_courier(street, desk):
    _, (first, second) = out(street, desk, 2)
    now = NOON + 61 * MINUTE
    before = routing.arrival(street, desk, second.id, TRAVEL, now=now)
    assert before.stops_before == 1
    record(street, Fix(now, Point(120.67, 28.02), 5.0), now=now)
    near = routing.arrival(street, desk, first.id, TRAVEL, now=now)
    assert near.early <= now <= near.late
    record(street, Fix(now + 9 * MINUTE, Point(120.67, 28.09)), now=now + 9 * MINUTE)
    far = routing.arrival(street, desk, first.id, TRAVEL, now=now + 9 * MINUTE)
    assert far.late > near.late


def test_the_window_is_the_earliest_arrival(street, desk):
    _, (order,) = out(street, desk)
    told = routing.arrival(street, desk, order.id, TRAVEL, now=NOON)
    assert told.early == order.window_opens
    every = routing.arrivals_of_courier(street, desk, COURIER, TRAVEL, now=NOON)
    assert every == {order.id: told}


def test_what_comes_after_its_promise_is_foretold_with_who_breaks_it(street, desk):
    route, (order,) = out(street, desk)
    plan = street.get_one(RouteRow, route).plan_id
    soon = routing.coming(street, desk, plan, TRAVEL, now=NOON)
    assert (soon.late, soon.behind) == (0, ())
    assert soon.arrivals[order.id].late_s == 0
    now = order.window_closes - 5 * MINUTE
    record(street, Fix(now, Point(120.66, 28.2), 5.0), now=now)
    told = routing.coming(street, desk, plan, TRAVEL, now=now)
    late_s = told.arrivals[order.id].late_s
    (behind,) = told.behind
    assert told.late == 1 and late_s > 0
    assert (behind.order_id, behind.promise.state) == (order.id, "late")
    assert (behind.promise.until, behind.promise.late_s) == (
        order.window_closes,
        late_s,
    )
    assert behind.promise.by is not None
    standing = promise(street, order.id, now=now)
    assert standing.promise.state == "open", "as it stands, nothing is broken"


def watch(session, now, **limits: int) -> tuple[int, int]:
    seen = routing.look(session, world.open_desk(), TRAVEL, now=now)
    told = routing.tell(session, seen, now=now, limits=Limits(**limits))
    return told.began, told.ended


def kinds(session, now, firm: str = cast.CARRIER) -> list[str]:
    return [it.kind for it in routing.alerts(session, firm, now=now)]


def test_an_alert_begins_once_and_ends_when_it_no_longer_holds(street, desk):
    out(street, desk)
    now = NOON + 25 * MINUTE
    assert watch(street, now) == (1, 0)
    assert watch(street, now + MINUTE) == (0, 0)
    assert kinds(street, now) == ["silent"]
    assert kinds(street, now, "C330300009") == []
    record(street, fix(26), now=now + 2 * MINUTE)
    assert watch(street, now + 3 * MINUTE) == (0, 1)
    assert kinds(street, now) == []
    assert watch(street, now + 23 * MINUTE) == (1, 0), "a new spell is told anew"


def test_a_parcel_that_misses_its_window_is_told_until_it_is_handed_over(street, desk):
    _, (order,) = out(street, desk)
    now = order.window_closes + MINUTE
    record(street, Fix(now, Point(120.66, 28.01)), now=now)
    assert watch(street, now) == (1, 0)
    (alert,) = routing.alerts(street, cast.CARRIER, now=now)
    assert (alert.kind, alert.order_id) == ("late", order.id)
    assert alert.since == order.window_closes
    routing.fail(
        street,
        desk,
        order_id=order.id,
        courier_code=COURIER,
        reason="refused",
        outcome="return",
        now=now,
    )
    assert watch(street, now + MINUTE) == (0, 1)


def test_who_has_seen_an_alert_stays_named(street, desk):
    out(street, desk)
    now = NOON + 25 * MINUTE
    watch(street, now)
    (alert,) = routing.alerts(street, cast.CARRIER, now=now)
    firm = {"carrier_code": cast.CARRIER, "now": now + MINUTE}
    seen = routing.acknowledge(street, alert.id, by="老周", **firm)
    again = routing.acknowledge(street, alert.id, by="小王", **firm)
    assert seen == again
    assert (again.seen_by, again.seen_at) == ("老周", now + MINUTE)
    assert routing.alerts(street, cast.CARRIER, now=now) == (again,)
    with pytest.raises(NotFound):
        routing.acknowledge(
            street, alert.id, by="x", carrier_code="C330300009", now=now
        )


def test_a_feeds_key_opens_its_own_firms_devices_only(street, desk):
    firm = {"carrier_code": cast.CARRIER}
    made = routing.make_feed_key(street, by="老周", now=NOON, **firm)
    routing.give_device(street, "86", COURIER, **firm)
    assert routing.courier_of_device(street, made.key, "86") == COURIER
    other = routing.make_feed_key(street, carrier_code="C330300009", by="x", now=NOON)
    with pytest.raises(NotFound):
        routing.courier_of_device(street, other.key, "86")
    with pytest.raises(NotFound):
        routing.give_device(street, "86", COURIER, carrier_code="C330300009")
    with pytest.raises(NotFound):
        routing.end_feed_key(street, made.id, carrier_code="C330300009", now=NOON)
    routing.end_feed_key(street, made.id, now=NOON, **firm)
    with pytest.raises(routing.WrongKey):
        routing.courier_of_device(street, made.key, "86")
    assert "key" not in str(routing.feed_keys(street, cast.CARRIER)[0].key)
