"""Matrices of a road engine, kept in files: each is asked for once.

A file's name is the SHA-256 of datum, engine with profile and hour, and points; in it are
numbers alone, and no place. Files appear whole (written beside, then renamed), so that any
number of processes may share a folder; what was used longest ago goes first.
"""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

import numpy as np

from pharmacies.places import Point
from routing.problem import Matrix
from routing.travel.ways import TravelTimes, Ways, sealed

_KIND = "1 WGS-84"  # changes whenever what is kept means something else
_PARTIAL_S_MAX = 3600  # a file that nobody finished for so long has lost its writer


class Engine(TravelTimes, Protocol):
    """An engine that says by what its answers are told apart, besides the points."""

    def told(self, at: datetime | None = None) -> str:
        """Name engine, profile and, where it matters, the hour."""
        ...


@dataclass(frozen=True, slots=True)
class KeptTravel:
    """An engine whose answers are kept in a folder of bounded size."""

    engine: Engine
    folder: Path
    bytes_max: int = 512 * 1024 * 1024

    def matrices(self, points: Sequence[Point], *, at: datetime | None = None) -> Ways:
        """Return what was kept, or what the engine answers now."""
        told = self.engine.told(at)
        path = self.folder / f"{_name(told, points)}.npy"
        kept = _read(path, len(points))
        if kept is not None:
            return Ways(sealed(kept[0]), sealed(kept[1]), told)
        ways = self.engine.matrices(points, at=at)
        # A folder that cannot be written to makes planning slow, and not impossible.
        with suppress(OSError):
            self._keep(path, ways)
        return ways

    def _keep(self, path: Path, ways: Ways) -> None:
        size = ways.travel_s.nbytes + ways.distance_m.nbytes
        if size > self.bytes_max:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(
            dir=self.folder, suffix=".partial", delete=False
        ) as part:
            try:
                np.save(part, np.stack([ways.travel_s, ways.distance_m]))
                part.flush()
                os.replace(part.name, path)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        self._make_room(path.stat().st_mtime)

    def _make_room(self, now_s: float) -> None:
        files = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                seen = path.stat()
                if path.suffix == ".npy":
                    files.append((seen.st_mtime_ns, seen.st_size, path))
                elif (
                    path.suffix == ".partial" and now_s - seen.st_mtime > _PARTIAL_S_MAX
                ):
                    path.unlink(missing_ok=True)
        left = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if left <= self.bytes_max:
                break
            path.unlink(missing_ok=True)
            left -= size


def _name(told: str, points: Sequence[Point]) -> str:
    degrees = np.array([(it.lon, it.lat) for it in points], "<f8").tobytes()
    return hashlib.sha256(f"{_KIND}\n{told}\n".encode() + degrees).hexdigest()


def _read(path: Path, size: int) -> Matrix | None:
    """Read what was kept; a file that is damaged was never there."""
    try:
        kept = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if kept.shape != (2, size, size) or kept.dtype != np.int32 or kept.min(initial=0):
        return None
    with suppress(OSError):
        os.utime(path)
    found: Matrix = kept
    return found
