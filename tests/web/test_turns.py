"""Writers of several processes follow one another in the order in which they came."""

import os
import signal
import threading
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import text

from web import db, turns
from web.turns import Turns

WAITERS = 6
PROCESSES = 3
WRITES_EACH = 40


def tickets(path: Path) -> int:
    """Tell how many tickets were drawn so far."""
    return int.from_bytes(Path(f"{path}-turns").read_bytes(), "big")


def wait_until(drawn: int, path: Path) -> None:
    while tickets(path) < drawn:
        sleep(0.001)


def test_turns_come_in_the_order_of_asking_among_processes(tmp_path):
    """Each `Turns` opens the queue anew, as a process of its own does."""
    path, served, threads = tmp_path / "a.db", [], []

    def wait(number):
        mine = Turns(str(path))
        mine.take(10)
        served.append(number)
        mine.give()

    first = Turns(str(path))
    first.take(10)
    for number in range(WAITERS):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        wait_until(number + 2, path)
    assert served == []
    first.give()
    for thread in threads:
        thread.join()
    assert served == list(range(WAITERS))


def write(url: str, begun_s, ended_s) -> None:
    engine = db.open_engine(url)
    begun_s.value = monotonic()
    for _ in range(WRITES_EACH):
        with db.open_session(engine) as session:
            session.execute(text("UPDATE purse SET fen = fen + 1"))
            session.commit()
    ended_s.value = monotonic()
    engine.dispose()


def test_processes_that_write_at_once_take_turns(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    engine = db.open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE purse (fen BIGINT)"))
        connection.execute(text("INSERT INTO purse VALUES (0)"))
    engine.dispose()
    fork = get_context("fork")
    spans = [(fork.Value("d"), fork.Value("d")) for _ in range(PROCESSES)]
    writers = [fork.Process(target=write, args=(url, *span)) for span in spans]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    engine = db.open_engine(url)
    with db.open_session(engine, read_only=True) as session:
        fen = session.scalar(text("SELECT fen FROM purse"))
    engine.dispose()
    assert fen == PROCESSES * WRITES_EACH == tickets(tmp_path / "a.db") - 1
    assert all(ended.value > begun.value for begun, ended in spans)


def hold(path: Path) -> None:
    Turns(str(path)).take(10)
    sleep(60)


def test_one_that_dies_holds_nobody_up(tmp_path):
    path = tmp_path / "a.db"
    fork = get_context("fork")
    dying = []
    for number in range(2):  # one in its turn, one in the queue
        dying.append(fork.Process(target=hold, args=(path,)))
        dying[-1].start()
        while not Path(f"{path}-turns").exists():
            sleep(0.001)
        wait_until(number + 1, path)
    mine = Turns(str(path))
    with pytest.raises(TimeoutError, match="kept the database"):
        mine.take(0.05)
    for process in dying:
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    mine.take(5)
    mine.give()


def test_one_that_gave_up_is_not_waited_for(tmp_path):
    first, second, third = (Turns(str(tmp_path / "a.db")) for _ in range(3))
    first.take(1)
    with pytest.raises(TimeoutError):
        second.take(0.02)
    first.give()
    third.take(1)
    third.give()
    second.take(1)
    second.give()


@pytest.mark.parametrize("beside", ["a folder", "no folder", "no locks"])
def test_without_a_queue_writers_go_on(beside, tmp_path, monkeypatch):
    path = tmp_path / "a.db"
    if beside == "a folder":
        Path(f"{path}-turns").mkdir()
    if beside == "no folder":
        path = tmp_path / "nowhere" / "a.db"
    if beside == "no locks":
        monkeypatch.setattr(turns, "HAS_FILE_QUEUE", False)
    mine = Turns(str(path))
    for _ in range(2):
        mine.take(1)
        mine.give()


def test_what_stands_in_the_file_does_not_matter(tmp_path):
    path = tmp_path / "a.db"
    for left in (b"", b"\xff" * 8, b"words that are longer"):
        Path(f"{path}-turns").write_bytes(left)
        for _ in range(2):
            mine = Turns(str(path))
            mine.take(1)
            mine.give()
