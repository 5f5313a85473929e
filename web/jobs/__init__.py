"""Jobs: what is done beside the answers. One port, two backends.

Huey in a file beside an SQLite database, Procrastinate inside PostgreSQL. A job is done at
least once: a worker that dies in the middle leaves it to the next.
"""

from pathlib import Path

from sqlalchemy.engine import make_url

from web.jobs.port import Counts, DeadJob, Handlers, Jobs, Now
from web.settings import Settings

__all__ = ["Counts", "DeadJob", "Handlers", "Jobs", "Now", "open_jobs"]


def open_jobs(settings: Settings, handlers: Handlers, now: Now) -> Jobs:
    """Open the jobs of an installation: where they are kept follows from its database."""
    address = make_url(settings.database_url)
    if address.get_backend_name() == "sqlite":
        from web.jobs.embedded import EmbeddedJobs

        file = address.database
        kept = Path(f"{file}-jobs") if file and file != ":memory:" else None
        return EmbeddedJobs(kept or settings.var_dir / "jobs.db", handlers, now)
    from web.jobs.shared import SharedJobs

    return SharedJobs(settings.database_url, handlers, now)
