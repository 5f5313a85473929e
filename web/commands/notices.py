"""Notices and jobs: how they stand, what was laid aside or failed, and to do jobs alone."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated, Any
from uuid import UUID

import typer

from dispensing.errors import DomainError
from dispensing.service import notices
from web import clock, leading, monitor, observe
from web.commands.given import BadInput
from web.commands.opened import books, opened
from web.webhooks import delivery

app = typer.Typer(help="Notices to hospitals and pharmacies.", no_args_is_help=True)
jobs_app = typer.Typer(help="What is done beside the answers.", no_args_is_help=True)
BY = "operator"


@app.command(name="lag")
def lag() -> None:
    """Tell by subscriber what waits and since when; 1 where something was laid aside or is late."""
    with opened() as platform:
        found = monitor.lags(platform)
    for each in found.by_subscription:
        view = each.subscription
        age = "" if each.oldest_s is None else f", the oldest for {each.oldest_s} s"
        typer.echo(
            f"{view.outlet_code} {view.id} {view.state}: {each.waiting} waiting,"
            f" {each.dead} laid aside{age}"
        )
    typer.echo(f"{found.untold} events not told yet")
    if found.dead or (found.oldest_s or 0) > monitor.LATE_S:
        raise typer.Exit(1)


@app.command(name="dead")
def dead() -> None:
    """List what was laid aside, and why."""
    with books(read_only=True) as (session, _):
        found = notices.dead_notices(session)
    for one in found:
        typer.echo(
            f"{one.id} {one.outlet_code} {one.kind} seq {one.seq}:"
            f" {one.tries} tries, {one.last_error}"
        )
    typer.echo(f"{len(found)} notices laid aside")


@app.command(name="again")
def again(
    notice: Annotated[str, typer.Argument(help="The id, or `all`.")],
) -> None:
    """Send again what was laid aside."""
    with books() as (session, _):
        ids = _ids(notice, [one.id for one in notices.dead_notices(session)])
        session.rollback()
        now = clock.now()
        for id_ in ids:
            _revive(session, id_, now)
    typer.echo(f"{len(ids)} notices to be sent again")


@app.command(name="deliver")
def deliver() -> None:
    """Tell and send what is due, now."""
    with opened() as platform:
        done = delivery.deliver(platform, seconds_max=60)
    typer.echo(f"{done.told} told, {done.taken} taken, {done.failed} failed")


@jobs_app.command(name="status")
def status() -> None:
    """Tell how many jobs wait and run, and list what failed for good; 1 where any did."""
    with _jobs() as jobs:
        counted, failed = jobs.counts(), jobs.dead()
    typer.echo(
        f"{counted.waiting} waiting, {counted.running} running, {counted.dead} dead"
    )
    for one in failed:
        typer.echo(f"{one.id} {one.name}: {one.tries} tries {one.error}".rstrip())
    if failed:
        raise typer.Exit(1)


@jobs_app.command(name="again")
def try_again(
    job: Annotated[int, typer.Argument(help="The number of the job.")],
) -> None:
    """Try a job again that failed for good."""
    with _jobs() as jobs:
        if not jobs.again(job):
            raise BadInput(f"{job}: no job that failed for good")
    typer.echo(f"{job} will be tried again")


def work() -> None:
    """Do jobs until interrupted: beside the servers, on as many machines as share PostgreSQL.

    Told to end (SIGTERM), it finishes the job in hand first.
    """
    from routing.solve import prepare
    from web.jobs import running

    told = Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    observe.configure_logging()
    with opened() as platform:
        platform.extensions[leading.LEAD] = leading.Lead(platform.extensions["engine"])
        prepare()
        with running.working(platform):
            typer.echo("working; Ctrl+C ends it")
            told.wait()


@contextmanager
def _jobs() -> Iterator[Any]:
    from web.jobs import running

    with opened() as platform:
        jobs = running.jobs_of(platform)
        try:
            yield jobs
        finally:
            jobs.close()


def _ids(asked: str, known: list[UUID]) -> list[UUID]:
    if asked == "all":
        return known
    try:
        return [UUID(asked)]
    except ValueError:
        raise BadInput(f"{asked}: expected the id of a notice, or `all`") from None


def _revive(session: Any, notice_id: UUID, now: Any) -> None:
    try:
        notices.send_again(session, notice_id, whose=notices.EVERYBODY, by=BY, now=now)
    except DomainError as error:
        raise BadInput(f"{notice_id}: {error.words.en}") from error
