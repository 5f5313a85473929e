"""One worker of the service in a process of its own, as `yaoda serve` runs it.

Its clock runs faster than the real one, so that what was cut off is over in seconds, and
every so many answers of the insurance platform are lost.
"""

import os
import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from dispensing.gateway.sandbox import Faults, SandboxGateway
from tests.crash import mutants
from tests.crash.town import settings_for
from tests.world import NOON
from web import anchoring, create_app, db, listening, observe, sweeping

SPEED = 20  # half a minute is over in one and a half seconds
LOSES_EVERY = 23
LOOKS_S = 2.0


@dataclass(frozen=True, slots=True)
class FastClock:
    """A clock that all workers share: it showed noon at an instant, and runs fast."""

    began_s: float

    def now(self) -> datetime:
        """Tell the hour in China."""
        return NOON + timedelta(seconds=(time.time() - self.began_s) * SPEED)

    def today(self) -> date:
        """Tell the day in China."""
        return self.now().date()


def serve(url: str, folder: Path, port: int, began_s: float, mutant: str) -> None:
    """Serve until killed."""
    _log_to(folder / f"worker-{port}.log")
    settings = settings_for(url, folder, port=port)
    observe.configure_logging()
    engine = db.open_engine(url)
    with mutants.applied(mutant, engine):
        app = create_app(settings, engine)
        desk = app.extensions["desk"]
        loses = SandboxGateway(settings.var_dir / "platform.db", Faults(LOSES_EVERY))
        app.extensions["desk"] = replace(desk, gateway=loses)
        app.extensions["clock"] = FastClock(began_s)
        with sweeping.sweeping(app, LOOKS_S), anchoring.sealing(app, LOOKS_S):
            listening.serve(app, settings, lambda _: None)


def _log_to(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)
