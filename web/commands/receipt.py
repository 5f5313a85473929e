"""Receipts: verified offline, shown, archived as PDF; and the keys that sign them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from dispensing import receipts, service
from dispensing.desk import Reader, Work
from dispensing.errors import DomainError
from dispensing.receipts import NotGenuine
from dispensing.service import ReceiptView
from dispensing.signing import PublicKey, key_list, read_key_list
from web import clock
from web.clock import starting_at
from web.commands.given import BadInput, readable, settings
from web.commands.opened import books
from web.keyring import KeyRing

app = typer.Typer(help="Receipts (结算凭证).", no_args_is_help=True)
Settlement = Annotated[str, typer.Argument(help="The settlement's id.")]
Reversal = Annotated[
    bool, typer.Option("--reversal", help="The receipt of its reversal.")
]


@app.command(name="verify")
def verify(
    receipt: Annotated[
        str, typer.Argument(help="The text of the printed code, or a receipt's file.")
    ],
    keys: Annotated[
        Path | None,
        typer.Option(help="A list of public keys; else this installation's own."),
    ] = None,
) -> None:
    """Say what a receipt is and that it is genuine, or why not (then 1); asks no database."""
    known = _listed(keys) if keys else _ring().public()
    try:
        found = receipts.verify(_text(receipt), known)
    except NotGenuine as error:
        typer.echo(f"not genuine: {error} {error.words.next_en}")
        raise typer.Exit(1) from None
    said = receipts.headline(found.claims).en
    typer.echo(f"{said} Receipt {found.claims.receipt_id}, key {found.key.key_id}.")


@app.command(name="keys")
def keys() -> None:
    """Print the list of public keys, also of those that were replaced."""
    ring = _ring()
    ring.signer()  # a new installation has its first key from here on
    typer.echo(json.dumps(key_list(ring.public().values()), indent=2))


@app.command(name="rotate")
def rotate() -> None:
    """Sign by a new key from now on; the secret of the old one is erased, its list entry kept."""
    asked = settings()
    key = _ring().rotate(starting_at(asked.clock_start).now())
    typer.echo(f"{key.algorithm} {key.key_id} signs from now on; publish the list anew")


@app.command(name="show")
def show(settlement: Settlement, reversal: Reversal = False) -> None:
    """Print the file of a settlement's receipt, which can be verified anywhere."""
    file = _with(settlement, reversal, lambda found: found.file)
    typer.echo(json.dumps(file, ensure_ascii=False, indent=2))


@app.command(name="pdf")
def pdf(
    settlement: Settlement,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    reversal: Reversal = False,
) -> None:
    """Write a settlement's receipt as PDF/A for the archive, its signed file attached."""
    from web.pages import archive

    out.write_bytes(_with(settlement, reversal, archive.pdf))
    typer.echo(str(out))


def _with(settlement: str, reversal: bool, use: Callable[[ReceiptView], Any]) -> Any:
    """Issue or find the receipt in the platform's database, and make something of it."""
    try:
        settlement_id = UUID(settlement)
    except ValueError:
        raise BadInput(f"{settlement}: expected the id of a settlement") from None
    kind = "reversal" if reversal else "settlement"
    reader = Reader("command line", "admin", "出具凭证")
    try:
        with books() as (session, platform):
            work = Work(session, platform["desk"], clock.now())
            signer = platform["ring"].signer
            return use(
                service.receipt(work, signer, settlement_id, kind, reader=reader)
            )
    except DomainError as error:
        raise BadInput(f"{settlement}: {error}") from error


def _text(receipt: str) -> str:
    """Take the argument for a file where there is one of that name, else for the text."""
    try:
        path = Path(receipt)
        if path.is_file():
            return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise NotGenuine("altered") from None
    except OSError:
        pass  # too long for a name: it is the text
    return receipt


def _listed(path: Path) -> dict[str, PublicKey]:
    try:
        return read_key_list(json.loads(readable(path).read_text("utf-8")))
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from error


def _ring() -> KeyRing:
    asked = settings()
    return KeyRing(asked.signing_dir, asked.algorithm)
