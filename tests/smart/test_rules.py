"""The rules of smart audit (T13, T14, L26, W21, W24, C10, S9): found, missed, excused."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from dispensing.smart.rules import (
    PATH,
    UnknownParameter,
    check,
    rule,
    shipped,
    with_values,
)
from dispensing.smart_book.judging import judged
from dispensing.smart_book.planted import write_planted
from dispensing.smart_book.running import audit
from tests.smart import plain
from tests.smart.books import DAY, LOW, claim_line, drawn, drawn_sides, laid, opened


@pytest.fixture(scope="module")
def duck():
    with opened() as connection:
        yield connection


def lowered():
    return with_values(
        shipped(),
        {
            (name, one): (value, "small books")
            for name, values in LOW.items()
            for one, value in values.items()
        },
    )


def run(duck, lines, sides, rules=None):
    named = laid(duck, lines, sides)
    return audit(duck, "book", rules or lowered(), named)


def test_every_rule_equals_its_plain_recomputation(duck):
    """T14, L26, W24: 12 rules on 5 small books, subject by subject and line by line."""
    seen = set()
    for seed in range(5):
        lines, sides = drawn(seed)
        found = run(duck, lines, sides)
        for one in lowered():
            expected = plain.found(one.id, one.values, lines, sides)
            told = {
                each.subject: {(e.claim, e.line) for e in each.evidence}
                for each in found.alarms
                if each.rule == one.id
            }
            assert told == expected, (seed, one.id)
            seen |= {one.id} if told else set()
    assert seen == {one.id for one in shipped()}


def test_the_same_run_twice_gives_the_same_alarms(duck):
    lines, sides = drawn(7)
    once, again = run(duck, lines, sides), run(duck, lines[::-1], sides)
    assert once == again
    assert len({one.id for one in once.alarms}) == len(once.alarms) > 5


def test_no_stake_is_above_what_the_fund_paid(duck):
    lines, sides = drawn(3, claims=120)
    for one in run(duck, lines, sides).alarms:
        paid = sum(each.fund_fen for each in one.evidence)
        assert 0 <= one.stake_fen <= paid


def test_an_empty_book_and_one_person_raise_nothing(duck):
    sides = drawn_sides(random.Random(1))
    assert run(duck, [], sides, shipped()).alarms == ()
    assert run(duck, [claim_line("C1")], sides, shipped()).alarms == ()


def test_giant_amounts_stay_whole(duck):
    giant = 9 * 10**15
    lines = [
        claim_line(
            f"C{no}",
            day=DAY + timedelta(no),
            price_fen=giant,
            standard_fen=1,
            fund_fen=giant,
        )
        for no in range(5)
    ]
    sides = {name: [] for name in drawn(1)[1]}
    (found,) = run(duck, lines, sides, (rule("above_standard"),)).alarms
    assert found.stake_fen == 5 * (giant - 1)


def test_a_rule_without_its_data_says_what_it_waits_for(duck):
    laid(duck, [claim_line("C1")], drawn(1)[1])
    found = audit(duck, "book", shipped())
    assert {(one.rule, one.needs) for one in found.unrun} == {
        ("auxiliary", "auxiliary"),
        ("two_places", "places"),
        ("closed_hours", "hours"),
        ("hospital_stay", "stays"),
        ("after_end", "ends"),
    }


def test_planted_fraud_is_found_and_look_alikes_are_not(duck, tmp_path):
    """T13, W21: one small made-up year; the figures by rule are the bench's."""
    files = write_planted(duck, tmp_path, lines=70_000, year=2025, seed=11)
    sides = {k: f"'{v}'" for k, v in files.items() if k not in ("claims", "truth")}
    found = audit(duck, f"'{files['claims']}'", shipped(), sides)
    truth = {}
    for name, subject in duck.execute(f"from '{files['truth']}'").fetchall():
        truth.setdefault(name, set()).add(subject)
    told = judged(found.alarms, truth)
    assert {one.rule for one in told} == {one.id for one in shipped()}
    assert sum(one.found for one in told) >= 0.9 * sum(one.planted for one in told)
    assert sum(one.true for one in told) >= 0.9 * sum(one.alarms for one in told)


def test_every_rule_rests_on_a_sentence_of_its_text():
    folder = PATH.parent.parent / "policies" / "texts"
    for one in shipped():
        assert one.quote in (folder / f"{one.document}.txt").read_text("utf-8"), one.id
        assert one.innocent
        assert one.parameters
        assert {each.standing for each in one.parameters} == {"bench"}


def test_a_threshold_is_set_with_a_reason_and_only_where_there_is_one():
    given = {("duplicate", "times_min"): (4, "抽查后调整")}
    one = rule("duplicate", with_values(shipped(), given))
    assert one.values["times_min"] == 4
    assert [each.standing for each in one.parameters] == ["bench", "bureau"]
    for wrong in (
        ("duplicate", "nothing", 4, "why"),
        ("nothing", "times_min", 4, "why"),
        ("duplicate", "times_min", -1, "why"),
        ("duplicate", "times_min", 4, " "),
    ):
        with pytest.raises(UnknownParameter):
            check(*wrong)


def test_a_threshold_does_not_number_an_alarm_anew(duck):
    lines, sides = drawn(7)
    mine = [one for one in lowered() if one.id == "duplicate"]
    newer = [replace(one, version=2) for one in mine]
    once, again = (run(duck, lines, sides, some).alarms for some in (mine, newer))
    assert [one.id for one in once] == [one.id for one in again]
    assert {one.edition for one in once}.isdisjoint(one.edition for one in again)
