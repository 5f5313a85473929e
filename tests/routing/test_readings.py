"""Temperatures of parcels, by hand and from loggers; a broken chain stops the hand-over."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from routing.cold_chain import Fault
from routing.loggers import Asked
from routing.service.breaching import Decision, breach, breaches, decide_breach
from routing.service.logger_files import Box, NoReadings, take_file
from routing.service.readings import record_at_counter, record_reading
from routing.service.temperatures import temperature
from routing.tables import ReadingRow
from tests import world
from tests.routing.cold import COURIER, SHOP, hand_over, on_the_road, placed
from tests.world import NOON

TWO = NOON + timedelta(hours=2)
RELEASE = Decision(
    "release", "ZY330300012345", "叶药师", "短时超温，说明书允许室温28天"
)


def after(minutes: int) -> datetime:
    return TWO + timedelta(minutes=minutes)


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def street(sqlite_engine: Engine, desk: Desk) -> Iterator[Session]:
    with Session(sqlite_engine) as session:
        world.populate(session, desk)
        yield session


def box(session: Session, minutes: int, dc: int, **whose: object) -> int:
    usual = {"courier_code": COURIER, "source": "box", "now": after(minutes)}
    at = after(minutes)
    return record_reading(session, at=at, temperature_dc=dc, **{**usual, **whose})


def decide(session: Session, desk: Desk, order, decision=RELEASE, minutes: int = 20):
    return decide_breach(
        session,
        desk,
        order_id=order,
        outlet_code=SHOP,
        decision=decision,
        by="counter",
        now=after(minutes),
    )


def csv(*rows: tuple[int, str]) -> bytes:
    lines = [f"{after(minutes):%Y-%m-%d %H:%M:%S},{dc}" for minutes, dc in rows]
    return "\n".join(["设备编号：TH20-77", "采集时间,温度(℃)", *lines]).encode()


def take(session: Session, desk: Desk, content: bytes, **more: object):
    asked = Asked(after(60))
    given = {"box": Box(COURIER), "by": "dispatcher", **more}
    return take_file(session, desk, content, asked, **given)


def test_a_parcel_that_stayed_cold_is_handed_over_with_its_course(street, desk):
    (order,) = on_the_road(street, desk, at=TWO)
    assert box(street, 0, 45, order_id=order, source="pickup") == 1
    done = hand_over(street, desk, order, 52, at=after(29))
    assert done.state == "handed_over"
    told = temperature(street, desk, order, now=after(90))
    assert (told.left_fridge_at, told.ended_at) == (TWO, after(29))
    assert told.course.is_kept and told.course.out_s == 29 * 60
    assert [each.source for each in told.readings] == ["pickup", "door"]


def test_a_reading_of_the_box_speaks_of_every_cold_parcel_in_it(street, desk):
    first, second = on_the_road(street, desk, 1, 2, at=TWO)
    hand_over(street, desk, first, 50, at=after(5))
    route = routes_of(street)
    assert box(street, 10, 95, route_id=route) == 1
    assert breach(street, first, after(11)) is None
    found = breach(street, second, after(11))
    assert found.faults == (Fault.TOO_WARM,) and found.stops


def routes_of(session: Session):
    from routing.tables import RouteRow

    return session.exec(select(RouteRow.id)).one()


def test_a_broken_chain_stops_the_hand_over_until_a_pharmacist_releases_it(
    street, desk
):
    (order,) = on_the_road(street, desk, at=TWO)
    box(street, 10, 95, order_id=order)
    with pytest.raises(Conflict) as raised:
        hand_over(street, desk, order, 52, at=after(15))
    assert raised.value.code == "cold-chain-broken"
    assert "高于8.0°C" in raised.value.words.zh
    (waiting,) = breaches(street, desk, SHOP, now=after(16))
    assert waiting.decision is None and waiting.order_id == order
    assert not decide(street, desk, order).stops
    assert hand_over(street, desk, order, 52, at=after(25)).state == "handed_over"
    (done,) = breaches(street, desk, SHOP, now=after(30))
    assert (
        done.decision.pharmacist_name == "叶药师" and done.order_state == "handed_over"
    )


def test_what_is_read_outside_at_the_door_is_kept_and_may_be_released(street, desk):
    (order,) = on_the_road(street, desk, at=TWO)
    with pytest.raises(Conflict) as raised:
        hand_over(street, desk, order, 95, at=after(10))
    assert raised.value.code == "temperature-outside"
    assert breach(street, order, after(11)).temperature.course.warmest_dc == 95
    decide(street, desk, order)
    assert hand_over(street, desk, order, 93, at=after(25)).state == "handed_over"


def test_a_release_does_not_speak_of_what_came_after_it(street, desk):
    (order,) = on_the_road(street, desk, at=TWO)
    box(street, 10, 90, order_id=order)
    decide(street, desk, order)
    assert not breach(street, order, after(21)).stops
    box(street, 22, 140, order_id=order)
    assert breach(street, order, after(23)).stops
    with pytest.raises(Conflict) as raised:
        hand_over(street, desk, order, 52, at=after(24))
    assert raised.value.code == "cold-chain-broken"


@pytest.mark.parametrize("verdict", ["return", "destroy"])
def test_what_a_pharmacist_rejects_is_only_brought_back(street, desk, verdict):
    (order,) = on_the_road(street, desk, at=TWO)
    box(street, 10, 95, order_id=order)
    decide(street, desk, order, Decision(verdict, "ZY1", "叶药师", "胰岛素已超温"))
    with pytest.raises(Conflict) as raised:
        hand_over(street, desk, order, 52, at=after(25))
    assert raised.value.code == "cold-chain-rejected"


def test_the_same_decision_again_changes_nothing(street, desk):
    (order,) = on_the_road(street, desk, at=TWO)
    box(street, 10, 95, order_id=order)
    first = decide(street, desk, order)
    assert decide(street, desk, order, minutes=30).decision == first.decision
    again = Decision("return", "ZY1", "叶药师", "改为退回")
    assert decide(street, desk, order, again, 31).stops
    kinds = [each.kind for each in events(street, desk, order)]
    assert kinds.count("breach_found") == 1 and kinds.count("breach_decided") == 2


def events(session: Session, desk: Desk, order):
    rx = service.order(session, desk, order).prescription_id
    return service.prescription(
        session, desk, rx, reader=world.READER, now=after(90)
    ).events


def test_nobody_decides_where_nothing_is_broken_or_on_anothers_parcel(street, desk):
    (order,) = on_the_road(street, desk, at=TWO)
    with pytest.raises(Conflict) as raised:
        decide(street, desk, order)
    assert raised.value.code == "no-breach"
    box(street, 10, 95, order_id=order)
    with pytest.raises(NotFound):
        decide_breach(
            street,
            desk,
            order_id=order,
            outlet_code=world.SECOND_PHARMACY,
            decision=RELEASE,
            by="x",
            now=after(20),
        )
    with pytest.raises(Malformed):
        decide(street, desk, order, Decision("keep", "1", "x", "y"))


def test_a_loggers_file_is_taken_in_once_and_parted_among_the_parcels(street, desk):
    first, second = on_the_road(street, desk, 1, 2, at=TWO)
    hand_over(street, desk, first, 50, at=after(10))
    file = csv((-60, "22.0"), (0, "4.5"), (8, "5.1"), (12, "8.4"), (20, "6.0"))
    told = take(street, desk, file)
    assert (told.logger, told.readings, told.elsewhere) == ("TH20-77", 5, 1)
    assert set(told.orders) == {first, second} and told.broken == (second,)
    assert told.new == 6  # two for the first, four for the second
    again = take(street, desk, file)
    assert again.new == 0 and count(street) == 7
    longer = take(street, desk, file + b"\n" + csv((30, "6.1")).splitlines()[-1])
    assert longer.new == 1


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(ReadingRow)).one()


def test_a_file_that_contradicts_an_earlier_one_is_refused_whole(street, desk):
    (order,) = on_the_road(street, desk, at=TWO)
    take(street, desk, csv((0, "9.5"), (8, "9.1")))
    before = count(street)
    with pytest.raises(NoReadings) as raised:
        take(street, desk, csv((-1, "4.4"), (4, "4.4"), (8, "5.1")))
    assert raised.value.words.zh.startswith("第 5 行与先前上传的")
    street.rollback()
    assert count(street) == before and breach(street, order, after(9)).stops


def test_a_logger_in_a_parcel_speaks_of_that_parcel_alone(street, desk):
    first, second = on_the_road(street, desk, 1, 2, at=TWO)
    told = take(street, desk, csv((3, "4.5")), box=Box(order_id=second), by="counter")
    assert told.orders == (second,)
    assert temperature(street, desk, first, now=after(9)).readings == ()


def test_the_counter_reads_at_packing_and_only_what_is_its_own(street, desk):
    order = placed(street, desk)
    given = {"order_id": order, "temperature_dc": 43, "by": "counter", "now": NOON}
    record_at_counter(street, desk, outlet_code=SHOP, **given)
    (reading,) = temperature(street, desk, order, now=NOON).readings
    assert (reading.source, reading.temperature_dc) == ("packing", 43)
    with pytest.raises(NotFound):
        record_at_counter(street, desk, outlet_code=world.SECOND_PHARMACY, **given)


def test_a_reading_of_no_own_parcel_or_of_tomorrow_is_refused(street, desk):
    (order,) = on_the_road(street, desk, at=TWO)
    for whose in ({"order_id": order, "courier_code": "C33030000102"}, {}):
        with pytest.raises(NotFound):
            box(street, 1, 45, **whose)
    for odd in ({"source": "logger"}, {"now": TWO - timedelta(days=1)}):
        with pytest.raises(Malformed):
            box(street, 1, 45, order_id=order, **odd)
    assert box(street, 1, 45, order_id=order) == 1
    assert box(street, 1, 45, order_id=order) == 1 == count(street)
