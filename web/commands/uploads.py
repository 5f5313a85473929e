"""`yaoda uploads`: what the platform was not told of sales and deliveries, and to tell it now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from dispensing.gateway.uploads import takes_uploads
from dispensing.service import uploads
from dispensing.service.notices import EVERYBODY, Whose
from web import create_app, db, uploading
from web.commands.given import BadInput, settings

app = typer.Typer(help="Uploads to the platform (上传).", no_args_is_help=True)


@app.command(name="list")
def list_uploads(
    outlet: Annotated[str | None, typer.Option(help="One outlet's code.")] = None,
) -> None:
    """List what waits by outlet, and what was refused or not answered; 1 where any was refused."""
    whose = EVERYBODY if outlet is None else Whose(outlet_code=outlet)
    with _platform() as platform:
        engine, now = platform.extensions["engine"], platform.extensions["clock"].now()
        with db.open_session(engine, read_only=True) as session:
            lags = uploads.upload_lags(session, now=now, whose=whose)
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
    with _platform() as platform:
        if not takes_uploads(platform.extensions["desk"].gateway):
            raise BadInput("the platform takes no uploads (YAODA_GATEWAY_URL)")
        done = uploading.upload(platform, seconds_max=60, everything=True)
    typer.echo(f"{done.planned} planned, {done.accepted} accepted, {done.failed} not")
    if done.failed:
        raise typer.Exit(1)


@contextmanager
def _platform() -> Iterator[Any]:
    platform = create_app(settings())
    try:
        yield platform
    finally:
        platform.extensions["engine"].dispose()
