"""Dates, tasks and meetings of an area as pages: what is due, what was done, with evidence."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.calendar import ACTS, UNITS
from dispensing.errors import FieldError
from dispensing.service import tasks
from dispensing.service.tasks import Decision, Evidence, Minutes, Said
from web import client_keys, clock, db, events, parts, sheets
from web.auth import caller, may
from web.desk import exporting, ical, planning
from web.desk.holidays import day_kind
from web.desk.task_words import (
    ACT_WORDS,
    DAY_WORDS,
    STATE_TONES,
    STATE_WORDS,
    UNIT_WORDS,
)
from web.pages import forms

bp = Blueprint("tasks_pages", __name__, url_prefix="/bureau/desk")
DECISIONS_SHOWN = 5


@bp.get("/calendar")
@may("task.read", page=True)
def calendar() -> ResponseReturnValue:
    """Show what is due in a year, month by month, holidays marked."""
    year, today = _year(), clock.today()
    found = planning.year_of(db.session(), year, planning.place_of_caller(), today)
    return render_template(
        "bureau/desk/calendar.html",
        year=year,
        today=today,
        tasks=found,
        day_kind=day_kind,
        day_words=DAY_WORDS,
        **_words(),
    )


@bp.get("/calendar.ics")
@may("task.read", page=True)
def calendar_file() -> ResponseReturnValue:
    """Give the year as iCalendar (RFC 5545)."""
    place = planning.place_of_caller()
    found = planning.year_of(db.session(), _year(), place, clock.today())
    raw = ical.written(found, place=place, now=clock.now())
    return _file(raw, "text/calendar; charset=utf-8", f"yaoda-{_year()}.ics")


@bp.get("/tasks")
@may("task.read", page=True)
def list_tasks() -> ResponseReturnValue:
    """List the tasks: late, open, done, of which unit."""
    found = _asked()
    return render_template(
        "bureau/desk/tasks.html",
        tasks=found,
        asked_state=_arg("state"),
        asked_unit=_arg("of"),
        **_words(),
    )


@bp.get("/tasks.csv")
@may("task.read", page=True)
def tasks_csv() -> ResponseReturnValue:
    """Give the tasks as CSV."""
    return sheets.handed("tasks", "csv", *_table())


@bp.get("/tasks.xlsx")
@may("task.read", page=True)
def tasks_xlsx() -> ResponseReturnValue:
    """Give the tasks as a workbook."""
    return sheets.handed("tasks", "xlsx", *_table())


@bp.get("/tasks/<key>")
@may("task.read", page=True)
def show(key: str) -> ResponseReturnValue:
    """Show one task with its sentence and what was done about it."""
    place, today = planning.place_of_caller(), clock.today()
    session = db.session()
    return render_template(
        "bureau/desk/task.html",
        it=tasks.task(session, planning.plan(today), place, key, today=today),
        acts=tasks.history(session, parts.desk().vault, place, key),
        kinds=ACTS,
        **_words(),
    )


@bp.post("/tasks/<key>")
@may("task.change", page=True)
def do(key: str) -> ResponseReturnValue:
    """Write down what was done about a task, with a file where there is one."""
    said = Said(forms.text("kind", 16), forms.text("words", 1000), _sent_file())
    tasks.do(
        db.session(),
        parts.desk().vault,
        planning.plan(clock.today()),
        said,
        place=planning.place_of_caller(),
        key=key,
        act_key=str(client_keys.act_id()),
        by=caller().user,
        role=caller().doing("task.change"),
        now=clock.now(),
    )
    return redirect(url_for(".show", key=key))


@bp.get("/tasks/<key>/evidence/<int:no>")
@may("task.read", page=True)
def evidence(key: str, no: int) -> ResponseReturnValue:
    """Give the file of one act, to keep."""
    place = planning.place_of_caller()
    found = tasks.evidence(db.session(), parts.desk().vault, place, key, no=no)
    events.tell("evidence_opened", task=key, no=no)
    return _file(found.raw, found.media, found.name)


@bp.get("/meetings")
@may("task.read", page=True)
def list_meetings() -> ResponseReturnValue:
    """Show the meetings with what each decided, and the form for another one."""
    place, today = planning.place_of_caller(), clock.today()
    return render_template(
        "bureau/desk/meetings.html",
        meetings=tasks.meetings(db.session(), place),
        tasks={one.key: one for one in planning.at_hand(db.session(), place, today)},
        today=today,
        rows=range(1, DECISIONS_SHOWN + 1),
        units=UNITS,
        **_words(),
    )


@bp.post("/meetings")
@may("task.change", page=True)
def hold_meeting() -> ResponseReturnValue:
    """Keep the minutes of a meeting; each decision is a task."""
    minutes = Minutes(
        forms.day_of_form("held_on", clock.today()),
        forms.text("present", 400),
        forms.text("words", 4000),
        tuple(_decisions()),
    )
    tasks.hold(
        db.session(),
        planning.place_of_caller(),
        minutes,
        key=str(client_keys.act_id()),
        by=caller().user,
        role=caller().doing("task.change"),
        now=clock.now(),
    )
    return redirect(url_for(".list_meetings"))


def _decisions() -> list[Decision]:
    found = []
    for no in range(1, DECISIONS_SHOWN + 1):
        words = forms.text(f"decision_{no}", 400)
        if words:
            due = (
                forms.day_of_form(f"due_{no}", clock.today())
                if forms.text(f"due_{no}", 10)
                else None
            )
            unit, who = forms.text(f"of_{no}", 16), forms.text(f"who_{no}", 100)
            found.append(Decision(words, unit, who, due))
    return found


def _table() -> tuple[Sequence[str], Sequence[sheets.Row]]:
    return exporting.TASK_COLUMNS, exporting.task_rows(_asked())


def _asked() -> tuple[tasks.TaskView, ...]:
    place, today = planning.place_of_caller(), clock.today()
    state, unit = _arg("state"), _arg("of")
    return tuple(
        one
        for one in planning.at_hand(db.session(), place, today)
        if state in {"", one.state} and (not unit or unit in one.of)
    )


def _sent_file() -> Evidence | None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    return Evidence(sent.filename[-120:], sent.mimetype, sent.read())


def _year() -> int:
    asked = _arg("year") or str(clock.today().year)
    if not (asked.isdecimal() and 2000 <= int(asked) <= 2100):
        raise forms.NotAsExpected([FieldError("year", "a year such as 2025")])
    return int(asked)


def _arg(name: str) -> str:
    return request.args.get(name, "").strip()[:16]


def _words() -> dict[str, object]:
    return {
        "state_words": STATE_WORDS,
        "state_tones": STATE_TONES,
        "unit_words": UNIT_WORDS,
        "act_words": ACT_WORDS,
    }


def _file(raw: bytes, media: str, name: str) -> Response:
    answer = Response(raw, content_type=media)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
