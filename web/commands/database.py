"""The database: made, brought up to date, looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from dispensing.vault import Vault
from routing.service.blaming import judge_unjudged
from web import clock, create_app, db, desks, keys, migrating, resealing
from web.commands.given import BadInput, settings

app = typer.Typer(help="The database.", no_args_is_help=True)
STATES = {
    "empty": "empty: `yaoda db upgrade` makes the tables",
    "unnumbered": "tables from before there were revisions: `yaoda db upgrade` tells more",
    "older": "older than the program: make a backup, then `yaoda db upgrade`",
    "newer": "newer than the program: run the program that made it",
    "ready": "ready",
}


@app.command(name="init")
def init() -> None:
    """Make the tables and the keys of a new installation, or bring older tables up to date."""
    given = settings()
    # A key or an overlay that is not fit is told before any table is made.
    desks.make_desk(given, keys.load_keys(given.secrets_dir))
    with _opened() as engine:
        migrating.upgrade(engine)
        _seal(engine, desks.vault_of(given))
    create_app(given)
    typer.echo("ready")


@app.command(name="upgrade")
def upgrade() -> None:
    """Take the revisions that the database lacks, all of them or none; there is no way back."""
    given = settings()
    vault = desks.vault_of(given)
    with _opened() as engine:
        for step in migrating.upgrade(engine):
            typer.echo(f"{step.revision} {step.about}")
        _seal(engine, vault)
        with db.open_session(engine) as session:
            if orders := judge_unjudged(session, now=clock.Clock().now()):
                typer.echo(f"{orders} broken promises judged")
        typer.echo(f"ready at {migrating.standing(engine).head}")


@app.command(name="status")
def status() -> None:
    """Tell the revision of the database and what is pending; 1 where it is not ready."""
    with _opened(look_only=True) as engine:
        found = migrating.standing(engine)
    typer.echo(f"database: {found.revision or 'no revision'}")
    typer.echo(f"program:  {found.head}")
    for step in found.pending:
        typer.echo(f"pending:  {step.revision} {step.about}")
    typer.echo(STATES[found.state])
    if found.state != "ready":
        raise typer.Exit(1)


@app.command(name="revision")
def revision(
    message: Annotated[str, typer.Argument(help="What the revision does.")],
) -> None:
    """Write a revision from what changed in the tables, for developers to review."""
    typer.echo(str(migrating.draft(message)))


def _seal(engine: Engine, vault: Vault) -> None:
    """Seal what revisions marked as plain, and leave nothing of it in what was freed."""
    if rows := resealing.reseal(engine, vault, adopting=True):
        resealing.scrub(engine)
        typer.echo(f"{rows} rows sealed anew")


@contextmanager
def _opened(*, look_only: bool = False) -> Iterator[Engine]:
    url = settings().database_url
    file = make_url(url)
    if look_only and file.get_backend_name() == "sqlite":
        path = file.database or ""
        if not Path(path).is_file():
            raise BadInput(f"{path}: no such file; `yaoda db init` makes it")
    engine = db.open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
