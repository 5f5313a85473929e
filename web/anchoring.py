"""The anchor files: outside of the database, one a day, a signed line for each area.

They are only ever added to. Kept on another machine, or printed, they show that a chain was
cut off or computed anew, whoever has the database.
"""

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import structlog
from flask import Flask

from dispensing import service
from dispensing.audit import Anchor, BadAnchor, read_anchor, sign_anchor
from dispensing.days import day_of
from dispensing.signing import PublicKey, SigningKey
from web import db
from web.leading import leads
from web.settings import Settings

ANCHORED = "anchored_day"  # the last day that this program has seen to
log = structlog.stdlib.get_logger("yaoda.web")


@dataclass(frozen=True, slots=True)
class Unread:
    """A line of an anchor file that is no anchor of ours."""

    file: str
    line: int
    why: str


def folder_of(settings: Settings) -> Path:
    """Name the folder of the anchor files."""
    return settings.anchor_dir or settings.var_dir / "anchors"


def seal_and_anchor(platform: Flask) -> int:
    """Seal what is new, and anchor yesterday where that was not done; tells how many sealed."""
    now = platform.extensions["clock"].now()
    yesterday = day_of(now) - timedelta(days=1)
    due = platform.extensions.get(ANCHORED) != yesterday
    with db.open_session(platform.extensions["engine"]) as session:
        sealed = service.seal(session, now=now, everything=due)
    if due:
        path = _file(folder_of(platform.extensions["settings"]), yesterday)
        if not path.exists():
            anchor(platform, yesterday)
        platform.extensions[ANCHORED] = yesterday
    return sealed


@contextmanager
def sealing(platform: Flask, every_s: float) -> Iterator[None]:
    """Seal now and every so many seconds, until the block ends; each day is anchored once."""
    stop = threading.Event()
    sealer = threading.Thread(
        target=_keep, args=(platform, every_s, stop), name="seal", daemon=True
    )
    if leads(platform):
        seal_and_anchor(platform)
    sealer.start()
    try:
        yield
    finally:
        stop.set()
        sealer.join(timeout=every_s)


def anchor(platform: Flask, day: date) -> tuple[str, ...]:
    """Write the anchors of a day into its file, and return the lines that are new."""
    settings: Settings = platform.extensions["settings"]
    now = platform.extensions["clock"].now()
    with db.open_session(platform.extensions["engine"], read_only=True) as session:
        made = service.anchors(session, day, now=now)
    if not made:
        return ()
    ring = platform.extensions["ring"]
    return _add(folder_of(settings), day, made, (ring.signer(), ring.public()))


def read(
    folder: Path, keys: Mapping[str, PublicKey]
) -> tuple[list[Anchor], list[Unread]]:
    """Read all anchor files of a folder: what we signed, and what is not to be trusted."""
    found: list[Anchor] = []
    unread: list[Unread] = []
    for path in sorted(folder.glob("*.jsonl")):
        for no, line in enumerate(_lines(path), 1):
            try:
                found.append(read_anchor(line, keys))
            except BadAnchor as error:
                unread.append(Unread(path.name, no, str(error)))
    return found, unread


def last_day(folder: Path) -> date | None:
    """Tell the last day that was anchored, by the name of its file."""
    names = sorted(path.stem for path in folder.glob("????-??-??.jsonl"))
    return date.fromisoformat(names[-1]) if names else None


def _keep(platform: Flask, every_s: float, stop: threading.Event) -> None:
    while not stop.wait(every_s):
        if not leads(platform):
            continue
        try:
            seal_and_anchor(platform)
        except Exception as error:
            # The database or the disk may be away for a while: what waits is not lost.
            log.error("sealing failed", kind=type(error).__name__)


def _file(folder: Path, day: date) -> Path:
    return folder / f"{day.isoformat()}.jsonl"


def _lines(path: Path) -> Iterator[str]:
    return iter(path.read_text("utf-8", "replace").splitlines())


def _add(
    folder: Path,
    day: date,
    made: Iterable[Anchor],
    keys: tuple[SigningKey, Mapping[str, PublicKey]],
) -> tuple[str, ...]:
    """Add the lines that the file has not yet, in one write, on disk before it returns."""
    signer, public = keys
    folder.mkdir(parents=True, exist_ok=True)
    path = _file(folder, day)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two processes anchor a day once
        known = {_head(one) for one in _of_file(path, public)}
        lines = tuple(
            sign_anchor(one, signer) for one in made if _head(one) not in known
        )
        file.seek(0)
        begun = file.read()
        cut_off = b"\n" if begun and not begun.endswith(b"\n") else b""
        file.write(cut_off + "".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(folder)
    return lines


def _of_file(path: Path, public: Mapping[str, PublicKey]) -> Iterator[Anchor]:
    for line in _lines(path):
        try:
            yield read_anchor(line, public)
        except BadAnchor:
            continue


def _head(anchor: Anchor) -> tuple[str, int, str]:
    return anchor.area, anchor.seq, anchor.hash


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
