"""The ledger worked out again: the same fen, and every fen that is not the same named."""

import pytest
from sqlalchemy import text
from sqlmodel import Session

from dispensing import service
from dispensing.recompute import Off, Recomputed, recompute
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.world import NOON

SHOP = cast.LUCHENG_PHARMACY


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
