"""Several officers book at one moment: as if one had come after another, to the fen."""

from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from sqlmodel import select

from dispensing.clearing.claims import Claim
from dispensing.clearing.indicators import indicators
from dispensing.clearing.package import QUARTERS, balances
from dispensing.errors import DomainError
from dispensing.policy.rules import rules_for
from dispensing.service.clearing import booking, entering, measuring
from dispensing.tables import ClearingRow
from tests import world
from tests.clearing.county import (
    GROUP,
    PLACE,
    RULES,
    VILLAGE,
    YEAR,
    enter_all,
    fill,
    number,
)
from tests.clearing.test_booking import row
from tests.clearing.test_running import approve, propose
from tests.dispensing import attacks
from web import db

LINCANG = rules_for("lincang", date(2025, 12, 31))


def one_by_one(engine, acts):
    """Do the same acts without a race."""
    answers = []
    for act in acts:
        with db.open_session(engine) as session:
            try:
                answers.append(act(session))
            except DomainError as refusal:
                answers.append(refusal)
    return answers


TOGETHER = pytest.mark.parametrize(
    "together", [attacks.at_once, one_by_one], ids=["at once", "one by one"]
)


@pytest.fixture
def county(engine):
    """Give a group with a budget of 100,000 yuan, on each database."""
    with db.open_session(engine) as work:
        numbers = fill(work)
        rows = indicators(RULES)
        entering.enter(work, number("budget", 100_000_00), rows)
    return engine, numbers


def book(rules, *given, **more):
    def act(session):
        booking.book(session, rules, row(*given, **more))

    return act


def stands(engine):
    with db.open_session(engine, read_only=True) as work:
        found = booking.bookings(work, PLACE, GROUP, YEAR)
        return [(one.period, one.amount_fen) for one in found]


def refusals(answers):
    return [each.code for each in answers if isinstance(each, DomainError)]


@TOGETHER
def test_four_advances_that_are_too_many_together_keep_to_the_budget(county, together):
    engine, _ = county
    acts = [book(LINCANG, "advance", 30_000_00, quarter) for quarter in QUARTERS]
    assert refusals(together(engine, acts)) == ["above-budget"]
    assert sum(fen for _, fen in stands(engine)) == 90_000_00


@TOGETHER
def test_one_quarter_is_advanced_once_by_whoever_presses(county, together):
    engine, _ = county
    key = uuid4()
    same = [book(LINCANG, "advance", 30_000_00, "Q1", key=key) for _ in range(3)]
    other = [book(LINCANG, "advance", 20_000_00, "Q1") for _ in range(3)]
    told = refusals(together(engine, same + other))
    assert len(stands(engine)) == 1 and {"period-booked"} >= set(told), told


@TOGETHER
def test_a_clinics_revolving_fund_keeps_to_its_range_over_the_years(county, together):
    """L18: three to fifty thousand yuan, whatever year each part is booked under."""
    engine, _ = county
    years = [
        book(LINCANG, "revolve", 30_000_00, "", VILLAGE, year=year)
        for year in (2021, 2022, 2023)
    ]
    assert refusals(together(engine, years)) == ["fund-outside"] * 2
    with db.open_session(engine, read_only=True) as work:
        assert booking.revolving_fen(work, PLACE, VILLAGE) == 30_000_00


@TOGETHER
def test_a_clearing_beside_an_advance_books_what_is_left(county, together, monkeypatch):
    """One clearing, and nothing is left on the joint account: what was advanced is taken off."""
    engine, numbers = county
    desk = world.open_desk()
    usual = {"channel": "two_disease", "disease": "hypertension", "atc": "C08CA01"}
    claims = tuple(
        Claim(one, date(2021, 5, 1), fund_fen=10_00, supply_days=28, **usual)
        for one in numbers[:5]
    )
    monkeypatch.setattr(measuring, "claims_of", lambda *_, **__: claims)
    with db.open_session(engine) as work:
        enter_all(work)
        asked = propose(work, desk)
    carried = partial(approve, desk=desk, proposal_id=asked)
    answers = together(engine, [carried, book(RULES, "advance", 1_00, "Q1"), carried])
    with db.open_session(engine, read_only=True) as work:
        (cleared,) = work.exec(select(ClearingRow)).all()
        booked = [one.booking for one in booking.bookings(work, PLACE, GROUP, YEAR)]
    left = balances(booked)
    assert left.get("joint", 0) == 0 and sum(left.values()) == 0
    shared = sum(one.amount_fen for one in booked if one.stage == "share")
    assert shared == cleared.paid_fen
    advanced = any(one.stage == "advance" for one in booked)
    assert advanced or "year-cleared" in refusals(answers), answers
