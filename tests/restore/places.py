"""What the tests of restore share: an installation, settlements under load, destruction."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine
from sqlmodel import select

from dispensing.desk import Desk
from dispensing.tables import SettlementRow
from tests.dispensing import attacks
from tests.world import NOON
from web import db, keys, migrating
from web.backup.place import Place, place_of
from web.backup.sealed import BackupKey, make_key
from web.desks import vault_of
from web.settings import Settings

NOW = datetime(2025, 9, 15, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
THREADS = 4


@dataclass
class Installed:
    """One installation with its key, and what it has acknowledged."""

    settings: Settings
    key: BackupKey
    engine: Engine
    desk: Desk
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    acknowledged: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Tell where everything lies."""
        return place_of(self.settings)

    def settle(self, now: datetime = NOON) -> str:
        """Settle one more prescription; returns its message number once acknowledged."""
        number = next(self.numbers)
        id_ = attacks.received(self.engine, self.desk, number)
        with db.open_session(self.engine) as session:
            settled = attacks.settle(session, self.desk, id_, number, now=now)
        assert settled.state == "posted"
        self.acknowledged.append(settled.msgid)
        return settled.msgid

    def settled(self) -> dict[str, str]:
        """Give the state of each settlement by message number."""
        with db.open_session(self.engine, read_only=True) as session:
            rows = session.exec(select(SettlementRow)).all()
            return {row.msgid: row.state for row in rows}

    def audit(self) -> None:
        """Hold our books against each other, whatever the platform has meanwhile."""
        attacks.audit(self.engine, self.folder, settled=False)

    @contextmanager
    def under_load(self) -> Iterator[None]:
        """Settle in several threads until the block ends."""
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                try:
                    self.settle()
                except BaseException as error:
                    self.faults.append(error)
                    return

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not self.faults, self.faults

    def wait_for(self, more: int) -> None:
        """Wait until so many more settlements were acknowledged."""
        wanted = len(self.acknowledged) + more
        pause = threading.Event()
        while len(self.acknowledged) < wanted:
            assert not self.faults, self.faults
            pause.wait(0.01)

    def destroy(self) -> None:
        """Lose the database."""
        self.engine.dispose()
        if self.place.kind == "sqlite":
            for path in self.place.file.parent.glob("yaoda.db*"):
                path.unlink()
            return
        where = f"host={self.place.url.query['host']} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as server:
            name = sql.Identifier(str(self.place.url.database))
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def reopen(self) -> None:
        """Open the database anew, as a service that starts."""
        self.engine.dispose()
        self.engine = db.open_engine(self.settings.database_url, wait_s_max=10)
        migrating.require(self.engine)

    def close(self) -> None:
        """Leave nothing open."""
        self.engine.dispose()


def install(url: str, folder: Path) -> Installed:
    """Make an installation with the street in it."""
    settings = Settings(
        var_dir=folder / "var", database_url=url, gateway=folder / "platform.db"
    )
    keys.load_keys(settings.secrets_dir)
    vault_of(settings)
    key = make_key(settings.secrets_dir / "backup")
    engine = db.open_engine(url, wait_s_max=10)
    migrating.create(engine)
    return Installed(settings, key, engine, attacks.open_street(engine, folder), folder)
