"""Jobs inside PostgreSQL by Procrastinate, so that several machines share the work.

Its tables lie in a schema of their own, which the revisions of our tables never look at.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.schema import SchemaManager
from sqlalchemy.engine import make_url

from dispensing.outbox import wait_s
from web.jobs.keeper import Keeper
from web.jobs.port import (
    EVERY,
    EVERY_FORGOTTEN,
    FORGOTTEN,
    TRIES_MAX,
    Counts,
    DeadJob,
    Handlers,
    Now,
    Payload,
    UnknownJob,
)
from web.jobs.tracing import carried, resumed

SCHEMA = "yaoda_jobs"
HEARTBEAT_S = 5.0
STALLED_S = 30.0
LOOK_S = 1.0
_QUEUE = "jobs"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('yaoda jobs'), hashtext(%s))"
_MADE = "SELECT to_regclass('yaoda_jobs.procrastinate_jobs') IS NOT NULL"
_KNOWN = "SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s LIMIT 1"
_WAITING = (
    "SELECT 1 FROM procrastinate_jobs WHERE lock = %s AND status = 'todo' LIMIT 1"
)
_COUNTS = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
_DEAD = """SELECT id, task_name, queueing_lock, attempts
  FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id"""
_FORGET = """DELETE FROM procrastinate_jobs job
  WHERE status = 'succeeded' AND coalesce(queueing_lock, '') LIKE %s
    AND (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) < %s"""
log = structlog.stdlib.get_logger("yaoda.web")


class SharedJobs:
    """The jobs of one database; every machine on it may work."""

    def __init__(
        self,
        url: str,
        handlers: Handlers,
        now: Now,
        *,
        heartbeat_s: float = HEARTBEAT_S,
        stalled_s: float = STALLED_S,
    ) -> None:
        address = make_url(url).set(drivername="postgresql")
        self._conninfo = address.render_as_string(hide_password=False)
        self._handlers, self._now = handlers, now
        self._heartbeat_s, self._stalled_s = heartbeat_s, stalled_s
        self._giver = self._app()  # never opened: it writes on connections of ours
        with self._connected() as connection:
            _prepare(connection)

    def submit(
        self,
        name: str,
        payload: Payload,
        *,
        key: str | None = None,
        at: datetime | None = None,
        alone: bool = False,
    ) -> bool:
        """Write a job down in one transaction, under the lock of its key."""
        if name not in self._handlers:
            raise UnknownJob(name)
        with self._connected() as connection:
            if key is not None:
                connection.execute(_LOCK, (key,))
                if connection.execute(_KNOWN, (key,)).fetchone():
                    return False
            if alone:
                connection.execute(_LOCK, (f"alone {name}",))
                if connection.execute(_WAITING, (name,)).fetchone():
                    return False
            ahead = (at - self._now()) if at is not None else timedelta(0)
            self._giver.configure_task(
                name,
                queue=_QUEUE,
                lock=name if alone else None,
                queueing_lock=key,
                schedule_at=datetime.now(UTC) + ahead if ahead > timedelta(0) else None,
                connection=connection,
            ).defer(payload=carried(payload))
        return True

    def work(self, stop: Event) -> None:
        """Do jobs until told to stop; look after those whose worker no longer lives."""
        asyncio.run(self._work(stop))

    def counts(self) -> Counts:
        """Count the jobs."""
        with self._connected() as connection:
            found = dict(connection.execute(_COUNTS).fetchall())
        return Counts(*(found.get(each, 0) for each in ("todo", "doing", "failed")))

    def dead(self) -> tuple[DeadJob, ...]:
        """List the jobs that failed for good; what was wrong stands in the log."""
        with self._connected() as connection:
            found = connection.execute(_DEAD).fetchall()
        return tuple(
            DeadJob(id_, name, key, tries, "") for id_, name, key, tries in found
        )

    def again(self, job_id: int) -> bool:
        """Let a job that failed for good be tried again, as often as at first."""
        with self._connected() as connection:
            revived = connection.execute(
                "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0,"
                " scheduled_at = NULL WHERE id = %s AND status = 'failed'",
                (job_id,),
            ).rowcount
        return bool(revived)

    def forget(self) -> int:
        """Forget jobs that were done long ago."""
        now, forgotten = datetime.now(UTC), 0
        with self._connected() as connection:
            for begins, after in (("", FORGOTTEN), (EVERY, EVERY_FORGOTTEN)):
                given = (f"{begins}%", now - after)
                forgotten += connection.execute(_FORGET, given).rowcount
        return forgotten

    def close(self) -> None:
        """Let go of nothing: connections are opened for each act."""

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """Open a transaction on the schema of the jobs."""
        options = f"-c search_path={SCHEMA}"
        with psycopg.connect(self._conninfo, options=options) as connection:
            yield connection

    def _app(self) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(
            conninfo=self._conninfo,
            kwargs={"options": f"-c search_path={SCHEMA}"},
            min_size=1,
            max_size=3,
        )
        app = procrastinate.App(connector=connector)
        app.job_manager = Keeper(connector)
        for name in self._handlers:
            app.task(name=name, queue=_QUEUE, retry=_Again())(self._act(name))
        return app

    def _act(self, name: str) -> Callable[..., None]:
        def act(payload: dict[str, Any]) -> None:
            with resumed(name, payload) as given:
                try:
                    self._handlers[name](given)
                except Exception as error:
                    # Its kind only: what an error says may name a person.
                    log.error("job failed", kind=type(error).__name__)
                    raise

        return act

    async def _work(self, stop: Event) -> None:
        app = self._app()
        async with app.open_async():
            running = asyncio.create_task(
                app.run_worker_async(
                    queues=[_QUEUE],
                    concurrency=1,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=LOOK_S,
                    update_heartbeat_interval=self._heartbeat_s,
                    stalled_worker_timeout=self._stalled_s,
                )
            )
            saving = asyncio.create_task(self._rescue(app))
            while not stop.is_set() and not running.done():
                await asyncio.sleep(0.1)
            for task in (saving, running):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _rescue(self, app: procrastinate.App) -> None:
        """Hand over again what died with its worker, and what could not be ended."""
        assert isinstance(app.job_manager, Keeper)
        while True:
            # Where the database is away for a moment, the next look finds it.
            with suppress(procrastinate.exceptions.ConnectorException):
                await app.job_manager.rescue(self._stalled_s)
            await asyncio.sleep(self._heartbeat_s)


class _Again(BaseRetryStrategy):
    """Tries a job again with growing pauses, until it was tried often enough."""

    def get_retry_decision(
        self, *, exception: BaseException, job: Job
    ) -> RetryDecision | None:
        """Say when a job that failed is tried again; None where it is dead."""
        tries = job.attempts + 1
        if tries >= TRIES_MAX:
            return None
        return RetryDecision(retry_in={"seconds": wait_s(tries, str(job.id))})


def _prepare(connection: psycopg.Connection[Any]) -> None:
    """Make Procrastinate's tables in their schema where they are missing."""
    connection.execute(_LOCK, ("schema",))
    made = connection.execute(_MADE).fetchone()
    if made and made[0]:
        return
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.execute(SchemaManager.get_schema())
