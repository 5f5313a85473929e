"""Several officers act on a matching at one moment: one run, each person let in once."""

from datetime import date

import pytest
from sqlmodel import select

from dispensing.errors import DomainError
from dispensing.service.matching import acting, enrolling
from dispensing.service.matching.acting import Answer
from dispensing.tables import (
    EnrolmentRow,
    ManagedRegistryRow,
    MatchingRunRow,
    RegistrationRow,
)
from tests.clearing.test_at_once import TOGETHER
from tests.matching.conftest import AREA, BUREAU, NOW
from tests.matching.test_running import let_in, on_list, say
from web import db

BORN = date(1957, 3, 12)


@pytest.fixture
def county(engine, county_in):
    """Open a county of Lincang with six people to let in, on each database."""
    with db.open_session(engine) as session:
        made = county_in(session)
        for no in range(1, 7):
            made.manage(f"陈{no}", made.insure(no, f"陈{no}", BORN), "高血压")
        made.manage("赵六", made.insure(7, "赵七", BORN), "糖尿病")
        made.take()
        session.rollback()  # the line is free for the others
        yield made


def in_session(county, county_in, act):
    """Do an act of the same county in a session of its own."""

    def done(session):
        other = county_in(session)
        other.vault, other.rules = county.vault, county.rules
        return act(other)

    return done


@TOGETHER
def test_runs_of_one_registry_on_one_day_are_one_run(
    engine, county, county_in, together
):
    runs = [in_session(county, county_in, lambda one: one.run()) for _ in range(4)]
    assert len(set(together(engine, runs))) == 1
    assert len(county.session.exec(select(MatchingRunRow)).all()) == 1


@TOGETHER
def test_each_person_is_let_in_once_by_four_officers(
    engine, county, county_in, together
):
    """T4, L2: one registration and one filing for each, whoever presses."""
    run_id = county.run()
    acts = [
        in_session(county, county_in, lambda one: let_in(one, run_id)) for _ in range(4)
    ]
    done = together(engine, acts)
    enrolled = [one for one in done if isinstance(one, enrolling.Enrolled)]
    refused = [one for one in done if isinstance(one, DomainError)]
    assert (
        len(enrolled) + len(refused) == 4 and sum(one.people for one in enrolled) == 6
    )
    filed = county.session.exec(select(EnrolmentRow)).all()
    assert len({one.filing_no for one in filed}) == len(filed) == 6
    assert len(county.session.exec(select(RegistrationRow)).all()) == 6


@TOGETHER
def test_a_pair_that_two_officers_decide_apart_has_one_last_word(
    engine, county, county_in, together
):
    run_id = county.run()
    (pair,) = on_list(county, run_id, "review")
    county.session.rollback()
    codes = ("same_person", "other_person")
    acts = [
        in_session(
            county,
            county_in,
            lambda one, code=code: acting.answer(
                one.session,
                run_id,
                "review",
                [Answer(pair.id, code)],
                area=AREA,
                by=BUREAU,
                now=NOW,
            ),
        )
        for code in codes
    ]
    together(engine, acts)
    (told,) = on_list(county, run_id, "review")
    assert told.outcome.code in codes
    assert say(county, run_id, "review", pair.id, told.outcome.code) == 0


@TOGETHER
def test_registries_handed_over_at_one_moment_are_each_kept(
    engine, county, county_in, together
):
    def take(one):
        one.rows = county.rows
        return one.take()

    before = len(county.session.exec(select(ManagedRegistryRow)).all())
    county.session.rollback()
    taken = together(engine, [in_session(county, county_in, take) for _ in range(6)])
    assert len(set(taken)) == 6
    kept = county.session.exec(select(ManagedRegistryRow)).all()
    assert len(kept) == before + 6
