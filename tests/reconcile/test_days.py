"""An outlet's day on both databases (W22): found, mended, closed, and then as it is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.gateway import Unanswered
from dispensing.gateway.sandbox import Faults, SandboxGateway
from dispensing.money import yuan
from dispensing.tables import (
    EventRow,
    LedgerRow,
    SettlementRow,
)
from pharmacies import service as network
from pharmacies.movements import Act
from pharmacies.tables import StockMovementRow
from tests import world
from tests.reconcile.street import (
    CLERK,
    MORNING,
    SHOP,
    Street,
    event,
    kinds,
)
from tests.world import AMLODIPINE, DAY, NOON

NEXT = DAY + timedelta(days=1)


def missing_there(street: Street, row) -> None:
    street.platform.tamper(row.msgid)


def a_fen_more(street: Street, row) -> None:
    street.platform.tamper(row.msgid, fund_fen=row.fund_fen + 1)


def another_day(street: Street, row) -> None:
    street.platform.tamper(row.msgid, on_day=NEXT.isoformat())


def another_pharmacy(street: Street, row) -> None:
    street.platform.tamper(row.msgid, outlet_code=world.SECOND_PHARMACY)


def another_scheme(street: Street, row) -> None:
    street.platform.tamper(row.msgid, scheme="employee")


def reversed_there(street: Street, row) -> None:
    street.platform.reverse(row.msgid, NOON)


def stock_not_moved(street: Street, row) -> None:
    move_by_hand(street, row, None)


def stock_short_by_a_pack(street: Street, row) -> None:
    move_by_hand(street, row, -2)


def move_by_hand(street: Street, row, quantity: int | None) -> None:
    """Write another movement than the settlement did, past the table's own guard."""
    with street.engine.begin() as connection:
        guard(connection, "DISABLE")
        moved = StockMovementRow.__table__
        mine = moved.c.settlement_id == row.id
        if quantity is None:
            connection.execute(moved.delete().where(mine))
        else:
            connection.execute(moved.update().where(mine).values(quantity=quantity))
        guard(connection, "ENABLE")


