"""`yaoda uploads`: what the platform was not told of sales and deliveries, and to tell it now."""

from typing import Annotated

import typer

from dispensing.gateway.uploads import takes_uploads
from dispensing.service import uploads
from dispensing.service.notices import EVERYBODY, Whose
from web import clock, uploading
from web.commands.given import BadInput
from web.commands.opened import books, opened

app = typer.Typer(help="Uploads to the platform (上传).", no_args_is_help=True)


@app.command(name="list")
def list_uploads(
    outlet: Annotated[str | None, typer.Option(help="One outlet's code.")] = None,
) -> None:
    """List what waits by outlet, and what was refused or not answered; 1 where any was refused."""
    whose = EVERYBODY if outlet is None else Whose(outlet_code=outlet)
    with books(read_only=True) as (session, _):
        lags = uploads.upload_lags(session, now=clock.now(), whose=whose)
        undone = uploads.undone_uploads(session, whose)
    for lag in lags.by_outlet:
        typer.echo(
            f"{lag.outlet_code}: {lag.waiting} waiting, {lag.refused} refused,"
            f" the oldest for {lag.oldest_s} s"
        )
    for one in undone:
        typer.echo(
            f"{one.id} {one.outlet_code} {one.infno} {one.state}:"
            f" {one.tries} tries, {one.last_words or 'no answer'}"
        )
    typer.echo(f"{lags.unplanned} events not looked at yet")
    if lags.refused:
        raise typer.Exit(1)


@app.command(name="send")
def send() -> None:
    """Upload what is due, now; 1 where anything was not accepted."""
    with opened() as platform:
        if not takes_uploads(platform.extensions["desk"].gateway):
            raise BadInput("the platform takes no uploads (YAODA_GATEWAY_URL)")
        done = uploading.upload(platform, seconds_max=60, everything=True)
    typer.echo(f"{done.planned} planned, {done.accepted} accepted, {done.failed} not")
    if done.failed:
        raise typer.Exit(1)
