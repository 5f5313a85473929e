"""Matching as callers reach it: their area, their lists, what a worker is asked to do."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import current_app

from dispensing.errors import FieldError, Malformed
from dispensing.matching.lists import Entitling
from dispensing.service.approving import Party
from dispensing.service.matching import acting, enrolling, exporting, reading, tasks
from pharmacies.catalogue.cells import BYTES_MAX
from web import auditing, client_keys, clock, db, parts, sheets
from web.auth import caller
from web.jobs import matchings
from web.jobs.running import jobs_of
from web.strict import NotStrict, plain_text

PURPOSE = {"bureau": "名单比对", "health": "核实比对名单"}


def area() -> str:
    """Name the caller's pooling area."""
    return auditing.area_of_caller()


def party(action: str) -> Party:
    """Say who does an action, in which role."""
    who = caller()
    return Party(who.user, who.doing(action), who.name)


def handed(name: str, content: bytes, as_of: date | None) -> tasks.MatchingTask:
    """Keep a registry and let a worker say what is wrong with its rows."""
    if not name or not content or len(content) > BYTES_MAX:
        wanted = f"a file with a name, of at most {BYTES_MAX >> 20} MiB"
        raise Malformed([FieldError("table", wanted)])
    try:
        plain_text(name)
    except NotStrict as error:
        raise Malformed([FieldError("table", f"its name: {error}")]) from None
    day = as_of or clock.today()
    if day > clock.today():
        raise Malformed([FieldError("as_of", "a day that is not to come")])
    return _to_worker(
        tasks.hand_in(
            db.session(),
            parts.desk().vault,
            tasks.Handed(name, content, day),
            id_=client_keys.act_id(),
            area=area(),
            by=party("matching.enter"),
            now=clock.now(),
        )
    )


def asked_take(id_: UUID) -> tasks.MatchingTask:
    """Let a worker take a file that was tried without a refused row."""
    by, now = party("matching.enter"), clock.now()
    return _to_worker(tasks.ask_take(db.session(), id_, area=area(), by=by, now=now))


def asked_run() -> tasks.MatchingTask:
    """Let a worker match the latest registry with the insured, as of today."""
    return _to_worker(
        tasks.ask_run(
            db.session(),
            id_=client_keys.act_id(),
            area=area(),
            day=clock.today(),
            by=party("matching.run"),
            now=clock.now(),
        )
    )


def task(id_: UUID) -> tasks.MatchingTask:
    """Tell how far a task of the caller's area is."""
    return tasks.task(db.session(), id_, area())


def runs() -> tuple[reading.MatchingRunView, ...]:
    """List the runs of the caller's area with the lists that the caller sees."""
    return reading.runs(db.session(), area(), caller().doing("matching.read"))


def one_run(run_id: UUID) -> reading.MatchingRunView:
    """Tell of one run of the caller's area."""
    role = caller().doing("matching.read")
    return reading.one_run(db.session(), run_id, area(), role)


def people(run_id: UUID, wanted: reading.Wanted) -> reading.MatchedPeople:
    """Open people of a list that the caller sees, on record."""
    who = caller()
    role = who.doing("matching.read")
    acting.rule_for(wanted.name, role)
    one_run(run_id)
    return reading.people_on(
        db.writing_session(),
        parts.desk().vault,
        run_id,
        wanted,
        reader=who.reads(role, PURPOSE[role]),
        now=clock.now(),
    )


def acted(run_id: UUID, name: str, kind: str) -> None:
    """Write down that the caller sent or received a list."""
    acting.act_on_list(
        db.session(),
        run_id,
        name,
        kind=kind,
        area=area(),
        by=party("matching.answer"),
        now=clock.now(),
    )


def answered(run_id: UUID, name: str, answers: Sequence[acting.Answer]) -> int:
    """Write down what became of people on a list."""
    return acting.answer(
        db.session(),
        run_id,
        name,
        answers,
        area=area(),
        by=party("matching.answer"),
        now=clock.now(),
    )


def lets_in(name: str) -> bool:
    """Tell whether a text in force lets people of a list in without an application."""
    return Entitling.of(parts.rules(clock.today())).lets_in(name)


def enrolled(run_id: UUID, name: str) -> enrolling.Enrolled:
    """Let the people of a list in, where a text says so."""
    today = clock.today()
    return enrolling.enrol(
        db.session(),
        parts.desk().vault,
        parts.rules(today),
        run_id,
        name=name,
        area=area(),
        by=party("matching.enrol"),
        now=clock.now(),
        today=today,
    )


def exported(
    run_id: UUID, name: str, *, whole: bool, reason: str
) -> Sequence[sheets.Row]:
    """Give a list as rows: masked, or whole with a reason; who took it is recorded."""
    reason = reason.strip()
    if whole and not 2 <= len(reason) <= acting.NOTE_MAX:
        raise Malformed([FieldError("reason", "why whole names are needed")])
    by = party("matching.export")
    wanted = reading.Wanted(name, whole=whole, size=None)
    acting.rule_for(name, by.role)
    one_run(run_id)
    return exporting.exported(
        db.session(),
        parts.desk().vault,
        run_id,
        wanted,
        area=area(),
        by=by,
        reason=reason,
        now=clock.now(),
    )


def _to_worker(view: tasks.MatchingTask) -> tasks.MatchingTask:
    db.close_sessions()  # the worker may be of this process, and want the turn to write
    platform = current_app._get_current_object()  # type: ignore[attr-defined]
    if view.is_open:
        matchings.hand_in(jobs_of(platform), view.id, view.act)
    return view
