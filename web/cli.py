"""The `yaoda` command: every group of commands, and how bad input is told."""

import sys
from collections.abc import Callable
from pathlib import Path
from socket import socket
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from dispensing.policy import BadPack
from web import (
    VERSION,
    create_app,
    leading,
    observe,
    sweeping,
)
from web.commands import (
    audit,
    backup,
    benches,
    bulk,
    cases,
    clearing,
    conformance,
    database,
    decisions,
    designation,
    desk,
    evidence,
    explain,
    forms,
    issuer_keys,
    keys,
    ledger,
    life,
    matching,
    medicines,
    network,
    notices,
    outlets,
    packs,
    people,
    places,
    promises,
    quota,
    receipt,
    reconcile,
    retention,
    route,
    sandbox,
    smart,
    stock,
    trace,
    uploads,
    users,
    vault,
)
from web.commands.given import BadInput
from web.commands.given import day as _day
from web.commands.given import settings as _settings
from web.settings import Settings

app = typer.Typer(
    help="药达 Yaoda: chronic-disease prescriptions checked, settled and delivered.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command(name="explain")(explain.command)
app.add_typer(audit.app, name="audit")
app.add_typer(cases.app, name="cases")
app.add_typer(packs.app, name="packs")
app.add_typer(decisions.app, name="decisions")
app.add_typer(designation.app, name="designation")
app.add_typer(desk.app, name="desk")
app.command(name="clearing")(clearing.command)
app.command(name="quota")(quota.command)
app.add_typer(bulk.app, name="bulk")
app.add_typer(smart.app, name="smart")
app.add_typer(forms.app, name="forms")
app.add_typer(issuer_keys.app, name="issuer-keys")
app.add_typer(keys.app, name="keys")
app.add_typer(ledger.app, name="ledger")
app.add_typer(life.app, name="life")
app.add_typer(matching.app, name="matching")
app.add_typer(medicines.app, name="medicines")
app.add_typer(network.app, name="network")
app.add_typer(receipt.app, name="receipt")
app.add_typer(evidence.app, name="evidence")
app.add_typer(vault.app, name="vault")
app.command(name="trace")(trace.command)
app.command(name="reconcile")(reconcile.command)
app.command(name="retention")(retention.command)
app.add_typer(outlets.app, name="outlets")
app.add_typer(people.app, name="people")
app.add_typer(places.app, name="places")
app.add_typer(promises.app, name="promises")
app.add_typer(route.app, name="route")
app.add_typer(stock.app, name="stock")
app.command(name="conformance")(conformance.command)
app.command(name="sandbox")(sandbox.command)
app.command(name="whatif")(bulk.whatif)
app.add_typer(database.app, name="db")
app.add_typer(users.app, name="users")
app.add_typer(backup.app, name="backup")
app.add_typer(notices.app, name="notices")
app.add_typer(notices.jobs_app, name="jobs")
app.add_typer(uploads.app, name="uploads")
app.command(name="work")(notices.work)
app.command(name="restore")(backup.restore)


# The base of everything that a wrong command line raises.
UsageError: Any = typer.BadParameter.__base__


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes; more than one on PostgreSQL.")
    ] = 1,
    gateway_url: Annotated[
        str | None, typer.Option(help="The insurance platform; else an embedded one.")
    ] = None,
) -> None:
    """Serve the platform until interrupted."""
    settings = _settings(host=host, port=port, gateway_url=gateway_url)
    observe.configure_logging()
    if workers > 1:
        _serve_by(workers, settings)
        return
    try:
        _serve(settings, None, typer.echo)
    except OSError as error:
        raise BadInput(f"cannot listen: {error}") from error


def _serve_by(count: int, settings: Settings) -> None:
    from web import workers

    if settings.database_url.startswith("sqlite"):
        raise BadInput("--workers: on SQLite one process serves, by threads")
    # What is wrong is told once and here, and what is read is shared by the workers.
    create_app(settings).extensions["engine"].dispose()
    try:
        workers.serve(settings, count, _serve, typer.echo)
    except OSError as error:
        raise BadInput(f"cannot listen: {error}") from error


def _serve(
    settings: Settings,
    listener: socket | None,
    tell: Callable[[str], object] = lambda _: None,
) -> None:
    """Serve by this process; on PostgreSQL one of several leads."""
    from routing.solve import prepare
    from web import listening
    from web.jobs import running

    platform = create_app(settings)
    platform.extensions[leading.LEAD] = leading.Lead(platform.extensions["engine"])
    prepare()
    with running.working(platform):
        listening.serve(platform, settings, tell, listener)


@app.command()
def demo(
    serve: Annotated[
        bool, typer.Option(help="Serve the faces afterwards, until interrupted.")
    ] = True,
) -> None:
    """Live the sample day from intake to hand-over, tell what came of it, and serve it."""
    from web import demo as day

    raise typer.Exit(day.run(_settings(), serve=serve, echo=typer.echo))


@app.command()
def sample(
    seed: Annotated[int, typer.Option(help="Where the chance begins.")] = 2025,
    day: Annotated[str, typer.Option(help="The day that is told.")] = "2025-09-15",
    out: Annotated[Path | None, typer.Option(help="The folder to write into.")] = None,
) -> None:
    """Write the Wenzhou sample; the same seed and day give the same bytes."""
    from fixtures import sample as drawn

    folder = out or drawn.FOLDER
    drawn.write(folder, seed=seed, day=_day(day))
    typer.echo(str(folder))


app.command(name="bench")(benches.command)


@app.command()
def recover() -> None:
    """Finish what a crash or a lost answer of the insurance platform left half done."""
    platform = create_app(_settings())
    settled, returned = sweeping.sweep(platform)
    typer.echo(f"{settled} settlements and {returned} returns finished")


@app.command()
def version() -> None:
    """Tell the version."""
    typer.echo(VERSION)


def main() -> None:
    """Run the command; bad input is a line for each fault and code 2, never a traceback."""
    raise SystemExit(answer(lambda: app(standalone_mode=False)))


def answer(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code."""
    try:
        code = command()
    except typer.Exit as stop:
        return int(stop.exit_code)
    except UsageError as error:
        # Without arguments the message is the help, else one line.
        print(error.format_message(), file=sys.stderr)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BadPack as error:
        for fault in error.each:
            print(f"yaoda: {fault.said}", file=sys.stderr)
        return 2
    except (BadInput, OSError, ValueError, SQLAlchemyError) as error:
        said = " ".join(str(error).split())
        print(f"yaoda: {said}", file=sys.stderr)
        return 2
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
