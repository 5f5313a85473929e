"""The ledger worked out again: the same fen, and every fen that is not the same named."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from dispensing import service
from dispensing.desk import Work
from dispensing.recompute import Off, Recomputed, recompute
from dispensing.service.tendering import take_at_door
from dispensing.tables import SettlementRow
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.world import NOON

SHOP = cast.LUCHENG_PHARMACY
COURIER = "C01"


@pytest.fixture
def lived(street: Session, desk) -> Session:
    """Settle four bills: posted, reversed, due at the door, paid along by a relative."""
    service.allow_aid(
        street,
        desk.vault,
        payer_no=cast.bob.person_no,
        person_no=cast.alice.person_no,
        id_number=cast.alice.id_number,
        now=NOON,
    )
    for number, tender in enumerate(("cash", "mobile", "on_delivery"), start=1):
        id_ = service.receive(street, desk, world.message(number), now=NOON).id
        attacks.settle(street, desk, id_, number, tender=tender)
        if tender == "mobile":
            attacks.reverse(street, desk, id_)
        if number == 1:
            service.end_aid(
                street,
                payer_no=cast.bob.person_no,
                person_no=cast.alice.person_no,
                now=NOON,
            )
    return street


def worked(session: Session) -> Recomputed:
    found = recompute(session.connection())
    session.rollback()
    return found


def change(session: Session, statement: str) -> None:
    """Change a row as somebody with the keys of the database could."""
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        session.execute(text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
    else:
        for name in ("ledger_no_update", "ledger_no_delete"):
            session.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
    session.execute(text(statement))
    session.flush()


def told(session: Session) -> list[Off]:
    found = list(recompute(session.connection()).off)
    session.rollback()
    return found


@pytest.fixture
def counted(lived: Session, desk) -> Session:
    """Hand in what a courier collected, close the till a fen short, and book a difference."""
    row = lived.exec(
        select(SettlementRow).where(SettlementRow.tender == "on_delivery")
    ).one()
    act = {"outlet_code": SHOP, "by": "叶素珍", "now": NOON}
    take_at_door(Work(lived, desk, NOON), row.prescription_id, COURIER, "cash")
    lived.commit()
    for fen in (60, 40):  # two of one courier in one moment are two
        some = {"courier_code": COURIER, "amount_fen": fen, "act_id": uuid4()}
        service.hand_in(lived, **some, **act)
    counted = dict(service.till(lived, SHOP).expected)
    counted["cash"] -= 1
    service.close_till(lived, counted=counted, reason="少一分", **act)
    desk.gateway.tamper(row.msgid, total_fen=0, fund_fen=row.fund_fen + 5)
    asked = {**act, "now": NOON + timedelta(days=1), "day": NOON.date()}
    found = service.reconcile(lived, desk, **asked).differences
    (one,) = [one for one in found if one.kind == "amount"]
    mending = {"fix": "book", "reason": "other", "by": "叶素珍", "now": asked["now"]}
    service.mend(lived, desk, difference_id=one.id, **mending)
    return lived


@pytest.mark.parametrize(
    ("statement", "where", "what"),
    [
        (
            "UPDATE ledger SET amount_fen = amount_fen + 1 WHERE entry = 'deposit'",
            "closing",
            "cash",
        ),
        (
            "DELETE FROM ledger WHERE entry = 'difference' AND debit = 'difference'",
            "closing",
            "cash",
        ),
        (
            "UPDATE ledger SET amount_fen = amount_fen - 1 WHERE entry = 'hand_in'",
            "hand-in",
            "cash",
        ),
        (
            "UPDATE ledger SET amount_fen = 5000 WHERE entry = 'hand_in'",
            "purse",
            "held",
        ),
        ("UPDATE ledger SET holder = NULL WHERE entry = 'hand_in'", "purse", "held"),
        (
            "UPDATE ledger SET amount_fen = 4 WHERE debit = 'receivable'"
            " AND credit = 'difference'",
            "differences of",
            SHOP,
        ),
    ],
)
def test_the_tills_the_purses_and_the_differences_are_worked_out_too(
    counted, statement, where, what
):
    assert worked(counted).off == ()
    change(counted, statement)
    off = told(counted)
    assert any(one.where.startswith(where) and what in one.what for one in off), off


def test_what_was_booked_is_what_the_decisions_make_it(lived):
    found = worked(lived)
    assert (found.settlements, found.off) == (3, ())
    assert sum(found.balances.values()) == 0


@pytest.mark.parametrize(
    ("statement", "where", "what"),
    [
        (
            "UPDATE ledger SET amount_fen = amount_fen + 1 WHERE id ="
            " (SELECT MIN(id) FROM ledger WHERE entry = 'post')",
            "settlement",
            "post",
        ),
        (
            "DELETE FROM ledger WHERE id ="
            " (SELECT MIN(id) FROM ledger WHERE entry = 'reverse')",
            "settlement",
            "reverse",
        ),
        (
            "DELETE FROM ledger WHERE id ="
            " (SELECT MIN(id) FROM ledger WHERE entry = 'refund')",
            "settlement",
            "tendered",
        ),
        (
            "UPDATE allowance SET deductible_fen = deductible_fen - 1"
            " WHERE person_no = 'I000000001'",
            "year of",
            "deductible",
        ),
        (
            "UPDATE person SET account_fen = account_fen + 1 WHERE person_no ="
            " 'I000000002'",
            "account of",
            "I000000002 account",
        ),
        (
            "UPDATE settlement SET cash_fen = cash_fen - 1, account_fen ="
            " account_fen + 1 WHERE tender = 'on_delivery'",
            "settlement",
            "account",
        ),
    ],
)
def test_each_fen_that_is_off_is_named(lived, statement, where, what):
    change(lived, statement)
    off = told(lived)
    assert off, statement
    assert any(one.where.startswith(where) and what in one.what for one in off), off
    assert all(abs(one.expected_fen - one.found_fen) > 0 for one in off)


def test_one_wrong_fen_is_told_once(lived):
    change(lived, "UPDATE allowance SET fund_fen = fund_fen + 1")
    assert len({one.what for one in told(lived)}) == len(
        {cast.alice.person_no, cast.bob.person_no, cast.charlie.person_no}
    )
