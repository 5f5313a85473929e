"""Two who decide at the same moment: one does, and the act is carried out once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.approvals import SecondNeeded
from dispensing.errors import Conflict
from dispensing.service import approving, carrying
from dispensing.service.approving import Eyes, Party
from dispensing.tables import ProposalEndRow, ProposalUseRow
from fixtures import cast
from pharmacies.designation_service import Override
from pharmacies.tables import DesignationActRow
from tests import world
from tests.world import NOON
from web import db

ALL = Eyes()
ASKED = service.DesignationAct(
    "end",
    cast.LUCHENG_PHARMACY,
    "chronic",
    "查实违规",
    UUID(int=7),
    cause="terminated",
    override=Override("违规", 1),
)


@pytest.fixture
def desk(engine):
    opened = world.open_desk()
    with db.open_session(engine) as session:
        world.populate(session, opened)
    return opened


def asked(engine, desk) -> UUID:
    with db.open_session(engine) as session, pytest.raises(SecondNeeded) as needed:
        service.designate(session, desk, ASKED, by="asker", role="bureau", now=NOON)
    return needed.value.proposal_id


def approve(engine, desk, number, user) -> str:
    with db.open_session(engine) as session:
        return carrying.decide_on(
            session,
            desk,
            number,
            ALL,
            approves=True,
            reason="同意",
            by=Party(user, "bureau", user),
            name_of=str,
            now=NOON,
        ).state


def withdraw(engine, number) -> str:
    by = Party("asker", "bureau", "asker")
    with db.open_session(engine) as session:
        return approving.withdraw_proposal(session, number, ALL, by=by, now=NOON).state


def tried(act) -> str:
    try:
        return act()
    except Conflict as refused:
        return refused.code


def at_once(*acts) -> list[str]:
    start = Barrier(len(acts))

    def one(act):
        start.wait(10)
        return tried(act)

    with ThreadPoolExecutor(len(acts)) as crowd:
        return list(crowd.map(one, acts))


def kept(engine) -> tuple[int, int, int]:
    rows = (ProposalEndRow, ProposalUseRow, DesignationActRow)
    with db.open_session(engine) as session:
        ended, used, acts = (session.exec(select(row)).all() for row in rows)
    return len(ended), len(used), len([a for a in acts if a.act == "end"])


def test_of_two_that_approve_at_once_one_does(engine, desk):
    number = asked(engine, desk)
    told = at_once(
        *(lambda user=user: approve(engine, desk, number, user) for user in ("b", "c"))
    )
    assert sorted(told) == ["approval-decided", "used"]
    assert kept(engine) == (1, 1, 1)


def test_of_an_approval_and_a_withdrawal_at_once_one_holds(engine, desk):
    number = asked(engine, desk)
    told = at_once(
        lambda: approve(engine, desk, number, "b"), lambda: withdraw(engine, number)
    )
    assert sorted(told) in (
        ["approval-decided", "used"],
        ["approval-decided", "withdrawn"],
    )
    done = int("used" in told)
    assert kept(engine) == (1, done, done)


def test_who_comes_second_finds_it_decided_even_without_the_first_look(
    sqlite_engine, monkeypatch
):
    desk = world.open_desk()
    with db.open_session(sqlite_engine) as session:
        world.populate(session, desk)
    number = asked(sqlite_engine, desk)
    assert withdraw(sqlite_engine, number) == "withdrawn"
    monkeypatch.setattr(approving, "_reject_over", lambda *_: None)
    told = tried(lambda: approve(sqlite_engine, desk, number, "b"))
    assert told == "approval-decided"
    assert kept(sqlite_engine) == (1, 0, 0)
