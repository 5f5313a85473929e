"""Whatever officers book, undo, clear and correct: no fen is lost, on each database (S11, L17)."""

import random
from datetime import date

import pytest
from sqlalchemy import text

from dispensing.clearing.indicators import indicators
from dispensing.clearing.package import MONTHS, QUARTERS, STAGES, balances
from dispensing.desk import Desk
from dispensing.errors import DomainError
from dispensing.policy import overlay_of
from dispensing.policy.rules import rules_for
from dispensing.service.clearing import booking, entering, measuring
from dispensing.service.clearing.joint import joint_account
from tests.clearing.county import (
    GROUP,
    PLACE,
    RULES,
    TOWN,
    VILLAGE,
    YEAR,
    enter_all,
    fill,
    number,
)
from tests.clearing.test_booking import row, undo
from tests.clearing.test_running import approve, claim, desk, propose
from web import db

__all__ = ["desk"]

LAID = overlay_of("lincang", {"vbp.retained_share": "0.50"}, source="市医保局复函")
LINCANG = rules_for("lincang", date(2025, 12, 31), LAID)
STEPS = 50


@pytest.fixture
def county(engine, monkeypatch):
    """Give a group with a budget and savings, whose people came, on each database."""
    with db.open_session(engine) as work:
        numbers = fill(work)
        enter_all(work)
        rows = indicators(RULES)
        entering.enter(work, number("budget", 100_000_00), rows)
        entering.enter(work, number("vbp_saved", 1_000_01), rows)
    found = [claim(person) for person in numbers[:5]]
    monkeypatch.setattr(measuring, "claims_of", lambda *_, **__: tuple(found))
    return engine


def acts(chance: random.Random, work, desk: Desk):
    """Draw what an officer does next."""
    fen = chance.choice((1, 999, 30_000_00, chance.randrange(1, 20_000_00)))
    stage = chance.choice(("advance", "settle", "retain", "revolve", "return"))
    which = {"advance": QUARTERS, "settle": MONTHS}.get(stage, ("",))
    code = {"retain": TOWN, "revolve": VILLAGE, "return": VILLAGE}.get(stage, "")
    given = row(stage, fen, chance.choice(which), code)
    held = booking.bookings(work, PLACE, GROUP, YEAR)
    yield 6, lambda: booking.book(work, LINCANG, given)
    if held:
        yield 2, lambda: undo(work, chance.choice(held).id)
    if len(held) > 8:
        yield 2, lambda: approve(work, desk, propose(work, desk))
    figure = number("large_fund", chance.randrange(500_00))
    yield 1, lambda: entering.enter(work, figure, indicators(RULES))


def check(work) -> None:
    """Hold the book against itself, and against a sum by plain SQL."""
    held = [one.booking for one in booking.bookings(work, PLACE, GROUP, YEAR)]
    left = balances(held)
    assert sum(left.values()) == 0
    lines = joint_account(work, PLACE, GROUP, YEAR)
    assert (lines[-1].left_fen if lines else 0) == left.get("joint", 0)
    query = "SELECT stage, SUM(amount_fen) FROM group_booking GROUP BY stage"
    sums = dict(work.connection().execute(text(query)).all())
    for account, fen in left.items():
        got = sum(
            int(sums.get(stage, 0))
            for stage, way in STAGES.items()
            if way[0] == account
        )
        gave = sum(
            int(sums.get(stage, 0))
            for stage, way in STAGES.items()
            if way[1] == account
        )
        assert fen == got - gave
    revolving = booking.revolving_fen(work, PLACE, VILLAGE)
    assert revolving == left.get("revolving", 0) >= 0


@pytest.mark.parametrize("seed", range(4))
def test_s11_l17_whatever_is_done_to_a_year_no_fen_is_lost(county, desk, seed):
    chance, done = random.Random(seed), 0
    for _ in range(STEPS):
        with db.open_session(county) as work:
            weights, ways = zip(*acts(chance, work, desk), strict=True)
            (act,) = chance.choices(ways, weights)
            try:
                act()
                done += 1
            except DomainError:
                work.rollback()
        with db.open_session(county, read_only=True) as work:
            check(work)
    assert done > STEPS // 5


def test_s11_after_each_clearing_nothing_is_left_on_the_joint_account(county, desk):
    with db.open_session(county) as work:
        booking.book(work, LINCANG, row("advance", 30_000_00, "Q1"))
        for part in (100_00, 250_00):
            figure = number("large_fund", part)
            entering.enter(work, figure, indicators(RULES))
            approve(work, desk, propose(work, desk))
            lines = joint_account(work, PLACE, GROUP, YEAR)
            assert lines[-1].left_fen == 0
            assert {one.approved_by for one in lines} == {"", "officer"}
            check(work)
    assert lines[-1].booked.number == 2
