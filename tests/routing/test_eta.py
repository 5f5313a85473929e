"""When a courier comes, as a span of minutes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.eta import STEP_S, Ahead, etas
from tests.world import NOON

MINUTE = timedelta(minutes=1)


def told(*ahead: Ahead, since=NOON, now=NOON):
    return [eta for _, eta in etas(ahead, since=since, now=now)]


def test_ways_and_services_add_up_from_where_the_courier_is():
    found = told(Ahead(3, 600, 120), Ahead(4, 300, 120), Ahead(7, 60, 120))
    assert [eta.at - NOON for eta in found] == [10 * MINUTE, 17 * MINUTE, 20 * MINUTE]


def test_nothing_begins_before_its_window_and_the_span_does_not_either():
    opens = NOON + 60 * MINUTE
    first, second = told(Ahead(1, 600, 300, opens), Ahead(2, 600, 0))
    assert (first.at, first.early) == (opens, opens)
    assert second.at == opens + 15 * MINUTE


def test_a_span_is_of_whole_five_minutes_around_what_was_reckoned():
    (eta,) = told(Ahead(1, 47 * 60, 0))
    assert eta.early - NOON == 30 * MINUTE
    assert eta.late - NOON == 60 * MINUTE


def test_what_should_be_there_is_expected_at_once_and_the_span_widens():
    (fresh,) = told(Ahead(1, 60, 0), since=NOON - 2 * MINUTE)
    (stale,) = told(Ahead(1, 60, 0), since=NOON - 40 * MINUTE)
    assert fresh.at == stale.at == NOON
    assert stale.late - stale.early > fresh.late - fresh.early


def test_seconds_below_nothing_are_refused():
    with pytest.raises(ValueError, match="stop 1"):
        Ahead(1, -1, 0)


AHEAD = st.lists(
    st.tuples(
        st.integers(0, 3600),
        st.integers(0, 900),
        st.none() | st.integers(-3600, 4 * 3600),
    ),
    min_size=1,
    max_size=20,
)


@given(AHEAD, st.integers(0, 7200))
def test_spans_hold_what_they_are_around_and_never_run_backwards(drawn, heard_s):
    ahead = [
        Ahead(no, way, service, None if at is None else NOON + timedelta(seconds=at))
        for no, (way, service, at) in enumerate(drawn)
    ]
    found = told(*ahead, since=NOON - timedelta(seconds=heard_s))
    for eta, stop in zip(found, ahead, strict=True):
        assert eta.early <= eta.at <= eta.late
        assert eta.late > eta.early
        assert eta.at >= NOON and (stop.opens is None or eta.at >= stop.opens)
        for edge in (eta.early, eta.late):
            assert edge.timestamp() % STEP_S == 0
        assert eta.late - eta.at <= timedelta(seconds=1800 + STEP_S)
    assert [eta.at for eta in found] == sorted(eta.at for eta in found)
