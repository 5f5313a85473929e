"""A search is watched while it comes down, and may be stopped with the best plan kept."""

import os
import signal
import threading

import pytest

from routing.plan import Plan, Reason, Unserved
from routing.watch import Watch
from web.commands.route.stopping import stoppable

LEFT = Unserved("parcel-1", Reason.FLEET_FULL, "no room", None)


def test_a_watch_notes_when_which_better_plan_was_found():
    times = iter([100.0, 100.5, 102.25, 103.0])
    watch = Watch(lambda: next(times))
    watch(Plan((), (LEFT,), 0, 900))
    assert watch.first_full_s() is None
    watch(Plan((), (), 0, 700))
    watch(Plan((), (), 0, 600))
    assert watch.better == [(0.5, 900, 1), (2.25, 700, 0), (3.0, 600, 0)]
    assert watch.first_full_s() == 2.25


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_a_search_to_stop_and_no_more(number):
    before = signal.getsignal(number)
    with stoppable() as stopped:
        assert not stopped()
        os.kill(os.getpid(), number)
        assert stopped()
        assert signal.getsignal(number) == before, "a second one ends the program"
    assert signal.getsignal(number) == before


def test_beside_the_main_thread_no_signal_is_taken():
    asked = []

    def elsewhere():
        with stoppable() as stopped:
            asked.append(stopped())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(10)
    assert asked == [False]
