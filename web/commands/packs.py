"""Policy packs on the command line: check, show, compare, list what is left open."""

import time
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from dispensing import packs, policy
from dispensing.days import CHINA
from dispensing.packs.report import CASES, SECONDS_MAX, SEED
from dispensing.policy.pack import POLICIES
from web.commands import given
from web.commands.given import BadInput

app = typer.Typer(help="Policy packs.", no_args_is_help=True)

Day = Annotated[str | None, typer.Option(help="The day asked about; today without.")]


@app.command(name="check")
def check(
    folder: Annotated[Path, typer.Argument(help="Where the packs lie.")] = POLICIES,
    seed: Annotated[int, typer.Option(help="Where the chance begins.")] = SEED,
    cases: Annotated[int, typer.Option(help="Cases drawn for each region.")] = CASES,
    seconds_max: Annotated[
        int, typer.Option(help="The longest time for the cases.")
    ] = SECONDS_MAX,
) -> None:
    """Check every pack; 1 where something is wrong, a sentence for each place."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder")
    began = time.monotonic()
    report = packs.check(
        folder,
        seed=seed,
        cases=cases,
        seconds_max=seconds_max,
        seconds=lambda: int(time.monotonic() - began),
    )
    for line in report.lines():
        typer.echo(line)
    raise typer.Exit(1 if report.faults else 0)


@app.command(name="show")
def show(
    region: Annotated[str, typer.Argument(help="The region.")], day: Day = None
) -> None:
    """Tell the figures in force in a region on a day: value, clause, words, layer, days."""
    for line in packs.show(_in_force(region, _day(day)), policy.load_packs()):
        typer.echo(line)


@app.command(name="diff")
def diff(
    before: Annotated[str, typer.Argument(help="A region, or region@day.")],
    after: Annotated[str, typer.Argument(help="Another, or the same another day.")],
    day: Day = None,
) -> None:
    """Tell the figures that differ between two regions, or between two days."""
    sides = [name.partition("@") for name in (before, after)]
    left, right = [_in_force(name, _day(on or day)) for name, _, on in sides]
    for line in packs.diff(left, right):
        typer.echo(line)


@app.command(name="open")
def open_parameters(
    region: Annotated[
        str | None, typer.Option(help="One region; all where none is named.")
    ] = None,
    day: Day = None,
) -> None:
    """List the figures that the texts leave to other documents."""
    for name in [_known(region)] if region else policy.regions():
        try:
            rules = _rules(name, _day(day))
        except policy.NotInForce as error:
            typer.echo(f"{name}\t{error}")
            continue
        for figure in rules.open_figures:
            cited = f"{figure.cited.document} {figure.cited.clause}"
            typer.echo(f"{name}\t{figure.name}\t{figure.left_to}\t{cited}")


def _in_force(region: str, on: date) -> policy.Rules:
    try:
        return _rules(region, on)
    except policy.NotInForce as error:
        raise BadInput(str(error)) from error


def _rules(region: str, on: date) -> policy.Rules:
    """Compile the rules with the operator's overlay, where that is the region's."""
    path = given.settings().overlay
    overlay = policy.WatchedOverlay(path).current() if path else None
    mine = overlay if overlay and overlay.region == _known(region) else None
    return policy.rules_for(_known(region), on, mine)


def _known(region: str) -> str:
    if region not in policy.regions():
        raise BadInput(f"{region}: expected one of {', '.join(policy.regions())}")
    return region


def _day(text: str | None) -> date:
    return given.day(text) if text else datetime.now(CHINA).date()
