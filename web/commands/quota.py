"""`yaoda quota`: each quota unit against its target, with pace, forecast and what runs out."""

from typing import Annotated

import typer

from dispensing import service
from pharmacies import quota_service
from pharmacies.quota import Board, Progress
from web import clock
from web.commands.given import day as day_of
from web.commands.given import instant
from web.commands.opened import books

_OUTLOOK = {
    "met": "met",
    "on_time": "by {forecast}, in time",
    "late": "by {forecast}, too late",
    "open": "by {forecast}",
    "no_pace": "nothing gained, no day can be told",
    "overdue": "overdue",
    "room": "room",
    "full": "full",
    "over": "over the ceiling",
}


def command(
    day: Annotated[str | None, typer.Option(help="The day; else today.")] = None,
    *,
    window: Annotated[
        int, typer.Option(min=1, max=3660, help="Days over which the pace is taken.")
    ] = 90,
    ahead: Annotated[
        int, typer.Option(min=0, max=3660, help="Agreements that end in so many days.")
    ] = 90,
    known_at: Annotated[
        str | None,
        typer.Option(help="As was known at an instant such as 2025-09-15T08:12:00Z."),
    ] = None,
) -> None:
    """Hold each quota unit against its target; 1 where one lacks pharmacies."""
    at = instant("--known-at", known_at)
    with books(read_only=True) as (session, platform):
        on = day_of(day) if day else clock.today()
        rules = platform["desk"].rules_of(platform["settings"].region, on)
        board = quota_service.quota_board(
            session,
            service.plan_of(rules),
            on,
            window_days=window,
            ahead_days=ahead,
            known_at=at,
        )
    _tell(board)
    if board.gap:
        raise typer.Exit(1)


def _tell(board: Board) -> None:
    deadline = "" if board.deadline is None else f", due {board.deadline}"
    if board.deadline is not None and board.deadline < board.day:
        deadline += f" ({(board.day - board.deadline).days} days ago)"
    typer.echo(f"{board.day}{deadline}, pace of {board.window_days} days")
    typer.echo("target admitted counted gap gained  unit")
    for unit in board.units:
        typer.echo(_row(unit))
    typer.echo(
        f"{board.target:6} {board.admitted:8} {board.designated:7} {board.gap:3}"
        f"         all {len(board.units)} units"
    )


def _row(unit: Progress) -> str:
    told = _OUTLOOK[unit.outlook].format(forecast=unit.forecast)
    if unit.outlook == "overdue" and unit.forecast is not None:
        told += f", at this pace by {unit.forecast}"
    if unit.at_deadline is not None:
        told += f"; {unit.at_deadline} when it was due"
    if unit.running_out:
        told += f"; {unit.running_out} run out"
    if unit.falls_below_on is not None:
        told += f"; below its target from {unit.falls_below_on}"
    return (
        f"{unit.target:6} {unit.admitted:8} {unit.designated:7} {unit.gap:3}"
        f" {unit.gained:+6}  {unit.unit}: {told}"
    )
