"""Jobs in a file beside the database: Huey carries them, and a list of ours keeps them.

Huey forgets a task when a worker takes it. The list does not: a job whose worker died, or
whose task was lost, is handed to Huey again. Whether a worker lives is told by the lock of
its file, which the system frees with the process, whatever clocks say.
"""

import fcntl
import json
import logging
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Any

import structlog
from huey import SqliteHuey

from dispensing.outbox import wait_s
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

LOOK_S = 0.2
RESCUE_S = 2.0
BUSY_S = 30
_LIST = """CREATE TABLE IF NOT EXISTS kept_job (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, payload TEXT NOT NULL,
  key TEXT UNIQUE, alone INTEGER NOT NULL, state TEXT NOT NULL, due REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, worker TEXT, error TEXT NOT NULL DEFAULT '')"""
_WAITING = "SELECT 1 FROM kept_job WHERE name = ? AND state = 'waiting'"
_KEEP = """INSERT OR IGNORE INTO kept_job (name, payload, key, alone, state, due)
  VALUES (?, ?, ?, ?, 'waiting', ?)"""
_TAKE = """UPDATE kept_job SET state = 'running', worker = ?
  WHERE id = ? AND state = 'waiting' AND due <= ? AND (NOT alone OR NOT EXISTS (
    SELECT 1 FROM kept_job other WHERE other.name = kept_job.name
       AND other.state = 'running'))
  RETURNING name, payload, tries"""
_END = "UPDATE kept_job SET state = ?, due = ?, tries = ?, error = ?, worker = NULL WHERE id = ?"
log = structlog.stdlib.get_logger("yaoda.web")


