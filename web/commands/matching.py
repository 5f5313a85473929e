"""`yaoda matching`: take the registry of managed patients, match it with the insured, see lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from dispensing.audit import pooling_area
from dispensing.days import day_of
from dispensing.errors import DomainError
from dispensing.matching.registry import BYTES_MAX, Examined, examine
from dispensing.service.approving import Party
from dispensing.service.matching import reading, registries, running, tasks
from pharmacies.catalogue.said import BadFile
from web import clock
from web.accounts import BY_COMMAND
from web.commands.given import BadInput, day, place_for, readable
from web.commands.opened import books
from web.commands.writing import write_whole

app = typer.Typer(
    help="Managed patients held against the insured.", no_args_is_help=True
)
BY = Party(*BY_COMMAND, BY_COMMAND[0])
SHOWN = 20
Area = Annotated[str, typer.Option(help="The pooling area, e.g. 5309.")]
On = Annotated[str, typer.Option(help="A day; else today.")]


@app.command(name="import")
def take(
    path: Annotated[Path, typer.Argument(help="CSV, XLSX, or FHIR as JSON or NDJSON.")],
    area: Area,
    *,
    as_of: On = "",
    dry_run: Annotated[bool, typer.Option(help="Say what would become of it.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write every refused row to this file.")
    ] = None,
) -> None:
    """Take a registry of managed patients; with one refused row nothing is taken."""
    if report is not None:
        place_for(report)
    if readable(path).stat().st_size > BYTES_MAX:
        raise BadInput(f"{path}: larger than {BYTES_MAX >> 20} MiB")
    content, on = path.read_bytes(), _day(as_of)
    try:
        read = examine(content, on)
    except BadFile as error:
        raise BadInput(f"{path}: {error.said.en}") from error
    _tell(read)
    if report is not None:
        write_whole(report, tasks.bad_rows_csv(read.bad))
    if not read.is_fit:
        raise typer.Exit(1)
    if dry_run:
        return
    source = registries.Source(path.name, sha256(content).hexdigest(), on)
    with books() as (session, platform), _refusals():
        registries.take(
            session,
            platform["desk"].vault,
            read.people.values(),
            source,
            id_=uuid4(),
            area=pooling_area(area),
            by=BY,
            now=platform["clock"].now(),
        )


@app.command(name="run")
def run(area: Area, *, on: On = "") -> None:
    """Match the latest registry of an area with its insured, and tell the lists."""
    with books() as (session, platform), _refusals():
        asked_on = _day(on)
        made = running.run(
            session,
            platform["desk"].vault,
            platform["desk"].rules_of(platform["settings"].region, asked_on),
            running.AskedRun(pooling_area(area), asked_on, BY),
            id_=uuid4(),
            now=platform["clock"].now(),
        )
        _tell_run(reading.one_run(session, made, pooling_area(area), "bureau"))


@app.command(name="runs")
def runs(area: Area) -> None:
    """Tell the runs of an area with their lists, the latest first."""
    with books(read_only=True) as (session, _):
        for each in reading.runs(session, pooling_area(area), "bureau"):
            _tell_run(each)


def _day(said: str) -> date:
    return day(said) if said else day_of(clock.Clock().now())


def _tell(read: Examined) -> None:
    for bad in read.bad[:SHOWN]:
        for fault in bad.faults:
            typer.echo(f"row {bad.row}: {fault.column}: {fault.said.en}")
    left = len(read.bad) - SHOWN
    if left > 0:
        typer.echo(f"and {left} more refused rows: --report writes them all")
    typer.echo(f"{read.rows} rows, {len(read.people)} people, {len(read.bad)} refused")


def _tell_run(one: reading.MatchingRunView) -> None:
    typer.echo(
        f"run {one.number} of {one.day}: {one.managed} managed, {one.insured} insured,"
        f" {one.by_id} by ID, {one.by_hand} by hand, {one.by_score} by score"
    )
    for each in one.lists:
        due = f", due {each.due.day} ({each.due.clause})" if each.due else ""
        typer.echo(
            f"  {each.name}: {each.people} people, {each.new} new, {each.changed}"
            f" changed, {each.gone} gone, {each.answered} answered{due}"
        )


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        raise BadInput(f"{error.words.en} {error.words.next_en}") from error
