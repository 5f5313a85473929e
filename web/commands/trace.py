"""`yaoda trace`: where a box was sold and returned, by its trace code (追溯码)."""

from typing import Annotated

import typer

from dispensing import service
from dispensing.days import CHINA
from dispensing.service.tracing import TraceStep
from pharmacies.stock import is_trace_code
from web.commands.given import BadInput
from web.commands.opened import books


def command(
    code: Annotated[str, typer.Argument(help="The twenty digits on the box.")],
) -> None:
    """Tell a trace code's history; 1 where it is suspected and nobody has resolved it."""
    if not is_trace_code(code):
        raise BadInput(f"{code}: expected twenty digits that begin with 8")
    with books(read_only=True) as (session, _):
        found = service.trace_history(session, code)
        suspected = service.suspicions_of(session, code)
    parts = f", {found.sold_parts} of {found.of_parts} parts sold"
    typer.echo(f"{code} {found.state}{parts if found.of_parts > 1 else ''}")
    for step in found.steps:
        typer.echo(_told(step))
    for one in suspected:
        resolved = f"resolved as {one.finding}: {one.reason}" if one.finding else "open"
        typer.echo(
            f"{one.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S} refused at {one.outlet_code}"
            f" by {one.by}, tried {one.tries} times, {resolved}"
        )
    if any(one.state == "open" for one in suspected):
        raise typer.Exit(1)


def _told(step: TraceStep) -> str:
    parts = f" {step.parts} of {step.of_parts}" if step.of_parts > 1 else ""
    why = f", {step.reason}" if step.reason else ""
    return (
        f"{step.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S} {step.kind}{parts}"
        f" at {step.outlet_code} by {step.by}, settlement {step.settlement_id}{why}"
    )
