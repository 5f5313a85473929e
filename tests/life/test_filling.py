"""A prescription filled in parts, and one that may be filled again: each settled on its own."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from dispensing import service
from dispensing.errors import Conflict
from dispensing.recompute import recompute
from dispensing.service.reconciling import reconcile
from dispensing.tables import HandoverRow, SupplyRow, TraceSaleRow
from pharmacies.tables import StockMovementRow
from routing import service as routing
from routing.handover import handover_code
from tests import road, world
from tests.crash.scenes import SECRET
from tests.dispensing import acts, attacks
from tests.dispensing.attacks import SHOP
from tests.life.lives import OTHER, REPEAT, Life, close_rest, revoke
from tests.world import NOON


def refused(act, *args, **changes) -> Conflict:
    with pytest.raises(Conflict) as raised:
        act(*args, **changes)
    return raised.value


def prove(life: Life) -> None:
    """The books agree with each other and with the records."""
    life.session.rollback()
    with life.session.get_bind().connect() as connection:
        assert not recompute(connection).off
    service.seal(life.session, now=life.now, everything=True)
    found = service.verify(life.session, now=life.now)
    assert found.whole, found.breaks


def deliver(life: Life, order_id: UUID) -> None:
    routing.hand_over(
        life.session,
        life.desk,
        secret=SECRET,
        order_id=order_id,
        courier_code=road.COURIER,
        door=routing.Door(handover_code(SECRET, str(order_id))),
        now=life.now,
    )


def moved(life: Life) -> list[int]:
    life.session.rollback()
    query = select(StockMovementRow.quantity).order_by(col(StockMovementRow.id))
    return list(life.session.exec(query))


def supplied(life: Life) -> list[int]:
    query = select(SupplyRow.supply_days).order_by(col(SupplyRow.id))
    return list(life.session.exec(query))


def packs(life: Life) -> list[tuple[int, int, int]]:
    """Tell of each line the packs prescribed, handed out and open, as a counter reads them."""
    view = service.prescription(
        life.session, life.desk, life.rx, reader=world.READER, now=life.now
    )
    return [(one.quantity, one.handed_packs, one.open_packs) for one in view.lines]


def test_packs_are_told_as_prescribed_handed_out_and_open(begun):
    life = begun(**REPEAT)
    assert packs(life) == [(3, 0, 3)]
    life.settle(packs=1)
    assert packs(life) == [(3, 0, 3)]
    life.collect()
    assert packs(life) == [(3, 1, 2)]
    close_rest(life)
    assert packs(life) == [(3, 0, 3)]  # of the next filling
    life.now = NOON + timedelta(days=28)
    life.settle(filling=2)
    life.collect()
    life.now = NOON + timedelta(days=56)
    life.settle(filling=3, packs=2)
    life.collect()
    assert packs(life) == [(3, 2, 1)]
    life.settle(filling=4, packs=1)
    life.collect()
    assert life.state == "dispensed"
    assert packs(life) == [(3, 3, 0)]


def test_of_a_rest_that_was_closed_nothing_is_open_and_nothing_handed_out(begun):
    life = begun()
    life.settle(packs=1)
    life.collect()
    close_rest(life)
    assert packs(life) == [(3, 1, 0)]


def test_a_part_is_settled_and_the_rest_is_owed(begun):
    life = begun()
    part = life.settle(packs=1)
    assert (part.state, part.total_fen) == ("posted", 420)
    life.collect()
    assert life.state == "part_dispensed"
    view = service.prescription(
        life.session, life.desk, life.rx, reader=world.READER, now=NOON
    )
    assert [line.open_packs for line in view.lines] == [2]
    assert view.life.filling == 2
    assert life.events()[-1] == "part_dispensed"
    rest = life.settle(filling=2, packs=2)
    assert (rest.state, rest.total_fen) == ("posted", 840)
    life.collect()
    assert life.state == "dispensed"
    assert (moved(life), supplied(life)) == ([-1, -2], [9, 18])
    handed = life.session.exec(select(HandoverRow.id)).all()
    assert set(handed) == {life.rx, rest.id}
    prove(life)


def test_the_rest_is_no_early_refill_of_its_first_part(begun):
    life = begun()
    life.settle(packs=2)
    life.collect()
    assert life.settle(filling=2, packs=1, override=None).state == "posted"


def test_parts_are_no_way_around_the_longest_supply(begun):
    year = {"medicine": world.AMLODIPINE, "quantity": 12, "supply_days": 336}
    life = begun(long_term=True, lines=[{**year, "dosage": "5mg 每日一次"}])
    assert refused(life.settle).code == "refused"
    assert refused(life.settle, packs=3).code == "refused"


def test_what_follows_a_part_has_to_be_named(begun):
    life = begun()
    life.settle(packs=1)
    life.collect()
    assert refused(life.settle).code == "name-filling"
    assert refused(life.settle, filling=3, packs=1).code == "other-filling"
    assert refused(life.settle, filling=2, packs=3).code == "not-prescribed"


def test_a_part_is_asked_for_twice_and_settled_once(begun):
    life = begun()
    first = life.settle(packs=1)
    assert life.settle(packs=1).id == first.id
    assert refused(revoke, life).code == "settled-before"


def test_another_part_is_not_answered_with_the_one_that_was_settled(begun):
    """Two windows at once: the second one must not hand its packs out, too."""
    life = begun()
    part = life.settle(packs=2)
    for packs in (1, 3, None):
        assert refused(life.settle, packs=packs).code == "settled-otherwise"
    assert life.settle(packs=2) == part
    life.collect()
    rest = life.settle(packs=1, filling=2)
    assert refused(life.settle, packs=2, filling=2).code == "settled-otherwise"
    assert life.settle(filling=2) == rest
    life.collect()
    assert life.settle(filling=2) == rest
    prove(life)


def test_a_part_that_is_reversed_leaves_everything_open(begun):
    life = begun()
    life.settle(packs=1)
    attacks.reverse(life.session, life.desk, life.rx)
    assert life.state == "checked"
    assert life.settle().total_fen == 1260
    prove(life)


def test_a_rest_whose_answer_is_lost_is_posted_with_its_own_lines(begun):
    life = begun()
    life.settle(packs=1)
    life.collect()
    life.platform.mood = "lost"
    life.settle(filling=2, packs=1)
    life.platform.mood = "ok"
    life.now = NOON + timedelta(minutes=1)
    service.recover(life.session, life.desk, now=life.now)
    assert life.state == "settled"
    assert moved(life) == [-1, -1]
    life.collect()
    assert life.state == "part_dispensed"
    prove(life)


def test_a_reversed_rest_leaves_the_part_that_was_taken(begun):
    life = begun()
    life.settle(packs=1)
    life.collect()
    life.settle(filling=2, packs=2)
    attacks.reverse(life.session, life.desk, life.rx)
    assert life.state == "part_dispensed"
    first_id = life.settlements()[0].id
    life.session.rollback()
    error = refused(
        service.reverse,
        life.session,
        life.desk,
        settlement_id=first_id,
        outlet_code=SHOP,
        reason="wrong_entry",
        by="counter",
        now=NOON,
    )
    assert error.code == "handed-over"
    prove(life)


def test_the_rest_is_closed_with_a_reason_and_nothing_of_it_is_charged(begun):
    life = begun()
    life.settle(packs=1)
    life.collect()
    close_rest(life)
    assert life.state == "dispensed"
    assert life.events()[-1] == "rest_closed"
    assert life.settle().total_fen == 420  # the first answer
    assert moved(life) == [-1]


def test_a_part_may_be_delivered_and_its_rest_as_well(begun):
    life = begun()
    for filling, packs in ((1, 1), (2, 2)):
        life.settle(filling=filling, packs=packs, tender="mobile")
        acts.order(life.session, desk=life.desk, id_=life.rx, now=life.now)
        order = service.orders_of(life.session, life.desk, life.rx)[0]
        assert order.filling == filling
        service.pack(
            life.session,
            life.desk,
            order_id=order.id,
            outlet_code=SHOP,
            now=life.now,
        )
        road.depart(life.session, life.desk, [order.id], now=life.now)
        deliver(life, order.id)
        life.now += timedelta(hours=4)
    assert life.state == "dispensed"


def test_a_prescription_is_filled_again_from_its_day_on(begun):
    life = begun(**REPEAT)
    life.settle()
    life.collect()
    assert life.state == "repeatable"
    life.now = NOON + timedelta(days=27)
    error = refused(life.settle, filling=2)
    assert error.code == "too-early"
    assert "2025-10-13" in error.words.zh
    life.now = NOON + timedelta(days=28)
    assert life.settle(filling=2, override=None).state == "posted"
    life.collect()
    prove(life)


def test_it_is_filled_as_often_as_it_says_and_no_more(begun):
    life = begun(**REPEAT)
    for filling in (1, 2, 3):
        life.settle(filling=filling)
        life.collect()
        life.now += timedelta(days=28)
    assert life.state == "dispensed"
    assert refused(life.settle, filling=4).code == "other-filling"


def test_each_filling_may_be_at_another_pharmacy(begun):
    life = begun(**REPEAT)
    life.settle()
    life.collect()
    life.now = NOON + timedelta(days=28)
    assert life.settle(filling=2, outlet_code=OTHER).outlet_code == OTHER
    life.collect(OTHER)
    assert [row.outlet_code for row in life.settlements()] == [SHOP, OTHER]


def test_a_filling_in_parts_counts_as_one(begun):
    life = begun(**REPEAT)
    life.settle(packs=1)
    life.collect()
    life.settle(filling=2, packs=2)
    life.collect()
    assert life.state == "repeatable"
    life.now = NOON + timedelta(days=28)
    assert life.settle(filling=3).total_fen == 1260


def test_no_filling_begins_after_the_last_day(begun):
    life = begun(repeat=REPEAT["repeat"], valid_days=20)
    life.settle()
    life.collect()
    life.now = NOON + timedelta(days=28)
    assert life.state == "lapsed"
    with pytest.raises(service.NotAccepted) as raised:
        life.settle(filling=2)
    assert raised.value.code == "refused"


def test_an_operator_may_let_people_come_earlier(begun):
    life = begun(**REPEAT)
    life.settle()
    life.collect()
    early = replace(life.desk.life, refill_lead_days=7)
    life.desk = replace(life.desk, life=early)
    view = service.prescription(
        life.session, life.desk, life.rx, reader=world.READER, now=NOON
    )
    assert view.life.next_on == date(2025, 10, 6)
    life.now = NOON + timedelta(days=21)
    assert life.settle(filling=2).state == "posted"


def test_a_day_with_parts_is_reconciled_without_a_difference(begun):
    life = begun()
    life.settle(packs=1)
    life.collect()
    life.settle(filling=2, packs=2)
    life.collect()
    made = reconcile(
        life.session,
        life.desk,
        outlet_code=SHOP,
        day=NOON.date(),
        by="bureau",
        now=NOON + timedelta(days=1),
    )
    assert not made.differences


def test_the_packs_of_each_part_are_traced_to_it(begun):
    life = begun()
    first = life.settle(packs=1)
    life.collect()
    rest = life.settle(filling=2, packs=2)
    sold = life.session.exec(select(TraceSaleRow)).all()
    assert [one.settlement_id for one in sold] == [first.id, rest.id, rest.id]
