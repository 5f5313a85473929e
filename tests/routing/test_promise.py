"""Whether a promise was kept, and by whom it was broken, from what was recorded."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.days import CHINA
from routing.promise import Course, Happened, judge

NINE = datetime(2025, 9, 15, 9, 0, tzinfo=CHINA)


def at(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def facts(*pairs: tuple[float, str], detail: str = "") -> tuple[Happened, ...]:
    return tuple(Happened(at(hours), kind, detail) for hours, kind in pairs)


PACKED, OUT = (1, "order_packed"), (2, "order_out")
# Placed at nine; the window is from one to three; planned to leave at two, there at half past.
USUAL = Course(at(0), at(4), at(6), facts(PACKED), at(5), at(5.5))
TOMORROW = at(30)


def course(*pairs: tuple[float, str], **changes: object) -> Course:
    return replace(USUAL, facts=facts(*pairs), **changes)


def test_a_parcel_handed_over_in_its_window_keeps_the_promise():
    told = judge(course(PACKED, (5, "order_out"), (6, "order_handed_over")), TOMORROW)
    assert (told.state, told.late_s, told.by) == ("kept", 0, None)
    assert [fact.kind for fact in told.facts] == ["order_handed_over"]


LATE = {
    "packed_late": (
        (5.5, "order_packed"),
        (5.6, "order_out"),
        (6.2, "order_handed_over"),
    ),
    "left_late": (PACKED, (5.8, "order_out"), (6.3, "order_handed_over")),
    "road": (PACKED, (5, "order_out"), (6.5, "order_handed_over")),
    # Brought back from a route, it was still packed in time.
    "back": (PACKED, (5, "order_packed"), (7, "order_out"), (7.4, "order_handed_over")),
}


@pytest.mark.parametrize(
    ("name", "by", "why"),
    [
        ("packed_late", "pharmacy", "packed_late"),
        ("left_late", "carrier", "left_late"),
        ("road", "road", "road"),
        ("back", "carrier", "left_late"),
    ],
)
def test_the_stage_that_lost_most_has_broken_it(name, by, why):
    told = judge(course(*LATE[name]), TOMORROW)
    assert (told.state, told.by, told.why) == ("broken", by, why)
    assert told.facts[-1].kind == "order_handed_over" and told.late_s > 0
    assert [fact.kind for fact in told.facts][:1] == ["order_packed"]


def test_a_plan_that_was_late_itself_is_the_carriers():
    late = course(PACKED, (6.5, "order_out"), (7, "order_handed_over"))
    planned = replace(late, planned_leave_at=at(6.5), planned_arrive_at=at(7))
    told = judge(planned, TOMORROW)
    assert (told.by, told.why) == ("carrier", "planned_late")


@pytest.mark.parametrize(
    ("detail", "by"),
    [
        ("not_home", "patient"),
        ("refused", "patient"),
        ("wrong_address", "address"),
        ("too_warm", "carrier"),
        ("broken_seal", "carrier"),
    ],
)
@pytest.mark.parametrize("kind", ["attempt_failed", "order_returned"])
def test_what_was_found_at_the_door_in_time_has_broken_it(detail, by, kind):
    door = Happened(at(5.5), kind, detail)
    told = judge(
        replace(USUAL, facts=(*facts(PACKED, (5, "order_out")), door)), TOMORROW
    )
    assert (told.by, told.why, told.facts) == (by, detail, (door,))
    assert told.state == ("broken" if kind == "order_returned" else "late")


def test_a_visit_after_the_promise_was_broken_has_not_broken_it():
    door = Happened(at(7), "attempt_failed", "not_home")
    late = (*facts(PACKED, (6.8, "order_out")), door)
    told = judge(replace(USUAL, facts=late), TOMORROW)
    assert (told.by, told.why) == ("carrier", "left_late")


@pytest.mark.parametrize(
    ("entered", "by", "why", "words"),
    [
        ("weather: 台风橙色预警", "other", "weather", "台风橙色预警"),
        ("pharmacy: 冷藏柜维修", "pharmacy", "pharmacy", "冷藏柜维修"),
        ("patient: 来电改期", "patient", "patient", "来电改期"),
    ],
)
def test_a_reason_that_a_person_entered_comes_first(entered, by, why, words):
    door = Happened(at(5.5), "attempt_failed", "not_home")
    said = Happened(at(8), "delay_explained", entered)
    told = judge(replace(USUAL, facts=(*facts(PACKED, OUT), door, said)), TOMORROW)
    assert (told.by, told.why, told.words, told.facts) == (by, why, words, (said,))


def test_a_promise_is_open_until_it_is_late_and_ends_with_its_order():
    assert judge(USUAL, at(6)).state == "open"
    late = judge(USUAL, at(8))
    assert (late.state, late.late_s, late.by) == ("late", 7200, "carrier")
    assert judge(course(PACKED, (5, "order_cancelled")), TOMORROW).state == "cancelled"


KINDS = st.sampled_from(
    ["order_packed", "order_out", "attempt_failed", "order_handed_over"]
)


@given(st.lists(st.tuples(st.floats(0, 20), KINDS), max_size=6))
def test_who_broke_it_is_always_named_and_nobody_breaks_what_was_kept(pairs):
    told = judge(course(*sorted(pairs)), TOMORROW)
    assert (told.by is not None) == (told.state in ("broken", "late"))
    assert (told.late_s > 0) == (told.state in ("broken", "late"))
