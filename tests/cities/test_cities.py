"""Days of many cities: shared by workers, planned once each, gathered at the end."""

import csv
import os
import signal
from multiprocessing import get_context
from pathlib import Path
from threading import Event

import pytest

from routing.pictures.told import read_day
from web import cli, create_app
from web.cities.given import BadCities, City, alike, read_cities, run_of
from web.jobs import cities as planning
from web.jobs.running import jobs_of
from web.settings import Settings

_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.crash.warm"])
ENDS_S_MAX = 60
USUAL = City("city", orders=5, outlets=4, couriers=2, seed=1, seconds=2.0)
TINY = ["--orders", "5", "--outlets", "4", "--couriers", "2", "--seconds", "2"]


@pytest.fixture
def installed(sqlite_url, tmp_path, monkeypatch):
    """Give an installation, as the command line finds it."""
    return install(sqlite_url, tmp_path, monkeypatch)


def install(url, folder, monkeypatch):
    monkeypatch.setenv("YAODA_DATABASE_URL", url)
    monkeypatch.setenv("YAODA_VAR_DIR", str(folder / "var"))
    (folder / "out").mkdir()
    opened(url, folder).extensions["engine"].dispose()
    return folder / "out"


def opened(url, folder):
    return create_app(Settings(var_dir=Path(folder) / "var", database_url=url))


def asked(*words, out):
    run = ["route", "cities", *words, "--out", str(out)]
    return cli.answer(lambda: cli.app(run, standalone_mode=False))


def rows(out):
    with (out / "cities.csv").open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def work(url: str, folder: str, dies: bool) -> None:
    """Be a worker for ever, or until the first city is being planned."""
    app = opened(url, folder)
    if dies:
        planning.solve = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    jobs_of(app).work(Event())


def hired(url, folder, *, dies=False):
    worker = _forks.Process(target=work, args=(url, str(folder), dies))
    worker.start()
    return worker


def test_the_city_of_a_worker_that_was_killed_is_taken_over(
    installed, sqlite_url, tmp_path, capsys
):
    app = opened(sqlite_url, tmp_path)
    run = alike(3, USUAL)
    planning.hand_in(app, jobs_of(app), run_of(run), run)
    jobs_of(app).close()
    killed = hired(sqlite_url, tmp_path, dies=True)
    killed.join(ENDS_S_MAX)
    assert killed.exitcode == -signal.SIGKILL
    standing = planning.standings(app, run_of(run))
    assert sorted(each.state for each in standing) == ["running", "waiting", "waiting"]
    app.extensions["engine"].dispose()
    workers = [hired(sqlite_url, tmp_path) for _ in range(2)]
    try:
        assert asked("--count", "3", *TINY, out=installed) == 0
    finally:
        for worker in workers:
            worker.kill()
            worker.join(ENDS_S_MAX)
    done = rows(installed)
    assert [each["state"] for each in done] == ["done"] * 3
    assert sorted(each["tries"] for each in done) == ["1", "1", "2"]
    pids = {str(worker.pid) for worker in workers}
    assert {each["worker"].rpartition(":")[2] for each in done} <= pids
    assert {each["rules_broken"] for each in done} == {"0"}
    assert "3 of 3 cities done" in capsys.readouterr().out


def test_asked_again_what_is_done_is_told_at_once(installed, capsys):
    assert asked("--count", "2", *TINY, "--here", out=installed) == 0
    first = rows(installed)
    (installed / "0001.json").unlink()
    # Nobody works now.
    assert asked("--count", "2", *TINY, out=installed) == 0
    assert rows(installed) == first
    assert read_day(installed / "0001.json").plan.served == int(first[0]["served"])
    assert capsys.readouterr().out.count("2 of 2 cities done") >= 1


def test_machines_that_share_postgresql_share_the_cities(
    postgres_url, tmp_path, monkeypatch
):
    out = install(postgres_url, tmp_path, monkeypatch)
    assert asked("--count", "1", *TINY, "--here", out=out) == 0
    assert [each["state"] for each in rows(out)] == ["done"]


