"""A job is done once, in order, late where asked, and again where its worker was killed."""

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from sqlite3 import OperationalError

import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager

from tests.jobs import acts
from tests.waiting import until
from web.jobs import port
from web.jobs.embedded import EmbeddedJobs
from web.jobs.port import TRIES_MAX, Counts, UnknownJob

_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.crash.warm"])


class Clock:
    """The real hour, moved ahead by hand."""

    ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture(params=["huey", "procrastinate"])
def place(request, tmp_path):
    if request.param == "huey":
        return str(tmp_path / "yaoda.db-jobs")
    server = request.getfixturevalue("postgres_server")
    name = f"jobs{time.monotonic_ns()}"
    server.create(name)
    return server.url(name)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "told"


@pytest.fixture
def jobs(place, path):
    opened = acts.open_at(place, acts.handlers(path))
    yield opened
    opened.close()


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


@contextmanager
def worker(place, path, jobs=None):
    """Work on a thread until the block ends."""
    stop = threading.Event()
    mine = jobs or acts.open_at(place, acts.handlers(path))
    thread = threading.Thread(target=mine.work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
        if jobs is None:
            mine.close()


def test_jobs_are_done_in_the_order_in_which_they_were_handed_in(place, path, jobs):
    for no in range(8):
        assert jobs.submit("note", {"no": no})
    assert jobs.counts() == Counts(8, 0, 0)
    with worker(place, path):
        until(lambda: len(lines(path)) == 8)
    assert lines(path) == [str(no) for no in range(8)]
    assert jobs.counts() == Counts(0, 0, 0)


def test_under_two_workers_each_job_is_done_once(place, path, jobs):
    for no in range(20):
        jobs.submit("note", {"no": no})
    with worker(place, path), worker(place, path):
        until(lambda: len(lines(path)) >= 20)
        time.sleep(0.3)
    assert sorted(map(int, lines(path))) == list(range(20))


def test_a_key_is_taken_once_also_after_its_job_was_done(place, path, jobs):
    assert jobs.submit("note", {"no": 1}, key="day:2025-09-15")
    assert not jobs.submit("note", {"no": 2}, key="day:2025-09-15")
    with worker(place, path):
        until(lambda: lines(path) == ["1"])
        until(lambda: jobs.counts() == Counts(0, 0, 0))
        assert not jobs.submit("note", {"no": 3}, key="day:2025-09-15")
        assert jobs.submit("note", {"no": 4}, key="day:2025-09-16")
        until(lambda: len(lines(path)) == 2)
    assert lines(path) == ["1", "4"]


def test_of_many_who_hand_in_one_key_at_once_one_is_heard(place, path, jobs):
    taken, gate = [], threading.Barrier(6)

    def hand_in():
        mine = acts.open_at(place, acts.handlers(path))
        gate.wait()
        taken.append(mine.submit("note", {"no": 1}, key="k"))
        mine.close()

    threads = [threading.Thread(target=hand_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True]
    assert jobs.counts().waiting == 1


def test_a_job_for_later_waits(place, path, jobs):
    jobs.submit("note", {"no": 2}, at=acts.now() + timedelta(seconds=1.5))
    jobs.submit("note", {"no": 1})
    with worker(place, path):
        until(lambda: lines(path) == ["1"])
        begun = time.monotonic()
        until(lambda: lines(path) == ["1", "2"])
    assert time.monotonic() - begun > 0.3


def test_of_jobs_that_are_alone_one_waits_and_one_is_done_at_a_time(place, path, jobs):
    assert jobs.submit("slow", {"no": 1}, alone=True)
    assert not jobs.submit("slow", {"no": 2}, alone=True)
    with worker(place, path), worker(place, path):
        until(lambda: "begin 1" in lines(path))
        assert jobs.submit("slow", {"no": 3}, alone=True)
        until(lambda: "end 3" in lines(path))
    assert lines(path) == ["begin 1", "end 1", "begin 3", "end 3"]


def test_a_job_whose_worker_is_killed_is_done_by_the_next(place, path, jobs):
    """kill -9 in the middle of the job; another worker takes it up."""
    jobs.submit("die_once", {}, key="once")
    victim = _forks.Process(target=acts.work_for_ever, args=(place, path))
    victim.start()
    victim.join(60)
    assert victim.exitcode == -9
    assert lines(path) == ["begin"]
    with worker(place, path):
        until(lambda: lines(path) == ["begin", "begin", "end"])
        until(lambda: jobs.counts() == Counts(0, 0, 0))


def once_broken(monkeypatch, owner, name, error):
    """Let an act fail the first time."""
    act, calls = getattr(owner, name), []

    def broken(*given, **more):
        calls.append(1)
        if len(calls) == 1:
            raise error
        return act(*given, **more)

    monkeypatch.setattr(owner, name, broken)


def test_a_job_whose_end_cannot_be_written_is_done_again_and_holds_nobody_up(
    place, path, jobs, monkeypatch
):
    """A full disk at the end of a sweep: the next sweep would wait for it for ever."""
    once_broken(monkeypatch, EmbeddedJobs, "_end", OperationalError("disk is full"))
    away = ConnectorException("no space left on device")
    once_broken(monkeypatch, JobManager, "finish_job_by_id_async", away)
    jobs.submit("note", {"no": 1}, alone=True)
    with worker(place, path):
        until(lambda: lines(path))
        # While the first waits to be done again, there is one of its kind already.
        until(lambda: jobs.submit("note", {"no": 2}, alone=True))
        until(lambda: lines(path).count("1") > 1 and "2" in lines(path))
        until(lambda: jobs.counts() == Counts(0, 0, 0))


def test_looking_after_the_others_outlives_a_database_that_is_away(
    postgres_server, path, monkeypatch
):
    postgres_server.create("jobs_away")
    place = postgres_server.url("jobs_away")
    jobs = acts.open_at(place, acts.handlers(path))
    jobs.submit("die_once", {})
    victim = _forks.Process(target=acts.work_for_ever, args=(place, path))
    victim.start()
    victim.join(60)
    assert victim.exitcode == -9
    away = ConnectorException("the database is away")
    once_broken(monkeypatch, JobManager, "get_stalled_jobs", away)
    with worker(place, path):
        until(lambda: lines(path) == ["begin", "begin", "end"])


def test_a_job_that_fails_is_tried_eight_times_and_then_dead_until_said_again(
    place, path, jobs, monkeypatch
):
    for module in ("web.jobs.embedded", "web.jobs.shared"):
        monkeypatch.setattr(f"{module}.wait_s", lambda tries, key: 0)
    assert port.TRIES_MAX == TRIES_MAX == 8
    jobs.submit("fail", {})
    with worker(place, path):
        until(lambda: jobs.counts().dead == 1)
        assert len(lines(path)) == 8
        (dead,) = jobs.dead()
        assert dead.name == "fail"
        assert jobs.again(dead.id)
        assert not jobs.again(dead.id + 1)
        until(lambda: jobs.counts().dead == 1 and len(lines(path)) == 16)


def test_what_failed_is_not_tried_again_at_once(place, path, jobs):
    jobs.submit("fail", {})
    with worker(place, path):
        until(lambda: lines(path) == ["tried"])
        time.sleep(1)
    assert lines(path) == ["tried"]
    assert jobs.counts() == Counts(1, 0, 0)


def test_a_job_that_nobody_handles_is_not_taken(jobs):
    with pytest.raises(UnknownJob):
        jobs.submit("nothing", {})


def test_jobs_outlive_a_restart(place, path):
    first = acts.open_at(place, acts.handlers(path))
    first.submit("note", {"no": 1})
    first.close()
    with worker(place, path):
        until(lambda: lines(path) == ["1"])


def test_a_task_that_huey_lost_is_handed_over_again(tmp_path, path):
    place = str(tmp_path / "jobs")
    jobs = acts.open_at(place, acts.handlers(path))
    jobs.submit("note", {"no": 1})
    jobs._huey.dequeue()  # taken by a worker that dies before it begins
    with worker(place, path):
        until(lambda: lines(path) == ["1"])
    jobs.close()


def test_what_was_done_long_ago_is_forgotten_with_its_key(tmp_path, path):
    clock = Clock()
    jobs = acts.open_at(str(tmp_path / "jobs"), acts.handlers(path), clock)
    for key in ("every:note:1", "day:1"):
        jobs.submit("note", {"no": 1}, key=key)
    with worker(None, path, jobs):
        until(lambda: jobs.counts() == Counts(0, 0, 0))
    assert jobs.forget() == 0
    clock.ahead = timedelta(hours=2)
    assert jobs.forget() == 1
    assert jobs.submit("note", {"no": 1}, key="every:note:1")
    assert not jobs.submit("note", {"no": 1}, key="day:1")
    clock.ahead = timedelta(days=8)
    assert jobs.forget() == 1


def test_the_tables_of_jobs_do_not_disturb_the_revisions_of_ours(postgres_server):
    from web import db, migrating

    postgres_server.create("jobs_and_ours")
    url = postgres_server.url("jobs_and_ours")
    acts.open_at(url, {}).close()
    engine = db.open_engine(url)
    assert migrating.standing(engine).state == "empty"
    migrating.upgrade(engine)
    assert migrating.unwritten(engine) == []
    acts.open_at(url, {}).close()
    assert migrating.standing(engine).state == "ready"
    engine.dispose()
