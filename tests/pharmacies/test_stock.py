"""What is on hand, batch by batch: every movement is carried into the balance."""

from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from dispensing.days import CHINA
from pharmacies import service
from pharmacies.movements import Act, SoldLine
from pharmacies.stock_balance import StockDifference
from pharmacies.stock_tables import StockBatchRow
from tests.pharmacies.network import AMLODIPINE, PHARMACY

DAY = date(2025, 9, 15)
NOON = datetime(2025, 9, 15, 12, tzinfo=CHINA)
ACT = Act(PHARMACY.code, DAY, NOON, "counter")


@pytest.fixture
def shelf(session):
    """Open a pharmacy that sells one medicine."""
    service.add_outlets(session, [PHARMACY])
    service.add_medicines(session, [AMLODIPINE])
    return session


def received(session, quantity, batch=""):
    service.move_stock(
        session,
        ACT,
        kind="received",
        medicine_code=AMLODIPINE.code,
        quantity=quantity,
        batch=batch,
    )


def held(session):
    return {row.batch: row.on_hand for row in session.exec(select(StockBatchRow)).all()}


def test_every_movement_is_carried_into_the_balance_of_its_batch(shelf):
    received(shelf, 10, "A1")
    received(shelf, 5, "A1")
    received(shelf, 7)
    service.count_stock(shelf, ACT, medicine_code=AMLODIPINE.code, counted=20)
    assert held(shelf) == {"A1": 15, "": 5}
    assert service.stock_differences(shelf) == ()


def test_what_a_difference_of_a_day_corrects_is_carried_too(shelf):
    one = Act(PHARMACY.code, DAY, NOON, "counter", uuid4(), uuid4())
    service.correct(shelf, one, SoldLine(1, AMLODIPINE.code, 3))
    assert held(shelf) == {"": -3}
    assert service.stock_differences(shelf) == ()


def test_a_balance_that_was_changed_by_hand_is_found_and_named(shelf):
    received(shelf, 10, "A1")
    shelf.execute(update(StockBatchRow).values(on_hand=9))
    found = StockDifference(PHARMACY.code, AMLODIPINE.code, "A1", 9, 10)
    assert service.stock_differences(shelf) == (found,)
    assert service.stock_differences(shelf, PHARMACY.code) == (found,)
    assert service.stock_differences(shelf, "P33030299999") == ()


@pytest.mark.parametrize("reserved", [11, -1])
def test_no_more_is_set_aside_than_there_is(shelf, reserved):
    received(shelf, 10, "A1")
    with pytest.raises(IntegrityError):
        shelf.execute(update(StockBatchRow).values(reserved=reserved))
