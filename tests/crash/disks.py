"""Small disks that fill up: a tmpfs where one may be mounted, else errors put in the way."""

import errno
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

CHUNK_BYTES = 4096
READING = {"SELECT", "PRAGMA", "BEGIN", "SET", "SHOW"}


class Disk(Protocol):
    """A disk that can be filled and freed."""

    def fill(self, left: int) -> None:
        """Leave so many blocks, or so many writing statements."""
        ...

    def free(self) -> None:
        """Give the space back."""
        ...


@dataclass
class Mounted:
    """A tmpfs, filled by a file that is of no use."""

    folder: Path

    def fill(self, left: int) -> None:
        """Fill it but for so many blocks of 4096 bytes."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            size_bytes = 0
            try:
                while True:
                    size_bytes += ballast.write(b"\0" * CHUNK_BYTES)
            except OSError as error:
                assert error.errno == errno.ENOSPC
            ballast.truncate(max(0, size_bytes - left * CHUNK_BYTES))

    def free(self) -> None:
        """Remove the ballast."""
        (self.folder / "ballast").unlink()


@dataclass
class Injected:
    """Where nothing may be mounted: the driver's own error after so many changes."""

    engine: Engine
    left: int | None = None
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._statement)

    def fill(self, left: int) -> None:
        """Let so many changes pass."""
        self.left = left

    def free(self) -> None:
        """Let all changes pass."""
        self.left = None

    def _statement(self, *args: Any) -> None:
        statement = str(args[2])
        if self.left is None or statement.split()[0].upper() in READING:
            return
        self.left -= 1
        if self.left < 0:
            self.seen.append(statement)
            raise OperationalError(statement, None, self._said())

    def _said(self) -> Exception:
        if self.engine.dialect.name == "postgresql":
            return psycopg.errors.DiskFull("could not extend file")
        said = sqlite3.OperationalError("database or disk is full")
        said.sqlite_errorcode = sqlite3.SQLITE_FULL
        return said


def may_mount() -> bool:
    """Tell whether this process may mount a tmpfs."""
    if os.geteuid() != 0:
        return False
    asked = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def mounted(folder: Path, size_mb: int) -> Iterator[Mounted]:
    """Mount a small tmpfs at a folder, and take it away afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size_mb}m,mode=0755"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield Mounted(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
