"""Alarms: what is sold out, and prices that stand out on their day and in their region."""

from datetime import date
from uuid import uuid4

from pharmacies import service
from pharmacies.movements import Act, SoldLine
from pharmacies.shelf_service import StockOut, price_alarms, stock_outs
from tests.pharmacies.network import AMLODIPINE, PHARMACY
from tests.pharmacies.test_catalogue import engine_with, put, reading, table
from tests.pharmacies.test_stock import DAY, NOON, shelf

__all__ = ["engine_with", "put", "reading", "shelf"]
CODE = AMLODIPINE.code


def test_a_price_is_held_against_the_standard_of_its_day_and_region(put, reading):
    terms = "统筹区,国家医保药品编码,支付标准,生效日期"
    put(table(f"3303,{CODE},4.60,2025-10-01", head=terms))
    prices = "价目表,国家医保药品编码,零售价,生效日期"
    put(table(f"oujiang,{CODE},4.70,2025-11-01", head=prices))
    put(table(f"village,{CODE},4.10,2025-11-01", head=prices))

    def told(day, area):
        found = price_alarms(reading, area, day, percent=50)
        return [
            (one.price_list, one.price_fen, one.standard_fen, one.why) for one in found
        ]

    september, october, november = (date(2025, month, 1) for month in (9, 10, 11))
    dear = ("oujiang", 450, 420, "above_standard")
    assert told(september, "3303") == told(october, "5309") == [dear]
    assert told(october, "3303") == []
    assert told(november, "3303") == [("oujiang", 470, 460, "above_standard")]


def test_a_price_far_from_the_others_of_its_day_is_told(put, reading):
    prices = "价目表,国家医保药品编码,零售价,生效日期"
    rows = (f"{name},{CODE},2.00,2025-10-01" for name in ("a", "b", "oujiang"))
    put(table(*rows, f"c,{CODE},3.10,2025-10-01", head=prices))
    found = price_alarms(reading, "", date(2025, 10, 1), percent=50)
    assert [(one.price_list, one.why) for one in found] == [("c", "beyond_median")]


def test_what_was_sold_lately_and_is_gone_is_told_to_its_own_area(shelf):
    sold = Act(PHARMACY.code, DAY, NOON, "counter", uuid4(), uuid4())
    service.correct(shelf, sold, SoldLine(1, CODE, 3))
    gone = (StockOut(PHARMACY.code, CODE, AMLODIPINE.name, 3),)
    for area in ("3303", ""):
        assert stock_outs(shelf, area, DAY, window_days=1) == gone
    assert stock_outs(shelf, "5309", DAY, window_days=1) == ()
    assert stock_outs(shelf, "3303", date(2025, 9, 17), window_days=1) == ()
