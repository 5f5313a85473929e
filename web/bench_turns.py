"""How long four processes wait for one another to write to one SQLite file."""

from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter

from sqlalchemy import text

from web import db, turns

PROCESSES = 4
SECONDS = 6.0
ROUNDS = 3


def run(echo: Callable[[str], object]) -> None:
    """Write from four processes at once, by SQLite's busy handler alone and in the queue."""
    with TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            for queued in (False, True):
                name = "queue" if queued else "busy handler"
                echo(f"{name}: {_told(_waits_ms(Path(folder), queued))}")


def _told(waits_ms: list[list[float]]) -> str:
    every = sorted(ms for mine in waits_ms for ms in mine)
    counts = " ".join(str(len(mine)) for mine in sorted(waits_ms, key=len))
    return (
        f"{len(every) / SECONDS:.0f} writes/s, by process {counts};"
        f" median {every[len(every) // 2]:.1f} ms, 99 % within"
        f" {every[len(every) * 99 // 100]:.1f} ms, longest {every[-1]:.0f} ms"
    )


def _waits_ms(folder: Path, queued: bool) -> list[list[float]]:
    url = f"sqlite:///{folder}/turns.db"
    engine = db.open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS purse (fen BIGINT)"))
        connection.execute(text("INSERT INTO purse VALUES (0)"))
    engine.dispose()
    fork = get_context("fork")  # no connection is open now: none may live in two
    with fork.Pool(PROCESSES) as pool:
        return pool.starmap(_write, [(url, queued)] * PROCESSES, chunksize=1)


def _write(url: str, queued: bool) -> list[float]:
    """Write for some seconds, one small unit of work after another."""
    turns.HAS_FILE_QUEUE = queued and turns.HAS_FILE_QUEUE
    engine = db.open_engine(url)
    waits_ms = []
    until = monotonic() + SECONDS
    while monotonic() < until:
        begun = perf_counter()
        with db.open_session(engine) as session:
            session.execute(text("UPDATE purse SET fen = fen + 1"))
            session.commit()
        waits_ms.append((perf_counter() - begun) * 1000)
    engine.dispose()
    return waits_ms
