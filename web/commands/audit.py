"""The audit chain: seal it, anchor it, and find the first record that was tampered with."""

from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from dispensing import service
from dispensing.service import Break
from web import anchoring, auditing, clock, db
from web.commands.given import BadInput
from web.commands.given import day as day_of
from web.commands.opened import books, opened

app = typer.Typer(
    help="The chain over all that was decided, settled and read.", no_args_is_help=True
)
SHOWN_MAX = 20


@app.command(name="seal")
def seal() -> None:
    """Seal every record that is not sealed yet."""
    with books() as (session, _):
        sealed = service.seal(session, now=clock.now(), everything=True)
    typer.echo(f"{sealed} records sealed")


@app.command(name="adopt")
def adopt() -> None:
    """Take what was there before the chain into it: once, after an upgrade."""
    with books() as (session, _):
        adopted = service.adopt(session)
        service.seal(session, now=clock.now(), everything=True)
    typer.echo(f"{adopted} rows adopted and sealed")


@app.command(name="anchor")
def anchor(
    day: Annotated[
        str | None, typer.Option(help="The day to anchor; yesterday unless given.")
    ] = None,
) -> None:
    """Sign the end of each chain as a day left it, keep it outside, and print the new lines."""
    with opened() as platform, platform.app_context():
        asked = day_of(day) if day else clock.today() - timedelta(days=1)
        if asked > clock.today():
            raise BadInput(f"{asked}: expected a day that has begun")
        with db.open_session(platform.extensions["engine"]) as session:
            service.seal(session, now=clock.now(), everything=True)
        for line in anchoring.anchor(platform, asked):
            typer.echo(line)


@app.command(name="verify")
def verify(
    area: Annotated[
        str | None, typer.Option(help="One pooling area, four digits; else all.")
    ] = None,
    anchors: Annotated[
        Path | None, typer.Option(help="The folder of anchors to hold it against.")
    ] = None,
) -> None:
    """Walk the chains and hold them against facts and anchors; 1 where something is wrong."""
    if anchors is not None and not anchors.is_dir():
        raise BadInput(f"{anchors}: no such folder")
    with opened(anchor_dir=anchors) as platform:
        begun = perf_counter()
        found = auditing.verify(platform, area)
        spent_s = perf_counter() - begun
    if area is not None and not found.areas:
        raise BadInput(f"{area}: no chain of that area")
    for each in found.breaks[:SHOWN_MAX]:
        typer.echo(_sentence(each))
    if len(found.breaks) > SHOWN_MAX:
        typer.echo(f"and {len(found.breaks) - SHOWN_MAX} more")
    typer.echo(
        f"{found.areas} areas, {found.links} links, {found.rows} facts,"
        f" {found.waiting} not sealed yet, {found.anchors} anchors:"
        f" {'whole' if found.whole else 'BROKEN'}, {spent_s:.1f} s"
    )
    if not found.whole:
        raise typer.Exit(1)


def _sentence(found: Break) -> str:
    place = f"{found.area} #{found.seq}" if found.seq else found.area or "outside"
    what = " ".join(part for part in (found.kind, found.subject) if part)
    return f"{place} {what}: {found.what} ({found.detail})".replace("  ", " ")
