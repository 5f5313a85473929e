"""`yaoda promises`: who broke the promises of ended orders, as it is kept on them."""

from typing import Annotated

import typer

from routing.service.blaming import judge_anew
from web import clock
from web.commands.opened import books

app = typer.Typer(help="Promises of deliveries.", no_args_is_help=True)
SHOWN_MAX = 20


@app.callback()
def promises() -> None:
    """Look after what is kept of promises."""


@app.command(name="check")
def check(
    *,
    mend: Annotated[
        bool, typer.Option("--mend", help="Keep what the rule tells instead.")
    ] = False,
) -> None:
    """Judge every ended order anew; 1 where another one who broke it is kept on the order."""
    with books() as (session, _):
        found = judge_anew(session, now=clock.now(), mend=mend)
    for one in found.differences[:SHOWN_MAX]:
        typer.echo(f"{one.order_id}: {one.kept} is kept, {one.told} is told")
    if len(found.differences) > SHOWN_MAX:
        typer.echo(f"and {len(found.differences) - SHOWN_MAX} more")
    mended = ", mended" if mend and found.differences else ""
    typer.echo(
        f"{found.orders} ended orders, {len(found.differences)} differences{mended}"
    )
    if found.differences and not mend:
        raise typer.Exit(1)
