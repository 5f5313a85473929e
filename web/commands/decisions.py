"""Time travel: decisions of the past, asked again as of their day."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

import typer

from dispensing import service
from dispensing.errors import NotFound
from dispensing.service import Replayed
from web.commands.given import BadInput
from web.commands.given import day as day_of
from web.commands.opened import books

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
    """Decide again by the texts of each day and of today; 1 where that day's answer differs."""
    asked, one = day_of(day) if day else None, _id(id) if id else None
    count = differing = changed = otherwise = 0
    try:
        with books(read_only=True) as (session, platform):
            desk = platform["desk"]
            for found in service.replay(session, desk, day=asked, assessment_id=one):
                count += 1
                differing += bool(found.differences)
                changed += bool(found.changed)
                otherwise += bool(found.today)
                if one or found.differences or found.today:
                    _tell(found)
    except NotFound as error:
        raise BadInput(f"{id}: {error}") from error
    since = f", {changed} rest on texts changed since" if changed else ""
    today = f", {otherwise} otherwise by the rules of today" if otherwise else ""
    typer.echo(f"{count} decisions replayed, {differing} differ{since}{today}")
    if differing:
        raise typer.Exit(1)


def _tell(found: Replayed) -> None:
    """Tell a decision twice: by the rules as written that day, and as written today."""
    texts = f", changed since: {', '.join(found.changed)}" if found.changed else ""
    typer.echo(f"{found.on} {found.id} {found.decision}{texts}")
    for doubt in found.platform:
        typer.echo(f"  the platform said: {doubt.words.en}")
    _compared("as decided that day", map(str, found.differences))
    # Figures first: they are why.
    _compared("by the rules of today", [*found.figures, *map(str, found.today)])


def _compared(by: str, told: Iterable[str]) -> None:
    lines = list(told)
    typer.echo(f"  {by}:" if lines else f"  {by}: the same")
    for line in lines:
        typer.echo(f"    {line}")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(f"{text}: expected the id of a decision") from None
