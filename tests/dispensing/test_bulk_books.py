"""A book that is not fit is told in one line, and nothing is adjudicated."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dispensing.bulk.book import open_book, workshop
from dispensing.bulk.columns import BadBook
from tests.dispensing.books import GOOD, opened


@pytest.fixture(scope="module")
def shop():
    with workshop() as backend:
        yield backend


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price_fen": -1}, "price_fen: expected whole numbers from 0"),
        ({"price_fen": "12.60"}, "price_fen: expected whole numbers, got string"),
        ({"price_fen": 12.6}, "price_fen: expected whole numbers, got float64"),
        ({"price_fen": None}, "price_fen: expected whole numbers"),
        ({"tier": "without"}, "tier: expected this column, it is missing"),
        ({"venue": "village"}, "venue: expected one of primary"),
        ({"colour": "red"}, "colour: unknown column"),
        ({"registered": "gout"}, "registered: expected slugs of diseases"),
        ({"area": "5309"}, "area: expected six digits"),
        ({"person": None}, "person: expected whole numbers or words"),
    ],
    ids=str,
)
def test_a_book_that_is_not_fit_is_told_in_one_line(changes, words, shop, tmp_path):
    with pytest.raises(BadBook, match=words) as told:
        opened(shop, tmp_path, [changed(**changes)])
    assert "\n" not in str(told.value)


def test_a_file_that_is_no_parquet_is_told_in_one_line(shop, tmp_path):
    path = tmp_path / "book.parquet"
    path.write_text("claim,line\n")
    with pytest.raises(BadBook, match="expected a parquet file") as told:
        open_book(shop, path)
    assert "\n" not in str(told.value)


def changed(**changes):
    row = {**GOOD, "line": 1, **changes}
    return {name: one for name, one in row.items() if one != "without"}


def many(*changes):
    """Give ten claims in order, and after them one more, line by line as changed."""
    rows = [changed(claim=no, settled_no=no, person=f"I{no % 2}") for no in range(10)]
    eleventh = {"claim": 10, "settled_no": 10, "person": "I0"}
    return rows + [changed(**{**eleventh, **one}) for one in changes]


@pytest.mark.parametrize("mixed", [False, True], ids=["in order", "mixed"])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{}, {}], "claim 10, line 1: expected one row, got 2"),
        ([{}, {"line": 2, "person": "I1"}], "claim 10: expected the same person"),
        ([{}, {"line": 2, "settled_no": 11}], "claim 10: expected the same person"),
        (
            [{"settled_no": 8}],
            "person I0, settled_no 8: expected one claim, got 8 and 10",
        ),
    ],
    ids=["line twice", "two people", "two places", "tie"],
)
def test_doubles_and_ties_are_told_with_an_example(
    changes, words, mixed, shop, tmp_path
):
    rows = many(*changes)
    if mixed:
        random.Random(1).shuffle(rows)
    with pytest.raises(BadBook, match=words) as told:
        opened(shop, tmp_path, rows)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("line", [1, "without"], ids=["lines", "no lines"])
def test_a_book_in_any_order_is_fit(line, shop, tmp_path):
    rows = [changed(claim=no, settled_no=no, line=line) for no in range(9)]
    assert opened(shop, tmp_path, rows).rows == 9
    assert opened(shop, tmp_path, rows[::-1]).rows == 9
    assert opened(shop, tmp_path, rows[:1]).rows == 1


def test_two_people_may_share_a_place_in_the_order(shop, tmp_path):
    rows = [changed(claim=no, settled_no=5, person=f"I{no}") for no in range(3)]
    assert opened(shop, tmp_path, rows).rows == 3


def test_claims_kept_as_categories_are_counted_out(shop, tmp_path):
    rows = pa.Table.from_pylist(
        [changed(claim=f"c{no}", settled_no=no) for no in (1, 2)]
    )
    claims = rows["claim"].combine_chunks().dictionary_encode()
    path = tmp_path / "book.parquet"
    pq.write_table(rows.set_column(0, "claim", claims), path)
    assert open_book(shop, path).rows == 2
