"""`yaoda retention`: what has been kept for its term, and its removal."""

from typing import Annotated

import typer

from dispensing.days import day_of
from dispensing.retention import EXISTING, HOLDS, NEVER
from web import db, retention
from web.accounts import BY_COMMAND
from web.commands.opened import opened


def command(
    act: Annotated[
        bool, typer.Option("--act", help="Remove it; without this nothing changes.")
    ] = False,
) -> None:
    """Tell what has been kept for its term; with --act remove it, batch by batch."""
    with opened() as platform:
        if act:
            by, _role = BY_COMMAND
            removed = retention.run(platform, by=by)
            for name, count in removed.counts.items():
                typer.echo(f"{name}: {count} done")
            typer.echo(f"{removed.total} in all; each batch is on the audit chain")
            return
        engine = platform.extensions["engine"]
        with db.open_session(engine, read_only=True) as session:
            for view in retention.views(platform, session):
                typer.echo(_line(view))
    for each in EXISTING:
        typer.echo(f"{each.table}: goes by itself, {each.after[1]}")
    for never in NEVER:
        typer.echo(f"{', '.join(never.tables)}: never, {never.why[1]}")


def _line(view: retention.KindView) -> str:
    kind, term, found = view.kind, view.term, view.standing
    if term is None or found is None:
        return f"{kind.name}: no term, nothing goes; to be read: {kind.law[1]}"
    line = f"{kind.name}: {found.count} to be {kind.becomes} after {term.length}"
    line += f" ({term.source}; {term.decided_by}, {term.decided_on})"
    if found.oldest is not None and found.newest is not None:
        days = (day_of(each) for each in (found.oldest, found.newest))
        line += f", from {' to '.join(str(day) for day in days)}"
    for reason, count in found.held.items():
        line += f"; {count} held: {HOLDS[reason][1]}"
    return line
