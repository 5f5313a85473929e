"""A restore and a backup killed at any line: the old database stands, or the new one does."""

import os
import signal
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.restore.places import NOW, Installed
from tests.restore.test_under_load import backed_up, restored
from web import backup
from web.backup import taking

HERE = str(Path(backup.__file__).parent)
PLACES = {"sqlite": 24, "postgresql": 8}
LAST = {"sqlite": 12, "postgresql": 6}  # the lines around the swap, one by one
WHOLE = 0


def watched(act: Callable[[], object], burn: Callable[[str], None]) -> None:
    """Run an act, calling `burn` at each line of the backup's own code that is reached."""

    def line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            burn(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return line

    def call(frame: FrameType, *_: object) -> Any:
        return line if frame.f_code.co_filename.startswith(HERE) else None

    sys.settrace(call)
    try:
        act()
    finally:
        sys.settrace(None)


def lines_of(act: Callable[[], object]) -> list[int]:
    """Run an act to its end; give the number of the first visit to each line, in order."""
    first: dict[str, int] = {}
    count = 0

    def note(place: str) -> None:
        nonlocal count
        first.setdefault(place, count)
        count += 1

    watched(act, note)
    return sorted(first.values())


def killed_at(act: Callable[[], object], at: int) -> bool:
    """Run an act in a process that is killed when it has gone over so many lines."""

    def live_and_die() -> None:
        left = at

        def burn(_: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        watched(act, burn)
        os._exit(WHOLE)

    child = get_context("fork").Process(target=live_and_die)
    child.start()
    child.join(120)
    assert child.exitcode in {WHOLE, -signal.SIGKILL}, child.exitcode
    return child.exitcode != WHOLE


def spread(lines: list[int], kind: str) -> list[int]:
    """Choose some places over the whole act, and each of the last ones."""
    step = max(1, len(lines) // PLACES[kind])
    return sorted({*lines[::step], *lines[-LAST[kind] :]})


@pytest.fixture
def archive(installed) -> Path:
    """Take a backup with one settlement, then settle another one."""
    installed.settle()
    path, _ = backed_up(installed)
    installed.settle()
    installed.engine.dispose()
    return path


def test_a_restore_killed_at_any_line_leaves_one_of_the_two_whole(installed, archive):
    old = set(installed.acknowledged)
    new = {installed.acknowledged[0]}
    lines = lines_of(lambda: restored(installed, archive, replace=True))
    bring_back(installed, old)
    seen = set()
    for at in spread(lines, installed.place.kind):
        assert killed_at(lambda: restored(installed, archive, replace=True), at)
        installed.reopen()
        found = set(installed.settled())
        assert found in (old, new), at
        seen.add(len(found))
        installed.audit()
        installed.engine.dispose()
        bring_back(installed, old)
    assert seen == {1, 2}  # killed before the swap, and after it


def bring_back(place: Installed, old: set[str]) -> None:
    """Have the old database stand in its place again, and no other name taken."""
    place.reopen()
    now = set(place.settled())
    place.engine.dispose()
    if place.place.kind == "sqlite":
        for kept in place.place.file.parent.glob("yaoda.db.before-*"):
            if now != old:
                os.replace(kept, place.place.file)
            kept.unlink(missing_ok=True)
        return
    kept = f"{place.place.url.database}_before_{NOW:%Y%m%dt%H%M%Sz}"
    if now != old:
        swap_back(place, kept)


def swap_back(place: Installed, kept: str) -> None:
    import psycopg
    from psycopg import sql

    where = f"host={place.place.url.query['host']} user=postgres dbname=postgres"
    with psycopg.connect(where, autocommit=True) as server:
        name = sql.Identifier(str(place.place.url.database))
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        server.execute(rename.format(sql.Identifier(kept), name))


def test_after_a_killed_restore_the_next_one_works(installed, archive):
    lines = lines_of(lambda: restored(installed, archive, replace=True))
    bring_back(installed, set(installed.acknowledged))
    middle = lines[len(lines) // 2]
    assert killed_at(lambda: restored(installed, archive, replace=True), middle)
    restored(installed, archive, replace=True)
    installed.reopen()
    assert list(installed.settled()) == installed.acknowledged[:1]
    left = {path.name for path in installed.folder.rglob(".*restoring*")}
    assert left == set()


def test_a_backup_killed_at_any_line_leaves_no_file_under_its_name(sqlite_installed):
    place = sqlite_installed
    place.settle()
    place.engine.dispose()
    lines = lines_of(lambda: backed_up(place, "first.backup"))
    out = place.folder / "a.backup"
    named = 0
    for at in spread(lines, "sqlite"):
        assert killed_at(lambda: backed_up(place), at)
        if out.exists():
            named += 1
            taking.look(out, place.key)  # whole
            out.unlink()
    assert named < len(spread(lines, "sqlite"))
    backed_up(place)
    assert list(place.folder.rglob(".*.backup")) == []
