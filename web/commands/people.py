"""`yaoda people`: what a person asked for in writing, done by the operator."""

from typing import Annotated

import typer

from dispensing.errors import DomainError
from dispensing.service.closing_people import Asked
from web import closures
from web.accounts import BY_COMMAND
from web.commands.given import BadInput
from web.commands.opened import books

app = typer.Typer(help="What people asked for in writing.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """Group what is done for a person."""


@app.command()
def close(
    person_no: Annotated[str, typer.Argument(help="The insured number.")],
    request: Annotated[str, typer.Option(help="The number of the written request.")],
) -> None:
    """Close a person's account on a written request; asking again changes nothing."""
    if not request.strip():
        raise BadInput("--request: expected the number of the written request")
    by, role = BY_COMMAND
    asked = Asked("written", by, role, request.strip())
    with books() as (session, platform):
        now = platform["clock"].now()
        try:
            found = closures.close(session, platform["desk"], person_no, asked, now=now)
        except DomainError as error:
            raise BadInput(
                f"{person_no}: {error.words.en} {error.words.next_en}"
            ) from error
    typer.echo(
        f"{person_no}: closed; removed {found.accounts} accounts, the addresses of"
        f" {found.orders} orders, {found.pictures} pictures, {found.codes} access codes;"
        f" locked {found.prescriptions} prescriptions"
    )
