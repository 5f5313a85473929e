"""The ledger: worked out again from the decisions, by code that did not write it."""

import typer

from dispensing.ledger import ACCOUNTS
from dispensing.money import yuan
from dispensing.recompute import Off, recompute
from web import db, migrating
from web.commands.given import settings

app = typer.Typer(help="The ledger (账簿).", no_args_is_help=True)
SHOWN = 50


@app.callback()
def group() -> None:
    """The ledger (账簿)."""


@app.command(name="recompute")
def command() -> None:
    """Work the ledger out again; 1 where an amount is off, each one named."""
    engine = db.open_engine(settings().database_url)
    migrating.require(engine)
    with db.open_session(engine, read_only=True) as session:
        found = recompute(session.connection())
    for account, fen in found.balances.items():
        typer.echo(f"{account:18} {yuan(fen):>16}  {ACCOUNTS.get(account, '')}")
    for off in found.off[:SHOWN]:
        typer.echo(_told(off))
    if len(found.off) > SHOWN:
        typer.echo(f"and {len(found.off) - SHOWN} more")
    typer.echo(
        f"{found.settlements} settlements worked out again, {len(found.off)} amounts off,"
        f" all accounts together {yuan(sum(found.balances.values()))}"
    )
    if found.off:
        raise typer.Exit(1)


def _told(off: Off) -> str:
    expected, booked = yuan(off.expected_fen), yuan(off.found_fen)
    return f"{off.where}: {off.what}: expected {expected}, found {booked}"
