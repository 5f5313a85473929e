"""The pages of matching: registries, runs, lists, and what became of each person."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from dispensing.errors import FieldError
from dispensing.matching.lists import KINDS, LISTS, OUTCOMES
from dispensing.service.matching import acting, exporting, registries, tasks
from dispensing.service.matching.enrolling import NOT_AUTOMATIC
from dispensing.service.matching.reading import MatchedPeople, MatchingRunView, Wanted
from web import centres, clock, db, matching, sheets
from web.auth import caller, may
from web.desk import charts
from web.pages import forms
from web.words import pick, say

bp = Blueprint("matching_pages", __name__, url_prefix="/bureau/matching")
CHANGES = ("", "new", "changed")


@bp.get("")
@may("matching.read", page=True)
def home() -> ResponseReturnValue:
    """Show the lists of the latest run, the runs before, registries and tasks."""
    area, found = matching.area(), matching.runs()
    return render_template(
        "bureau/matching/home.html",
        runs=found,
        chart=_chart(found[0]) if found else "",
        registries=registries.registries(db.session(), area, 5),
        tasks=tasks.tasks(db.session(), area, 5),
        lists=LISTS,
        today=clock.today(),
        role=caller().doing("matching.read"),
    )


@bp.post("/files")
@may("matching.enter", page=True)
def hand_in() -> ResponseReturnValue:
    """Take a registry, and let a worker say what is wrong with its rows."""
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        raise forms.NotAsExpected([FieldError("table", "a file")])
    day = forms.day_of_form("as_of", clock.today())
    view = matching.handed(sent.filename, sent.read(), day)
    return redirect(url_for(".show_task", task_id=view.id))


@bp.get("/tasks/<uuid:task_id>")
@may("matching.read", page=True)
def show_task(task_id: UUID) -> ResponseReturnValue:
    """Show how far a file or a run is, and why rows are refused."""
    return render_template("bureau/matching/task.html", it=matching.task(task_id))


@bp.get("/tasks/<uuid:task_id>/progress")
@may("matching.read", page=True)
def progress(task_id: UUID) -> ResponseReturnValue:
    """Give the part of the page that changes while a worker is at it."""
    return render_template("bureau/matching/progress.html", it=matching.task(task_id))


@bp.get("/tasks/<uuid:task_id>/rows.csv")
@may("matching.read", page=True)
def rows(task_id: UUID) -> ResponseReturnValue:
    """Give every refused row as CSV, values masked."""
    every = tasks.every_bad_row(db.session(), task_id, matching.area())
    return _csv(every, "rows.csv")


@bp.post("/tasks/<uuid:task_id>/take")
@may("matching.enter", page=True)
def take(task_id: UUID) -> ResponseReturnValue:
    """Let a worker take the registry."""
    matching.asked_take(task_id)
    return redirect(url_for(".show_task", task_id=task_id))


@bp.post("/runs")
@may("matching.run", page=True)
def run() -> ResponseReturnValue:
    """Let a worker run a matching."""
    return redirect(url_for(".show_task", task_id=matching.asked_run().id))


@bp.get("/runs/<uuid:run_id>/<name>")
@may("matching.read", page=True)
def show_list(run_id: UUID, name: str) -> ResponseReturnValue:
    """Show a list: masked, but for pairs that somebody has to compare."""
    change = request.args.get("change", "")
    wanted = Wanted(
        name,
        change=change if change in CHANGES else "",
        whole=name == "review",
        page=forms.page_asked(),
    )
    run, role = matching.one_run(run_id), caller().doing("matching.read")
    rule = acting.rule_for(name, role)
    found, asked = matching.people(run_id, wanted), centres.asked()
    return render_template(
        "bureau/matching/list.html",
        run=run,
        it=run.list(name),
        rule=rule,
        found=found,
        asks_centres=asked.is_asked,
        lets_in=matching.lets_in(name),
        not_automatic=NOT_AUTOMATIC,
        words=_words(found) if asked.is_asked and name == centres.LIST else {},
        wanted=wanted,
        outcomes=OUTCOMES,
        kinds=KINDS,
        today=clock.today(),
        role=role,
    )


@bp.post("/runs/<uuid:run_id>/<name>/acts")
@may("matching.answer", page=True)
def act(run_id: UUID, name: str) -> ResponseReturnValue:
    """Write down that a list was handed over or came in."""
    kind = "received" if request.form.get("kind") == "received" else "sent"
    matching.acted(run_id, name, kind)
    return redirect(url_for(".show_list", run_id=run_id, name=name))


@bp.post("/runs/<uuid:run_id>/<name>/outcomes")
@may("matching.answer", page=True)
def answer(run_id: UUID, name: str) -> ResponseReturnValue:
    """Write down what became of one person."""
    entry = request.form.get("entry_id", "")
    if not entry.isdecimal() or len(entry) > 15:
        raise forms.NotAsExpected([FieldError("entry_id", "a person on the list")])
    said = acting.Answer(
        int(entry), forms.text("code", 20), forms.text("note", acting.NOTE_MAX)
    )
    matching.answered(run_id, name, [said])
    page = forms.page_asked()
    back = url_for(".show_list", run_id=run_id, name=name, page=page)
    return redirect(f"{back}#entry-{entry}")


@bp.post("/runs/<uuid:run_id>/<name>/enrolments")
@may("matching.enrol", page=True)
def enrol(run_id: UUID, name: str) -> ResponseReturnValue:
    """Let the people of a list in."""
    matching.enrolled(run_id, name)
    return redirect(url_for(".show_list", run_id=run_id, name=name))


@bp.post("/runs/<uuid:run_id>/<name>/export")
@may("matching.export", page=True)
def export(run_id: UUID, name: str) -> ResponseReturnValue:
    """Give a list as CSV or as a workbook, masked or, with a reason, whole."""
    whole, reason = request.form.get("whole") == "yes", forms.text("reason", 200)
    kind = "xlsx" if request.form.get("kind") == "xlsx" else "csv"
    rows = matching.exported(run_id, name, whole=whole, reason=reason)
    return sheets.handed(name, kind, exporting.HEADINGS, rows)


def _words(found: MatchedPeople) -> Mapping[int, str]:
    """Tell what the centres have said of the people on a page."""
    return centres.words_on([one.id for one in found.entries])


def _chart(run: MatchingRunView) -> Markup:
    """Draw how many people of each list are answered, before how many stand on it."""
    rows = [
        (pick(LISTS[one.name].zh, LISTS[one.name].en), one.answered, one.people)
        for one in run.lists
    ]
    return charts.bars(say("名单"), rows)


def _csv(raw: bytes, name: str) -> Response:
    answer = Response(raw, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
