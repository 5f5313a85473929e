"""What is booked for a difference: all that the insurance owes more or less, and only once."""

import pytest
from sqlmodel import select

from dispensing.errors import Conflict
from dispensing.tables import LedgerRow
from tests import world
from tests.reconcile.street import MORNING, SHOP, kinds
from tests.world import DAY, NOON

NEXT_MORNING = MORNING.replace(day=MORNING.day + 1)
OTHER = world.SECOND_PHARMACY


def owed(street, outlet_code: str = SHOP) -> int:
    """Sum what was booked as a difference of what the insurance owes an outlet, in fen."""
    with street.open() as session:
        query = select(LedgerRow).where(
            LedgerRow.entry == "difference", LedgerRow.outlet_code == outlet_code
        )
        return sum(
            row.amount_fen * (1 if row.debit == "receivable" else -1)
            for row in session.exec(query)
        )


@pytest.mark.parametrize(
    ("changes", "owed_fen"),
    [
        ({"total_fen": 1}, 0),
        ({"total_fen": 1, "fund_fen": 1}, 1),
        ({"fund_fen": 1, "account_fen": 2}, 3),
        ({"fund_fen": 2, "account_fen": -2}, 0),
        ({"total_fen": -1, "fund_fen": 1, "account_fen": -3}, -2),
    ],
)
def test_every_part_that_differs_is_booked(street, changes, owed_fen):
    before = street.off()
    row = street.collected(1)
    parts = {name: getattr(row, name) + fen for name, fen in changes.items()}
    street.platform.tamper(row.msgid, **parts)
    (one,) = street.run().differences
    assert street.mend(one, "book", "platform_error").clean
    assert owed(street) == owed_fen
    assert street.off() == before


@pytest.mark.parametrize("kind", ["missing_here", "doubled"])
def test_a_charge_that_only_the_platform_knows_is_booked_as_what_it_pays(street, kind):
    """The platform pays it until somebody takes it back; then the claim goes, too."""
    row = street.collected(1)
    only_there = f"{row.msgid[:-1]}9"
    street.platform.tamper(row.msgid, as_msgid=only_there)
    if kind == "missing_here":
        street.platform.tamper(only_there, fund_fen=row.fund_fen + 5)
    (one,) = street.run().differences
    assert one.kind == kind
    booked = street.mend(one, "book", "to_be_claimed")
    paid_fen = row.fund_fen + row.account_fen + (5 if kind == "missing_here" else 0)
    assert (
        owed(street) == paid_fen and "booked" in booked.differences[0].mends[0].outcome
    )
    street.platform.reverse(only_there, MORNING)
    assert [each.state for each in street.run().differences] == ["booked"]
    later = {"day": MORNING.date(), "now": NEXT_MORNING}
    (back,) = street.run(**later).differences
    assert (back.kind, back.msgid) == ("reversed_there_only", only_there)
    assert street.mend(back, "book", "to_be_claimed", now=NEXT_MORNING).clean
    assert owed(street) == 0


def test_what_another_outlet_is_paid_is_booked_at_both(street):
    row = street.collected(1)
    street.platform.tamper(row.msgid, outlet_code=OTHER)
    paid_fen = row.fund_fen + row.account_fen
    (here,) = street.run().differences
    (there,) = street.run(outlet_code=OTHER).differences
    street.mend(here, "book", "platform_error")
    street.mend(there, "book", "platform_error", outlet_code=OTHER)
    assert (owed(street), owed(street, OTHER)) == (-paid_fen, paid_fen)


def test_another_outlet_does_not_reverse_what_was_settled_here(street):
    row = street.settled(1)
    street.platform.tamper(row.msgid, outlet_code=OTHER)
    (there,) = street.run(outlet_code=OTHER).differences
    with pytest.raises(Conflict) as raised:
        street.mend(there, "reverse", outlet_code=OTHER)
    assert raised.value.code == "settled-elsewhere"
    assert street.platform.query(row.msgid) is not None


@pytest.mark.parametrize("first", ["retry", "reverse"])
def test_a_page_from_before_books_nothing_for_what_was_mended_since(street, first):
    row = street.settled(1)
    street.collect(street.settled(2))
    street.platform.tamper(row.msgid)
    one = next(
        each for each in street.run().differences if each.kind == "missing_there"
    )
    street.mend(one, first)
    for fix in ("book", "retry", "reverse"):
        with pytest.raises(Conflict) as raised:
            street.mend(one, fix, "to_be_claimed")
        assert raised.value.code == "mended-before"
    assert owed(street) == 0


def test_what_was_booked_is_not_mended_in_another_way(street):
    row = street.collected(1)
    street.platform.tamper(row.msgid)
    (one,) = street.run().differences
    street.mend(one, "book", "to_be_claimed")
    for fix in ("retry", "reverse", "book"):
        with pytest.raises(Conflict) as raised:
            street.mend(one, fix, "other")
        assert raised.value.code == "booked-before"
    assert street.platform.query(row.msgid) is None


def test_faults_that_cancel_each_other_are_booked_one_after_the_other(street):
    rows = [street.collected(1), street.collected(2)]
    for row, fen in zip(rows, (1, -1), strict=True):
        street.platform.tamper(row.msgid, fund_fen=row.fund_fen + fen)
    found = street.run(thorough=True).differences
    assert len(found) == 2
    for one in found:
        view = street.mend(one, "book", "rounding")
    assert kinds(view) == [] and owed(street) == 0
    assert street.close().closed_by


def test_a_booking_stands_on_its_day(street):
    row = street.collected(1)
    street.platform.tamper(row.msgid)
    (one,) = street.run().differences
    street.mend(one, "book", "to_be_claimed")
    with street.open() as session:
        query = select(LedgerRow.on).where(LedgerRow.entry == "difference")
        assert list(session.exec(query)) == [DAY]
    assert NOON.date() == DAY
