"""The overlay of a running service: read again when its file changes, never worse."""

import logging
from pathlib import Path
from threading import Lock

from dispensing.policy.overlay import Overlay, load_overlay
from dispensing.policy.toml_file import BadPack
from dispensing.policy.whole import check_overlay

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]


class WatchedOverlay:
    """An overlay file that may be changed while the service runs.

    The first reading has to succeed. A later one that is not fit is told in one line of
    the log, once, and the last good overlay stays; `faults` has what is wrong as long as
    the file stays so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._stamp = _stamp(path)
        self._overlay = _fit(path)
        self._faults: tuple[str, ...] = ()

    def current(self) -> Overlay:
        """Give the last good overlay, the file's own where it has not changed since."""
        if _stamp(self._path) == self._stamp:
            return self._overlay
        with self._lock:
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._stamp = stamp
                self._read()
            return self._overlay

    def faults(self) -> tuple[str, ...]:
        """Tell what is wrong with the file as it is now; nothing where it is in force."""
        self.current()
        return self._faults

    def _read(self) -> None:
        try:
            self._overlay = _fit(self._path)
        except BadPack as error:
            self._faults = tuple(one.said for one in error.each)
            told = "; ".join(self._faults)
            log.warning("overlay not read, the last good one stays: %s", told)
        else:
            self._faults = ()
            log.info("overlay read: %s", self._path.name)


def _fit(path: Path) -> Overlay:
    """Load an overlay, and compile the rules of each period with it."""
    overlay = load_overlay(path)
    check_overlay(overlay)
    return overlay


def _stamp(path: Path) -> Stamp | None:
    """Tell one state of a file from another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
