"""Places on the command line: where an address is, and how exactly that is known."""

from typing import Annotated

import typer

from pharmacies.places import AREAS
from web import places
from web.commands.given import BadInput
from web.commands.opened import books

app = typer.Typer(help="Places.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Places."""


@app.command(name="find")
def find(
    address: Annotated[str, typer.Argument(help="As people write it.")],
    area: Annotated[
        str | None,
        typer.Option(help="Six digits, where the address names no district."),
    ] = None,
) -> None:
    """Tell where an address is and how exactly that is known; 1 where it is not."""
    if area is not None and area not in AREAS:
        raise BadInput(f"--area: expected one of {', '.join(AREAS)}")
    if not address.strip() or len(address) > 200:
        raise BadInput("expected an address of 1 to 200 characters")
    with books(read_only=True) as (session, platform):
        known = places.gazetteer(session)
    outside = places.geocoder_of(platform["settings"])
    found = places.sought(known, outside, address, area)
    if found.trouble:
        typer.echo(f"the geocoder did not answer: {found.trouble}")
    for it in found.places:
        where = f"{it.point.lon:.5f},{it.point.lat:.5f}"
        typer.echo(
            f"{it.precision} within {it.within_m} m: {where} {it.name} ({it.source})"
        )
    if not found.places:
        typer.echo("not found")
    if len(found.places) != 1:
        raise typer.Exit(1)
