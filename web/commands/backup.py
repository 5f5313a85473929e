"""Backup and restore on the command line: keep the books elsewhere, and put them back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from web import VERSION
from web.backup import restoring, sealed, taking
from web.backup.archive import Manifest
from web.backup.place import backup_key, key_path, place_of
from web.commands.given import BadInput, readable, settings

app = typer.Typer(help="Take a backup while the service runs.")
Archive = Annotated[Path, typer.Argument(help="A file made by `yaoda backup`.")]


@app.callback(invoke_without_command=True)
def backup(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="A folder, or the file to write.")
    ] = None,
) -> None:
    """Write one sealed archive of database, platform stand-in and overlay, and read it back."""
    if context.invoked_subcommand is not None:
        return
    if out is None:
        raise BadInput("--out: expected a folder, or the file to write")
    given = settings()
    now = datetime.now(UTC)
    path, manifest = taking.take(
        place_of(given), backup_key(given), out, program=VERSION, now=now
    )
    typer.echo(f"{path}: {path.stat().st_size} bytes, written and read back")
    _tell(manifest)


@app.command(name="key")
def key(
    file: Annotated[
        Path | None, typer.Argument(help="The file to write; else YAODA_BACKUP_KEY.")
    ] = None,
) -> None:
    """Make the key that archives are sealed with; without it no archive can be opened."""
    path = file or key_path(settings())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = sealed.make_key(path)
    typer.echo(f"{path}: key {made.name}; keep a copy away from this machine")


@app.command(name="check")
def check(archive: Archive) -> None:
    """Read an archive to its end, check every byte, and tell what it holds."""
    _tell(taking.look(readable(archive), backup_key(settings())))


def restore(
    archive: Archive,
    *,
    into: Annotated[
        str | None, typer.Option(help="The address of another database.")
    ] = None,
    replace: Annotated[
        bool, typer.Option(help="Also where the database holds rows; it is kept aside.")
    ] = False,
    platform: Annotated[
        bool, typer.Option(help="Put the platform stand-in's books back, too.")
    ] = False,
    other_keys: Annotated[
        bool, typer.Option(help="Also without the keys that the data was written with.")
    ] = False,
) -> None:
    """Put an archive in the place of the database, whole or not at all."""
    given = settings()
    wanted = restoring.Wanted(replace, platform, other_keys)
    done = restoring.restore(
        readable(archive),
        backup_key(given),
        place_of(given, into),
        wanted,
        now=datetime.now(UTC),
    )
    _tell(done.manifest)
    typer.echo("restored: rows, ledger and foreign keys are as they were counted")
    for step in done.steps:
        typer.echo(f"tables brought to {step.revision}: {step.about}")
    for name, said in done.files.items():
        typer.echo(f"{name}: {said}")
    if done.kept:
        typer.echo(f"the old database is kept as {done.kept}")


def _tell(manifest: Manifest) -> None:
    typer.echo(
        f"{manifest.database} {manifest.server}, revision {manifest.revision or 'none'},"
        f" taken at {manifest.taken_at} by yaoda {manifest.program}"
    )
    paid_fen = -manifest.balances_fen.get("fund", 0)
    typer.echo(
        f"{len(manifest.tables)} tables, {manifest.rows} rows; the ledger balances,"
        f" paid by the fund: {paid_fen} fen"
    )
