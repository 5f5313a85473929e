"""A storm: load, faults at random times and readers, until all faults have fallen."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from tests.crash import verdict
from tests.crash.load import Load
from tests.crash.mutants import GOOD
from tests.crash.service import Service, kill_backend
from tests.crash.town import Town, settings_for
from tests.databases import PostgresServer
from web import create_app, db

APART_S = (0.1, 1.1)  # between one fault and the next
READ_EVERY_S = 0.2
WEIGHTS = {"worker": 4, "backend": 3, "restart": 2}


@dataclass(frozen=True, slots=True)
class Place:
    """A town's database, and its server where there is one to be killed."""

    town: Town
    server: PostgresServer | None = None
    database: str = ""


@dataclass
class Storm:
    """What is to fall, and what came of it; `faults` has every sentence that is wrong."""

    place: Place
    seed: int
    count: int
    mutant: str = GOOD
    settled_min: int = 0
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    fallen: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    snapshots: int = 0
    settlements: int = 0
    acts: int = 0
    twice: int = 0
    seconds: float = 0

    def run(self) -> "Storm":
        """Let the storm pass, and look at what is left."""
        town, begun = self.place.town, time.monotonic()
        engine = db.open_engine(town.url)
        chance = Random(self.seed)
        with Service(town, self.mutant) as service:
            with Load(town, service.ports, self.seed) as load, self._read(engine):
                while self._goes_on(load):
                    time.sleep(chance.uniform(*APART_S))
                    if sum(self.fallen.values()) < self.count:
                        self._fall(service, chance)
            self.faults += [f"client: {each!r}" for each in load.faults]
            if not load.faults:
                load.ask_late()
        self._judge(engine, load, service)
        self.seconds = time.monotonic() - begun
        return self

    def told(self) -> str:
        """Say what fell and what was found, in one line."""
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(self.fallen.items()))
        return (
            f"seed {self.seed}: {sum(self.fallen.values())} faults ({kinds}),"
            f" {self.settlements} settlements, {self.acts} acts ({self.twice} sent more"
            f" than once), {self.snapshots} snapshots, {len(self.faults)} wrong,"
            f" {self.seconds:.0f} s"
        )

    def _goes_on(self, load: Load) -> bool:
        if load.stop.is_set():
            return False
        fallen = sum(self.fallen.values()) >= self.count
        return not fallen or load.settled() < self.settled_min

    def _fall(self, service: Service, chance: Random) -> None:
        kind, server = "worker", self.place.server
        if server is not None:
            (kind,) = chance.choices(*zip(*self.weights.items(), strict=True))
        if kind == "worker" or server is None:
            fell = service.kill_worker(chance)
        elif kind == "backend":
            fell = kill_backend(server, self.place.database, chance)
        else:
            server.restart("immediate")
            fell = True
        self.fallen[kind] += fell

    @contextmanager
    def _read(self, engine: Engine) -> Iterator[None]:
        """Look at snapshots all the time, each at one moment of the books."""
        stop = threading.Event()
        reader = threading.Thread(target=self._look, args=(_fixed(engine), stop))
        reader.start()
        try:
            yield
        finally:
            stop.set()
            reader.join()

    def _look(self, engine: Engine, stop: threading.Event) -> None:
        while not stop.wait(READ_EVERY_S):
            with suppress(OperationalError), engine.connect() as connection:
                found = list(verdict.snapshot(connection))
                self.faults += [f"snapshot {self.snapshots}: {each}" for each in found]
                self.snapshots += 1

    def _judge(self, engine: Engine, load: Load, service: Service) -> None:
        town, done = self.place.town, load.done
        engine.dispose()
        app = create_app(settings_for(town.url, town.folder), engine)
        now = service.clock.now()
        verdict.sweep(engine, app.extensions["desk"], now)
        self.faults += verdict.faults(engine, town, done, now)
        self.settlements = load.settled()
        self.acts = len(done)
        self.twice = sum(len(each.answers) > 1 for each in done)
        engine.dispose()


def _fixed(engine: Engine) -> Engine:
    """Read whole snapshots: on SQLite every transaction does, on PostgreSQL when asked to."""
    read_only = engine.execution_options(**db.READ_ONLY)
    if engine.dialect.name == "sqlite":
        return read_only
    return read_only.execution_options(isolation_level="REPEATABLE READ")
