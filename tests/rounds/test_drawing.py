"""A day drawn from a seed: the same for the same seed, and never an impossible one."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.rounds.districts import districts
from fixtures.rounds.drawing import draw
from fixtures.rounds.given import HOUR_S, Given, Meeting
from fixtures.rounds.roads import TRAFFIC_PERCENT, Roads
from pharmacies.places import Point

asked = st.builds(
    Given,
    seed=st.integers(1, 10**6),
    orders=st.integers(1, 30),
    couriers=st.integers(1, 8),
)
points = st.builds(
    Point,
    st.integers(120_500, 120_900).map(lambda it: it / 1000),
    st.integers(27_900, 28_100).map(lambda it: it / 1000),
)


@settings(max_examples=40)
@given(asked)
def test_every_order_can_be_lived(given_):
    day = draw(given_)
    assert len(day.orders) == given_.orders
    for no, order in enumerate(day.orders):
        assert order.no == no
        assert 7 * HOUR_S <= order.placed_s < order.packed_s < 20 * HOUR_S
        assert order.placed_s <= order.open_s < order.close_s <= 20 * HOUR_S
        assert order.close_s - order.open_s >= 2 * HOUR_S
        assert order.cold or order.meeting is not Meeting.TOO_WARM
        assert 0 <= order.outlet < len(day.outlets)
        assert not order.urgent or order.close_s == order.placed_s + 5 * HOUR_S // 2


@settings(max_examples=40)
@given(asked)
def test_who_breaks_down_has_a_phone_that_is_heard_and_somebody_goes_on(given_):
    day = draw(given_)
    broken = {it.courier for it in day.breakdowns}
    silent = {it.courier for it in day.offline}
    assert not broken & silent
    assert len(broken) < given_.couriers
    assert all(it.until_s - it.from_s == HOUR_S for it in day.offline)


@settings(max_examples=15)
@given(asked)
def test_the_same_seed_draws_the_same_day(given_):
    assert draw(given_) == draw(given_)


@settings(max_examples=15)
@given(asked, st.integers(1, 50))
def test_doors_and_windows_are_as_before_where_others_go_wrong_more_often(given_, pm):
    more = draw(replace(given_, broken_down_pm=given_.broken_down_pm + pm))
    assert more.orders == draw(given_).orders


def test_another_seed_draws_another_day():
    assert draw(Given(seed=1)).orders != draw(Given(seed=2)).orders


@settings(max_examples=40)
@given(points, points, st.integers(0, 24 * HOUR_S - 1))
def test_a_way_takes_as_long_whoever_goes_it_within_a_quarter_of_an_hour(
    one, two, at_s
):
    slot_s = at_s // 900 * 900
    roads, others = Roads(3), Roads(3)
    others.know([one, two])
    assert roads.way_m(one, two) == others.way_m(one, two)
    assert roads.way_s(one, two, at_s) == others.way_s(one, two, slot_s)


def test_a_way_takes_longer_in_the_evening_s_traffic():
    one, two = Point(120.60, 28.0), Point(120.70, 28.0)
    mean_s = {
        hour: sum(Roads(it).way_s(one, two, hour * HOUR_S) for it in range(30))
        for hour in (3, 17)
    }
    assert TRAFFIC_PERCENT[17] > TRAFFIC_PERCENT[3]
    assert mean_s[17] > 1.3 * mean_s[3]


@given(st.lists(points, min_size=8, max_size=40, unique=True), st.integers(1, 8))
def test_districts_have_about_as_many_homes_each(homes, count):
    district = districts(homes, count)
    found = [district(it) for it in homes]
    assert set(found) <= set(range(count))
    assert {district(it) for it in homes} == set(found)


@pytest.mark.parametrize("wrong", [{"orders": 0}, {"couriers": 0}, {"orders": 100_000}])
def test_a_day_of_no_size_is_refused(wrong):
    with pytest.raises(ValueError, match="expected 1 to"):
        Given(**wrong)
