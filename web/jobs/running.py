"""Run jobs beside the answers, or alone as `yaoda work`: workers, and what hands jobs in."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

import structlog
from flask import Flask

from web import anchoring, sweeping
from web.jobs import Jobs, open_jobs
from web.jobs.periodic import handlers_of, keep_ticking
from web.jobs.port import JOBS
from web.leading import leads

AGAIN_S = 2.0  # after a worker whose database was away
ENDS_S_MAX = 25.0
log = structlog.stdlib.get_logger("yaoda.web")


def jobs_of(platform: Flask, stop: Event | None = None) -> Jobs:
    """Open the jobs of a platform, once."""
    if JOBS not in platform.extensions:
        platform.extensions[JOBS] = open_jobs(
            platform.extensions["settings"],
            handlers_of(platform, stop or Event()),
            platform.extensions["clock"].now,
        )
    jobs: Jobs = platform.extensions[JOBS]
    return jobs


@contextmanager
def working(platform: Flask) -> Iterator[None]:
    """Work until the block ends; what was cut off before is finished beside it, at once.

    The platform that a sweep asks may be slow or away: nobody who is served waits for it.
    """
    stop = Event()
    jobs = jobs_of(platform, stop)
    count: int = platform.extensions["settings"].work_threads
    threads = [
        Thread(target=_begin_and_tick, args=(platform, jobs, stop), name="ticks"),
        *(
            Thread(target=_keep_working, args=(jobs, stop), name=f"worker {no}")
            for no in range(count)
        ),
    ]
    for thread in threads:
        thread.daemon = True
        thread.start()
    try:
        yield
    finally:
        stop.set()
        until_s = monotonic() + ENDS_S_MAX
        for thread in threads:
            thread.join(timeout=max(0.0, until_s - monotonic()))
        jobs.close()
        platform.extensions.pop(JOBS, None)


def _begin_and_tick(platform: Flask, jobs: Jobs, stop: Event) -> None:
    """Sweep and seal at once where this process leads, then hand in what comes again."""
    try:
        if leads(platform):
            sweeping.sweep(platform)
            anchoring.seal_and_anchor(platform)
    except Exception as error:
        # The database or the platform may be away: the next one tries again.
        log.error("first sweep failed", kind=type(error).__name__)
    keep_ticking(platform, jobs, stop)


def _keep_working(jobs: Jobs, stop: Event) -> None:
    while not stop.is_set():
        try:
            jobs.work(stop)
        except Exception as error:
            # The database or the disk may be away for a while: what waits is not lost.
            log.error("worker failed", kind=type(error).__name__)
            stop.wait(AGAIN_S)
