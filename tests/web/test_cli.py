"""The yaoda command: what it does, and one line where something is wrong."""

import gc
import re
import subprocess
import sys

import pytest

from tests.platform import ROOT
from web import bench, cli

SAMPLE = ROOT / "fixtures" / "wenzhou"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", f"sqlite:///{tmp_path}/yaoda.db")
    monkeypatch.setenv("YAODA_PASSWORD_MEMORY_KIB", "64")


def run(*words: str) -> int:
    return cli.answer(lambda: cli.app(list(words), standalone_mode=False))


def test_it_tells_its_version(capsys):
    assert run("version") == 0
    assert capsys.readouterr().out == "0.1.0\n"


def test_it_makes_the_database_and_invites_a_user(capsys, tmp_path):
    assert run("db", "init") == 0
    assert (tmp_path / "yaoda.db").exists()
    assert run("users", "add", "yan", "bureau", "330300") == 0
    link = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"http://127.0.0.1:8000/invitations/[\w-]{43}", link)
    assert run("users", "add", "yan", "bureau", "330300") == 2
    assert "has an account already" in capsys.readouterr().err


def test_it_lists_what_the_texts_leave_open(capsys):
    assert run("packs", "open", "--region", "wenzhou", "--day", "2025-09-15") == 0
    listed = capsys.readouterr().out
    assert "ratio.employee.level3" in listed
    assert "温州市全民基本医疗保险办法" in listed


def test_an_overlay_fills_what_it_names(capsys, monkeypatch):
    monkeypatch.setenv("YAODA_OVERLAY", str(SAMPLE / "overlay.toml"))
    assert run("packs", "open", "--region", "wenzhou", "--day", "2025-09-15") == 0
    listed = capsys.readouterr().out
    assert "ratio.employee.level2" not in listed
    assert "ratio.employee.level3" in listed


def test_it_runs_policy_cases(capsys):
    files = sorted(str(path) for path in (ROOT / "fixtures" / "cases").glob("*.yaml"))
    assert files
    assert run("cases", "run", *files) == 0
    assert "0 failed" in capsys.readouterr().out


def test_it_writes_the_sample(tmp_path, capsys):
    assert (
        run("sample", "--seed", "2025", "--day", "2025-09-15", "--out", str(tmp_path))
        == 0
    )
    drawn = (tmp_path / "people.csv").read_bytes()
    assert drawn == (SAMPLE / "people.csv").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("packs", "open", "--region", "nowhere"),
        ("packs", "open", "--day", "yesterday"),
        ("cases", "run", "no-such-file.yaml"),
        ("sample", "--day", "2025-13-01"),
        ("bench", "everything"),
        ("users", "add", "yan", "nobody", "330300"),
        ("users", "add"),
        ("serve", "--port", "eight"),
        ("serve", "--port", "99999"),
    ],
)
def test_bad_input_is_one_line_and_code_two(words, capsys):
    assert run(*words) == 2
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1
    assert "Traceback" not in said.err + said.out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YAODA_PORT", "eight"),
        ("YAODA_CLOCK_START", "noon"),
        ("YAODA_DATABASE_URL", "nowhere://"),
        ("YAODA_OVERLAY", "/no/such/overlay.toml"),
    ],
)
def test_a_bad_setting_is_one_line(name, value, monkeypatch, capsys):
    monkeypatch.setenv(name, value)
    assert run("db", "init") == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_program_itself_ends_with_the_code():
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "web.cli", "nonsense"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == "No such command 'nonsense'.\n"


def test_the_garbage_collector_works_once_everything_is_imported():
    assert gc.isenabled() and gc.get_freeze_count() > 0


def test_a_bench_slice_is_the_same_for_the_same_seed():
    one, same = (bench.city_slice(8, 2, seed=7) for _ in range(2))
    assert (one.parcels, one.couriers) == (same.parcels, same.couriers)
    assert (one.travel_s == same.travel_s).all()
    assert bench.city_slice(8, 2, seed=7) != bench.city_slice(8, 2, seed=8)


def test_it_finishes_what_was_left_half_done(capsys):
    assert run("recover") == 0
    assert capsys.readouterr().out == "0 settlements and 0 returns finished\n"
