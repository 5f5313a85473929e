"""`yaoda desk`: what the texts want by when, and how it stands, for scripts and calendars."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from dispensing.service import tasks
from dispensing.service.tasks import TaskView
from web import clock
from web.commands.given import day as as_day
from web.commands.opened import books
from web.desk import ical, planning
from web.desk.area import area_served
from web.desk.planning import BEHIND_DAYS

app = typer.Typer(help="The bureau's desk.", no_args_is_help=True)


@app.callback()
def desk() -> None:
    """Tell what an area has to do, and by when."""


@app.command(name="due")
def due(
    *,
    day: Annotated[str, typer.Option(help="As of which day.")] = "",
    days: Annotated[int, typer.Option(help="How far ahead.", min=0)] = 14,
) -> None:
    """List what is late and what is due soon, a line each; 1 where something is late."""
    with books() as (session, _):
        today = as_day(day) if day else clock.today()
        last = today + timedelta(days=days)
        found = _found(session, today - timedelta(days=BEHIND_DAYS), last, today)
    wanted = [one for one in found if one.state in {"late", "open", "in_progress"}]
    dated = [one for one in wanted if one.due is not None]
    for one in dated:
        typer.echo(f"{one.due} {one.state:<12}{one.words} ({one.who})")
    if any(one.state == "late" for one in dated):
        raise typer.Exit(1)


@app.command(name="calendar")
def calendar(
    out: Annotated[Path, typer.Argument(help="The file to write, .ics.")],
    *,
    year: Annotated[int, typer.Option(help="Of which year.", min=2000, max=2100)],
) -> None:
    """Write the dates of a year as iCalendar (RFC 5545)."""
    with books() as (session, _):
        first, last = date(year, 1, 1), date(year, 12, 31)
        found = _found(session, first, last, clock.today())
        within = tuple(one for one in found if one.due and first <= one.due <= last)
        raw = ical.written(within, place=area_served(), now=clock.now())
    out.write_bytes(raw)
    typer.echo(f"{len(within)} dates in {out}")


def _found(
    session: Session, first: date, last: date, today: date
) -> tuple[TaskView, ...]:
    plan, place = planning.plan(today), area_served()
    return tasks.tasks(session, plan, place, first=first, last=last, today=today)
