"""Days that are reconciled over HTTP: the tests of the embedded sandbox, once more."""

from dataclasses import replace

import pytest

from tests.gateway.street import PATIENT_MS, PEOPLE, client, now
from tests.reconcile import street as embedded
from tests.reconcile.test_days import (
    test_a_charge_that_only_the_platform_knows_is_taken_back_there,
    test_a_clean_day_shows_equal_sums_by_scheme,
    test_a_reversal_that_the_platform_lacks_is_sent_again,
    test_each_difference_is_booked_with_its_reason_and_the_day_closes,
    test_each_difference_is_mended_and_the_next_run_is_clean,
    test_the_other_outlet_is_told_of_a_swapped_charge_too,
    test_yesterday_is_reconciled_by_itself_once,
)
from web.sandbox import members
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.serving import serving

__all__ = [
    "test_a_charge_that_only_the_platform_knows_is_taken_back_there",
    "test_a_clean_day_shows_equal_sums_by_scheme",
    "test_a_reversal_that_the_platform_lacks_is_sent_again",
    "test_each_difference_is_booked_with_its_reason_and_the_day_closes",
    "test_each_difference_is_mended_and_the_next_run_is_clean",
    "test_the_other_outlet_is_told_of_a_swapped_charge_too",
    "test_yesterday_is_reconciled_by_itself_once",
]


@pytest.fixture
def street(sqlite_engine, tmp_path):
    """Open the street of reconciliation with its platform behind an address."""
    opened = embedded.open_street(sqlite_engine, tmp_path)
    books = Books(tmp_path / "platform.db")
    books.enrol(members.members(PEOPLE))
    with serving(Counter(books, now)) as url:
        gateway = client(url, tmp_path)
        yield replace(
            opened, desk=replace(opened.desk, gateway=gateway), platform=books
        )
        gateway.close()


def test_a_day_is_compared_by_the_statement_also_where_much_is_on_it(street):
    for number in range(1, 6):
        street.settled(number)
    asked = street.desk.gateway.compare_lines(
        embedded.SHOP, "resident", now().date(), ""
    )
    assert len(asked.splitlines()) == 5
    assert PATIENT_MS > 0
