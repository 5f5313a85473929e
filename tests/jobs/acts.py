"""Jobs that tests do in processes of their own: each writes a line when it begins and ends."""

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from web.jobs.embedded import EmbeddedJobs
from web.jobs.port import Handlers, Jobs, Payload
from web.jobs.shared import SharedJobs

Open = Callable[[Handlers], Jobs]


def now() -> datetime:
    return datetime.now(UTC)


def write(path: Path, line: str) -> None:
    """Add a line in one write, which no other process's line comes between."""
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)


def handlers(path: Path) -> Handlers:
    """Give jobs that tell what they do in a file."""

    def note(payload: Payload) -> None:
        write(path, f"{payload['no']}")

    def slow(payload: Payload) -> None:
        write(path, f"begin {payload['no']}")
        time.sleep(payload.get("s", 0.3))
        write(path, f"end {payload['no']}")

    def die_once(payload: Payload) -> None:
        lines = path.read_text().splitlines() if path.exists() else []
        write(path, "begin")
        if "begin" not in lines:
            os.kill(os.getpid(), signal.SIGKILL)
        write(path, "end")

    def fail(payload: Payload) -> None:
        write(path, "tried")
        raise RuntimeError("always")

    return {"note": note, "slow": slow, "die_once": die_once, "fail": fail}


def open_at(place: str, given: Handlers, clock: Any = now) -> Jobs:
    """Open the jobs of a file, or of a database."""
    if place.startswith("postgresql"):
        return SharedJobs(place, given, clock, heartbeat_s=0.3, stalled_s=1.0)
    return EmbeddedJobs(Path(place), given, clock)


def work_for_ever(place: str, path: Path) -> None:
    """Be one worker, until killed."""
    partial(open_at, place)(handlers(path)).work(Event())
