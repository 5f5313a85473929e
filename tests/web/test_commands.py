"""The officer's commands: explain a case, write one, run folders, tell the coverage."""

import re
import sqlite3

import pytest

from tests.platform import ROOT, settled
from web import cli

CASES = ROOT / "fixtures" / "cases"
OVERLAY = ROOT / "fixtures" / "wenzhou" / "overlay.toml"
CATALOGUE = ROOT / "fixtures" / "wenzhou" / "medicines.csv"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", f"sqlite:///{tmp_path}/yaoda.db")


def run(*words: object) -> int:
    said = [str(word) for word in words]
    return cli.answer(lambda: cli.app(said, standalone_mode=False))


def test_a_folder_of_cases_is_run(capsys):
    assert run("cases", "run", CASES) == 0
    assert capsys.readouterr().out.endswith(" passed, 0 failed\n")


def test_a_new_case_can_be_run_at_once(capsys, tmp_path):
    assert run("cases", "new", "tieling") == 0
    path = tmp_path / "new.yaml"
    path.write_text(capsys.readouterr().out, "utf-8")
    assert run("cases", "run", path) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_coverage_is_told(capsys):
    assert run("cases", "coverage", CASES) == 0
    said = capsys.readouterr().out
    assert said.startswith("checks\t23 of 23")
    assert "clauses of wenzhou-2019" in said


def test_a_case_is_explained(capsys):
    assert run("explain", CASES / "case_writing.yaml", "--case", "F-01") == 0
    said = capsys.readouterr().out
    assert said.startswith("# 可以结算，您付 5.04 元")
    assert "12.60 × 60%" in said


def test_a_case_is_explained_in_english_with_a_catalogue(capsys):
    words = ("--case", "F-08", "--language", "en", "--catalogue", CATALOGUE)
    assert run("explain", CASES / "case_writing.yaml", *words) == 0
    assert capsys.readouterr().out.startswith("# It can be settled, you pay 5.04 yuan")


def test_without_an_id_every_case_is_explained(capsys):
    assert run("explain", CASES / "lincang.yaml") == 0
    said = capsys.readouterr().out
    assert said.count("\n# ") + said.startswith("# ") > 5


def laid(monkeypatch, url, overlay):
    monkeypatch.setenv("YAODA_DATABASE_URL", url)
    monkeypatch.setenv("YAODA_OVERLAY", str(overlay))


def test_decisions_replayed_say_the_same(platform, sqlite_url, monkeypatch, capsys):
    settled(platform)
    laid(monkeypatch, sqlite_url, OVERLAY)
    assert run("decisions", "replay") == 0
    assert capsys.readouterr().out == "1 decisions replayed, 0 differ\n"
    assert run("decisions", "replay", "--day", "2025-09-14") == 0
    assert capsys.readouterr().out == "0 decisions replayed, 0 differ\n"


def test_a_changed_figure_is_told_beside_what_was_decided(
    platform, sqlite_url, monkeypatch, capsys, tmp_path
):
    settled(platform)
    changed = tmp_path / "overlay.toml"
    text = OVERLAY.read_text("utf-8")
    name, value = 'name = "deductible.resident.level2"', re.compile(r'"[0-9.]+"')
    head, tail = text.split(name)
    changed.write_text(head + name + value.sub('"1.00"', tail, count=1), "utf-8")
    laid(monkeypatch, sqlite_url, changed)
    assert run("decisions", "replay") == 0
    said = capsys.readouterr().out
    assert "accepted, changed since: overlay\n  as decided that day: the same\n" in said
    assert "    deductible.resident.level2: 100.00 yuan → 1.00 yuan\n" in said
    assert re.search(r"\n    deductible: kept [0-9.]+, now 0.00\n", said)
    assert said.endswith(
        "1 decisions replayed, 0 differ, 1 rest on texts changed since, "
        "1 otherwise by the rules of today\n"
    )


def test_a_decision_that_does_not_come_out_again_ends_with_one(
    platform, sqlite_url, monkeypatch, capsys
):
    settled(platform)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as books:
        books.execute("UPDATE assessment SET decision = 'refused'")
    books.close()
    laid(monkeypatch, sqlite_url, OVERLAY)
    assert run("decisions", "replay") == 1
    said = capsys.readouterr().out
    assert "  as decided that day:\n    decision: kept refused, now accepted\n" in said
    assert said.endswith(
        "1 decisions replayed, 1 differ, 1 otherwise by the rules of today\n"
    )


SHOWN = re.compile(r"```console\n\$ yaoda ([^\n]+)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    ("line", "shown"), SHOWN.findall((ROOT / "docs" / "explanations.md").read_text())
)
def test_a_documented_command_says_what_is_shown(line, shown, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run(*line.split()) == 0
    assert capsys.readouterr().out.startswith(shown)


@pytest.mark.parametrize(
    "words",
    [
        ("decisions", "replay", "--id", "seven"),
        ("decisions", "replay", "--id", "00000000-0000-0000-0000-000000000000"),
        ("decisions", "replay", "--day", "yesterday"),
        ("cases", "new", "nowhere"),
        ("cases", "run", "no-such-folder"),
        ("cases", "run", ROOT / "docs" / "decisions"),
        ("cases", "coverage", CATALOGUE),
        ("explain", "no-such-file.yaml"),
        ("explain", CASES / "wenzhou.yaml", "--case", "X-00"),
        ("explain", CASES / "wenzhou.yaml", "--language", "fr"),
        ("explain", CASES / "wenzhou.yaml", "--catalogue", CASES / "wenzhou.yaml"),
    ],
)
def test_bad_input_is_one_line_and_code_two(words, capsys):
    assert run(*words) == 2
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1
    assert "Traceback" not in said.err + said.out
