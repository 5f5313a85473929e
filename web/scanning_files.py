"""What the bytes of a file tell: as they lie there, unzipped, or inside an archive of ours."""

import gzip
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO
from zlib import error as NotDeflated

from web.backup.archive import read
from web.backup.place import DATABASE, OVERLAY, PLATFORM
from web.backup.sealed import MAGIC, BackupKey, Unusable
from web.scanning import Found, Values

_CHUNK_BYTES = 4 * 1024 * 1024
_OVERLAP_BYTES = 1024
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BEGINS_BYTES = max(map(len, (MAGIC, _GZIP, _ZIP)))


class Searched:
    """Takes bytes as they come, and keeps what of whom stands in them."""

    def __init__(self, wanted: Values) -> None:
        self._wanted, self._before = wanted, b""
        self.hits = set[tuple[str, str]]()

    def write(self, data: bytes, /) -> None:
        """Search some bytes, with the end of those before."""
        told = self._before + data
        self.hits |= self._wanted.search(told.decode("utf-8", "replace"))
        self._before = told[-_OVERLAP_BYTES:]


def in_files(
    path: Path, wanted: Values, key: BackupKey | None = None
) -> Iterator[Found]:
    """Search a file, or every file of a folder; an archive of ours by its key."""
    files = sorted(each for each in path.rglob("*") if each.is_file())
    for each in files if path.is_dir() else [path]:
        for inside, searched in _searched(each, wanted, key).items():
            where = f"{each}{inside}"
            for what, whose in sorted(searched.hits):
                yield Found(where, what, whose)


def unopened(paths: Iterable[Path], key: BackupKey | None) -> list[str]:
    """Name the archives that no key is there for: what they hold is not known."""
    found = []
    for path in paths:
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        archives = (each for each in files if each.is_file() and _is_archive(each))
        found += [str(each) for each in archives if not _opens(each, key)]
    return found


def _searched(
    path: Path, wanted: Values, key: BackupKey | None
) -> Mapping[str, Searched]:
    """Search a file as it lies there, and what it holds by the name that it has inside."""
    found = {"": _through(path.open("rb"), wanted)}
    begins = _begins(path)
    try:
        if begins.startswith(_GZIP):
            with path.open("rb") as raw:
                found[" (unzipped)"] = _through(gzip.GzipFile(fileobj=raw), wanted)
        elif begins.startswith(_ZIP):
            with zipfile.ZipFile(path) as zipped:
                for name in zipped.namelist():
                    found[f" ({name})"] = _through(zipped.open(name), wanted)
    except (OSError, EOFError, NotDeflated, zipfile.BadZipFile):
        pass  # it only looked like one; its bytes were searched
    if begins.startswith(MAGIC) and key is not None:
        found |= _in_archive(path, wanted, key)
    return found


def _in_archive(path: Path, wanted: Values, key: BackupKey) -> dict[str, Searched]:
    into = {name: Searched(wanted) for name in (DATABASE, PLATFORM, OVERLAY)}
    try:
        with path.open("rb") as file:
            read(file, key, into)
    except Unusable:
        return {}  # told by `unopened`
    return {f" ({name})": searched for name, searched in into.items()}


def _through(file: IO[bytes] | gzip.GzipFile, wanted: Values) -> Searched:
    searched = Searched(wanted)
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            searched.write(chunk)
    return searched


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_BEGINS_BYTES)


def _is_archive(path: Path) -> bool:
    return _begins(path).startswith(MAGIC)


def _opens(path: Path, key: BackupKey | None) -> bool:
    if key is None:
        return False
    try:
        with path.open("rb") as file:
            read(file, key)
    except Unusable:
        return False
    return True
