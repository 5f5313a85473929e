"""Year ends, leap days and clocks that are wrong: the year that was charged is the one freed."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from dispensing import service
from dispensing.days import CHINA
from dispensing.desk import Desk
from dispensing.errors import CodeRejected, StillRunning
from dispensing.gateway.sandbox import Faults, SandboxGateway
from dispensing.service.views import SettledView
from dispensing.tables import AllowanceRow, SettlementRow
from tests import world
from tests.dispensing import attacks
from tests.dispensing.attacks import ALICE, SHOP, Fuse
from tests.world import NOON
from web import db

EVE = datetime(2025, 12, 31, 23, 59, 59, 900_000, CHINA)
NEW_YEAR = datetime(2026, 1, 1, 0, 0, 0, 100_000, CHINA)
A_BIT = timedelta(seconds=31)  # longer than a charge takes
BILL_FEN = 1_260
DAY = timedelta(days=1)


def issued(engine: Engine, desk: Desk, at: datetime, number: int = 1) -> UUID:
    """Receive a prescription that is good for the day of issue and the day after."""
    stamp = at.replace(hour=9, microsecond=0).isoformat()
    changes = {"issued_at": stamp, "valid_days": 2}
    return attacks.received(engine, desk, number, **changes)


def settle(
    engine: Engine, desk: Desk, id_: UUID, now: datetime, batch: int = 1
) -> SettledView:
    with db.open_session(engine) as session:
        return attacks.settle(session, desk, id_, batch, now=now)


def used(engine: Engine) -> dict[int, tuple[int, int]]:
    """Tell fund and deductible that each of alice's years has used, in fen."""
    with db.open_session(engine, read_only=True) as session:
        rows = session.exec(select(AllowanceRow).where(AllowanceRow.person_no == ALICE))
        return {row.year: (row.fund_fen, row.deductible_fen) for row in rows}


@pytest.mark.parametrize("zone", [CHINA, UTC], ids=["China", "UTC"])
def test_the_old_year_ends_with_its_last_moment_in_china(engine, tmp_path, zone):
    desk = attacks.open_street(engine, tmp_path)
    ids = [issued(engine, desk, EVE, number) for number in (1, 2)]
    old = settle(engine, desk, ids[0], EVE.astimezone(zone), 1)
    new = settle(engine, desk, ids[1], NEW_YEAR.astimezone(zone), 2)
    assert (old.fund_fen, old.deductible_fen) == (441, 0)
    assert (new.fund_fen, new.deductible_fen) == (0, BILL_FEN)
    assert used(engine) == {2025: (441, 10_000), 2026: (0, BILL_FEN)}
    assert new.msgid[12:20] == "20260101"
    attacks.audit(engine, tmp_path)


