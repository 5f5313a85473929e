"""What viewers who were told of the same change are shown is read once, and never too old."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from web.live.place import Place
from web.live.shared import KEPT_MAX, Shared


def test_viewers_who_were_told_of_the_same_share_one_reading():
    shared, numbers, together = Shared(), count(1), Barrier(4)

    def look(_: int) -> int:
        together.wait()
        return shared.read("plan", Place(5, 2), lambda: next(numbers))

    with ThreadPoolExecutor(4) as viewers:
        assert list(viewers.map(look, range(4))) == [1, 1, 1, 1]


def test_who_was_told_of_more_reads_again_and_who_was_told_of_less_is_given_that():
    shared, numbers = Shared(), count(1)
    places = (Place(5, 2), Place(5, 3), Place(5, 2), Place(6, 2))
    read = [shared.read("plan", each, lambda: next(numbers)) for each in places]
    assert read == [1, 2, 2, 3]


def test_who_was_told_nothing_reads_anew():
    shared, numbers = Shared(), count(1)
    assert shared.read("plan", Place(9, 9), lambda: next(numbers)) == 1
    assert shared.read("plan", None, lambda: next(numbers)) == 2


def test_a_reading_that_failed_is_tried_again_by_the_next():
    shared = Shared()
    with pytest.raises(ZeroDivisionError):
        shared.read("plan", Place(1), lambda: 1 // 0)
    assert shared.read("plan", Place(1), lambda: 7) == 7


def test_only_the_newest_readings_are_kept():
    shared, numbers = Shared(), count(1)
    for name in range(KEPT_MAX + 1):
        shared.read(name, Place(1), lambda: next(numbers))
    assert shared.read(KEPT_MAX, Place(1), lambda: next(numbers)) == KEPT_MAX + 1
    assert shared.read(0, Place(1), lambda: next(numbers)) == KEPT_MAX + 2
