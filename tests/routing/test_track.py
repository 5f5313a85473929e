"""Which positions count, and what a courier's track says."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.places import Point, distance_m
from routing.track import Aside, Fix, Leg, Sieve, followed, off_m, sifted
from tests.world import NOON

HERE = Point(120.66, 28.01)
DEGREE_M = 111_195


def east(metres: float, of: Point = HERE) -> Point:
    return Point(of.lon + metres / (DEGREE_M * 0.8829), of.lat)


def fix(seconds: int, metres: float = 0, **more) -> Fix:
    return Fix(NOON + timedelta(seconds=seconds), east(metres), **more)


def kept(*fixes: Fix, last: Fix | None = None, now=NOON + timedelta(hours=1)):
    return sifted(fixes, last, now=now, sieve=Sieve())


def test_fixes_count_in_the_order_of_their_instants_however_they_come():
    ride = [fix(30 * no, 150 * no) for no in range(20)]
    mixed = random.Random(3).sample(ride, len(ride))
    found = kept(*mixed, *mixed[:5])
    assert found.kept == tuple(ride)
    assert found.aside == {}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (fix(60, accuracy_m=201), Aside.INACCURATE),
        (Fix(NOON, Point(0, 0)), Aside.NOWHERE),
        (Fix(NOON, Point(0.001, -0.002)), Aside.NOWHERE),
        (fix(3600 + 121), Aside.AHEAD),
        (fix(60, 9_000), Aside.JUMP),
    ],
    ids=lambda it: str(it) if isinstance(it, Aside) else "",
)
def test_what_cannot_be_is_put_aside_and_counted(bad, why):
    found = kept(bad, last=fix(0))
    assert (found.kept, found.aside) == ((), {why: 1})


def test_a_clock_that_is_a_little_ahead_says_nothing_to_come():
    now = NOON + timedelta(hours=1)
    (found,) = kept(fix(3600 + 100)).kept
    assert found.at == now


def test_three_hundred_kilometres_an_hour_are_just_believed():
    as_fast = 300 / 3.6 * 60 + 100  # both may be off by 50 m
    assert kept(fix(60, as_fast - 2), last=fix(0)).kept
    assert not kept(fix(60, as_fast + 10), last=fix(0)).kept


def test_a_false_fix_that_was_believed_is_outlived():
    false = fix(0, 20_000)
    later = [fix(30 * no, 100) for no in range(1, 21)]
    found = kept(*later, last=false)
    assert 0 < found.aside[Aside.JUMP] < 10
    assert found.kept[-1] == later[-1]


def test_a_fix_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        Fix(NOON.replace(tzinfo=None), HERE)


def test_who_stays_within_a_hundred_metres_stands():
    track = followed(None, [fix(30 * no, no % 2 * 90) for no in range(40)], (), 500)
    assert track.still_since == NOON
    moved = followed(track, [fix(1300, 500)], (), 500)
    assert moved.still_since == NOON + timedelta(seconds=1300)


def test_an_older_fix_leaves_the_track_alone():
    track = followed(None, [fix(0), fix(60, 300)], (), 500)
    assert followed(track, [fix(30, 90_000)], (), 500) == track


def test_off_the_route_counts_from_the_first_fix_beyond_it():
    leg = Leg(HERE, east(2_000), 2_600)
    ride = [fix(0, 100), fix(30, -700), fix(60, -1200), fix(90, -1300)]
    track = followed(None, ride, (leg,), 500)
    assert track.off_since == NOON + timedelta(seconds=60)
    back = followed(track, [fix(120, 500)], (leg,), 500)
    assert back.off_since is None


@given(
    along=st.floats(0, 1),
    way_m=st.integers(0, 20_000),
    turn=st.floats(0, 1),
    ahead_m=st.integers(0, 8_000),
)
def test_nobody_on_a_road_of_the_plans_length_is_off_the_route(
    along, way_m, turn, ahead_m
):
    """However a road of that length winds, each place on it is on the route."""
    end = east(ahead_m)
    way_m += ahead_m
    point = Point(HERE.lon + turn * (end.lon - HERE.lon), HERE.lat)
    rest_m = max(0.0, along * way_m - distance_m(HERE, point))
    there = Point(point.lon, point.lat + rest_m / DEGREE_M)
    if distance_m(HERE, there) + distance_m(there, end) <= way_m:
        assert off_m(there, (Leg(HERE, end, way_m),)) == 0


@given(st.lists(st.tuples(st.integers(0, 3600), st.integers(-3000, 3000)), max_size=30))
def test_the_same_fixes_again_change_nothing(drawn):
    ride = [fix(seconds, metres) for seconds, metres in drawn]
    first = followed(None, kept(*ride).kept, (), 500)
    again = kept(*ride, last=first.fix if first else None)
    assert followed(first, again.kept, (), 500) == first
