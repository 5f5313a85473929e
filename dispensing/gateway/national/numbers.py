"""Numbers of messages that are no settlements, each drawn once, also by several processes.

A message number (msgid) is institution, second and four digits. Settlements take 0000 to 8999
from the platform's own row; everything else takes 9000 to 9999 from here, in a file of its
own, so that asking for a person's data never waits for a settlement, nor it for that.
"""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from dispensing.days import CHINA
from dispensing.gateway import Unanswered

FIRST = 9_000
PER_SECOND = 1_000
WAIT_S_MAX = 5
_SECOND = "%Y%m%d%H%M%S"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS drawn (
    institution TEXT PRIMARY KEY, second TEXT NOT NULL, used INTEGER NOT NULL);
"""


class FileNumbers:
    """Draws message numbers from a small file that all processes of one machine share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        books = self._open()
        try:
            books.execute("PRAGMA journal_mode = WAL")
            books.executescript(_SCHEMA)
        finally:
            books.close()

    def draw(self, institution: str, now: datetime) -> str:
        """Draw the next number of an institution; a clock that goes back repeats none.

        Where a second's numbers are used up, those of the next one are taken.
        """
        try:
            books = self._open()
            try:
                books.execute("BEGIN IMMEDIATE")
                second, used = self._next(books, institution, now)
                books.execute(
                    "INSERT INTO drawn VALUES (?, ?, ?) ON CONFLICT (institution)"
                    " DO UPDATE SET second = excluded.second, used = excluded.used",
                    (institution, second, used),
                )
                books.execute("COMMIT")
            finally:
                books.close()
        except sqlite3.Error as error:
            raise Unanswered(f"no message number: {error}") from error
        return f"{institution}{second}{FIRST + used - 1:04d}"

    def _next(
        self, books: sqlite3.Connection, institution: str, now: datetime
    ) -> tuple[str, int]:
        row = books.execute(
            "SELECT second, used FROM drawn WHERE institution = ?", (institution,)
        ).fetchone()
        second = f"{now.astimezone(CHINA):{_SECOND}}"
        if row is None or row[0] < second:
            return second, 1
        if row[1] < PER_SECOND:
            return row[0], row[1] + 1
        last = datetime.strptime(row[0], _SECOND).replace(tzinfo=CHINA)
        return f"{last + timedelta(seconds=1):{_SECOND}}", 1

    def _open(self) -> sqlite3.Connection:
        books = sqlite3.connect(self._path, timeout=WAIT_S_MAX, isolation_level=None)
        # A number that power fails over was drawn in a second that is long gone after.
        books.execute("PRAGMA synchronous = NORMAL")
        return books
