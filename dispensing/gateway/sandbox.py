"""A stand-in for the insurance platform with its own memory and faults on demand.

It keeps its books apart from ours, in its own file, as the real platform does: what it has
booked survives our crash, and an answer that it loses is still booked. Where its books cannot
be opened or written, it does not answer.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dispensing.gateway import Charge, ChargeDeclined, Receipt, Unanswered

_SCHEMA = """
CREATE TABLE IF NOT EXISTS charge (
    msgid TEXT PRIMARY KEY, person_no TEXT NOT NULL, outlet_code TEXT NOT NULL,
    total_fen INTEGER NOT NULL, fund_fen INTEGER NOT NULL, account_fen INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('booked', 'reversed')));
"""

WAIT_S_MAX = 30


@dataclass(frozen=True, slots=True)
class Faults:
    """Which answers go wrong: every n-th answer to a charge is lost; some persons are declined."""

    lose_answer_every: int = 0
    declined_persons: frozenset[str] = frozenset()


class SandboxGateway:
    """Books charges in SQLite; thread-safe, and shared by processes through its file."""

    def __init__(self, path: Path | str, faults: Faults | None = None) -> None:
        self._path = str(path)
        self._faults = faults or Faults()
        self._charges = 0
        self._lock = threading.Lock()
        self._memory = (
            sqlite3.connect(":memory:", check_same_thread=False)
            if self._path == ":memory:"
            else None
        )
        with self._lock, self._books() as books:
            books.executescript(_SCHEMA)

    def charge(self, charge: Charge) -> Receipt:
        """Book a charge once per msgid; a second one with the same msgid gets the first answer."""
        if charge.person_no in self._faults.declined_persons:
            raise ChargeDeclined("参保状态异常")
        with self._lock, self._books() as books:
            row = books.execute(
                "INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?, 'booked')"
                " ON CONFLICT (msgid) DO UPDATE SET msgid = msgid RETURNING state",
                (
                    charge.msgid,
                    charge.person_no,
                    charge.outlet_code,
                    charge.total_fen,
                    charge.fund_fen,
                    charge.account_fen,
                ),
            ).fetchone()
            self._charges += 1
            lost = (
                self._faults.lose_answer_every
                and self._charges % self._faults.lose_answer_every == 0
            )
        if row[0] == "reversed":
            raise ChargeDeclined("报文已冲正")
        if lost:
            raise Unanswered(charge.msgid)
        return _receipt(charge.msgid)

    def query(self, msgid: str) -> Receipt | None:
        """Tell whether a msgid is booked."""
        with self._lock, self._books() as books:
            row = books.execute(
                "SELECT state FROM charge WHERE msgid = ?", (msgid,)
            ).fetchone()
        return _receipt(msgid) if row and row[0] == "booked" else None

    def reverse(self, msgid: str) -> None:
        """Reverse a msgid, known or not; one that was never seen is barred for good."""
        with self._lock, self._books() as books:
            books.execute(
                "INSERT INTO charge VALUES (?, '', '', 0, 0, 0, 'reversed')"
                " ON CONFLICT (msgid) DO UPDATE SET state = 'reversed'",
                (msgid,),
            )

    def booked_fund_fen(self) -> int:
        """Sum of what the platform holds as paid by the fund, to compare with our ledger."""
        with self._lock, self._books() as books:
            row = books.execute(
                "SELECT COALESCE(SUM(fund_fen), 0) FROM charge WHERE state = 'booked'"
            ).fetchone()
        return int(row[0])

    @contextmanager
    def _books(self) -> Iterator[sqlite3.Connection]:
        """Open one transaction on the sandbox's own database; where it fails, no answer comes."""
        books = self._memory
        try:
            books = books or sqlite3.connect(self._path, timeout=WAIT_S_MAX)
            with books:
                yield books
        except sqlite3.Error as error:
            raise Unanswered(str(error)) from error
        finally:
            if books is not None and books is not self._memory:
                books.close()


def _receipt(msgid: str) -> Receipt:
    return Receipt(msgid, f"S{msgid}")
