"""Restore an archive: into a fresh place, checked there, and only then in the old one's place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from web import migrating
from web.backup import books, postgres, sqlite
from web.backup.archive import Manifest, Sink, read
from web.backup.place import DATABASE, OVERLAY, PLATFORM, Place, key_names, needed
from web.backup.sealed import BackupKey, Unusable
from web.backup.taking import look


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a restore may do beyond an empty place with the keys of the archive."""

    replace: bool = False  # a database that holds rows
    platform: bool = False  # the platform stand-in's books, too
    other_keys: bool = False  # without the keys that the data was written with


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    kept: str | None  # the name under which the old database is kept
    steps: tuple[migrating.Step, ...]  # of the tables, taken after
    files: Mapping[str, str]  # what became of the other files


def restore(
    path: Path, key: BackupKey, place: Place, wanted: Wanted, *, now: datetime
) -> Restored:
    """Put the installation back to what an archive holds.

    Until the very end the old database is untouched: cut off at any moment, it stands.
    """
    now = now.astimezone(UTC)
    manifest = look(path, key)  # every byte, before anything is made
    _fits(manifest, place, wanted)
    source = _Source(path, key, manifest, now)
    files = _missing_files(source, place)
    if place.kind == "sqlite":
        steps, kept = _into_file(source, place.file)
    else:
        steps, kept = _into_server(source, place)
    if wanted.platform and PLATFORM in manifest.files and PLATFORM not in files:
        files[PLATFORM] = _put_platform(source, place)
    return Restored(manifest, kept, steps, files)


@dataclass(frozen=True, slots=True)
class _Source:
    """The archive that is being restored."""

    path: Path
    key: BackupKey
    manifest: Manifest
    now: datetime

    def write(self, name: str, sink: Sink) -> None:
        """Write one file of the archive out, checking all of it once more."""
        with self.path.open("rb") as file:
            if read(file, self.key, {name: sink}) != self.manifest:
                raise Unusable(f"{self.path}: the file changed while it was read")

    def write_file(self, name: str, path: Path) -> None:
        """Write one file of the archive to a path, on disk before it returns."""
        with path.open("wb") as file:
            self.write(name, file)
            file.flush()
            os.fsync(file.fileno())


def _fits(manifest: Manifest, place: Place, wanted: Wanted) -> None:
    """Refuse what would not work, before anything is touched."""
    if manifest.database != place.kind:
        raise Unusable(
            f"the archive holds a database of {manifest.database}, not of {place.kind}"
        )
    steps = migrating.revisions()
    if manifest.revision is not None and manifest.revision not in steps:
        raise Unusable(
            f"the archive is of revision {manifest.revision}, this program ends at"
            f" {steps[-1]}: restore it with the program that made it ({manifest.program})"
        )
    _keys_fit(manifest, place, wanted)
    free = (
        sqlite.is_free(place.file)
        if place.kind == "sqlite"
        else postgres.is_free(place.url)
    )
    if not free and not wanted.replace:
        raise Unusable("the database is not empty: --replace puts the archive there")


def _keys_fit(manifest: Manifest, place: Place, wanted: Wanted) -> None:
    here = key_names(place.secrets_dir)
    other = [
        name for name in needed(manifest.keys) if manifest.keys[name] != here.get(name)
    ]
    if other and not wanted.other_keys:
        raise Unusable(
            f"the keys {', '.join(other)} in {place.secrets_dir} are not those of the"
            " archive, and its data cannot be read without them: put them there first,"
            " or restore with --other-keys"
        )


def _into_file(
    source: _Source, path: Path
) -> tuple[tuple[migrating.Step, ...], str | None]:
    with sqlite.fresh(path) as fresh:
        source.write_file(DATABASE, fresh)
        with sqlite.opened(fresh) as engine:
            steps = _checked(engine, source.manifest)
        kept = sqlite.put(fresh, path, source.now)
    return steps, str(kept) if kept else None


def _into_server(
    source: _Source, place: Place
) -> tuple[tuple[migrating.Step, ...], str | None]:
    with postgres.fresh(place.url) as fresh:
        with postgres.opened(fresh) as engine, engine.connect() as connection:
            major = postgres.server_major(connection)
        with postgres.restoring(fresh, major, place.programs) as sink:
            source.write(DATABASE, sink)
        with postgres.opened(fresh) as engine:
            steps = _checked(engine, source.manifest)
        kept = postgres.put(fresh, place.url, source.now)
    return steps, kept


def _checked(engine: Engine, manifest: Manifest) -> tuple[migrating.Step, ...]:
    """Hold what was restored against the manifest, then bring its tables up to date."""
    with engine.connect() as connection:
        if books.tables(connection) != manifest.tables:
            raise Unusable("what was restored is not what was counted at the backup")
        if books.balances_fen(connection) != manifest.balances_fen:
            raise Unusable("the ledger's balances are not those of the backup")
        books.check(connection)
    steps = migrating.upgrade(engine) if manifest.revision is not None else ()
    with engine.connect() as connection:
        books.check(connection)
    return steps


def _missing_files(source: _Source, place: Place) -> dict[str, str]:
    """Put back the files that are not there; those that are stay as they are."""
    found = {}
    for name, path in ((PLATFORM, place.platform), (OVERLAY, place.overlay)):
        if name in source.manifest.files and path is not None and not path.exists():
            with sqlite.fresh(path) as fresh:
                source.write_file(name, fresh)
                os.replace(fresh, path)
            found[name] = f"restored to {path}"
    return found


def _put_platform(source: _Source, place: Place) -> str:
    with sqlite.fresh(place.platform) as fresh:
        source.write_file(PLATFORM, fresh)
        kept = sqlite.put(fresh, place.platform, source.now)
    return f"restored to {place.platform}, the old one is {kept}"
