"""A clean day is closed, and then stays as it is, whatever comes later."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import Conflict, Malformed
from dispensing.tables import (
    ClosedDayRow,
    LedgerRow,
    ReconcileRunRow,
    RecordRow,
    SettlementRow,
)
from pharmacies.tables import StockMovementRow
from tests.dispensing import attacks
from tests.reconcile.street import CLERK, MORNING, SHOP, kinds
from tests.world import DAY, NOON

NEXT = DAY + timedelta(days=1)


def test_a_closed_day_stays_as_it_is_whatever_comes_later(street):
    kept = street.collected(1)
    late = street.settled(2)
    (one,) = street.run().differences
    street.mend(one, "book", "collected_later")
    closed, frozen = street.close(), street.digest()
    # A reversal on the next day, a clock that is a day behind, and the platform's own mess.
    assert street.reverse(late, MORNING).state == "reversed"
    behind = street.settled(3, now=NOON + timedelta(hours=1))
    street.platform.tamper(kept.msgid, fund_fen=0)
    assert street.run() == street.close() == street.run(thorough=True) == closed
    assert street.digest() == frozen
    with street.open() as session:
        assert session.get_one(SettlementRow, behind.id).on == NEXT
        for table in (LedgerRow, StockMovementRow):
            query = select(table.on).where(
                table.settlement_id.in_([late.id, behind.id]), table.at > NOON
            )
            assert set(session.exec(query)) == {NEXT}
        numbers = [run.id for run in session.exec(select(ReconcileRunRow))]
        assert max(numbers) == closed.id


def test_what_is_late_is_reconciled_on_the_next_open_day(street):
    late = street.settled(1)
    street.mend(street.run().differences[0], "book", "collected_later")
    street.close()
    street.reverse(late, MORNING)
    view = street.run(day=NEXT, now=MORNING + timedelta(days=1))
    assert (view.result, view.totals[1].ours_total_fen) == ("equal", -late.total_fen)
    assert street.close(day=NEXT, now=MORNING + timedelta(days=1)).closed_at


def test_a_closed_day_takes_no_file_and_no_mending(street):
    street.settled(1)
    (one,) = street.run().differences
    street.mend(one, "book", "collected_later")
    street.close()
    for act in (
        lambda: street.till_file("msgid,method,amount\n"),
        lambda: street.mend(one, "reverse"),
    ):
        with pytest.raises(Conflict) as raised:
            act()
        assert raised.value.code == "day-closed"


def test_a_day_that_is_not_over_is_not_closed(street):
    street.collected(1)
    with pytest.raises(Conflict) as raised:
        street.close(now=NOON)
    assert raised.value.code == "day-not-over"
    with pytest.raises(Malformed):
        street.run(day=NEXT, now=NOON)


def test_two_closings_at_once_close_the_day_once(street):
    street.collected(1)

    def close(session):
        return service.close_day(
            session, street.desk, outlet_code=SHOP, day=DAY, by=CLERK, now=MORNING
        )

    first, second = attacks.at_once(street.engine, [close, close])
    assert first == second
    with street.open() as session:
        assert len(session.exec(select(ClosedDayRow)).all()) == 1


def test_a_fault_that_sums_do_not_show_is_found_before_the_day_is_closed(street):
    one, other = street.collected(1), street.collected(2)
    street.platform.tamper(one.msgid, fund_fen=one.fund_fen + 1)
    street.platform.tamper(other.msgid, fund_fen=other.fund_fen - 1)
    assert street.run().result == "equal"
    assert kinds(street.run(thorough=True)) == ["amount", "amount"]
    with pytest.raises(Conflict):
        street.close()


def test_a_day_before_anything_is_equal_and_can_be_closed(street):
    view = street.close(day=date(2025, 9, 1))
    assert (view.result, view.closed_by) == ("equal", CLERK)


def test_what_is_booked_and_closed_is_recorded_for_the_audit_chain(street):
    row = street.settled(1)
    (one,) = street.run().differences
    street.mend(one, "book", "collected_later")
    street.close()
    with street.open() as session:
        kinds_ = [
            (record.kind, record.who, record.area)
            for record in session.exec(select(RecordRow))
        ]
        service.seal(session, now=MORNING)
        assert service.verify(session, now=MORNING).whole
    assert ("difference.book", CLERK, row.outlet_code[1:5]) in kinds_
    assert ("closed_day", CLERK, row.outlet_code[1:5]) in kinds_
