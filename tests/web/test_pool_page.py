"""The first page of the dispatcher proposes what is next."""

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from dispensing.days import CHINA
from web.pages.pool import SLICES, next_slice

DAY = date(2025, 9, 15)
MORNING, AFTERNOON = SLICES


def made(part: tuple[time, time], state: str = "committed") -> SimpleNamespace:
    return SimpleNamespace(opens=part[0], closes=part[1], state=state)


@pytest.mark.parametrize(
    ("hour", "plans", "proposed"),
    [
        (8, [], MORNING),
        (8, [made(MORNING)], AFTERNOON),
        (8, [made(MORNING, "superseded")], MORNING),
        (9.5, [], MORNING),
        (12, [], AFTERNOON),
        (12, [made(MORNING)], AFTERNOON),
        (12, [made(MORNING), made(AFTERNOON, "draft")], MORNING),
        (14, [made(MORNING), made(AFTERNOON)], AFTERNOON),
        (17, [made(MORNING)], AFTERNOON),
        (21, [], AFTERNOON),
    ],
)
def test_the_slice_that_is_next_to_be_planned_is_proposed(hour, plans, proposed):
    now = datetime.combine(DAY, time.min, CHINA) + timedelta(hours=hour)
    assert next_slice(plans, DAY, now) == proposed


def test_another_day_begins_with_its_morning():
    now = datetime(2025, 9, 14, 17, tzinfo=CHINA)
    assert next_slice([], DAY, now) == MORNING
