"""Which batches a settlement takes, and what a claim sets aside (预留)."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import Conflict
from dispensing.service.views import SettledView
from fixtures import cast
from pharmacies import reserving
from pharmacies import service as network
from pharmacies.movements import Act
from pharmacies.stock_tables import StockReservationRow
from tests import world
from tests.dispensing import attacks
from tests.dispensing.attacks import SHOP
from tests.world import AMLODIPINE, DAY, NOON
from web import db

LATER = NOON + timedelta(hours=3)
GOOD = date(2026, 6, 30)


@pytest.fixture
def shop(engine, tmp_path):
    """Open the street; gives what its counter does."""
    return Shop(engine, tmp_path)


class Shop:
    """The counter of one pharmacy, and its shelf."""

    def __init__(self, engine, folder):
        self.engine, self.desk = engine, attacks.open_street(engine, folder)
        self.numbers = iter(range(1, 1000))

    def do(self, act, *args, **given):
        with db.open_session(self.engine) as session:
            return act(session, *args, **given)

    def receives(self, batch, quantity, expires_on=GOOD, codes=(), at=SHOP):
        act = Act(at, DAY, NOON, "counter")
        self.do(
            network.move_stock,
            act,
            kind="received",
            medicine_code=AMLODIPINE,
            quantity=quantity,
            batch=batch,
            expires_on=expires_on,
            codes=codes,
        )

    def rx(self):
        return attacks.received(self.engine, self.desk, next(self.numbers))

    def claim(self, rx, now=NOON):
        return self.do(
            service.claim,
            self.desk,
            prescription_id=rx,
            outlet_code=SHOP,
            by=cast.counter.name,
            now=now,
        )

    def told(self, rx):
        wanted = {"prescription_id": rx, "outlet_code": SHOP, "now": NOON}
        return self.do(service.stock_findings, **wanted)

    def settle(self, rx, **changes) -> SettledView:
        batch = next(self.numbers)
        return self.do(attacks.settle, self.desk, rx, batch, **changes)

    def shelf(self):
        with db.open_session(self.engine, read_only=True) as session:
            assert network.stock_differences(session) == ()
            found = reserving.batches(session, SHOP)
        return {one.batch: (one.on_hand, one.reserved) for one in found}

    def sold(self, settled):
        moved = self.do(network.settlement_movements, settled.id)
        return [(one.kind, one.batch, one.quantity) for one in moved]


def refused(act, *args, **given) -> Conflict:
    with pytest.raises(Conflict) as raised:
        act(*args, **given)
    return raised.value


def recalled(shop, batch):
    return shop.do(
        network.recall_lot,
        AMLODIPINE,
        batch,
        source="国家药监局召回公告",
        reason="一级召回",
        by="bureau",
        now=NOON,
    )


def test_a_line_takes_the_batch_that_expires_first(shop):
    shop.receives("LATE", 10)
    shop.receives("SOON", 2, date(2025, 12, 31))
    settled = shop.settle(shop.rx())
    assert sorted(shop.sold(settled)) == [("sold", "LATE", -1), ("sold", "SOON", -2)]
    assert shop.shelf() == {"LATE": (9, 0), "SOON": (0, 0)}


def test_a_box_is_taken_from_the_batch_that_was_scanned(shop):
    codes = world.trace_codes(batch=77)[1]
    shop.receives("SOON", 5, date(2025, 12, 31))
    shop.receives("LATE", 10, codes=codes[:2])
    settled = shop.settle(shop.rx(), trace_codes={1: codes})
    assert sorted(shop.sold(settled)) == [("sold", "LATE", -2), ("sold", "SOON", -1)]


def test_a_reversal_puts_the_same_batches_back_once(shop):
    shop.receives("A", 2, date(2025, 12, 31))
    shop.receives("B", 2)
    rx = shop.rx()
    settled = shop.settle(rx)
    for _ in range(2):  # asked again it gives the first answer, and moves nothing
        assert shop.do(attacks.reverse, shop.desk, rx).state == "reversed"
    assert shop.shelf() == {"A": (2, 0), "B": (2, 0)}
    back = [one for one in shop.sold(settled) if one[0] == "sale_returned"]
    assert sorted(back) == [("sale_returned", "A", 2), ("sale_returned", "B", 1)]


def test_what_the_books_lack_goes_out_without_a_batch(shop):
    shop.receives("A", 2)
    settled = shop.settle(shop.rx())
    assert sorted(shop.sold(settled)) == [("sold", "", -1), ("sold", "A", -2)]
    assert shop.shelf() == {"A": (0, 0), "": (-1, 0)}


@pytest.mark.parametrize(
    ("expires_on", "code"),
    [
        (DAY - timedelta(days=1), "batch-expired"),
        (DAY + timedelta(days=26), "batch-too-short"),
    ],
)
def test_an_expired_batch_or_one_that_ends_within_the_treatment_is_refused(
    shop, expires_on, code
):
    shop.receives("A", 9, expires_on)
    rx = shop.rx()
    for act in (shop.claim, shop.settle):
        error = refused(act, rx)
        assert error.code == code
        assert error.words.next_zh and error.words.next_en
        assert "药品管理法（2019年修订）第九十八条" in error.words.zh
    (told,) = shop.told(rx)
    assert (told.code, told.line_no, told.words) == (code, 1, error.words)
    assert (told.clause, "解读" in told.says) == ("第九十八条", code != "batch-expired")
    assert shop.shelf() == {"A": (9, 0)}


def test_a_batch_whose_last_day_is_that_of_the_treatment_is_enough(shop):
    shop.receives("A", 3, DAY + timedelta(days=27))
    rx = shop.rx()
    assert shop.told(rx) == ()
    assert shop.settle(rx).state == "posted"


def test_fewer_days_now_may_be_taken_of_a_batch_that_ends_within_the_treatment(shop):
    shop.receives("A", 3, DAY + timedelta(days=9))
    rx = shop.rx()
    assert [one.code for one in shop.told(rx)] == ["batch-too-short"]
    settled = shop.settle(rx, lines={1: 1}, trace_codes=world.trace_codes(1, 1, 91))
    assert settled.state == "posted"


def test_what_is_set_aside_for_others_is_not_told_of_before_it_is_settled(shop):
    shop.receives("A", 3)
    shop.claim(shop.rx())
    assert shop.told(shop.rx()) == ()


def test_a_recalled_lot_is_neither_set_aside_nor_sold_nor_received_for_sale(shop):
    codes = world.trace_codes(batch=78)[1]
    shop.receives("BAD", 5, codes=codes)
    held = shop.rx()
    assert shop.claim(held).reserved[0].batch == "BAD"
    told = recalled(shop, "BAD")
    assert [(one.outlet_code, one.on_hand) for one in told.there] == [(SHOP, 5)]
    assert shop.shelf() == {"BAD": (5, 0)}
    assert refused(shop.claim, shop.rx()).code == "batch-recalled"
    error = refused(shop.settle, held, trace_codes={1: codes})
    assert (error.code, "BAD" in error.words.zh) == ("batch-recalled", True)
    shop.receives("BAD", 5)
    shop.receives("GOOD", 5)
    settled = shop.settle(held)
    assert shop.sold(settled) == [("sold", "GOOD", -3)]


def test_a_recalled_lot_is_refused_that_this_outlet_has_in_its_hand_and_not_in_its_books(
    shop,
):
    codes = world.trace_codes(batch=79)[1]
    shop.receives("GOOD", 5)
    shop.receives("BAD", 3, at=world.SECOND_PHARMACY, codes=codes)
    recalled(shop, "BAD")
    error = refused(shop.settle, shop.rx(), trace_codes={1: codes})
    assert (error.code, "BAD" in error.words.zh) == ("batch-recalled", True)


def test_an_expired_lot_is_refused_whose_last_day_only_another_outlet_has_entered(shop):
    codes = world.trace_codes(batch=80)[1]
    shop.receives(
        "OLD", 3, DAY - timedelta(days=1), at=world.SECOND_PHARMACY, codes=codes
    )
    error = refused(shop.settle, shop.rx(), trace_codes={1: codes})
    assert error.code == "batch-expired"


def test_a_recalled_lot_that_a_count_finds_is_recalled(shop):
    recalled(shop, "BAD")
    act = Act(SHOP, DAY, NOON, "counter")
    shop.do(network.count_stock, act, medicine_code=AMLODIPINE, counted=9, batch="BAD")
    assert refused(shop.settle, shop.rx()).code == "batch-recalled"


def test_a_claim_sets_aside_and_the_settlement_consumes_it(shop):
    shop.receives("A", 3)
    mine, other = shop.rx(), shop.rx()
    (line,) = shop.claim(mine).reserved
    assert (line.batch, line.quantity, line.until) == (
        "A",
        3,
        NOON + timedelta(hours=2),
    )
    assert shop.shelf() == {"A": (3, 3)}
    for act in (shop.claim, shop.settle):
        assert refused(act, other).code == "stock-reserved"
    shop.settle(mine)
    assert shop.shelf() == {"A": (0, 0)}
    assert refused(shop.claim, other).code == "out-of-stock"
    ends = shop.do(lambda s: s.exec(select(StockReservationRow.ended)).all())
    assert ends == ["consumed"]


def test_a_claim_that_is_given_back_or_lapses_lets_its_stock_go(shop):
    shop.receives("A", 3)
    rx = shop.rx()
    held = shop.claim(rx)
    shop.do(
        service.give_back,
        shop.desk,
        prescription_id=rx,
        outlet_code=SHOP,
        secret=held.secret,
        reason="patient_left",
        by=cast.counter.name,
        now=NOON,
    )
    assert shop.shelf() == {"A": (3, 0)}
    shop.claim(rx)
    assert shop.do(service.end_claims, now=LATER) == 1
    assert shop.shelf() == {"A": (3, 0)}


def test_a_reservation_that_runs_out_while_packing_is_told_where_others_took_it(shop):
    shop.receives("A", 3)
    mine, other = shop.rx(), shop.rx()
    shop.claim(mine)
    assert shop.claim(other, now=LATER).reserved, "nobody waits for a sweep"
    error = refused(shop.settle, mine, now=LATER)
    assert error.code == "reservation-over"
    assert "预留已到期" in error.words.zh


def test_a_reservation_that_ran_out_still_serves_while_nobody_took_it(shop):
    shop.receives("A", 3)
    rx = shop.rx()
    shop.claim(rx)
    assert shop.settle(rx, now=LATER).state == "posted"
    assert shop.shelf() == {"A": (0, 0)}


def test_a_part_that_is_settled_lets_the_rest_of_its_claim_go(shop):
    shop.receives("A", 5)
    rx = shop.rx()
    shop.claim(rx)
    shop.settle(rx, lines={1: 1}, trace_codes=world.trace_codes(1, 1, 90))
    assert shop.shelf() == {"A": (4, 0)}


def test_books_that_were_never_kept_refuse_nothing(shop):
    rx = shop.rx()
    assert shop.claim(rx).reserved == ()
    assert shop.settle(rx).state == "posted"
    assert shop.shelf() == {"": (-3, 0)}


def test_counters_that_claim_the_last_boxes_at_once_get_as_many_as_there_are(shop):
    shop.receives("A", 3)
    wanted = [{**world.message()["lines"][0], "quantity": 1}]
    rxs = [
        attacks.received(shop.engine, shop.desk, no, lines=wanted)
        for no in range(300, 312)
    ]
    answers = attacks.at_once(
        shop.engine,
        [
            lambda s, rx=rx: service.claim(
                s,
                shop.desk,
                prescription_id=rx,
                outlet_code=SHOP,
                by=cast.counter.name,
                now=NOON,
            )
            for rx in rxs
        ],
    )
    refused_ = [each.code for each in answers if isinstance(each, Conflict)]
    assert refused_ == ["stock-reserved"] * 9
    assert shop.shelf() == {"A": (3, 3)}
