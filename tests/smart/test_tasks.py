"""A run of the audit is carried out by a worker: once, also where one dies in the middle."""

import pytest
from sqlmodel import select

from dispensing.service.smart import runs, tasks
from dispensing.tables import SmartAlarmRow, SmartRunRow, SmartTaskRow
from tests.platform import platform, send, settled
from tests.smart.running import audited
from web import db, looking_through
from web.jobs import audits

__all__ = ["platform"]
DAYS = {"first": "2025-09-01", "last": "2025-09-15"}
LOW = {"rule": "one_address", "name": "persons_min", "value": 1, "reason": "试"}


@pytest.fixture
def bureau(platform):
    settled(platform)
    program = platform.program("bureau")
    program.post("/smart/thresholds", LOW)
    return program


def kept(platform, row):
    with db.open_session(platform.app.extensions["engine"], read_only=True) as session:
        return session.exec(select(row)).all()


def work(platform, asked):
    audits.carry_out(platform.app, {"id": asked["id"]})


def test_who_asks_has_an_answer_at_once_and_the_run_is_told_when_it_is_over(
    platform, bureau
):
    asked = bureau.post("/smart/runs", DAYS)
    assert (asked["state"], asked["lines"]) == ("waiting", 0)
    assert kept(platform, SmartRunRow) == []
    work(platform, asked)
    done = bureau.get(f"/smart/tasks/{asked['id']}")
    assert (done["state"], done["lines"], done["alarms"], done["new"]) == (
        ("done", 1, 1, 1)
    )
    assert "auxiliary:auxiliary" in done["unrun"]


def test_the_page_leads_from_the_press_to_what_was_found(platform, bureau):
    officer = platform.person("bureau")
    page = send(officer, "/bureau/smart/runs", **DAYS)
    assert "等待运行" in page.text and "data-progress" in page.text
    assert "没有完成的运行" in officer.get("/bureau/smart").text
    (row,) = kept(platform, SmartTaskRow)
    work(platform, {"id": str(row.id)})
    told = officer.get(f"/bureau/smart/tasks/{row.id}/progress").text
    assert "运行完成" in told and 'data-state="done"' in told
    whole = officer.get(f"/bureau/smart/tasks/{row.id}").text
    assert "没有辅助药品目录" in whole
    assert "没有完成的运行" not in officer.get("/bureau/smart").text


def test_a_run_under_one_key_is_one_run_and_carried_out_once(platform, bureau):
    key = {"headers": {"Idempotency-Key": "3f0c7d52-0c51-4f3e-9d6e-0a5d1c2b3a4f"}}
    first, again = (bureau.ask("POST", "/smart/runs", DAYS, **key) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    for _ in range(2):
        work(platform, first.json)
    assert len(kept(platform, SmartRunRow)) == 1


def test_a_worker_that_dies_before_the_run_is_kept_leaves_it_to_the_next(
    platform, bureau, monkeypatch
):
    asked = bureau.post("/smart/runs", DAYS)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(looking_through, "looked_through", killed)
        with pytest.raises(KeyboardInterrupt):
            work(platform, asked)
    assert bureau.get(f"/smart/tasks/{asked['id']}")["state"] == "running"
    assert (kept(platform, SmartRunRow), kept(platform, SmartAlarmRow)) == ([], [])
    work(platform, asked)
    assert bureau.get(f"/smart/tasks/{asked['id']}")["state"] == "done"


def test_a_worker_that_dies_before_it_says_so_has_run_once(
    platform, bureau, monkeypatch
):
    asked = bureau.post("/smart/runs", DAYS)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "_end", killed)
        with pytest.raises(KeyboardInterrupt):
            work(platform, asked)
    work(platform, asked)
    done = bureau.get(f"/smart/tasks/{asked['id']}")
    assert (done["state"], done["new"], len(kept(platform, SmartRunRow))) == (
        ("done", 1, 1)
    )


def test_a_run_that_fails_says_so_writes_nothing_and_can_be_asked_for_again(
    platform, bureau, monkeypatch
):
    asked = bureau.post("/smart/runs", DAYS)

    def broken(*_, **__):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(runs, "keep_run", broken)
        with pytest.raises(RuntimeError):
            work(platform, asked)
    failed = bureau.get(f"/smart/tasks/{asked['id']}")
    assert failed["state"] == "failed" and "没有写入" in failed["trouble_zh"]
    assert kept(platform, SmartRunRow) == []
    assert audited(platform, bureau, DAYS)["new"] == 1


def test_without_the_packages_of_bulk_the_run_says_what_is_lacking(
    platform, bureau, monkeypatch
):
    monkeypatch.setitem(__import__("sys").modules, "dispensing.smart_book.opened", None)
    refused = audited(platform, bureau, DAYS)
    assert refused["state"] == "refused" and "yaoda[bulk]" in refused["trouble_zh"]


def test_what_lost_its_worker_is_handed_in_again(platform, bureau):
    asked = bureau.post("/smart/runs", DAYS)
    engine = platform.app.extensions["engine"]
    now = platform.app.extensions["clock"].now()
    with db.open_session(engine) as session:
        assert [str(one) for one in tasks.waiting(session, now)] == [asked["id"]]
        row = session.exec(select(SmartTaskRow)).one()
        row.state = "running"
        session.commit()
        assert tasks.waiting(session, now) == ()
        assert tasks.waiting(session, now + 2 * tasks.LOST_AFTER) == (row.id,)


def test_a_run_of_another_area_is_not_there(platform, bureau):
    asked = bureau.post("/smart/runs", DAYS)
    engine = platform.app.extensions["engine"]
    with db.open_session(engine) as session:
        row = session.exec(select(SmartTaskRow)).one()
        row.place = "3301"
        session.commit()
    assert bureau.ask("GET", f"/smart/tasks/{asked['id']}").status_code == 404
    assert bureau.ask("GET", "/smart/tasks/none").status_code == 404
