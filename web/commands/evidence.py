"""Evidence of deliveries (配送证据) on the command line: verified without network or database."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dispensing.signing import PublicKey, read_key_list
from routing import evidence
from routing.evidence import NotGenuine
from web.commands.given import BadInput, readable, settings
from web.keyring import KeyRing

app = typer.Typer(help="Evidence of deliveries (配送证据).", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep `evidence` a group, though it has one command."""


@app.command(name="verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The ZIP file as it was downloaded.")],
    keys: Annotated[
        Path | None,
        typer.Option(help="A list of public keys; else this installation's own."),
    ] = None,
) -> None:
    """Say what a file of evidence is and that it is genuine, or why not (then 1)."""
    known = _listed(keys) if keys else _own()
    try:
        found = evidence.verify(readable(file).read_bytes(), known)
    except NotGenuine as error:
        typer.echo(f"not genuine: {error} {error.words.next_en}")
        raise typer.Exit(1) from None
    typer.echo(f"{evidence.headline(found.record).en} Key {found.key.key_id}.")


def _listed(path: Path) -> dict[str, PublicKey]:
    try:
        return read_key_list(json.loads(readable(path).read_text("utf-8")))
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from error


def _own() -> dict[str, PublicKey]:
    asked = settings()
    return KeyRing(asked.signing_dir, asked.algorithm).public()
