"""What a page asks of the database does not grow with what there is."""

import pytest

from tests.platform import platform, sent
from web.bench_pages import PAGES, counting

__all__ = ["platform"]
# Each prescription that these list is read by itself, and fifty are listed at most.
LISTS = {"/patient", "/patient/sharing", "/patient/codes", "/counter"}
QUERIES_A_ROW_MAX = 20
NAMES = {
    "patient": "alice",
    "counter": "counter",
    "dispatch": "dispatcher",
    "courier": "courier",
    "bureau": "bureau",
}


def queries(platform):
    found = {}
    for role, pages in PAGES.items():
        client = platform.person(NAMES[role])
        for page in pages:
            assert client.get(page).status_code == 200  # its template is compiled now
            with counting(platform.app.extensions["engine"]) as asked:
                client.get(page)
            found[page] = len(asked)
    return found


@pytest.fixture
def checked(platform):
    """Give a function that lets a number of prescriptions be checked at the counter."""

    def check(numbers):
        for number in numbers:
            rx = sent(platform, number)
            platform.program("counter").post(f"/prescriptions/{rx}/checks", {})

    return check


def test_queries_do_not_grow_with_the_rows(platform, checked):
    checked([1])
    few = queries(platform)
    checked([2, 3, 4])
    many = queries(platform)
    grown = {page: many[page] - few[page] for page in few if many[page] > few[page]}
    assert grown.keys() <= LISTS
    assert all(more <= 3 * QUERIES_A_ROW_MAX for more in grown.values()), grown