def guard(connection, switch: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE stock_movement {switch} TRIGGER ALL")
    elif switch == "DISABLE":
        for name in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER stock_movement_no_{name}")


def till_says_mobile(street: Street, row) -> None:
    with street.open() as session:
        paid = [
            (one.msgid, "微信" if one.id == row.id else "现金", yuan(one.cash_fen))
            for one in session.exec(select(SettlementRow))
        ]
    street.till_file("\n".join(["报文号,收款方式,金额", *map(",".join, paid)]))


# fault, kind, the way that mends it, and the prescription's later state of the settlement
MENDED = [
    (missing_there, "missing_there", "retry", "posted"),
    (missing_there, "missing_there", "reverse", "reversed"),
    (a_fen_more, "amount", "reverse", "reversed"),
    (another_day, "day_moved", "reverse", "reversed"),
    (another_pharmacy, "outlet_swapped", "reverse", "reversed"),
    (another_scheme, "scheme_swapped", "reverse", "reversed"),
    (reversed_there, "reversed_there_only", "reverse", "reversed"),
    (stock_not_moved, "stock_missing", "retry", "posted"),
    (stock_short_by_a_pack, "stock_amount", "retry", "posted"),
    (till_says_mobile, "till_method", "retry", "posted"),
]


@pytest.mark.parametrize(
    ("fault", "kind", "fix", "after"),
    MENDED,
    ids=lambda x: x if isinstance(x, str) else x.__name__,
)
def test_each_difference_is_mended_and_the_next_run_is_clean(
    street, fault, kind, fix, after
):
    before = street.off()
    street.collected(1)
    row = street.settled(2)
    fault(street, row)
    found = street.run()
    (one,) = [one for one in found.differences if one.kind != "handover_missing"]
    assert (one.kind, (one.event_kind, one.event_id)) == (kind, event(row))
    assert fix in one.fixes and not found.clean
    mended = street.mend(one, fix)
    if after == "posted":
        street.collect(row, MORNING)
        mended = street.run()
    assert (kinds(mended), mended.clean) == ([], True)
    assert street.close().closed_at is not None
    with street.open() as session:
        assert session.get_one(SettlementRow, row.id).state == after
    assert street.off() == before


BOOKED = [
    (missing_there, "to_be_claimed", -441),
    (a_fen_more, "rounding", 1),
    (another_day, "timing", 0),
    (another_pharmacy, "platform_error", -441),
    (reversed_there, "platform_error", -441),
    (stock_not_moved, "stock_loss", 0),
    (till_says_mobile, "outlet_error", 0),
]


@pytest.mark.parametrize(
    ("fault", "reason", "owed_fen"), BOOKED, ids=[one[0].__name__ for one in BOOKED]
)
def test_each_difference_is_booked_with_its_reason_and_the_day_closes(
    street, fault, reason, owed_fen
):
    before = street.off()
    row = street.collected(1)
    fault(street, row)
    (one,) = street.run().differences
    booked = street.mend(one, "book", reason)
    assert booked.clean and [one.state for one in booked.differences] == ["booked"]
    (done,) = booked.differences[0].mends
    assert (done.kind, done.reason, done.by) == ("book", reason, CLERK)
    with street.open() as session:
        query = select(LedgerRow).where(LedgerRow.entry == "difference")
        owed = sum(
            row.amount_fen * (1 if row.debit == "receivable" else -1)
            for row in session.exec(query)
        )
        assert owed == owed_fen
    assert street.off() == before
    assert street.close().closed_at == MORNING


def test_a_clean_day_shows_equal_sums_by_scheme(street):
    rows = [street.collected(number) for number in (1, 2)]
    gone = street.settled(3)
    street.reverse(gone)
    view = street.run()
    assert (view.result, view.differences) == ("equal", ())
    resident = next(one for one in view.totals if one.scheme == "resident")
    assert resident.verdict == "000000"
    assert resident.ours_count == resident.theirs_count == 4  # one is a refund
    assert resident.ours_fund_fen == sum(row.fund_fen for row in rows)


def test_a_charge_that_only_the_platform_knows_is_taken_back_there(street):
    row = street.collected(1)
    street.platform.tamper(row.msgid, as_msgid="P33030200001elsewhere")
    (one,) = street.run().differences
    assert (one.kind, one.event_kind) == ("doubled", "message")
    assert one.event_id == "P33030200001elsewhere"
    asked = street.mend(one, "query")
    assert "booked at" in asked.differences[0].mends[0].outcome
    assert street.mend(one, "reverse").clean
    assert street.close().closed_at is not None


def test_a_reversal_that_the_platform_lacks_is_sent_again(street):
    row = street.settled(1)
    street.reverse(row)
    street.platform.tamper(row.msgid, state="booked", refunded_on=None)
    (one,) = street.run().differences
    assert (one.kind, one.theirs) == ("reversed_here_only", 0)
    assert street.mend(one, "retry").clean


def test_a_settlement_without_an_answer_is_open_until_it_is_asked_for(street, tmp_path):
    faulty = SandboxGateway(tmp_path / "platform.db", Faults(lose_answer_every=1))
    lost = replace(street, desk=replace(street.desk, gateway=faulty))
    row = lost.settled(1)
    assert row.state == "unknown"
    view = street.run()
    assert kinds(view) == ["unknown"]
    with pytest.raises(Conflict) as raised:
        street.close()
    assert raised.value.code == "day-not-clean"
    mended = street.mend(view.differences[0], "query")
    assert kinds(mended) == ["handover_missing"]  # posted now, on the day of its charge
    with street.open() as session:
        entries = session.exec(select(LedgerRow).where(LedgerRow.entry == "post"))
        assert {one.on for one in entries} == {DAY}


def test_settled_medicine_that_nobody_took_is_told_when_the_day_is_over(street):
    row = street.settled(1)
    assert street.run(now=NOON).differences == ()
    (one,) = street.run().differences
    assert (one.kind, (one.event_kind, one.event_id)) == (
        "handover_missing",
        event(row),
    )
    assert street.mend(one, "reverse").clean


def test_medicine_handed_over_twice_is_tied_to_the_second_hand_over(street):
    row = street.collected(1)
    with street.open() as session:
        again = EventRow(
            prescription_id=row.prescription_id,
            at=NOON,
            kind="dispensed",
            by=SHOP,
        )
        session.add(again)
        session.commit()
        number = str(again.id)
    (one,) = street.run().differences
    assert (one.kind, one.event_kind, one.event_id) == (
        "handover_doubled",
        "handover",
        number,
    )


def test_what_a_count_finds_less_is_told_once_and_booked(street):
    street.collected(1)
    with street.open() as session:
        act = Act(SHOP, DAY, NOON, CLERK, reason="盘点")
        network.move_stock(
            session, act, kind="received", medicine_code=AMLODIPINE, quantity=10
        )
        left = network.count_stock(session, act, medicine_code=AMLODIPINE, counted=6)
        assert left.quantity == 6
    (one,) = street.run().differences
    assert (one.kind, one.theirs, one.unit) == ("stock_counted", -1, "packs")
    assert street.mend(one, "book", "stock_loss").clean


def test_a_till_file_that_agrees_says_so(street):
    row = street.collected(1)
    assert street.till_file(f"msgid,method,amount\n{row.msgid},cash,12.60\n") == 1
    view = street.run()
    assert view.with_till_file
    # The fund pays 4.41, so only the rest was taken: the till's file is wrong.
    assert [one.kind for one in view.differences] == ["till_amount"]
    street.till_file(f"msgid,method,amount\n{row.msgid},cash,{yuan(row.cash_fen)}\n")
    assert street.run().differences == ()


def test_each_faulty_line_of_a_till_file_is_named_and_nothing_is_kept(street):
    street.collected(1)
    with pytest.raises(Malformed) as raised:
        street.till_file("报文号,收款方式,金额\nP1,现金,abc\nP2,支票,1.00\n")
    assert [one.where for one in raised.value.errors] == [
        "line 2: amount",
        "line 3: method",
    ]
    assert not street.run().with_till_file


ODD_FILES = [
    "\ufeff报文号,收款方式,金额\r\n{msgid},现金,{yuan}\r\n",
    "报文号\t收款方式\t金额\r{msgid}\t现金\t¥{yuan}元\r",
    "金额；x;报文号;收款方式\n{wide};;{msgid};　现金 \n\n合计;{yuan}\n".replace(
        "；x", ";备注"
    ),
    '"报文号","收款方式","金额","多余"\n"\'{msgid}","微信","0.00",""\n{msgid},现金,{yuan},\n',
]


@pytest.mark.parametrize("text", ODD_FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_odd_till_file_that_says_the_same_is_equal(street, text, encoding):
    row = street.collected(1)
    paid = yuan(row.cash_fen)
    wide = paid.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."})
    raw = text.format(msgid=row.msgid, yuan=paid, wide=wide).encode(encoding)
    with street.open() as session:
        told = {"outlet_code": SHOP, "day": DAY, "by": CLERK, "now": MORNING}
        service.keep_till_file(session, raw=raw, **told)
    assert street.run().result == "equal"


@pytest.mark.parametrize(
    "line",
    ["P\x00,现金,1.00", "P\x1b[2J,现金,1.00", "P,现金,99999999999.99", "P,现金,1e3"],
)
def test_a_line_that_no_till_writes_is_named(street, line):
    with pytest.raises(Malformed) as raised:
        street.till_file(f"报文号,收款方式,金额\n{line}\n")
    assert [error.where[:6] for error in raised.value.errors] == ["line 2"]


def test_a_platform_that_does_not_answer_leaves_the_day_open(street):
    class Silent(SandboxGateway):
        def compare_sums(self, ours):
            raise Unanswered("3201")

    street.collected(1)
    deaf = replace(street, desk=replace(street.desk, gateway=Silent(":memory:")))
    assert deaf.run().result == "unanswered"
    with pytest.raises(Conflict) as raised:
        deaf.close()
    assert raised.value.code == "day-not-clean"


def test_a_difference_is_mended_only_as_its_kind_allows_and_by_its_outlet(street):
    row = street.collected(1)
    a_fen_more(street, row)
    (one,) = street.run().differences
    with pytest.raises(Conflict) as raised:
        street.mend(one, "retry")
    assert raised.value.code == "no-such-fix"
    with pytest.raises(Conflict):
        street.mend(one, "book")  # without a reason
    with pytest.raises(NotFound):
        street.mend(one, "book", "other", outlet_code=world.SECOND_PHARMACY)
    with pytest.raises(Conflict) as raised:
        street.mend(one, "reverse")  # the medicine is with the patient
    assert raised.value.code == "handed-over"


def test_yesterday_is_reconciled_by_itself_once(street):
    street.collected(1)
    with street.open() as session:
        tell = {"desk": street.desk, "now": MORNING}
        assert service.reconcile_yesterday(session, **tell) == 1
        assert service.reconcile_yesterday(session, **tell) == 0
        (one,) = service.reconciliation(session, DAY)
    assert (one.outlet_code, one.run.result, one.run.by) == (SHOP, "equal", "system")


def test_the_other_outlet_is_told_of_a_swapped_charge_too(street):
    row = street.collected(1)
    another_pharmacy(street, row)
    view = street.run(outlet_code=world.SECOND_PHARMACY)
    (one,) = view.differences
    assert (one.kind, (one.event_kind, one.event_id)) == ("outlet_swapped", event(row))
    assert (one.ours, one.theirs) == (0, row.total_fen)
