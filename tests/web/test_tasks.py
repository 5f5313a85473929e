"""Tasks of an area: what is due, what was done, with evidence, and what meetings decide."""

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO

import pytest
from icalendar import Calendar
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from dispensing import service
from dispensing.service import tasks
from dispensing.service.tasks import Said
from dispensing.tables import RecordRow, TaskActRow, TaskRow
from tests.platform import PASSWORD, commands, csrf, send
from tests.world import NOON
from web import accounts, db
from web.desk.holidays import day_kind

INSPECTION = "due:quarterly-inspection:2025-09-30"
MEETING = {
    "held_on": "2025-09-15",
    "present": "市医保局、市卫健委",
    "words": "通报两病用药保障进展",
    "decisions": [
        {"words": "核对规范化管理名单", "of": "health", "due": "2025-09-10"},
        {"words": "开展季度督查", "of": "bureau"},
    ],
}


def state_of(platform, key, who="bureau"):
    return {it["key"]: it["state"] for it in platform.program(who).get("/tasks")}[key]


def test_what_is_due_is_begun_shown_and_done_with_evidence(platform, caplog):
    bureau = platform.program("bureau")
    assert state_of(platform, INSPECTION) == "open"
    path = f"/tasks/{INSPECTION}"
    bureau.post(f"{path}/acts", {"kind": "begin", "words": "已安排"})
    assert state_of(platform, INSPECTION) == "in_progress"
    file = {
        "name": "督查.txt",
        "media": "text/plain",
        "base64": b64encode(b"ok").decode(),
    }
    told = bureau.post(f"{path}/acts", {"kind": "done", "file": file})
    assert told["state"] == "done" and told["acts"] == 2
    acts = bureau.get(path)
    assert [(act["no"], act["kind"], act["by"]) for act in acts] == [
        (1, "begin", "bureau"),
        (2, "done", "bureau"),
    ]
    page = platform.person("health").get(f"/bureau/desk/tasks/{INSPECTION}")
    assert "督查.txt" in page.text and "9月份启动季度督查" in page.text
    got = platform.person("bureau").get(f"/bureau/desk/tasks/{INSPECTION}/evidence/2")
    assert got.data == b"ok" and "attachment" in got.headers["Content-Disposition"]
    said = [one.message for one in caplog.records if "evidence_opened" in one.message]
    assert len(said) == 1 and INSPECTION in said[0] and '"no": 2' in said[0]


def test_a_form_of_the_page_takes_words_and_a_file(platform):
    person = platform.person("bureau")
    path = f"/bureau/desk/tasks/{INSPECTION}"
    sent = {
        "csrf_token": csrf(person.get(path).text),
        "kind": "evidence",
        "words": "现场照片",
        "file": (BytesIO(b"%PDF-1.4"), "a.pdf", "application/pdf"),
    }
    assert "现场照片" in person.post(path, data=sent, follow_redirects=True).text


def test_evidence_lies_sealed_and_what_was_written_down_is_never_changed(platform):
    told = {"kind": "note", "words": "陈秀兰已随访"}
    platform.program("bureau").post(f"/tasks/{INSPECTION}/acts", told)
    engine = platform.app.extensions["engine"]
    with engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM task_act")).mappings()
        assert "陈秀兰" not in str(dict(row))
        kinds = connection.execute(select(RecordRow.kind)).scalars().all()
    assert {"task", "task_act.note"} <= set(kinds)
    for statement in ("UPDATE task_act SET kind = 'done'", "DELETE FROM task"):
        with pytest.raises(DatabaseError), engine.begin() as connection:
            connection.execute(text(statement))
    with db.open_session(engine, read_only=True) as session:
        found = service.verify(session, now=NOON).breaks
    assert {one.what for one in found} <= {"unsealed"}


def test_a_meeting_decides_tasks_that_are_then_late_or_done(platform):
    """C3, C4, T21: one meeting a month, who was there, decisions (visits, trainings) as tasks."""
    held = platform.program("health").post("/meetings", MEETING)
    first, second = held["tasks"]
    assert state_of(platform, first) == "late" and state_of(platform, second) == "open"
    desk = {it["name"]: it["entries"] for it in platform.program("health").get("/desk")}
    assert desk["meetings"][0]["values"] == {"n": 2}
    (late,) = [it for it in desk["dates"] if it["kind"] == "late"]
    assert late["values"]["task"] == "核对规范化管理名单"
    platform.program("health").post(
        f"/tasks/{first}/acts", {"kind": "done", "words": "已办"}
    )
    assert state_of(platform, first) == "done"
    page = platform.person("bureau").get("/bureau/desk/meetings").text
    assert "市卫健委" in page and "核对规范化管理名单" in page


def test_a_meeting_is_written_down_on_its_page(platform):
    fields = {
        "held_on": "2025-09-12",
        "present": "工作小组",
        "decision_1": "走访新定点机构",
        "of_1": "bureau",
        "who_1": "待遇科",
    }
    page = send(platform.person("bureau"), "/bureau/desk/meetings", **fields).text
    assert "走访新定点机构" in page and "待遇科" in page


