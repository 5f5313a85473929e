"""What a pilot is to reach: numbers that rise or fall, counted here or entered, or missing."""

import pytest

from dispensing.clearing.claims import Claim
from dispensing.clearing.goals import GOALS, compare
from dispensing.clearing.indicators import indicators
from dispensing.clearing.scores import Measured
from dispensing.errors import Malformed
from dispensing.policy.rules import rules_for
from dispensing.service.clearing import entering, measuring, running
from tests import world
from tests.clearing.county import (
    AFTER,
    GROUP,
    PLACE,
    RULES,
    YEAR,
    enter_all,
    fill,
    number,
)
from web import db

WHOLE = 1000


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_s1_s13_a_goal_is_met_where_its_number_moved_as_the_text_says(goal):
    of = None if goal.name == "fund" else WHOLE
    for now, rose, fell in (
        (501, True, False),
        (499, False, True),
        (500, False, False),
    ):
        met = by_name({goal.name: (500, of)}, {goal.name: (now, of)})[goal.name].is_met
        assert met is (rose if goal.rises else fell)


def test_s1_shares_of_years_with_other_numbers_of_people_are_compared_exactly():
    told = by_name({"visited": (1, 3)}, {"visited": (333_333_333, 10**9)})
    assert told["visited"].is_met is False


def test_s1_a_year_without_the_number_of_the_one_before_tells_nothing():
    told = by_name({}, {"visited": (1, 2)})
    assert {one.is_met for one in told.values()} == {None}


def test_s1_s13_each_goal_has_its_sentence_and_other_texts_have_none():
    quotes = {one.goal.name: one.cited.quote for one in compare(RULES, {}, {})}
    assert "住院率同比下降" in quotes["hospitalised"]
    assert "致残率逐步降低" in quotes["disabled"]
    assert compare(rules_for("lincang", AFTER.date().replace(year=2025)), {}, {}) == ()


def test_s1_visits_and_spending_are_counted_here_until_an_officer_enters_them(
    sqlite_engine, monkeypatch
):
    with db.open_session(sqlite_engine) as work:
        people = fill(work)
        came = tuple(
            Claim(
                one,
                AFTER.date().replace(year=YEAR),
                "two_disease",
                "diabetes",
                "A10",
                28,
                10_00,
            )
            for one in people[:5]
        )
        monkeypatch.setattr(measuring, "claims_of", lambda *_, **__: came)
        assert goals(work)["visited"].now == Measured(5, 6)
        assert goals(work)["fund"].now is None  # what claims do not tell is not entered
        enter_all(work)
        enter(work, "visited_before", 1, 2)
        enter(work, "fund_before", 5_151_00)
        told = goals(work)
        assert told["fund"].now == Measured(5_150_00) and told["fund"].is_met
        assert told["visited"].is_met and told["satisfied"].is_met is None
        enter(work, "visited", 3, 6)
        assert goals(work)["visited"].is_met is False


@pytest.mark.parametrize(
    "given", [("visited", 3), ("visited", 7, 6), ("fund_before", 1, 2), ("fund", 1)]
)
def test_a_number_of_another_kind_is_refused(sqlite_engine, given):
    with db.open_session(sqlite_engine) as work, pytest.raises(Malformed):
        enter(work, *given)


def by_name(before, now):
    given = [
        {name: Measured(*counts) for name, counts in one.items()}
        for one in (before, now)
    ]
    return {one.goal.name: one for one in compare(RULES, *given)}


def goals(work):
    draft = running.draft_of(
        work, world.open_desk(), RULES, place=PLACE, group=GROUP, year=YEAR
    )
    return {one.goal.name: one for one in draft.goals}


def enter(work, *given):
    entering.enter(work, number(*given), indicators(RULES))