def test_a_reversal_in_the_new_year_frees_the_year_that_was_charged(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    id_ = issued(engine, desk, EVE)
    settle(engine, desk, id_, EVE)
    with db.open_session(engine) as session:
        assert attacks.reverse(session, desk, id_, now=NEW_YEAR).state == "reversed"
    assert used(engine) == {2025: (0, 10_000)}
    settle(engine, desk, id_, NEW_YEAR)
    assert used(engine) == {2025: (0, 10_000), 2026: (0, BILL_FEN)}
    attacks.audit(engine, tmp_path)


@pytest.mark.parametrize("booked", [True, False], ids=["booked", "not-booked"])
def test_what_was_begun_in_the_old_year_is_finished_in_it(engine, tmp_path, booked):
    desk = attacks.open_street(engine, tmp_path)
    id_ = issued(engine, desk, EVE)
    if booked:
        loses = SandboxGateway(tmp_path / "platform.db", Faults(lose_answer_every=1))
        assert settle(engine, world.open_desk(loses), id_, EVE).state == "unknown"
    else:
        begin = partial(attacks.settle, desk=desk, id_=id_, batch=1, now=EVE)
        assert attacks.killed_at(engine, Fuse(0, after_commit=True), begin)
    assert attacks.recover(engine, desk, EVE + A_BIT) == 1
    assert used(engine) == {2025: (441 if booked else 0, 10_000)}
    attacks.audit(engine, tmp_path)


def test_a_leap_day_is_a_day_like_any_other(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    before = datetime(2028, 2, 28, 12, tzinfo=CHINA)
    ids = [issued(engine, desk, before, number) for number in (1, 2)]
    assert settle(engine, desk, ids[0], before + DAY, 1).on.isoformat() == "2028-02-29"
    with pytest.raises(service.NotAccepted) as raised:
        settle(engine, desk, ids[1], before + 2 * DAY, 2)
    problems = raised.value.view.assessment.problems
    assert "refused" in {each.verdict for each in problems}
    last = datetime(2028, 12, 31, 23, 59, 59, tzinfo=CHINA)
    settle(engine, desk, issued(engine, desk, last, 3), last, 3)
    assert set(used(engine)) == {2025, 2028}
    attacks.audit(engine, tmp_path)


@pytest.mark.parametrize("wrong_by", [-DAY, DAY], ids=["behind", "ahead"])
def test_a_wrong_clock_does_not_keep_a_settlement_open(engine, tmp_path, wrong_by):
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(
        engine, desk, 1, issued_at="2025-09-14T08:00:00+08:00", valid_days=3
    )
    begin = partial(attacks.settle, desk=desk, id_=id_, batch=1, now=NOON + wrong_by)
    assert attacks.killed_at(engine, Fuse(0, after_commit=True), begin)
    assert attacks.recover(engine, desk, NOON) == 1
    assert settle(engine, desk, id_, NOON).state == "posted"
    attacks.audit(engine, tmp_path)


def test_one_that_is_being_charged_is_left_alone_by_both_clocks(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(engine, desk, 1)
    begin = partial(attacks.settle, desk=desk, id_=id_, batch=1)
    assert attacks.killed_at(engine, Fuse(0, after_commit=True), begin)
    for drift in (timedelta(seconds=-29), timedelta(), timedelta(seconds=29)):
        assert attacks.recover(engine, desk, NOON + drift) == 0
        with pytest.raises(StillRunning):
            settle(engine, desk, id_, NOON + drift)


def test_the_settlement_that_holds_is_found_whatever_the_clocks_say(engine, tmp_path):
    """The first attempt was made by a clock that was ahead, and came to nothing."""
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(engine, desk, 1)
    ahead = NOON + timedelta(hours=3)
    begin = partial(attacks.settle, desk=desk, id_=id_, batch=1, now=ahead)
    assert attacks.killed_at(engine, Fuse(0, after_commit=True), begin)
    attacks.recover(engine, desk, NOON)
    posted = settle(engine, desk, id_, NOON)
    with db.open_session(engine) as session:
        assert service.settlement(session, id_) == posted
        seen = service.prescription(
            session, desk, id_, reader=world.READER, now=NOON
        ).settlement
        assert seen == posted
        assert attacks.reverse(session, desk, id_).state == "reversed"
        states = session.exec(select(SettlementRow.state)).all()
    assert sorted(states) == ["reversed", "void"]
    attacks.audit(engine, tmp_path)


def test_a_code_is_not_revived_by_a_clock_that_is_set_back(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(engine, desk, 1)
    with db.open_session(engine) as session:
        code = service.issue_code(
            session,
            desk,
            person_no=ALICE,
            purpose="settle",
            outlet_code=SHOP,
            now=NOON,
        )
        shown = {"voucher": "e_code", "scanned_code": code.text}
        attacks.settle(session, desk, id_, 1, **shown)
        attacks.reverse(session, desk, id_)
    for drift in (timedelta(), timedelta(seconds=-4), -DAY, DAY):
        with (
            db.open_session(engine) as session,
            pytest.raises(CodeRejected) as raised,
        ):
            attacks.settle(session, desk, id_, 1, now=NOON + drift, **shown)
        assert raised.value.reason in {"used", "expired", "not_yet"}
