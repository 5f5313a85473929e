"""What a plan leaves behind is counted by reason, and one reason is listed page by page."""

from uuid import UUID

from routing.service.views import UnservedView
from web.pages.left_behind import SHOWN_MAX, grouped, more_time


def left(number: int, reason: str) -> UnservedView:
    words = ("原因", reason)
    return UnservedView(UUID(int=number), reason, *words, "", "widen_window", None, 600)


MANY = [left(no, "fleet_full") for no in range(SHOWN_MAX + 5)]
FEW = [left(100, "no_licence")]


def test_reasons_are_counted_the_largest_first_and_nothing_is_listed_unasked():
    groups = grouped([*FEW, *MANY], "", 1)
    assert [(it.reason, it.number) for it in groups] == [
        ("fleet_full", SHOWN_MAX + 5),
        ("no_licence", 1),
    ]
    assert not any(it.orders for it in groups)


def test_the_reason_that_is_asked_for_is_listed_page_by_page():
    first, other = grouped([*FEW, *MANY], "fleet_full", 1)
    assert (first.orders, first.pages, other.orders) == (tuple(MANY[:SHOWN_MAX]), 2, ())
    last = grouped(MANY, "fleet_full", 9)[0]
    assert (last.page, last.orders) == (2, tuple(MANY[SHOWN_MAX:]))


def test_where_the_time_was_too_short_more_is_proposed():
    short = [left(1, "time_is_up"), left(2, "still_fits"), *FEW]
    assert more_time(short, 4) == (2, 30)
    assert more_time(short, 60) == (2, 180)
    assert more_time(short, 200) == (2, 300)
    assert more_time(short, 300) is None
    assert more_time(FEW, 10) is None
