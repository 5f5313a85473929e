"""A worker that is killed while it plans: nothing is left running, and everybody is told."""

import os
import signal
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from routing.service import solving
from tests.platform import Platform, afternoon, platform, settings_for, work_off
from tests.routing import many
from tests.world import NOON
from web import create_app, db

__all__ = ["platform"]
_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.crash.warm"])
ENDS_S_MAX = 60


def plan_and_be_killed(url: str, folder: str) -> None:
    """Work on the jobs of a platform until a planning begins to search."""

    def killed(*_args: object, **_given: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    solving.solve = killed
    # Its clock begins anew: it must not be before that of the one who asked.
    later = {"clock_start": NOON + timedelta(seconds=ENDS_S_MAX)}
    settings = settings_for(url, Path(folder)).model_copy(update=later)
    app = create_app(settings, db.open_engine(url))
    work_off(Platform(app))


def test_a_planning_whose_worker_was_killed_says_so(platform, sqlite_url, tmp_path):
    engine, desk = platform.app.extensions["engine"], platform.app.extensions["desk"]
    with db.open_session(engine) as session:
        many.pack(session, desk, 3)
    dispatcher = platform.program("dispatcher")
    asked = dispatcher.post("/plans", afternoon())
    worker = _forks.Process(target=plan_and_be_killed, args=(sqlite_url, str(tmp_path)))
    worker.start()
    worker.join(ENDS_S_MAX)
    assert worker.exitcode == -signal.SIGKILL
    work_off(platform)
    told = dispatcher.get(f"/plannings/{asked['id']}")
    assert (told["state"], told["plan_id"]) == ("failed", None)
    assert told["trouble"]["code"] == "planning-interrupted"
    again = dispatcher.post("/plans", afternoon())
    work_off(platform)
    assert dispatcher.get(f"/plannings/{again['id']}")["state"] == "done"
