"""What comes again and again is handed in once for each slice of time, and really done."""

from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest

from dispensing import service
from fixtures import cast
from tests import world
from tests.jobs import acts
from tests.notices import senders
from tests.notices.receiver import receiving
from tests.platform import open_platform
from tests.waiting import until
from tests.world import NOON
from web import db, sweeping
from web.jobs import open_jobs
from web.jobs.periodic import Periodic, periodic_of, tick
from web.jobs.running import jobs_of, working

OFTEN = {
    "sweep_seconds": 1,
    "seal_seconds": 1,
    "notice_seconds": 1,
    "notice_networks": "127.0.0.0/8",
    "notice_http": True,
}


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request, tmp_path):
    url = request.getfixturevalue(
        "sqlite_url" if request.param == "sqlite" else "postgres_url"
    )
    opened = open_platform(url, tmp_path)
    extensions = opened.app.extensions
    extensions["settings"] = extensions["settings"].model_copy(update=OFTEN)
    yield opened
    extensions["engine"].dispose()
    if request.param == "postgresql":
        drop_jobs(url)


def drop_jobs(url):
    engine = db.open_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS yaoda_jobs CASCADE")
    engine.dispose()


def test_a_platform_that_works_tells_seals_and_sweeps_by_itself(town):
    app, engine = town.app, town.app.extensions["engine"]
    with receiving() as place:
        with db.open_session(engine) as session:
            vault_of = app.extensions["desk"].vault
            made = senders.subscribe(session, cast.HOSPITAL, place.url, vault=vault_of)
        with working(app):
            with db.open_session(engine) as session:
                desk = app.extensions["desk"]
                rx = service.receive(session, desk, world.message(), now=NOON).id
            until(lambda: place.heard)
            until(lambda: not waiting_to_be_sealed(engine))
            until(lambda: sweeping.next_in_s(app) is not None)
        assert place.heard[0].said["prescription_id"] == str(rx)
        assert isinstance(made, UUID)
    assert jobs_of(app).dead() == ()
    jobs_of(app).close()


def waiting_to_be_sealed(engine):
    with db.open_session(engine, read_only=True) as session:
        return service.waiting(session)


def test_a_slice_of_time_is_handed_in_once_whoever_ticks(tmp_path):
    path = tmp_path / "told"
    listed = (Periodic("note", 60), Periodic("slow", 3600))
    ticking = [
        (acts.open_at(str(tmp_path / "jobs"), acts.handlers(path)), {})
        for _ in range(2)
    ]
    for seconds in (0, 10, 59):
        for jobs, done in ticking:
            tick(jobs, listed, done, NOON + timedelta(seconds=seconds))
    assert ticking[0][0].counts().waiting == 2
    # What still waits from the slice before is not joined by another.
    for jobs, done in ticking:
        tick(jobs, listed, done, NOON + timedelta(seconds=60))
    assert ticking[0][0].counts().waiting == 2
    for jobs, _ in ticking:
        jobs.close()


def test_everything_that_comes_again_is_handled(town):
    jobs = jobs_of(town.app, Event())
    for each in periodic_of(town.app.extensions["settings"]):
        assert jobs.submit(each.name, {}, alone=True)
    jobs.close()


def test_the_file_of_jobs_lies_beside_the_database(tmp_path):
    settings = senders.settings_here(f"sqlite:///{tmp_path}/yaoda.db", tmp_path)
    open_jobs(settings, {}, acts.now).close()
    assert (tmp_path / "yaoda.db-jobs").exists()


def test_nobody_waits_for_the_first_sweep_nor_falls_with_it(town, monkeypatch):
    swept = Event()

    def sweep(_platform):
        assert swept.wait(30)
        raise OSError("the platform is away")

    monkeypatch.setattr(sweeping, "sweep", sweep)
    with working(town.app):
        assert town.app.test_client().get("/healthz").status_code == 200
        swept.set()
        until(lambda: sweeping.next_in_s(town.app) is not None)


def test_dead_jobs_are_told_in_the_metrics_and_beside_ready(town, monkeypatch):
    for module in ("web.jobs.embedded", "web.jobs.shared"):
        monkeypatch.setattr(f"{module}.wait_s", lambda tries, key: 0)
    monkeypatch.setattr(sweeping, "sweep", fail_after_the_first())
    client = town.app.test_client()
    with working(town.app):
        until(lambda: jobs_of(town.app).counts().dead)
        assert "yaoda_jobs_dead 1.0" in client.get("/metrics").text
        assert client.get("/readyz").json["jobs"] == "some failed for good"


def fail_after_the_first():
    calls = []

    def sweep(_platform):
        calls.append(1)
        if len(calls) > 1:
            raise OSError("the database is away")
        return 0, 0

    return sweep