def test_a_city_that_fails_for_good_is_told_and_may_be_tried_again(
    installed, monkeypatch, capsys
):
    monkeypatch.setattr("web.jobs.embedded.wait_s", lambda tries, key: 0)
    solve = planning.solve

    def fails(*_, **__):
        raise OSError("no more memory")

    monkeypatch.setattr(planning, "solve", fails)
    assert asked("--count", "1", *TINY, "--here", out=installed) == 1
    assert rows(installed)[0]["state"] == "failed"
    monkeypatch.setattr(planning, "solve", solve)
    assert asked("--count", "1", *TINY, "--here", out=installed) == 0
    assert rows(installed)[0]["state"] == "done"


def test_a_worker_that_has_to_end_leaves_its_city_to_others(sqlite_url, tmp_path):
    app, stop = opened(sqlite_url, tmp_path), Event()
    jobs, run = jobs_of(app), alike(1, USUAL)
    planning.hand_in(app, jobs, run_of(run), run)
    stop.set()
    with pytest.raises(planning.CutShort):
        planning.carry_out(app, stop, {"run": run_of(run), "number": 1})
    assert planning.standings(app, run_of(run))[0].state == "waiting"
    planning.carry_out(app, Event(), {"run": run_of(run), "number": 1})
    (done,) = planning.standings(app, run_of(run))
    assert (done.state, done.tries) == ("done", 2)
    planning.carry_out(app, Event(), {"run": run_of(run), "number": 1})
    assert planning.standings(app, run_of(run)) == (done,)
    jobs.close()
    app.extensions["engine"].dispose()


def read(folder, text):
    path = folder / "cities.toml"
    path.write_text(text, "utf-8")
    return read_cities(path, USUAL)


def test_a_file_tells_of_each_city_what_is_unlike_the_others(tmp_path):
    text = '[[cities]]\nname = "温州"\norders = 9\n[[cities]]\nseconds = 3\nseed = 7\n'
    one, two = read(tmp_path, text)
    assert (one.name, one.orders, one.seed, one.seconds) == ("温州", 9, 1, 2.0)
    assert (two.name, two.orders, two.seed, two.seconds) == ("city 2", 5, 7, 3.0)
    assert run_of((one, two)) != run_of((two, one))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"expected \[\[cities\]\]"),
        ("cities = 3", r"expected \[\[cities\]\]"),
        ("cities = [3]", "city 1: expected a table"),
        ("[[cities]", "expected TOML"),
        ("[[cities]]\norders = 0", "city 1: orders: "),
        ('[[cities]]\norders = "9"', "city 1: orders: "),
        ("[[cities]]\nseconds = nan", "city 1: seconds: "),
        ("[[cities]]\ntowns = 1", "city 1: towns: "),
        ('[[cities]]\nname = "a\\nb"', "city 1: name: "),
        ('[[cities]]\nname = "a"\n[[cities]]\nname = "a"', "two cities are called a"),
        ("[[cities]]\n" * 1001, "at most 1000 cities"),
    ],
)
def test_a_file_that_is_not_as_expected_gets_one_sentence(tmp_path, text, said):
    with pytest.raises(BadCities, match=said) as refused:
        read(tmp_path, text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a file of cities or --count"),
        (("cities.toml", "--count", "2"), "a file of cities or --count"),
        (("none.toml",), "none.toml: no such file"),
        (("--count", "0"), "--count 0: expected 1 to 1000"),
        (("--count", "2", "--seconds", "0"), "--seconds 0: expected"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(tmp_path, capsys, words, said):
    assert asked(*words, out=tmp_path) == 2
    told = capsys.readouterr().err.strip()
    assert said in told and len(told.splitlines()) == 1


def test_without_a_folder_nothing_is_handed_in(tmp_path, capsys):
    assert asked("--count", "2", out=tmp_path / "none") == 2
    assert "no such folder" in capsys.readouterr().err
