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
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dispensing.days import day_of
from dispensing.gateway import Charge, ChargeDeclined, Receipt, Unanswered
from dispensing.gateway.statements import (
    OURS_ONLY,
    THEIRS_ONLY,
    UNLIKE,
    Answer,
    Entry,
    Sums,
    read_lines,
    verdict_on,
    write_answer,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS charge (
    msgid TEXT PRIMARY KEY, person_no TEXT NOT NULL, outlet_code TEXT NOT NULL,
    total_fen INTEGER NOT NULL, fund_fen INTEGER NOT NULL, account_fen INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('booked', 'reversed')),
    scheme TEXT NOT NULL DEFAULT 'resident', on_day TEXT NOT NULL DEFAULT '',
    refunded_on TEXT);
"""
# A file from before the statements: what it lacks, and on which day a message was sent.
_LATER = {
    "scheme": "scheme TEXT NOT NULL DEFAULT 'resident'",
    "on_day": "on_day TEXT NOT NULL DEFAULT ''",
    "refunded_on": "refunded_on TEXT",
}
_DATED = """
UPDATE charge SET on_day = substr(msgid, 13, 4) || '-' || substr(msgid, 17, 2) || '-'
  || substr(msgid, 19, 2) WHERE on_day = '' AND outlet_code <> ''
"""
_LINES = """
SELECT msgid, person_no, scheme, 0, total_fen, fund_fen, account_fen FROM charge
 WHERE outlet_code = :outlet AND scheme = :scheme AND on_day BETWEEN :first AND :last
UNION ALL
SELECT msgid, person_no, scheme, 1, -total_fen, -fund_fen, -account_fen FROM charge
 WHERE outlet_code = :outlet AND scheme = :scheme AND refunded_on BETWEEN :first AND :last
 ORDER BY 1, 4
"""
_TAMPERED = {
    *("outlet_code", "scheme", "on_day", "refunded_on", "state"),
    *("total_fen", "fund_fen", "account_fen"),
}

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
        self._bring_along()

    def charge(self, charge: Charge) -> Receipt:
        """Book a charge once per msgid; a second one with the same msgid gets the first answer."""
        if charge.person_no in self._faults.declined_persons:
            raise ChargeDeclined("参保状态异常")
        with self._lock, self._books() as books:
            row = books.execute(
                "INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?, 'booked', ?, ?, NULL)"
                " ON CONFLICT (msgid) DO UPDATE SET msgid = msgid RETURNING state",
                (
                    charge.msgid,
                    charge.person_no,
                    charge.outlet_code,
                    charge.total_fen,
                    charge.fund_fen,
                    charge.account_fen + charge.mutual_aid_fen,
                    charge.scheme,
                    day_of(charge.at).isoformat(),
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
        """Tell whether a msgid is booked, and where and on which day."""
        with self._lock, self._books() as books:
            row = books.execute(
                "SELECT state, outlet_code, on_day, total_fen, fund_fen, account_fen"
                " FROM charge WHERE msgid = ?",
                (msgid,),
            ).fetchone()
        if row is None or row[0] != "booked":
            return None
        on = date.fromisoformat(row[2])
        return Receipt(msgid, f"S{msgid}", row[1], on, tuple(row[3:]))

    def reverse(self, msgid: str, at: datetime | None = None) -> None:
        """Reverse a msgid, known or not; one that was never seen is barred for good."""
        on = day_of(at).isoformat() if at else None
        with self._lock, self._books() as books:
            books.execute(
                "INSERT INTO charge (msgid, person_no, outlet_code, total_fen, fund_fen,"
                " account_fen, state) VALUES (?, '', '', 0, 0, 0, 'reversed')"
                " ON CONFLICT (msgid) DO UPDATE SET state = 'reversed', refunded_on ="
                " CASE outlet_code WHEN '' THEN NULL"
                " ELSE coalesce(refunded_on, ?, on_day) END",
                (msgid, on),
            )

    def compare_sums(self, ours: Sums) -> str:
        """Compare sums with its own books (3201)."""
        first, last = ours.first_day, ours.last_day
        entries = self._lines(ours.outlet_code, ours.scheme, first, last)
        fen = [
            sum(column) for column in zip(*(one.fen for one in entries), strict=True)
        ]
        theirs = Sums(
            ours.outlet_code,
            ours.scheme,
            first,
            last,
            len(entries),
            *(fen or [0, 0, 0]),
        )
        return verdict_on(ours, theirs)

    def compare_lines(
        self, outlet_code: str, scheme: str, day: date, lines: str
    ) -> str:
        """Compare an outlet's lines of a day with its own books (3202)."""
        ours = {one.key: one for one in read_lines(lines)}
        theirs = {one.key: one for one in self._lines(outlet_code, scheme, day, day)}
        found = [
            Answer(UNLIKE if key in ours else THEIRS_ONLY, one)
            for key, one in theirs.items()
            if key not in ours or ours[key].fen != one.fen
        ]
        found += [
            Answer(OURS_ONLY, one) for key, one in ours.items() if key not in theirs
        ]
        return write_answer(found)

    def booked_fund_fen(self) -> int:
        """Sum of what the platform holds as paid by the fund, to compare with our ledger."""
        with self._lock, self._books() as books:
            row = books.execute(
                "SELECT COALESCE(SUM(fund_fen), 0) FROM charge WHERE state = 'booked'"
            ).fetchone()
        return int(row[0])

    def tamper(self, msgid: str, *, as_msgid: str = "", **changes: object) -> None:
        """Spoil a booked charge, so that its books differ from ours: columns, or a second one.

        Without changes the charge is forgotten; with `as_msgid` it is booked once more.
        """
        assert changes.keys() <= _TAMPERED, changes
        with self._lock, self._books() as books:
            if as_msgid:
                books.execute(
                    "INSERT INTO charge SELECT ?, person_no, outlet_code, total_fen,"
                    " fund_fen, account_fen, state, scheme, on_day, refunded_on"
                    " FROM charge WHERE msgid = ?",
                    (as_msgid, msgid),
                )
            elif changes:
                named = ", ".join(f"{column} = :{column}" for column in changes)
                told = {**changes, "msgid": msgid}
                books.execute(f"UPDATE charge SET {named} WHERE msgid = :msgid", told)
            else:
                books.execute("DELETE FROM charge WHERE msgid = ?", (msgid,))

    def _lines(
        self, outlet_code: str, scheme: str, first: date, last: date
    ) -> tuple[Entry, ...]:
        asked = {
            "outlet": outlet_code,
            "scheme": scheme,
            "first": first.isoformat(),
            "last": last.isoformat(),
        }
        with self._lock, self._books() as books:
            rows = books.execute(_LINES, asked).fetchall()
        return tuple(_entry(row) for row in rows)

    def _bring_along(self) -> None:
        """Bring a file from before the statements along; another process may do the same."""
        with self._lock, self._books() as books:
            books.execute("BEGIN IMMEDIATE")
            there = {row[1] for row in books.execute("PRAGMA table_info(charge)")}
            for column, definition in _LATER.items():
                if column not in there:
                    books.execute(f"ALTER TABLE charge ADD COLUMN {definition}")
            if not there >= _LATER.keys():
                books.execute(_DATED)

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


def _entry(row: tuple[Any, ...]) -> Entry:
    msgid, person_no, scheme, refund, total_fen, fund_fen, account_fen = row
    return Entry(
        msgid=msgid,
        person_no=person_no,
        scheme=scheme,
        refund=bool(refund),
        total_fen=total_fen,
        fund_fen=fund_fen,
        account_fen=account_fen,
        setl_id=f"S{msgid}",
    )
