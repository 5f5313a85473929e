"""`yaoda smart` on the command line: a book made up, rules listed and run, refusals in a line."""

from typer.testing import CliRunner

from web.cli import app
from web.commands.given import BadInput

RUN = CliRunner()


def told(*words):
    return RUN.invoke(app, ["smart", *map(str, words)])


def test_a_book_is_made_up_and_audited(tmp_path):
    book, table = tmp_path / "book", tmp_path / "alarms.csv"
    assert told("book", 4000, "--out", book, "--seed", 3).exit_code == 0
    done = told("run", book, "--rule", "after_end", "--rule", "resale", "--out", table)
    assert done.exit_code == 0, done.output
    assert "after_end: 3 alarms" in done.output
    assert table.read_text("utf-8").count("after_end") == 3


def test_the_rules_are_listed_with_sentence_and_standing():
    said = told("rules").output
    assert "严禁重复配药、超量配药等违规行为" in said
    assert said.count("[bench]") >= 12


def test_what_cannot_be_run_is_refused_in_one_line(tmp_path):
    text = tmp_path / "no.parquet"
    text.write_text("claim,line")
    for words in (
        ("run", tmp_path / "nothing.parquet"),
        ("run", text),
        ("run", text, "--rule", "nothing"),
        ("run", text, "--set", "duplicate.times_min=x"),
        ("run", text, "--set", "duplicate.nothing=1"),
    ):
        refused = told(*words).exception
        assert isinstance(refused, BadInput), words
        assert len(str(refused).splitlines()) == 1
