"""What the rest of the program knows of jobs: hand one in, work, see what failed for good."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any, Protocol

Payload = Mapping[str, Any]
Handlers = Mapping[str, Callable[[Payload], object]]
Now = Callable[[], datetime]
TRIES_MAX = 8
JOBS = "jobs"  # among the extensions of an app
EVERY = "every:"  # begins the keys of jobs that come again and again
FORGOTTEN = timedelta(days=7)  # for which the key of a job that is done holds
EVERY_FORGOTTEN = timedelta(hours=1)


class UnknownJob(ValueError):
    """A job of a name that nobody handles."""


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that failed for good, and why."""

    id: int
    name: str
    key: str | None
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many jobs wait, are being done, and failed for good."""

    waiting: int
    running: int
    dead: int


class Jobs(Protocol):
    """Jobs of one installation, wherever they are kept.

    A job under a key is done once: while it is known, which is 7 days after it was done
    at least, the key is not taken again. A job that fails is tried again with growing
    pauses, eight times; then it is dead until somebody says again.
    """

    def submit(
        self,
        name: str,
        payload: Payload,
        *,
        key: str | None = None,
        at: datetime | None = None,
        alone: bool = False,
    ) -> bool:
        """Hand a job in, for now or later; false where its key is known.

        Of jobs that are `alone` one at a time is done, and one at most waits.
        """

    def work(self, stop: Event) -> None:
        """Do jobs, one after another, until told to stop."""

    def counts(self) -> Counts:
        """Count the jobs."""

    def dead(self) -> tuple[DeadJob, ...]:
        """List the jobs that failed for good."""

    def again(self, job_id: int) -> bool:
        """Let a job that failed for good be tried again; false where it is none."""

    def forget(self) -> int:
        """Forget jobs that were done long ago; tells how many."""

    def close(self) -> None:
        """Let go of files and connections."""
