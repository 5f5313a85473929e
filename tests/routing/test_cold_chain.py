"""What a parcel's readings and rides come to, and what breaks its cold chain."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.days import CHINA
from routing.cold_chain import Fault, Limits, Reading, Seen, Span, answered, course

TWO = datetime(2025, 9, 15, 14, 0, tzinfo=CHINA)


def after(minutes: int) -> datetime:
    return TWO + timedelta(minutes=minutes)


def read(*pairs: tuple[int, int]) -> list[Reading]:
    return [Reading(after(minutes), dc, "box") for minutes, dc in pairs]


RIDE = [Span(after(0), after(30))]


def test_a_parcel_read_inside_from_fridge_to_door_is_kept():
    found = course(read((0, 45), (10, 52), (20, 80), (30, 20)), RIDE)
    assert found.is_kept and found.out_s == 1800
    assert (found.coldest_dc, found.warmest_dc, found.outside) == (20, 80, 0)
    assert (found.above_s, found.below_s, found.longest_gap_s) == (0, 0, 600)


@pytest.mark.parametrize(
    ("pairs", "above_s", "below_s", "faults"),
    [
        # Either end outside: nobody vouches for what lies between.
        (((0, 50), (10, 81), (20, 50), (30, 50)), 1200, 0, (Fault.TOO_WARM,)),
        (((0, 50), (30, 81)), 1800, 0, (Fault.TOO_WARM,)),
        # The last reading is outside: so is the rest of the way.
        (((0, 50), (10, 19)), 0, 1800, (Fault.TOO_COLD,)),
        (((0, 90), (10, 50), (20, 10)), 600, 1200, (Fault.TOO_WARM, Fault.TOO_COLD)),
        # Before it left the fridge: no minute of the ride, a fault all the same.
        (((-5, 95), (0, 50), (30, 50)), 0, 0, (Fault.TOO_WARM,)),
    ],
)
def test_minutes_outside_are_counted_and_named(pairs, above_s, below_s, faults):
    found = course(read(*pairs), RIDE)
    assert (found.above_s, found.below_s, found.faults) == (above_s, below_s, faults)
    assert not found.is_kept


def test_what_no_text_limits_is_counted_and_judged_only_by_an_operators_limit():
    readings = read((0, 50), (20, 81), (22, 50), (30, 50))
    strict = course(readings, RIDE)
    assert strict.faults == (Fault.TOO_WARM,) and strict.gaps == ()
    own = Limits(outside_s_max=25 * 60, out_of_fridge_s_max=29 * 60, gap_s_max=600)
    found = course(readings, RIDE, own)
    assert found.faults == (Fault.TOO_LONG, Fault.UNWATCHED)
    assert found.gaps == (Span(after(0), after(20)),)


def test_two_rides_are_added_and_the_fridge_between_them_is_not():
    rides = [Span(after(0), after(10)), Span(after(60), after(75))]
    found = course(read((0, 50), (10, 50), (60, 50), (75, 50)), rides)
    assert found.out_s == 25 * 60 and found.is_kept


def test_without_a_reading_nothing_is_kept_and_nothing_is_broken():
    found = course([], RIDE)
    assert not found.is_kept and not found.faults
    assert found.longest_gap_s == found.out_s == 1800


def test_a_decision_answers_what_it_has_seen_and_no_more():
    warm = course(read((0, 50), (20, 95), (30, 50)), RIDE)
    seen = Seen(frozenset(warm.faults), warm.coldest_dc, warm.warmest_dc)
    assert answered(seen, warm)
    assert answered(seen, course(read((0, 50), (20, 95), (30, 90)), RIDE))
    for later in (((20, 96),), ((20, 95), (25, 15))):
        assert not answered(seen, course(read((0, 50), *later), RIDE))


@given(
    st.lists(st.tuples(st.integers(-10, 40), st.integers(-100, 300)), max_size=12),
    st.integers(0, 40),
)
def test_more_readings_never_make_a_broken_chain_whole(pairs, minutes):
    ride = [Span(after(0), after(minutes))]
    found = course(read(*pairs), ride)
    assert max(found.above_s, found.below_s) <= found.out_s == 60 * minutes
    more = course(read(*pairs, (5, 50)), ride)
    assert set(found.faults) <= set(more.faults)


@pytest.mark.parametrize("dc", [-401, 601])
def test_what_no_thermometer_says_is_refused(dc):
    with pytest.raises(ValueError, match="°C"):
        Reading(TWO, dc, "box")
    with pytest.raises(ValueError, match="offset"):
        Reading(TWO.replace(tzinfo=None), 45, "box")
