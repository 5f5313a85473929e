"""Jobs inside PostgreSQL that are over, although nobody could write that down.

Procrastinate leaves such a job to its worker, who lives and does not think of it any more;
and what has to be alone would wait for it for ever.
"""

from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager


class Keeper(JobManager):
    """Ends jobs as Procrastinate does, and keeps in mind those whose end was not written."""

    def __init__(self, connector: Any) -> None:
        super().__init__(connector)
        self._unwritten: set[int] = set()

    async def finish_job(self, job: Job, *given: Any, **more: Any) -> None:
        """Write down that a job is done, or dead."""
        await self._noted(job, super().finish_job(job, *given, **more))

    async def retry_job(self, job: Job, *given: Any, **more: Any) -> None:
        """Write down that a job is to be done again."""
        await self._noted(job, super().retry_job(job, *given, **more))

    async def rescue(self, stalled_s: float) -> None:
        """Let be done again what died with its worker, and what could not be ended."""
        found = list(await self.get_stalled_jobs(seconds_since_heartbeat=stalled_s))
        for id_ in tuple(self._unwritten):
            running = await self.list_jobs_async(id=id_, status="doing")
            self._unwritten.discard(id_)
            found += running
        for job in found:
            # Another worker may have been first.
            with suppress(ConnectorException):
                await self.retry_job(job)

    async def _noted(self, job: Job, ending: Awaitable[None]) -> None:
        assert job.id is not None
        try:
            await ending
        except ConnectorException:
            self._unwritten.add(job.id)
            raise
