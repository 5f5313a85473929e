"""`yaoda reconcile`: a day's books against the platform, tills, stock and hand-overs."""

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import DomainError, Malformed
from dispensing.money import yuan
from dispensing.reconcile import KINDS
from dispensing.service import DifferenceView, RunView
from pharmacies.service import NoSuchOutlet
from web import clock
from web.commands.given import BadInput, readable
from web.commands.given import day as _day
from web.commands.opened import books

BY = "command"


def command(
    day: Annotated[str, typer.Argument(help="The day, such as 2025-09-15.")],
    outlet: Annotated[
        str | None, typer.Option(help="One outlet; else all that are active.")
    ] = None,
    till: Annotated[
        Path | None, typer.Option(help="The outlet's own till file of the day, as CSV.")
    ] = None,
    close: Annotated[bool, typer.Option(help="Close what is clean.")] = False,
) -> None:
    """Reconcile a day; 1 where differences remain, each one in a line of its own."""
    if till is not None and outlet is None:
        raise BadInput("--till: expected --outlet with it")
    on, raw = _day(day), readable(till).read_bytes() if till else None
    with books() as (session, platform):
        desk: Desk = platform["desk"]
        asked: dict[str, Any] = {"day": on, "by": BY, "now": clock.now()}
        try:
            if raw is not None and outlet is not None:
                service.keep_till_file(session, outlet_code=outlet, raw=raw, **asked)
            runs = (
                service.reconcile_day(session, desk, **asked)
                if outlet is None
                else (service.reconcile(session, desk, outlet_code=outlet, **asked),)
            )
            if close:
                runs = tuple(_closed(session, desk, run) for run in runs)
        except Malformed as error:
            raise BadInput(
                "; ".join(
                    f"{one.where}: expected {one.expected}" for one in error.errors
                )
            ) from error
        except NoSuchOutlet as error:
            raise BadInput(f"{error}: no such outlet") from error
    for run in runs:
        _tell(run)
    if not runs:
        typer.echo(f"{on}: no outlet settled anything in the month before")
    if not all(run.clean for run in runs):
        raise typer.Exit(1)


def _closed(session: Session, desk: Desk, run: RunView) -> RunView:
    """Close a clean day; one that is not stays as it is."""
    if not run.clean:
        return run
    try:
        return service.close_day(
            session,
            desk,
            outlet_code=run.outlet_code,
            day=run.day,
            by=BY,
            now=clock.now(),
        )
    except DomainError as error:
        session.rollback()
        typer.echo(f"{run.day} {run.outlet_code} not closed: {error.words.en}")
        return run


def _tell(run: RunView) -> None:
    for one in run.differences:
        if one.state == "open":
            typer.echo(_line(one))
    ours = sum(one.ours_total_fen for one in run.totals)
    theirs = sum(one.theirs_total_fen for one in run.totals)
    if run.closed_at is not None:
        state = "closed"
    elif run.result == "unanswered":
        state = "the platform did not answer"
    else:
        state = f"{run.remaining} differences remain"
    typer.echo(
        f"{run.day} {run.outlet_code} ours {yuan(ours)} platform {yuan(theirs)}: {state}"
    )


def _line(one: DifferenceView) -> str:
    ours, theirs = (
        yuan(value) if one.unit == "fen" else str(value)
        for value in (one.ours, one.theirs)
    )
    more = f" ({one.detail})" if one.detail else ""
    return (
        f"{one.day} {one.outlet_code} {one.kind}: {KINDS[one.kind].english},"
        f" {one.event_kind} {one.event_id}, ours {ours}, theirs {theirs}{more}"
    )
