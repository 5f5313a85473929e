"""`yaoda medicines`: find what the catalogue has, put files in, and see how it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
)

from pharmacies import service as pharmacies
from pharmacies.catalogue import service
from pharmacies.catalogue.examining import File, Tell
from pharmacies.catalogue.finding import find as found_of
from pharmacies.catalogue.history import Entered
from pharmacies.catalogue.history import history as history_of
from pharmacies.catalogue.said import BadFile
from pharmacies.catalogue.telling import Report, shown
from pharmacies.errors import NoSuchMedicine
from web import clock, db
from web.commands.given import BadInput, day, place_for, readable
from web.commands.opened import books
from web.jobs.catalogues import DISEASES

app = typer.Typer(help="The catalogue of medicines (药品目录).", no_args_is_help=True)
BY = "command"
Day = Annotated[str, typer.Option(help="As of this day; else today.")]


@app.command(name="find")
def find(
    typed: Annotated[
        str, typer.Argument(help="A name or part of it, pinyin, initials, or a code.")
    ],
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
) -> None:
    """Find medicines; an exact code decides, anything else proposes; 1 where there is none."""
    with books(read_only=True) as (session, _):
        found = found_of(session, typed, limit)
    for one in found.hits:
        fen = shown("standard_fen", one.standard_fen)
        typer.echo(f"{one.code} {one.tier} {fen:>9} {one.name} {one.spec}")
    if found.hits and found.hits[0].by == "near":
        typer.echo("nothing has it; these are near", err=True)
    if not found.hits:
        raise typer.Exit(1)


@app.command(name="history")
def history(
    code: Annotated[str, typer.Argument(help="The national code.")],
    on: Day = "",
    area: Annotated[
        str, typer.Option(help="On the terms of this area, e.g. 330302.")
    ] = "",
) -> None:
    """Tell how a medicine is on a day, and everything that was entered about it."""
    with books(read_only=True) as (session, _):
        asked = day(on) if on else clock.today()
        try:
            now = pharmacies.medicine(session, code, asked, area)
        except NoSuchMedicine as error:
            raise BadInput(f"{code}: not in the catalogue on {asked}") from error
        told = history_of(session, code)
    fen = shown("standard_fen", now.standard_fen)
    typer.echo(f"{asked}: {now.name} {now.spec} {now.tier} {fen}")
    for one in told.versions:
        mark = " (corrected)" if one.superseded else ""
        fen = shown("standard_fen", one.medicine.standard_fen)
        typer.echo(
            f"from {one.valid_from or 'the beginning'}: {one.medicine.name}"
            f" {one.medicine.tier} {fen}{mark}, {_by(one.entered)}"
        )
    for terms in told.terms:
        mark = " (corrected)" if terms.superseded else ""
        fen = shown("standard_fen", terms.terms.standard_fen)
        typer.echo(
            f"from {terms.valid_from} in {terms.region}: {fen}{mark}, {_by(terms.entered)}"
        )
    for price in told.prices:
        mark = " (corrected)" if price.superseded else ""
        fen = shown("price_fen", price.price_fen)
        begun = price.valid_from or "the beginning"
        typer.echo(
            f"from {begun} at {price.price_list}: {fen}{mark}, {_by(price.entered)}"
        )


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A table: CSV or XLSX.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of each row.")
    ] = False,
    valid_from: Annotated[
        str, typer.Option("--from", help="The day for rows that name none; else today.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(help="Write every row's fate here, as CSV.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who puts it in.")] = BY,
) -> None:
    """Put a table in, whole or not at all; 1 where rows are refused."""
    content = readable(file).read_bytes()
    place = place_for(report) if report else None
    told = Report()
    with (
        _bar() as tell,
        books() as (writing, platform),
        db.open_session(platform["engine"], read_only=True) as reading,
    ):
        now, today = clock.now(), clock.today()
        given = File(file.name, content, day(valid_from) if valid_from else today)
        try:
            if dry_run:
                trial = service.try_file(reading, given, DISEASES, tell=tell, into=told)
                counts, written = dict(trial.counts), False
            else:
                came = service.put_in(
                    reading,
                    writing,
                    given,
                    DISEASES,
                    act=service.Act(uuid4(), by, now, today),
                    tell=tell,
                    into=told,
                )
                counts = {name: getattr(came, name) for name in _OUTCOMES}
                written = came.written
        except BadFile as error:
            raise BadInput(f"{file}: {error.said.en}") from error
    if place is not None:
        place.write_text(told.text(), "utf-8-sig")
    _say(told, counts, written)


_OUTCOMES = ("new", "changed", "same", "refused")


def _say(told: Report, counts: dict[str, int], written: bool) -> None:
    for one in told.shown:
        if one.outcome in ("refused", "changed"):
            typer.echo(f"row {one.row} {one.outcome} {one.thing}: {one.en}")
    counted = ", ".join(f"{counts.get(name, 0)} {name}" for name in _OUTCOMES)
    typer.echo(f"{counted}; {'written' if written else 'nothing written'}")
    if counts.get("refused"):
        raise typer.Exit(1)


def _by(entered: Entered) -> str:
    return f"{entered.by} {entered.at:%Y-%m-%d %H:%M} {entered.file_name}"


@contextmanager
def _bar() -> Iterator[Tell]:
    """Show on the error stream a bar for each stage that grows with the rows."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as shown_bar:

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown_bar.add_task(stage, total=total or None)
            shown_bar.update(tasks[stage], completed=done, total=total or None)

        yield tell
