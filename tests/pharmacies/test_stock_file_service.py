"""Many receipts at once: a file goes in whole, or not at all."""

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import select

from pharmacies import lot_service, service
from pharmacies.errors import NoSuchMedicine, NoSuchOutlet
from pharmacies.stock_file_service import Receipt, receipts_of, receive_all
from pharmacies.stock_tables import StockBatchRow
from pharmacies.tables import StockMovementRow
from tests.pharmacies.network import AMLODIPINE, PHARMACY
from tests.pharmacies.test_stock import ACT, NOON, held, received

HEAD = "outlet,medicine,batch,expires_on,quantity\n"
LONG = date(2027, 1, 31)
CAME = Receipt(PHARMACY.code, AMLODIPINE.code, "A1", LONG, 10)


@pytest.fixture
def shelf(session):
    """Open a pharmacy that sells one medicine."""
    service.add_outlets(session, [PHARMACY])
    service.add_medicines(session, [AMLODIPINE])
    return session


def test_a_file_is_read_with_or_without_a_mark_in_front():
    row = f"{PHARMACY.code},{AMLODIPINE.code},A1,2027-01-31,10\n"
    assert receipts_of(HEAD + row) == (CAME,)
    assert receipts_of("\ufeff" + HEAD + row) == (CAME,)
    assert receipts_of(HEAD) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("outlet\n", "line 1: expected outlet,medicine"),
        (HEAD + "P1,M1,A1,2027-01-31,0\n", "line 2: expected one pack"),
        (HEAD + "P1,M1,A1,2027-13-31,1\n", "line 2: month must be"),
        (HEAD + "P1,M1,,2027-01-31,1\n", "line 2: a last day belongs"),
        (HEAD + "P1,M1,A1,,1\nP1\n", "line 3"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text, told):
    with pytest.raises(ValueError, match=told):
        receipts_of(text)


def test_what_comes_in_is_carried_into_the_balance_of_each_batch(shelf):
    received(shelf, 1, "A1")
    assert receive_all(shelf, ACT, [CAME, CAME, replace(CAME, batch="B2")]) == 3
    assert held(shelf) == {"A1": 21, "B2": 10}
    days = shelf.exec(select(StockBatchRow.batch, StockBatchRow.expires_on)).all()
    assert dict(days) == {"A1": LONG, "B2": LONG}
    assert service.stock_differences(shelf) == ()


def test_a_recalled_lot_that_comes_in_stays_recalled(shelf):
    told = {"source": "药品召回通知", "reason": "", "by": "bureau", "now": NOON}
    lot_service.recall_lot(shelf, AMLODIPINE.code, "A1", **told)
    receive_all(shelf, ACT, [CAME])
    assert shelf.exec(select(StockBatchRow.recalled)).all() == [True]


def test_a_batch_has_one_last_day_in_the_file_and_in_the_books(shelf):
    other = replace(CAME, expires_on=date(2027, 2, 28))
    with pytest.raises(ValueError, match="entered with 2027-01-31"):
        receive_all(shelf, ACT, [CAME, other])
    assert held(shelf) == {}
    receive_all(shelf, ACT, [CAME])
    with pytest.raises(ValueError, match="entered with 2027-01-31"):
        receive_all(shelf, ACT, [other])
    assert held(shelf) == {"A1": 10}


def test_what_nobody_knows_lets_nothing_in(shelf):
    with pytest.raises(NoSuchOutlet):
        receive_all(shelf, ACT, [CAME, replace(CAME, outlet_code="P33030299999")])
    with pytest.raises(NoSuchMedicine):
        receive_all(shelf, ACT, [CAME, replace(CAME, medicine_code="X")])
    assert held(shelf) == {}


def test_where_the_books_of_the_day_are_closed_it_comes_in_on_the_next(shelf):
    receive_all(shelf, ACT, [CAME], {PHARMACY.code: date(2025, 9, 16)})
    days = shelf.exec(select(StockMovementRow.on)).all()
    assert days == [date(2025, 9, 16)]