class EmbeddedJobs:
    """The jobs of one machine; several processes may share them."""

    def __init__(self, path: Path, handlers: Handlers, now: Now) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        logging.getLogger("huey").setLevel(logging.ERROR)
        self._path, self._handlers, self._now = path, handlers, now
        self._huey = SqliteHuey(
            "yaoda",
            filename=str(path),
            results=False,
            fsync=True,
            strict_fifo=True,
            timeout=BUSY_S,
        )
        self._carry = self._huey.task(name="job")(self._do)
        self._storage.sql(_LIST, commit=True)
        self._worker = secrets.token_hex(8)
        self._alive: int | None = None
        self._guard = Lock()
        self._unended: set[int] = set()

    def submit(
        self,
        name: str,
        payload: Payload,
        *,
        key: str | None = None,
        at: datetime | None = None,
        alone: bool = False,
    ) -> bool:
        """Keep a job, then let Huey carry it; whoever dies in between is made up for."""
        if name not in self._handlers:
            raise UnknownJob(name)
        due = at or self._now()
        with self._storage.db(commit=True) as cursor:
            if alone and cursor.execute(_WAITING, (name,)).fetchone():
                return False
            kept = (name, json.dumps(carried(payload)), key, alone, due.timestamp())
            if not cursor.execute(_KEEP, kept).rowcount:
                return False
            job_id = cursor.lastrowid
        self._hand_over(job_id, due)
        return True

    def work(self, stop: Event) -> None:
        """Do jobs until told to stop; look after those that died every two seconds."""
        self._live()
        looked_s = float("-inf")
        while not stop.is_set():
            if monotonic() - looked_s >= RESCUE_S:
                self._rescue()
                looked_s = monotonic()
            for due in self._huey.read_schedule(datetime.now(UTC).replace(tzinfo=None)):
                self._huey.enqueue(due)
            task = self._huey.dequeue()
            if task is None:
                stop.wait(LOOK_S)
            else:
                self._huey.execute(task)

    def counts(self) -> Counts:
        """Count the jobs."""
        asked = "SELECT state, count(*) FROM kept_job GROUP BY state"
        found = dict(self._storage.sql(asked, results=True))
        return Counts(*(found.get(each, 0) for each in ("waiting", "running", "dead")))

    def dead(self) -> tuple[DeadJob, ...]:
        """List the jobs that failed for good."""
        asked = "SELECT id, name, key, tries, error FROM kept_job WHERE state = 'dead' ORDER BY id"
        return tuple(DeadJob(*row) for row in self._storage.sql(asked, results=True))

    def again(self, job_id: int) -> bool:
        """Let a job that failed for good be tried again."""
        now = self._now()
        with self._storage.db(commit=True) as cursor:
            revived = cursor.execute(
                "UPDATE kept_job SET state = 'waiting', tries = 0, due = ?"
                " WHERE id = ? AND state = 'dead'",
                (now.timestamp(), job_id),
            ).rowcount
        if revived:
            self._hand_over(job_id, now)
        return bool(revived)

    def forget(self) -> int:
        """Forget jobs that were done long ago."""
        now, forgotten = self._now(), 0
        for begins, after in (("", FORGOTTEN), (EVERY, EVERY_FORGOTTEN)):
            with self._storage.db(commit=True) as cursor:
                forgotten += cursor.execute(
                    "DELETE FROM kept_job WHERE state = 'done' AND due < ?"
                    " AND coalesce(key, '') LIKE ?",
                    ((now - after).timestamp(), f"{begins}%"),
                ).rowcount
        return forgotten

    def close(self) -> None:
        """Let go of the file, and tell the others that this worker is gone."""
        self._huey.storage.close()
        if self._alive is not None:
            self._sign(self._worker).unlink(missing_ok=True)
            os.close(self._alive)
            self._alive = None

    @property
    def _storage(self) -> Any:
        return self._huey.storage

    def _hand_over(self, job_id: int, due: datetime) -> None:
        ahead = due - self._now()
        eta = (datetime.now(UTC) + ahead).replace(tzinfo=None)
        later = ahead > timedelta(0)
        task = self._carry.s(job_id, eta=eta) if later else self._carry.s(job_id)
        if later:
            self._huey.add_schedule(task)
        else:
            self._huey.enqueue(task)

    def _do(self, job_id: int) -> None:
        """Do one job, if it still waits."""
        now = self._now().timestamp()
        with self._storage.db(commit=True) as cursor:
            took = cursor.execute(_TAKE, (self._worker, job_id, now)).fetchone()
        if took is None:
            return
        name, payload, tries = took
        with resumed(name, json.loads(payload)) as given:
            try:
                self._carry_out(job_id, name, given, tries)
            except Exception as error:
                # Its end could not be written down: it is no longer done, and done by nobody.
                log.error("job not ended", kind=type(error).__name__)
                self._unended.add(job_id)

    def _carry_out(self, job_id: int, name: str, payload: Payload, tries: int) -> None:
        try:
            self._handlers[name](payload)
        except Exception as error:
            # Its kind only: what an error says may name a person.
            self._failed(job_id, name, tries + 1, type(error).__name__)
        else:
            self._end(job_id, "done", self._now(), tries + 1)

    def _failed(self, job_id: int, name: str, tries: int, error: str) -> None:
        log.error("job failed", kind=error, tries=tries)
        if tries >= TRIES_MAX:
            self._end(job_id, "dead", self._now(), tries, error=error)
            return
        due = self._now() + timedelta(seconds=wait_s(tries, str(job_id)))
        self._end(job_id, "waiting", due, tries, error=error)
        self._hand_over(job_id, due)

    def _end(
        self, job_id: int, state: str, due: datetime, tries: int, *, error: str = ""
    ) -> None:
        values = (state, due.timestamp(), tries, error, job_id)
        self._storage.sql(_END, values, commit=True)

    def _live(self) -> None:
        """Show that this worker lives, by a lock that ends with the process."""
        with self._guard:  # the threads of one process are one worker
            if self._alive is None:
                sign = self._sign(self._worker)
                self._alive = os.open(sign, os.O_CREAT | os.O_RDWR, 0o600)
                fcntl.flock(self._alive, fcntl.LOCK_EX)

    def _sign(self, worker: str) -> Path:
        return self._path.with_name(f"{self._path.name}-worker-{worker}")

    def _rescue(self) -> None:
        """Hand over again what died with its worker, and what Huey no longer carries."""
        self._let_go()
        asked = "SELECT DISTINCT worker FROM kept_job WHERE state = 'running'"
        for (worker,) in self._storage.sql(asked, results=True):
            if self._is_dead(worker):
                self._storage.sql(
                    "UPDATE kept_job SET state = 'waiting' WHERE state = 'running'"
                    " AND worker = ?",
                    (worker,),
                    commit=True,
                )
                self._sign(worker).unlink(missing_ok=True)
        if self._huey.pending_count():
            return
        now = self._now()
        due = "SELECT id FROM kept_job WHERE state = 'waiting' AND due <= ? ORDER BY id"
        for (job_id,) in self._storage.sql(due, (now.timestamp(),), results=True):
            self._hand_over(job_id, now)

    def _let_go(self) -> None:
        """Let be done again what was done here, where its end could not be written down."""
        for job_id in tuple(self._unended):
            self._storage.sql(
                "UPDATE kept_job SET state = 'waiting', worker = NULL"
                " WHERE id = ? AND state = 'running' AND worker = ?",
                (job_id, self._worker),
                commit=True,
            )
            self._unended.discard(job_id)

    def _is_dead(self, worker: str) -> bool:
        with suppress(FileNotFoundError):
            handle = os.open(self._sign(worker), os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            finally:
                os.close(handle)
        return True
