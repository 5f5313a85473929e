"""What forms count (T22, L27, R15): alike line by line, in DuckDB and by raw SQL, to the fen."""

from dataclasses import astuple
from datetime import date

import pytest
from hypothesis import given, settings

from dispensing.claim_book import opened
from dispensing.forms.apart import count_apart
from dispensing.forms.counting import count
from dispensing.forms.counting_book import count_book, count_book_apart
from dispensing.forms.schedule import FormCount, Span
from tests.forms.drawn import BOOKS, START, line
from tests.forms.plain_sql import recount

SPAN = Span(START, date(2025, 8, 1), date(2025, 8, 31))
TWO = ("two_disease", "hypertension")


@pytest.fixture(scope="module")
def shop():
    with opened.shop() as one:
        yield one


@settings(max_examples=12, deadline=None)
@given(book=BOOKS)
def test_a_drawn_book_counts_alike_line_by_line_in_sets_and_by_raw_sql(shop, book):
    """T22, R15: month and cumulative; L27 both diseases together."""
    opened.lay_down(shop, book)
    one_by_one = count(book, SPAN)
    assert count_book(shop, SPAN) == one_by_one
    assert count_book_apart(shop, SPAN) == count_apart(book, SPAN)
    for span, begins in (("month", SPAN.first), ("whole", SPAN.since)):
        expected = recount(book, str(begins), str(SPAN.last))
        for key, cell in one_by_one.items():
            nothing = astuple(FormCount())
            assert astuple(getattr(cell, span)) == expected.get(key, nothing)


def test_two_lines_of_a_claim_are_one_visit_and_two_visits_one_person():
    lines = [line(), line(line=2), line(claim="c2")]
    cell = count(lines, SPAN)[TWO].month
    assert (cell.people, cell.visits, cell.fund_fen) == (1, 2, 3 * 540)


def test_a_person_with_two_diseases_is_one_where_both_are_counted_together():
    """L27: people of 两病专项, both diseases together, and the fen of both."""
    cell = count_apart([line(), line(claim="c2", disease="diabetes")], SPAN)
    found = cell["two_disease"].month
    assert (found.people, found.visits, found.fund_fen) == (1, 2, 2 * 540)
    assert cell["chronic"].whole == FormCount()


def test_an_area_counts_its_own(shop):
    opened.lay_down(shop, [line(), line(claim="c2", area="330303")])
    assert count_book(shop, SPAN, area="330303")[TWO].month.visits == 1
    assert count_book(shop, SPAN, area="3303")[TWO].month.visits == 2
