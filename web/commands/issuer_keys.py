"""`yaoda issuer-keys`: the keys that institutions sign prescriptions with."""

from pathlib import Path
from typing import Annotated

import typer

from dispensing import service
from dispensing.days import CHINA
from dispensing.errors import DomainError, Malformed
from dispensing.service import KeyView, NewKey, Revocation
from web import clock
from web.commands.given import BadInput, form, instant
from web.commands.opened import books

app = typer.Typer(help="Institutions' signing keys.", no_args_is_help=True)
OPERATOR = service.Actor("operator", "admin")


@app.command(name="list")
def list_keys(
    issuer: Annotated[str | None, typer.Option(help="An institution's code.")] = None,
) -> None:
    """List the keys as they stand: name, institution, algorithm, days, standing."""
    with books(read_only=True) as (session, _):
        for key in service.issuer_keys(session, issuer=issuer, now=clock.now()):
            typer.echo(_told(key))


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="The key as JSON, as POST takes it.")],
) -> None:
    """Register a public key by the operator's act."""
    from web.api.issuer_keys import KeyForm

    new = NewKey(**form(KeyForm, file).model_dump(exclude={"signature"}))
    with books() as (session, _):
        try:
            added = service.register_key(session, new, actor=OPERATOR, now=clock.now())
        except DomainError as error:
            raise BadInput(_why(error)) from error
        typer.echo(_told(added))


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's name.")],
    reason: Annotated[str, typer.Option(help="superseded, cessation or compromise.")],
    as_of: Annotated[
        str | None,
        typer.Option(help="Since when, such as 2025-09-15T08:12:00+08:00; else now."),
    ] = None,
    note: Annotated[str, typer.Option(help="What else is to be kept.")] = "",
) -> None:
    """Revoke a key; tells how many prescriptions lost their valid signature."""
    at = instant("--as-of", as_of)
    with books() as (session, _):
        try:
            done = service.revoke_key(
                session,
                Revocation(key_id, reason, at, note),
                actor=OPERATOR,
                now=clock.now(),
            )
        except DomainError as error:
            raise BadInput(_why(error)) from error
        typer.echo(f"{_told(done.key)}, {done.lapsed} prescriptions lapsed")


def _told(key: KeyView) -> str:
    told = f"{key.key_id} {key.issuer} {key.algorithm} {key.valid_from} to"
    told = f"{told} {key.valid_until} {key.standing}"
    if key.revoked_at is None:
        return told
    at = key.revoked_at.astimezone(CHINA)
    return (
        f"{told} as of {at:%Y-%m-%d %H:%M:%S} ({key.revocation_reason or 'no reason'})"
    )


def _why(error: DomainError) -> str:
    if isinstance(error, Malformed):
        return "; ".join(f"{one.where}: {one.expected}" for one in error.errors)
    return error.words.en
