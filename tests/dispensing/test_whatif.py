"""What changes for whom when a policy changes, and the commands that tell it."""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from web import cli

OVERLAY = """
region = "lincang"
title = "试算"

[[parameters]]
name = "{name}"
value = "{value}"
source = "试算"
from = 2025-01-01
"""


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["yaoda", *words])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        return stop.value.code, said.out, said.err

    return command


@pytest.fixture
def book(run):
    code, *_ = run("bulk", "sample", "400", "--out", "c.parquet", "--policy", "lincang")
    assert code == 0
    return "c.parquet"


def overlay(tmp_path, value, name="ratio.resident"):
    path = tmp_path / f"{value}.toml"
    path.write_text(OVERLAY.format(name=name, value=value), "utf-8")
    return path.name


def test_a_book_is_adjudicated_into_a_file(run, book, tmp_path):
    code, out, _ = run("bulk", "adjudicate", book, "--policy", "lincang")
    assert (code, out.split(":")[0]) == (0, "splits.parquet")
    rows = pq.read_table(tmp_path / "splits.parquet").to_pylist()
    assert len(rows) == 400
    paid = [row for row in rows if row["fund_fen"] is not None]
    for row in paid:
        parts = row["fund_fen"] + row["account_fen"] + row["cash_fen"]
        assert parts == row["total_fen"]


def test_a_higher_ratio_makes_people_better_off(run, book, tmp_path):
    more = overlay(tmp_path, "0.70")
    words = ("whatif", "lincang", more, book, "--csv", "w.csv", "--page", "w.html")
    code, out, _ = run(*words)
    total = out.splitlines()[1].split("\t")
    assert code == 0
    assert total[0] == "all"
    assert int(total[3]) > 0
    assert int(total[4]) == 0
    rows = (tmp_path / "w.csv").read_text("utf-8").splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == {
        "all",
        "area",
        "disease",
        "venue",
    }
    page = (tmp_path / "w.html").read_text("utf-8")
    assert "<svg" in page
    assert "高血压" in page
    assert "<script" not in page
    assert "src=" not in page


def test_the_same_policy_changes_nothing(run, book):
    code, out, _ = run("whatif", "lincang", "lincang", book)
    assert code == 0
    assert all(line.split("\t")[3:5] == ["0", "0"] for line in out.splitlines()[1:-1])
    assert "400 lines, 0 left out" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bulk", "adjudicate", "none", "--policy", "lincang"), "no such file"),
        (("bulk", "adjudicate", "c.parquet", "--policy", "x"), "one of the regions"),
        (
            ("bulk", "adjudicate", "c.parquet", "--policy", "lincang", "--out", "."),
            "expected a file",
        ),
        (("whatif", "lincang", "tieling", "c.parquet"), "expected one region"),
        (("bulk", "sample", "9", "--out", "x", "--policy", "x"), "expected one of"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_one_line(words, said, run, book, tmp_path):
    code, out, err = run(*words)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not out
    assert [path.name for path in tmp_path.iterdir()] == [book]


def test_a_missing_extra_is_one_line(run, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("dispensing.bulk")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ibis", None)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    code, _, err = run("bulk", "sample", "9", "--out", "x")
    assert code == 2
    assert err == "yaoda: needs the extra packages of bulk: pip install 'yaoda[bulk]'\n"


def shared(column, values):
    """Write a book in which so many people have each value of a column."""
    rows = pq.read_table("c.parquet").to_pylist()
    people = list(dict.fromkeys(row["person"] for row in rows))
    given, person = {}, iter(people)
    for value, many in values.items():
        given |= {next(person): value for _ in range(many)}
    kept = [
        {**row, column: given[row["person"]]} for row in rows if row["person"] in given
    ]
    schema = pq.read_schema("c.parquet")
    pq.write_table(pa.Table.from_pylist(kept, schema=schema), "few.parquet")


def test_groups_of_fewer_than_five_people_are_told_as_one(run, book):
    shared("area", {"530902": 7, "530921": 2, "530922": 4, "530923": 5})
    code, out, _ = run("whatif", "lincang", "lincang", "few.parquet")
    assert code == 0
    areas = [line.split("\t") for line in out.splitlines() if line.startswith("area")]
    assert {row[1]: row[2] for row in areas} == {
        "530902": "7",
        "530923": "5",
        "together": "6",
    }


def test_one_small_group_is_told_with_the_next_larger(run, book):
    shared("area", {"530902": 9, "530921": 2, "530923": 7})
    _, out, _ = run("whatif", "lincang", "lincang", "few.parquet")
    areas = [line.split("\t") for line in out.splitlines() if line.startswith("area")]
    assert {row[1]: row[2] for row in areas} == {"530902": "9", "together": "9"}


def test_a_book_of_four_people_tells_nothing(run, book):
    shared("area", {"530902": 4})
    code, out, err = run("whatif", "lincang", "lincang", "few.parquet")
    assert (code, out) == (2, "")
    assert "4 people, fewer than 5" in err
