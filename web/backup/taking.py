"""Take a backup while the service runs, and look into one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from web import db
from web.backup import books, postgres, sqlite
from web.backup.archive import ArchiveWriter, File, Manifest, read
from web.backup.place import DATABASE, OVERLAY, PLATFORM, Place, key_names
from web.backup.sealed import BackupKey, Unusable

NAME = "yaoda-{:%Y%m%dT%H%M%SZ}.backup"


def take(
    place: Place, key: BackupKey, out: Path, *, program: str, now: datetime
) -> tuple[Path, Manifest]:
    """Write one archive of all that an installation keeps, and read it back.

    It holds every settlement that was acknowledged before this began. The platform
    stand-in's own books are taken after ours: what ours hold as charged, they know.
    """
    now = now.astimezone(UTC)
    path = out / NAME.format(now) if out.is_dir() else out
    if path.exists():
        raise Unusable(f"{path}: there is a file already")
    _apart(path, place)
    with _whole(path) as file, ArchiveWriter(file, key) as writer:
        manifest = _database(writer, place)
        files = {**manifest.files, **_more(writer, place)}
        keys = key_names(place.secrets_dir)
        manifest = replace(
            manifest, program=program, taken_at=now.isoformat(), keys=keys, files=files
        )
        writer.finish(manifest)
    if look(path, key) != manifest:
        raise Unusable(f"{path}: what was written is not what can be read back")
    return path, manifest


def look(path: Path, key: BackupKey) -> Manifest:
    """Read an archive to its end, check every byte, and tell what it holds."""
    with path.open("rb") as file:
        return read(file, key)


def _database(writer: ArchiveWriter, place: Place) -> Manifest:
    if place.kind == "sqlite":
        with sqlite.snapshot(place.file) as taken:
            kept = writer.add(DATABASE, taken.file)
            return _told(place, taken.connection, sqlite.server_version(), kept)
    engine = db.open_engine(place.url.render_as_string(hide_password=False))
    try:
        with postgres.snapshot(engine, place.programs) as dump:
            kept = writer.add(DATABASE, dump.file)
            server = postgres.server_version(dump.connection)
            return _told(place, dump.connection, server, kept)
    finally:
        engine.dispose()


def _told(place: Place, connection: Connection, server: str, kept: File) -> Manifest:
    """Check and count what was taken, in the very transaction that it was taken in."""
    books.check(connection)
    return Manifest(
        program="",
        database=place.kind,
        server=server,
        revision=books.revision(connection),
        taken_at="",
        keys={},
        balances_fen=books.balances_fen(connection),
        files={DATABASE: kept},
        tables=books.tables(connection),
    )


def _more(writer: ArchiveWriter, place: Place) -> dict[str, File]:
    found = {}
    if place.platform.is_file():
        with sqlite.snapshot(place.platform) as taken:
            found[PLATFORM] = writer.add(PLATFORM, taken.file)
    if place.overlay is not None and place.overlay.is_file():
        with place.overlay.open("rb") as file:
            found[OVERLAY] = writer.add(OVERLAY, file)
    return found


def _apart(path: Path, place: Place) -> None:
    """Refuse to lay an archive beside the keys that open it."""
    if not path.absolute().parent.is_dir():
        raise Unusable(f"{path.parent}: no such folder")
    if path.resolve().is_relative_to(place.secrets_dir.resolve()):
        raise Unusable(f"{path}: an archive does not lie beside the keys that open it")


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that has its name only once it is whole and on disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, path)
        sqlite.sync_folder(path.absolute().parent)
    except OSError as error:
        raise Unusable(f"{path} could not be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
