"""The patient's own share: taken, changed, given back, collected at the door, counted at night."""

from functools import partial
from uuid import uuid4

import pytest
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Work
from dispensing.errors import Conflict, Malformed
from dispensing.service.tendering import take_at_door
from dispensing.service.views import SettledView
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.world import NOON
from web import db

SHOP = cast.LUCHENG_PHARMACY
COURIER = "C01"
NOTHING = {"cash": 0, "bank_card": 0, "mobile": 0}


def settled(session: Session, desk, number: int = 1, tender="cash") -> SettledView:
    id_ = service.receive(session, desk, world.message(number), now=NOON).id
    return attacks.settle(session, desk, id_, number, tender=tender)


def paid(session: Session, row: SettledView, **parts: int):
    return service.tender(
        session,
        settlement_id=row.id,
        outlet_code=SHOP,
        parts=parts,
        by="叶素珍",
        now=NOON,
    )


def close(session: Session, reason: str = "", after: str | None = None, **counted: int):
    return service.close_till(
        session,
        outlet_code=SHOP,
        counted=NOTHING | counted,
        reason=reason,
        by="叶素珍",
        now=NOON,
        after=after,
    )


def expected(session: Session) -> dict[str, int]:
    return dict(service.till(session, SHOP).expected)


def test_what_is_paid_in_cash_is_in_the_till(street, desk):
    row = settled(street, desk)
    assert expected(street) == NOTHING | {"cash": row.cash_fen}
    assert service.tenders(street, row.id, SHOP).unpaid_fen == 0


def test_a_share_may_be_paid_in_parts_and_asking_again_changes_nothing(street, desk):
    row = settled(street, desk)
    parts = {"cash": 260, "mobile": row.cash_fen - 260}
    assert paid(street, row, **parts) == paid(street, row, **parts)
    assert expected(street) == NOTHING | parts


def test_a_reversal_gives_each_part_back_the_way_it_came(street, desk):
    row = settled(street, desk)
    paid(street, row, cash=260, bank_card=row.cash_fen - 260)
    attacks.reverse(street, desk, row.prescription_id)
    assert expected(street) == NOTHING
    assert service.tenders(street, row.id, SHOP).parts == {}


def test_cash_of_the_door_is_with_the_courier_until_it_is_handed_in(street, desk):
    row = settled(street, desk, tender="on_delivery")
    take_at_door(Work(street, desk, NOON), row.prescription_id, COURIER, "cash")
    street.commit()
    before = service.till(street, SHOP)
    assert [(one.courier_code, one.held_fen) for one in before.purses] == [
        (COURIER, row.cash_fen)
    ]
    assert before.expected == NOTHING
    left = service.hand_in(
        street,
        outlet_code=SHOP,
        courier_code=COURIER,
        amount_fen=row.cash_fen - 60,
        by="叶素珍",
        now=NOON,
    )
    assert left.held_fen == 60
    assert expected(street)["cash"] == row.cash_fen - 60


@pytest.mark.parametrize("method", ["cash", "mobile"])
def test_what_was_taken_at_the_door_is_not_divided_anew_at_the_counter(
    street, desk, method
):
    """The courier still holds that cash: it would come into the till a second time."""
    row = settled(street, desk, tender="on_delivery")
    take_at_door(Work(street, desk, NOON), row.prescription_id, COURIER, method)
    street.commit()
    before = service.till(street, SHOP)
    with pytest.raises(Conflict) as raised:
        paid(street, row, bank_card=row.cash_fen)
    assert raised.value.code == "paid-at-door"
    street.rollback()
    assert service.till(street, SHOP) == before


def test_a_counted_till_stands_at_nothing_and_keeps_its_difference(street, desk):
    row = settled(street, desk)
    closed = close(street, "找零少了一角", cash=row.cash_fen - 10)
    assert closed.expected["cash"] - closed.counted["cash"] == 10
    assert expected(street) == NOTHING
    assert service.closings(street, SHOP) == (closed,)


def test_a_reversal_after_closing_is_owed_by_the_next_till(street, desk):
    row = settled(street, desk)
    close(street, cash=row.cash_fen)
    attacks.reverse(street, desk, row.prescription_id)
    assert expected(street)["cash"] == -row.cash_fen
    closed = close(street, cash=-row.cash_fen)  # it was paid out of the float
    assert closed.reason == ""
    assert expected(street) == NOTHING


def test_two_closings_at_once_take_the_till_once(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    with db.open_session(engine) as session:
        row = settled(session, desk)
    act = partial(close, reason="同时交班", cash=row.cash_fen)
    told = attacks.at_once(engine, [act, act])
    assert sorted(type(one).__name__ for one in told) == ["ClosingView", "Conflict"]
    with db.open_session(engine) as session:
        (closed,) = service.closings(session, SHOP)
        assert closed.expected["cash"] == row.cash_fen
        assert expected(session) == NOTHING


def test_the_same_count_is_not_booked_again_as_a_surplus(street, desk):
    row = settled(street, desk)
    close(street, "少了一角", cash=row.cash_fen - 10)
    with pytest.raises(Conflict) as raised:
        close(street, "少了一角", cash=row.cash_fen - 10)
    assert raised.value.code == "closed-meanwhile"
    assert len(service.closings(street, SHOP)) == 1


def test_a_page_from_before_the_last_closing_closes_nothing(street, desk):
    row = settled(street, desk)
    first = close(street, after="", cash=row.cash_fen)
    again = settled(street, desk, 2)
    for stale in ("", str(uuid4())):
        with pytest.raises(Conflict) as raised:
            close(street, "同上", after=stale, cash=row.cash_fen)
        assert raised.value.code == "closed-meanwhile"
    seen = str(service.till(street, SHOP).closing_id)
    assert seen == str(first.id)
    assert close(street, after=seen, cash=again.cash_fen).reason == ""


def test_medicine_that_is_not_paid_is_not_handed_out(street, desk):
    row = settled(street, desk, tender="on_delivery")
    collect = partial(
        service.collect,
        street,
        desk,
        prescription_id=row.prescription_id,
        outlet_code=SHOP,
        receiver=service.Receiver(),
        now=NOON,
    )
    with pytest.raises(Conflict) as raised:
        collect()
    assert raised.value.code == "not-paid"
    paid(street, row, mobile=row.cash_fen)
    collect()


@pytest.mark.parametrize(
    "parts", [{"cash": 1}, {"cheque": 1260}, {"cash": -1, "mobile": 1261}]
)
def test_parts_that_do_not_make_the_share_are_refused(street, desk, parts):
    row = settled(street, desk)
    with pytest.raises(Malformed):
        paid(street, row, **parts)


def test_a_difference_without_a_reason_is_refused(street, desk):
    row = settled(street, desk)
    with pytest.raises(Malformed):
        close(street, cash=row.cash_fen - 1)
    assert expected(street)["cash"] == row.cash_fen


def test_a_till_cannot_hold_less_than_nothing(street, desk):
    settled(street, desk)
    with pytest.raises(Malformed):
        close(street, "数错", cash=-1)


def test_a_courier_hands_in_no_more_than_was_collected(street, desk):
    with pytest.raises(Malformed):
        service.hand_in(
            street,
            outlet_code=SHOP,
            courier_code=COURIER,
            amount_fen=1,
            by="叶素珍",
            now=NOON,
        )


def test_a_reversed_settlement_takes_no_payment(street, desk):
    row = settled(street, desk)
    attacks.reverse(street, desk, row.prescription_id)
    with pytest.raises(Conflict):
        paid(street, row, cash=row.cash_fen)
