"""The measurement of the catalogue, at a tiny size."""

from web.bench_catalogue import ASKED, LIMIT_S, ROWS, measure


def test_a_file_is_refused_then_goes_in_and_is_searched(sqlite_engine):
    said = []
    measure(sqlite_engine, "SQLite", said.append, rows=60, asked=4)
    assert "60 rows with 30 bad ones: exactly those refused" in said[0]
    assert "60 rows corrected: written" in said[1]
    assert "60 rows every standard changed: written" in said[2]
    assert [one for one in said[3:] if "search by" not in one] == []
    assert len(said) == 11


def test_the_usual_size_is_what_was_promised():
    assert (ROWS, LIMIT_S) == (100_000, 60.0)
    assert ASKED >= 100
