"""A prescription lapses at midnight of its last day in China, whether anybody sweeps or not."""

from datetime import UTC, datetime, timedelta

import pytest

from dispensing import service
from dispensing.days import CHINA
from dispensing.errors import Conflict
from tests import world
from tests.life.lives import Life
from tests.world import NOON

LAST_SECOND = timedelta(seconds=1)


def ends(life: Life) -> datetime:
    """Give the midnight after the three days of the usual prescription."""
    return datetime(2025, 9, 18, tzinfo=CHINA)


def shown(life: Life) -> tuple[str, str]:
    view = service.prescription(
        life.session, life.desk, life.rx, reader=world.READER, now=life.now
    )
    return view.state, view.life.stage


def test_it_is_valid_to_the_last_second_and_lapsed_at_midnight(begun):
    life = begun()
    life.now = ends(life) - LAST_SECOND
    assert shown(life) == ("received", "received")
    life.now = ends(life)
    assert shown(life) == ("lapsed", "lapsed")


@pytest.mark.parametrize(
    ("issued", "days", "midnight"),
    [
        ("2025-12-30T20:00:00+08:00", 2, (2026, 1, 1)),
        ("2028-02-28T23:59:59+08:00", 2, (2028, 3, 1)),
        ("2027-02-28T00:00:00+08:00", 1, (2027, 3, 1)),
        ("2025-09-15T23:59:59+08:00", 1, (2025, 9, 16)),
    ],
)
def test_years_leap_days_and_late_evenings_are_chinas(begun, issued, days, midnight):
    life = begun(issued_at=issued, valid_days=days)
    over = datetime(*midnight, tzinfo=CHINA)
    life.now = (over - LAST_SECOND).astimezone(UTC)
    assert life.state == "received"
    life.now = over.astimezone(UTC)
    assert life.state == "lapsed"


def test_without_days_it_is_valid_on_the_day_of_issue(begun):
    life = begun(valid_days=None)
    life.now = datetime(2025, 9, 15, 23, 59, 59, tzinfo=CHINA)
    assert life.state == "received"
    life.now = datetime(2025, 9, 16, tzinfo=CHINA)
    assert life.state == "lapsed"


def test_the_sweep_writes_it_down_once(begun):
    life = begun()
    other = begun(valid_days=30)
    asked = {"now": ends(life) + timedelta(seconds=1)}
    assert service.lapse_all(life.session, life.desk, **asked) == 1
    assert service.lapse_all(life.session, life.desk, **asked) == 0
    life.now = other.now = asked["now"]
    assert life.events()[-1] == "lapsed"
    assert shown(life) == ("lapsed", "lapsed")
    assert shown(other) == ("received", "received")


def test_a_claim_does_not_outlive_the_last_day(begun):
    life = begun()
    life.now = ends(life) - timedelta(minutes=5)
    life.claim()
    life.now = ends(life)
    assert life.state == "lapsed"


def test_a_settlement_at_one_second_past_midnight_is_refused_by_the_rules(begun):
    life = begun()
    life.now = ends(life) + timedelta(seconds=1)
    with pytest.raises(service.NotAccepted) as raised:
        life.settle()
    refused = {each.check for each in raised.value.view.assessment.problems}
    assert "prescription.validity" in refused


def test_what_is_settled_before_midnight_is_handed_out_after_it(begun):
    life = begun()
    life.settle()
    life.now = NOON + timedelta(days=30)
    assert service.lapse_all(life.session, life.desk, now=life.now) == 0
    life.collect()
    assert life.state == "dispensed"


def test_nothing_lapses_before_its_time(begun):
    life = begun()
    with pytest.raises(Conflict) as raised:
        service.lapse(life.session, life.desk, prescription_id=life.rx, now=NOON)
    assert raised.value.code == "still-valid"
