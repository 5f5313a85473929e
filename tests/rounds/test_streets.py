"""Couriers on the streets by hand: nobody is at two places, nothing is lost, nothing is luck."""

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.rounds.by_hand import live_by_hand
from fixtures.rounds.drawing import draw
from fixtures.rounds.figures import figures_of
from fixtures.rounds.given import Given
from fixtures.rounds.happening import Happening
from fixtures.rounds.told import Fate, fate_of

SMALL = Given(seed=5, orders=20, couriers=4, broken_down_pm=300)
ONCE_MORE = """
from fixtures.rounds.drawing import draw
from fixtures.rounds.given import Given
from fixtures.rounds.by_hand import live_by_hand
given = Given(seed=5, orders=20, couriers=4, broken_down_pm=300)
print(live_by_hand(draw(given)).text(), end="")
"""


def test_the_same_day_by_hand_is_the_same_bytes_in_another_process():
    day = draw(SMALL)
    told = subprocess.run(
        [sys.executable, "-c", ONCE_MORE],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert live_by_hand(day).text() == told.stdout


@settings(max_examples=20)
@given(
    st.integers(1, 10**6),
    st.integers(1, 25),
    st.integers(1, 5),
    st.sampled_from([0, 400]),
)
def test_nobody_is_at_two_places_and_every_order_ends_once(
    seed, orders, couriers, broken_pm
):
    asked = Given(seed=seed, orders=orders, couriers=couriers, broken_down_pm=broken_pm)
    day = draw(asked)
    journal = live_by_hand(day)
    for no in range(couriers):
        trips = [it for it in journal.trips if it.courier == no]
        for before, after in pairwise(trips):
            assert before.target == after.origin
            assert before.there_s <= after.left_s
    assert journal.fates.keys() == set(range(orders))
    visits = Counter(it.order for it in journal.deeds if it.meeting)
    assert not visits or max(visits.values()) == 1
    for deed in journal.deeds:
        if deed.meeting:
            order = day.orders[deed.order]
            assert journal.fates[deed.order] is fate_of(order, deed.meeting)
            assert deed.at_s >= order.open_s


@settings(max_examples=20)
@given(st.integers(1, 10**6))
def test_a_parcel_is_fetched_after_it_is_packed_and_before_the_door(seed):
    day = draw(Given(seed=seed, orders=20, couriers=3, broken_down_pm=400))
    fetched: dict[int, int] = {}
    for deed in live_by_hand(day).deeds:
        if deed.meeting is None:
            assert deed.at_s > day.orders[deed.order].packed_s
            fetched[deed.order] = deed.courier
        else:
            assert fetched[deed.order] == deed.courier


@settings(max_examples=20)
@given(st.integers(1, 10**6))
def test_no_box_is_fuller_than_it_can_be(seed):
    day = draw(Given(seed=seed, orders=25, couriers=2, cold_pm=400))
    aboard = [set[int](), set[int]()]
    for deed in live_by_hand(day).deeds:
        box, courier = aboard[deed.courier], day.couriers[deed.courier]
        if deed.meeting:
            box.discard(deed.order)
            continue
        for other in aboard:  # who takes over has it, nobody else
            other.discard(deed.order)
        box.add(deed.order)
        cold = sum(day.orders[no].cold for no in box)
        assert len(box) <= courier.capacity_parcels
        assert cold <= courier.cold_capacity_parcels


def test_figures_add_up_to_the_orders_of_the_day():
    day = draw(SMALL)
    journal = live_by_hand(day)
    found = figures_of(day, journal)
    ends = found.delivered + found.retried + found.returned + found.left
    assert ends == found.orders == 20
    assert found.kept <= found.in_time <= found.orders
    assert found.delivered == Counter(journal.fates.values())[Fate.HANDED_OVER]
    assert found.metres == sum(it.metres for it in journal.trips) > 0


def test_what_falls_together_happens_in_order_and_plans_come_after_the_streets():
    happening, seen = Happening(), []
    happening.plan_at(5, lambda: seen.append("plan"))
    happening.at(5, lambda: seen.append("first"))
    happening.at(5, lambda: seen.append("second"))
    happening.at(3, lambda: happening.at(1, lambda: seen.append("late, so now")))
    happening.run()
    assert seen == ["late, so now", "first", "second", "plan"]
    assert happening.now_s == 5
