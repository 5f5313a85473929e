"""A relative's account pays along (家庭共济): leave, order of payers, giving back."""

import pytest
from sqlmodel import Session, select

from dispensing import service
from dispensing.errors import Conflict, Malformed
from dispensing.tables import LedgerRow, PersonRow
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.world import NOON

ALICE, BOB = cast.alice.person_no, cast.bob.person_no


def allow(session: Session, desk, **changes: str) -> None:
    asked = {
        "payer_no": BOB,
        "person_no": ALICE,
        "id_number": cast.alice.id_number,
        **changes,
    }
    service.allow_aid(session, desk.vault, **asked, now=NOON)


def purse(session: Session, person_no: str) -> tuple[int, int]:
    row = session.get_one(PersonRow, person_no, populate_existing=True)
    return row.account_fen, row.account_reserved_fen


def test_a_relative_pays_what_the_own_account_cannot(street, desk):
    allow(street, desk)
    before, _ = purse(street, BOB)
    id_ = service.receive(street, desk, world.message(1), now=NOON).id
    settled = attacks.settle(street, desk, id_, 1)
    assert settled.mutual_aid_fen == settled.total_fen - settled.fund_fen
    assert settled.cash_fen == 0
    assert purse(street, BOB) == (before - settled.mutual_aid_fen, 0)
    row = street.exec(select(LedgerRow).where(LedgerRow.credit == "mutual_aid")).one()
    assert (row.holder, row.amount_fen) == (BOB, settled.mutual_aid_fen)


def test_a_reversal_gives_it_back_to_the_relative_even_after_the_leave_ended(
    street, desk
):
    allow(street, desk)
    before = purse(street, BOB)
    id_ = service.receive(street, desk, world.message(1), now=NOON).id
    attacks.settle(street, desk, id_, 1)
    service.end_aid(street, payer_no=BOB, person_no=ALICE, now=NOON)
    attacks.reverse(street, desk, id_)
    assert purse(street, BOB) == before


def test_without_leave_nobody_else_pays(street, desk):
    allow(street, desk)
    service.end_aid(street, payer_no=BOB, person_no=ALICE, now=NOON)
    id_ = service.receive(street, desk, world.message(1), now=NOON).id
    assert attacks.settle(street, desk, id_, 1).mutual_aid_fen == 0


def test_leave_given_twice_stands_once(street, desk):
    allow(street, desk)
    allow(street, desk)
    assert service.people_aided(street, BOB) == (ALICE,)


def test_a_wrong_id_number_and_a_second_payer_are_refused(street, desk):
    with pytest.raises(Malformed):
        allow(street, desk, id_number=cast.bob.id_number)
    allow(street, desk)
    with pytest.raises(Conflict):
        allow(street, desk, payer_no=cast.charlie.person_no)
