"""What lies over the texts in a running service: the operator's file, and what two approved."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from time import monotonic_ns

from dispensing.policy.overlay import Overlay, joined, overlay_from
from dispensing.policy.toml_file import BadPack

log = logging.getLogger(__name__)

EVERY_NS = 1_000_000_000  # how long another process may answer by the version before
# Given the number of the last version that is known: the newest, and the texts by region.
Look = Callable[[int], tuple[int, Mapping[str, str]] | None]


@dataclass(frozen=True, slots=True)
class _Joined:
    """A file and a version, and what they are together; `faults` where they contradict."""

    file: Overlay
    version: Overlay
    both: Overlay
    faults: tuple[str, ...] = ()


class ApprovedOverlays:
    """The versions in force, by region; whoever asks looks for newer ones once a second."""

    def __init__(
        self, look: Look | None = None, *, ticks: Callable[[], int] = monotonic_ns
    ) -> None:
        self._look_up, self.ticks = look, ticks
        self._number, self._next_ns = 0, 0
        self._versions: Mapping[str, Overlay] = {}
        self._joined: dict[str, _Joined] = {}
        self._lock = Lock()

    def over(self, region: str, file: Overlay | None) -> Overlay | None:
        """Give what lies over a region's texts: the version in force, beside the file."""
        self.look()
        version = self._versions.get(region)
        if version is None or file is None:
            return version or file
        kept = self._joined.get(region)
        if kept is None or (kept.file, kept.version) != (file, version):
            kept = self._joined[region] = _beside(file, version, kept)
        return kept.both

    def version(self, region: str) -> Overlay | None:
        """Give the version in force alone, without the file."""
        self.look()
        return self._versions.get(region)

    def faults(self) -> tuple[str, ...]:
        """Tell what of a changed file contradicts what was approved; the file before stays."""
        return tuple(said for one in self._joined.values() for said in one.faults)

    def look(self, *, at_once: bool = False) -> None:
        """Take a newer version up, if there is one; at most once a second unless `at_once`."""
        if self._look_up is None or (not at_once and self.ticks() < self._next_ns):
            return
        # Who finds another looking goes on with what is known: nobody waits for nobody.
        if not self._lock.acquire(blocking=at_once):
            return
        try:
            self._next_ns = self.ticks() + EVERY_NS
            found = self._look_up(self._number)
            if found is not None:
                self._number, texts = found
                self._versions = {
                    region: overlay_from("approved.toml", text)
                    for region, text in texts.items()
                }
                log.info("overlay version taken up: %s", self._number)
        finally:
            self._lock.release()


def _beside(file: Overlay, version: Overlay, before: _Joined | None) -> _Joined:
    try:
        return _Joined(file, version, joined(file, version))
    except BadPack as error:
        faults = tuple(one.said for one in error.each)
        log.warning("overlay file not taken up: %s", "; ".join(faults))
        both = before.both if before and before.version is version else version
        return _Joined(file, version, both, faults)
