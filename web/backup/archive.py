"""The inside of an archive: a tar of the files in parts, and at its end the manifest."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import IO, Any, Protocol, Self
from zlib import error as NotDeflated

from web.backup.sealed import BackupKey, SealedReader, SealedWriter, Unusable

FORMAT = 1
PART_BYTES = 4 * 1024 * 1024
MANIFEST = "manifest.json"
MANIFEST_BYTES_MAX = 16 * 1024 * 1024
# Databases shrink to a quarter even so, at several times the speed of the best level.
COMPRESS_LEVEL = 1


@dataclass(frozen=True, slots=True)
class File:
    """One file of the archive."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table:
    """What a table held: how many rows, and the sum of the sha256 of each."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds, and how it was taken."""

    program: str  # version that took it
    database: str  # sqlite or postgresql
    server: str  # its version
    revision: str | None  # of the tables
    taken_at: str
    keys: dict[str, str]  # names of the installation's keys, not the keys
    balances_fen: dict[str, int]  # of the ledger, by account; together zero
    files: dict[str, File]
    tables: dict[str, Table]

    @property
    def rows(self) -> int:
        """Count the rows of all tables."""
        return sum(table.rows for table in self.tables.values())


class Sink(Protocol):
    """Where the bytes of a file go."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""
        ...


class ArchiveWriter:
    """Writes one archive: files first, the manifest at the end."""

    def __init__(self, file: IO[bytes], key: BackupKey) -> None:
        self._sealed = SealedWriter(file, key)
        self._open = ExitStack()
        self._zip = self._open.enter_context(
            gzip.GzipFile(
                fileobj=self._sealed,
                mode="wb",
                compresslevel=COMPRESS_LEVEL,
                mtime=0,
            )
        )
        self._tar = self._open.enter_context(
            tarfile.TarFile(fileobj=self._zip, mode="w")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._sealed.abandon()
        self._open.close()
        self._sealed.close()

    def add(self, name: str, source: IO[bytes]) -> File:
        """Add a file, reading it to its end."""
        digest, size_bytes = hashlib.sha256(), 0
        for number, part in enumerate(_parts(source)):
            digest.update(part)
            size_bytes += len(part)
            self._add(f"{name}/{number:06d}", part)
        return File(size_bytes, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest; the archive ends with the block."""
        text = json.dumps({"format": FORMAT, **asdict(manifest)}, sort_keys=True)
        self._add(MANIFEST, text.encode())

    def _add(self, name: str, part: bytes) -> None:
        about = tarfile.TarInfo(name)
        about.size, about.mode = len(part), 0o600
        self._tar.addfile(about, io.BytesIO(part))


def read(
    file: IO[bytes], key: BackupKey, into: Mapping[str, Sink] | None = None
) -> Manifest:
    """Read an archive to its end and check every byte; files that are named go out.

    What goes out counts only once this has returned: before, the end may be missing.
    """
    sealed = SealedReader(file, key)
    try:
        with gzip.GzipFile(fileobj=sealed, mode="rb") as unzipped:
            found, said = _members(unzipped, into or {})
            while unzipped.read(PART_BYTES):
                pass
    except (OSError, EOFError, NotDeflated, tarfile.TarError) as error:
        # Genuine frames that hold something else were not written by this program.
        raise Unusable(f"the archive cannot be read: {error}") from error
    if not sealed.ended:
        raise Unusable("the archive does not end where it should")
    manifest = _manifest(said)
    if manifest.files != found:
        raise Unusable("the files of the archive are not those of its manifest")
    return manifest


def _members(
    unzipped: gzip.GzipFile, into: Mapping[str, Sink]
) -> tuple[dict[str, File], bytes]:
    sizes: dict[str, int] = {}
    digests: dict[str, Any] = {}
    said = b""
    with tarfile.open(fileobj=unzipped, mode="r|") as tar:
        for about in tar:
            part = tar.extractfile(about)
            assert part is not None
            if about.name == MANIFEST:
                said = part.read(MANIFEST_BYTES_MAX)
                continue
            name = about.name.rpartition("/")[0]
            raw = part.read()
            digests.setdefault(name, hashlib.sha256()).update(raw)
            sizes[name] = sizes.get(name, 0) + len(raw)
            if name in into:
                into[name].write(raw)
    return {name: File(sizes[name], digests[name].hexdigest()) for name in sizes}, said


def _manifest(said: bytes) -> Manifest:
    try:
        raw = json.loads(said)
        if raw.pop("format") != FORMAT:
            raise Unusable("this backup has another format, made by a newer program")
        files = {name: File(**each) for name, each in raw.pop("files").items()}
        tables = {name: Table(**each) for name, each in raw.pop("tables").items()}
        return Manifest(files=files, tables=tables, **raw)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise Unusable("the archive has no manifest that can be read") from error


def _parts(source: IO[bytes]) -> Iterator[bytes]:
    """Cut a file into whole parts, also one that comes through a pipe bit by bit."""
    left = source.read(PART_BYTES)
    while got := source.read(PART_BYTES):
        left += got
        while len(left) > PART_BYTES:
            yield left[:PART_BYTES]
            left = left[PART_BYTES:]
    yield left  # an empty file has one part, too
