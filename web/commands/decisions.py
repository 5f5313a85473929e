"""Time travel: decisions of the past, asked again as of their day."""

from typing import Annotated
from uuid import UUID

import typer

from dispensing import service
from dispensing.errors import NotFound
from dispensing.service import Replayed
from web import create_app, db
from web.commands.given import BadInput, settings
from web.commands.given import day as day_of

app = typer.Typer(help="Decisions that were made.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Decisions that were made."""


@app.command(name="replay")
def replay(
    day: Annotated[
        str | None, typer.Option(help="The decisions of one day; else of all days.")
    ] = None,
    id: Annotated[str | None, typer.Option(help="One decision by its id.")] = None,
) -> None:
    """Ask the rules again as of each decision's day; 1 where one is otherwise now."""
    asked, one = day_of(day) if day else None, _id(id) if id else None
    platform = create_app(settings())
    engine, desk = platform.extensions["engine"], platform.extensions["desk"]
    count = differing = 0
    try:
        with db.open_session(engine, read_only=True) as session:
            for found in service.replay(session, desk, day=asked, assessment_id=one):
                count += 1
                differing += bool(found.differences)
                _tell(found)
    except NotFound as error:
        raise BadInput(f"{id}: {error}") from error
    typer.echo(f"{count} decisions replayed, {differing} differ")
    if differing:
        raise typer.Exit(1)


def _tell(found: Replayed) -> None:
    if not found.differences:
        return
    texts = f", changed since: {', '.join(found.changed)}" if found.changed else ""
    typer.echo(f"{found.on} {found.id} {found.decision}{texts}")
    for difference in found.differences:
        typer.echo(f"    {difference}")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(f"{text}: expected the id of a decision") from None
