"""The end of a search: reasons are looked for in the time there is, and no longer."""

import time
from dataclasses import replace

import pytest

from routing.plan import Reason
from routing.reasons import Reasons
from routing.solve import finishing
from routing.solve.board import Board
from routing.solve.watching import Watch
from tests.routing.tiny import COURIER, EIGHT, PARCEL, street

LATE = replace(PARCEL, close_s=EIGHT + 1)
TOWN = street(*(replace(LATE, id=f"late-{number}") for number in range(8)))


class Clock:
    """A clock that goes on only where a reason is looked for."""

    def __init__(self) -> None:
        self.now_s = time.monotonic()

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Let every reason take longer than a plan that was stopped may look for them."""
    clock, quick = Clock(), Reasons.of

    def slow(self, parcel):
        clock.now_s += 0.25
        return quick(self, parcel)

    monkeypatch.setattr(Reasons, "of", slow)
    monkeypatch.setattr(finishing, "time", clock)
    return clock


def reasons(*, stopped: bool) -> list[Reason]:
    watch = Watch(time.monotonic(), 3600, cancelled=lambda: stopped)
    board = Board(TOWN)
    plan = finishing.plan_of(board, finishing.finish(board, watch), watch)
    return [each.reason for each in plan.unserved]


def test_a_stopped_search_looks_for_reasons_only_for_a_moment():
    assert reasons(stopped=True) == [Reason.WINDOW_CLOSES] + [Reason.TIME_IS_UP] * 7


def test_a_search_that_nobody_stops_tells_every_reason():
    assert reasons(stopped=False) == [Reason.WINDOW_CLOSES] * 8


def test_a_search_that_is_stopped_before_it_found_anything_still_serves_something():
    problem = street()
    watch = Watch(time.monotonic(), 3600, cancelled=lambda: True)
    board = Board(problem)
    plan = finishing.plan_of(board, finishing.finish(board, watch), watch)
    assert plan.served == 2


def test_a_few_parcels_get_their_places_though_the_time_is_long_up():
    watch = Watch(time.monotonic() - 3600, 1)
    board = Board(street())
    plan = finishing.plan_of(board, finishing.finish(board, watch), watch)
    assert plan.served == 2


def test_a_stopped_search_looks_at_the_routes_only_for_a_moment(monkeypatch, clock):
    looked, gaps = [], finishing.Gaps

    def slow(problem, courier, stops):
        clock.now_s += 0.1
        looked.append(courier.id)
        return gaps(problem, courier, stops)

    monkeypatch.setattr(finishing, "Gaps", slow)
    fleet = tuple(replace(COURIER, id=f"courier-{number}") for number in range(50))
    board = Board(street(couriers=fleet))
    watch = Watch(time.monotonic(), 3600, cancelled=lambda: True)
    assert finishing.finish(board, watch) is None
    assert len(looked) == 2
    told = finishing.plan_of(board, None, watch).unserved
    assert {each.reason for each in told} == {Reason.TIME_IS_UP}
