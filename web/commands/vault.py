"""The vault: its keys, their rotation, and whether anything personal lies about in plain."""

from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Annotated

import typer
from sqlalchemy import Engine

from dispensing.vault import Vault
from web import clock, keys, resealing, scanning
from web.backup.place import key_path
from web.backup.sealed import BackupKey, read_key
from web.commands.given import BadInput, existing, settings
from web.commands.opened import opened
from web.scanning_diseases import beside_people
from web.scanning_files import in_files, unopened
from web.vault_keys import LOOKED_S, VaultRing

app = typer.Typer(help="The keys that seal what is personal.", no_args_is_help=True)
# A unit of work that was begun under the older key has ended by then.
SETTLES = timedelta(minutes=1)


@app.command(name="status")
def status() -> None:
    """List the keys, and how many rows are not sealed by the newest; 1 where there are any."""
    ring = _ring()
    ring(True)
    for name, algorithm, made_at, opens in ring.standing():
        state = "opens" if opens else "retired"
        typer.echo(f"{name} {algorithm} {made_at or 'first'} {state}")
    with opened() as platform:
        rest = _left(platform.extensions["engine"], Vault(ring))
    for line in rest:
        typer.echo(line)
    if rest:
        raise typer.Exit(1)
    typer.echo("everything is sealed and indexed by the newest keys")


@app.command(name="rotate")
def rotate(
    index: Annotated[
        bool, typer.Option("--index", help="The key of the blind index instead.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Make no key: go on where it was cut off.")
    ] = False,
) -> None:
    """Make a new key and seal everything by it, some rows at a time, while the service runs."""
    ring = _ring()
    vault = Vault(ring)
    with opened() as platform:
        engine = platform.extensions["engine"]
        if not resume:
            typer.echo(f"made {ring.rotate(clock.now(), index=index)}")
            sleep(2 * LOOKED_S)  # then every process seals by it
        work = resealing.reindex if index else resealing.reseal
        count = work(engine, vault, lambda name, rows: typer.echo(f"{name}: {rows}"))
        rest = _left(engine, vault)
    typer.echo(f"{count} rows")
    if rest:
        raise BadInput("; ".join(rest) + ": run it again with --resume")
    typer.echo("no row is left; `yaoda vault retire` erases the older keys")


@app.command(name="retire")
def retire() -> None:
    """Erase the older keys, once no row needs them; older archives want a copy of them."""
    ring = _ring()
    with opened() as platform:
        rest = _left(platform.extensions["engine"], Vault(ring))
    if rest:
        raise BadInput("; ".join(rest) + ": run `yaoda vault rotate --resume` first")
    if ring.made_since(clock.now() - SETTLES):
        raise BadInput("the newest key is not a minute old: try again in a minute")
    for name in ring.retire():
        typer.echo(f"{name} retired")


@app.command(name="seal-keys")
def seal_keys() -> None:
    """Seal every file of a key by the master key, a systemd credential; once, service stopped."""
    folder = settings().secrets_dir
    typer.echo(f"{keys.seal_all(folder)} keys in {folder} are sealed")


@app.command(name="scan")
def scan(
    folders: Annotated[list[Path], typer.Argument(help="Folders or files to search.")],
) -> None:
    """Search for plain values of the installation's own persons; 1 where one is found.

    Archives of `yaoda backup` are opened by their key; one that does not open ends it with 1.
    """
    paths = [existing(path) for path in folders]
    key = _backup_key()
    with opened() as platform:
        engine, desk = platform.extensions["engine"], platform.extensions["desk"]
        values = scanning.values_of(engine, desk.vault)
        found = [
            *scanning.in_database(engine, values),
            *beside_people(engine),
            *(each for path in paths for each in in_files(path, values, key)),
        ]
    closed = unopened(paths, key)
    for each in found:
        typer.echo(f"{each.where}: {each.what} of {each.person_no}")
    for name in closed:
        typer.echo(f"{name}: an archive that does not open, not searched")
    if values.namesakes:
        typer.echo(f"{values.namesakes} names of people at work not searched for")
    typer.echo(f"{len(values.wanted)} values of {values.people} people searched for")
    if found or closed:
        raise typer.Exit(1)


def _backup_key() -> BackupKey | None:
    path = key_path(settings())
    return read_key(path) if path.exists() else None


def _left(engine: Engine, vault: Vault) -> list[str]:
    rest = [f"{each.table}: {each.rows} rows" for each in resealing.left(engine, vault)]
    if people := resealing.unindexed(engine, vault):
        rest.append(f"{people} people under an older index")
    return rest


def _ring() -> VaultRing:
    given = settings()
    return VaultRing(given.secrets_dir, given.vault_algorithm)