def test_the_year_is_shown_with_holidays_and_goes_as_icalendar(platform):
    person = platform.person("bureau")
    page = person.get("/bureau/desk/calendar?year=2026").text
    assert "季度督查" in page
    raw = person.get("/bureau/desk/calendar.ics?year=2026").data
    events = Calendar.from_ical(raw).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [
        date(2026, month, day) for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
    ]
    assert all("9月份启动季度督查" in event["description"] for event in events)
    assert all(event.walk("VALARM") for event in events)
    assert person.get("/bureau/desk/calendar?year=x").status_code == 422


def test_a_holiday_is_told_and_a_year_that_is_not_known_is_not_guessed():
    assert day_kind(date(2025, 10, 1)) == "holiday"
    assert day_kind(date(2025, 9, 28)) == "workday"  # a Sunday that makes up for one
    assert day_kind(date(2025, 9, 20)) == "weekend"
    assert day_kind(date(2040, 1, 1)) == "unknown"


def test_tasks_go_as_csv_and_by_the_command(platform, monkeypatch, tmp_path):
    table = platform.person("bureau").get("/bureau/desk/tasks.csv")
    assert "季度督查" in table.text and table.text.startswith("\ufeff编号")
    run = commands(platform, monkeypatch)
    told = run("desk", "due", "--days", "30")
    assert told.exit_code == 1  # nothing is written down about last quarter's
    assert "2025-06-30 late" in told.output and "2025-09-30 open" in told.output
    out = tmp_path / "a.ics"
    assert run("desk", "calendar", str(out), "--year", "2025").exit_code == 0
    assert b"BEGIN:VCALENDAR" in out.read_bytes()


@pytest.mark.parametrize(
    ("who", "path", "body", "status"),
    [
        ("health", f"/tasks/{INSPECTION}/acts", {"kind": "done", "words": "x"}, 409),
        ("bureau", f"/tasks/{INSPECTION}/acts", {"kind": "done"}, 422),
        ("bureau", f"/tasks/{INSPECTION}/acts", {"kind": "lost", "words": "x"}, 422),
        ("bureau", "/tasks/due:x:2025-09-30/acts", {"kind": "done", "words": "x"}, 404),
        ("bureau", "/meetings", {**MEETING, "held_on": "2025-09-16"}, 422),
        ("counter", "/meetings", MEETING, 403),
        ("auditor", "/meetings", MEETING, 403),
    ],
)
def test_what_does_not_fit_changes_nothing(platform, who, path, body, status):
    let_in(platform, ("auditor", "auditor", "330300"))
    assert platform.program(who).ask("POST", path, body).status_code == status
    file = {"name": "a.html", "media": "text/html", "base64": "eA=="}
    form = {"kind": "evidence", "file": file}
    bad = platform.program("bureau").ask("POST", f"/tasks/{INSPECTION}/acts", form)
    assert bad.status_code == 422
    with db.open_session(platform.app.extensions["engine"]) as session:
        assert session.execute(select(TaskRow)).first() is None


def test_officers_of_another_area_are_turned_away(platform):
    let_in(platform, ("away", "bureau", "330100"))
    away = platform.person("away")
    for path in ("calendar", "tasks", "meetings", f"tasks/{INSPECTION}"):
        assert away.get(f"/bureau/desk/{path}").status_code == 403
    told = {it["name"]: it["entries"] for it in platform.program("away").get("/desk")}
    assert told["dates"] == told["meetings"] == []


def let_in(platform, *people):
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        word = accounts.hashed(PASSWORD)
        new = [accounts.NewAccount(n, n, (role,), of, word) for n, role, of in people]
        accounts.add_accounts(session, new)


def write(engine, desk, plan, act_key):
    with db.open_session(engine) as session:
        return tasks.do(
            session,
            desk.vault,
            plan,
            Said("note", "一次"),
            place="3303",
            key=INSPECTION,
            act_key=act_key,
            by="bureau",
            role="bureau",
            now=NOON,
        )


def planned(platform):
    desk = platform.app.extensions["desk"]
    return tasks.plan_of(desk.rules_of("wenzhou", NOON.date())), desk


def test_the_same_act_once_more_is_the_same_act(platform):
    (plan, desk), engine = planned(platform), platform.app.extensions["engine"]
    assert [write(engine, desk, plan, key).acts for key in ("a", "a", "b")] == [1, 1, 2]


def test_acts_at_the_same_moment_are_numbered_one_after_the_other(platform):
    (plan, desk), engine = planned(platform), platform.app.extensions["engine"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: write(engine, desk, plan, key), "aabc"))
    with engine.connect() as connection:
        rows = connection.execute(select(TaskActRow.no, TaskActRow.key)).all()
    assert sorted(no for no, _ in rows) == [1, 2, 3] and len({k for _, k in rows}) == 3


def test_a_meeting_that_is_sent_twice_is_held_once(platform):
    health = platform.program("health")
    sent = {"headers": {"Idempotency-Key": "meeting-1"}}
    first, again = (health.ask("POST", "/meetings", MEETING, **sent) for _ in range(2))
    assert json.loads(first.text) == json.loads(again.text)
    assert len(health.get("/meetings")) == 1
