"""The disk is full in the middle of a settlement: refused with the next step, nothing in part.

Where a tmpfs may be mounted (as root), the database lies on a small one that is filled to
the last block; there and elsewhere the driver's own error is put in its way at the n-th
change, too.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from dispensing.tables import SettlementRow
from tests.crash import disks
from tests.databases import start_postgres
from tests.dispensing import attacks
from tests.platform import Platform, open_platform, sent, settlement
from web import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

CUT_OFF_AFTER = timedelta(seconds=31)  # until then it may still be under way
# Blocks that are left on a mounted disk, or changes that pass on an injected one.
LEFT = (0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 40)
SQLITE_MB = 16
POSTGRES_MB = 200


@dataclass
class Small:
    """A platform whose database has little room."""

    platform: Platform
    disk: disks.Disk
    folder: Path


WAYS = [
    (kind, way)
    for kind in ("sqlite", "postgresql")
    for way in ("mounted", "injected")
    if way == "injected" or disks.may_mount()
]


@pytest.fixture(params=WAYS, ids="-".join)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    """Open the platform with its database on a small disk, once of each kind."""
    kind, way = request.param
    with ExitStack() as stack:
        if way == "mounted":
            place = Path(tempfile.mkdtemp(prefix="yaoda-small-"))
            stack.callback(shutil.rmtree, place, ignore_errors=True)
            url, disk = _mounted(stack, kind, place)
        else:
            name = "sqlite_url" if kind == "sqlite" else "postgres_url"
            url, disk = request.getfixturevalue(name), None
        platform = open_platform(url, tmp_path)
        engine = platform.app.extensions["engine"]
        stack.callback(engine.dispose)
        if way == "mounted":
            BEGIN_LOG[kind](engine)
        yield Small(platform, disk or disks.Injected(engine), tmp_path / "var")


def _mounted(stack: ExitStack, kind: str, place: Path) -> tuple[str, disks.Disk]:
    small = place / "small"
    if kind == "sqlite":
        disk = stack.enter_context(disks.mounted(small, SQLITE_MB))
        return f"sqlite:///{small}/yaoda.db", disk
    place.chmod(0o755)
    disk = stack.enter_context(disks.mounted(small, POSTGRES_MB))
    data = small / "data"
    data.mkdir()
    shutil.chown(data, "nobody")
    server_folder = place / "server"
    server_folder.mkdir()
    (server_folder / "data").symlink_to(data)
    server = start_postgres(server_folder)
    stack.callback(server.stop)
    server.create("small")
    return server.url("small"), disk


def begin_log_file(engine: Engine) -> None:
    """Begin a new file of PostgreSQL's log, with room for all that a test writes.

    Where the log itself has no room for its next file, PostgreSQL ends and starts anew:
    another story than a refused change.
    """
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_switch_wal()"))
        at_once = "SELECT pg_logical_emit_message(false, 'test', 'log', true)"
        connection.execute(text(at_once))


def empty_log(engine: Engine) -> None:
    """Take SQLite's log into the database and cut it to nothing.

    In a log that was taken over but not cut, the next changes overwrite old ones and ask
    for no room.
    """
    with closing(sqlite3.connect(str(engine.url.database))) as connection:
        said = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert said[0] == 0, said


BEGIN_LOG = {"postgresql": begin_log_file, "sqlite": empty_log}


def states(small: Small) -> list[str]:
    """Give the state of every settlement."""
    with db.open_session(small.platform.app.extensions["engine"]) as session:
        return list(session.exec(select(SettlementRow.state)))


def ask(small: Small, rx: Any, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Ask for a settlement; gives the status and the answer."""
    counter = small.platform.program("counter")
    answer = counter.ask("PUT", f"/prescriptions/{rx}/settlement", asked)
    return answer.status_code, answer.json


def recover(small: Small) -> None:
    """Sweep as the running service does, half a minute later."""
    extensions = small.platform.app.extensions
    later = extensions["clock"].now() + CUT_OFF_AFTER
    attacks.recover(extensions["engine"], extensions["desk"], later)


def test_disk_full_in_the_middle_of_a_settlement_leaves_nothing_in_part(small):
    refused = 0
    for number, left in enumerate(LEFT, 1):
        rx, asked = sent(small.platform, number), settlement(small.platform, number)
        asked["override"] = {"reason": attacks.REASON}
        counter = small.platform.program("counter")
        small.disk.fill(left)
        answer = counter.ask("PUT", f"/prescriptions/{rx}/settlement", asked)
        status, said = answer.status_code, answer.json
        small.disk.free()
        assert status in {200, 503}, said
        if status == 503:
            refused += 1
            assert said["next"] and said["request_id"]
            assert answer.headers["Retry-After"]
        recover(small)
        audit(small)
        asked = settlement(small.platform, number)  # the patient shows a fresh code
        asked["override"] = {"reason": attacks.REASON}
        status, said = ask(small, rx, asked)
        assert (status, said["state"]) == (200, "posted"), said
        audit(small)
    assert refused
    assert states(small).count("posted") == len(LEFT)


def test_disk_full_is_said_with_what_to_do(small):
    rx, asked = sent(small.platform), settlement(small.platform)
    counter = small.platform.program("counter")
    small.disk.fill(0)
    answer = counter.ask(
        "PUT",
        f"/prescriptions/{rx}/settlement",
        asked,
        headers={"Accept-Language": "en"},
    )
    small.disk.free()
    assert answer.status_code == 503
    assert answer.json["type"] == "urn:yaoda:problem:storage-full"
    assert "do not charge twice" in answer.json["next"]
    assert states(small) == []


def audit(small: Small) -> None:
    """Hold our books against each other and against the platform's."""
    engine = small.platform.app.extensions["engine"]
    attacks.audit(engine, small.folder)
