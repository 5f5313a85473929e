"""The sandbox platform's own books: people, pots, bills by message number, sales, files.

They are kept apart from everything of ours, in a file of their own, on top of the charges that
the embedded sandbox keeps: both can be compared line by line with ours (3201, 3202).
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dispensing.days import day_of
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.gateway.statements import Entry
from dispensing.money import share_fen
from dispensing.vault import Vault
from web.sandbox.identities import Identities
from web.sandbox.laid import SCHEMA

DEFAULT_SHARES = {"resident": 5_000, "employee": 7_000}  # where no share is asked for


class Refused(Exception):
    """The platform says no, in its own words."""


@dataclass(frozen=True, slots=True)
class Member:
    """One insured person as the sandbox knows people."""

    person_no: str
    id_number: str
    name: str
    scheme: str
    area: str
    active: bool = True
    balance_fen: int = 0
    cap_fen: int | None = None
    used_fen: int = 0
    filings: Mapping[str, date] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One bill as it is asked for; `shares_fen` are fund, account and aid, where told."""

    msgid: str
    person_no: str
    scheme: str
    outlet_code: str
    total_fen: int
    lines_fen: tuple[tuple[str, int], ...]
    use_account: bool
    shares_fen: tuple[int, int, int] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill as it is booked; everything of it lies in scope."""

    msgid: str
    person_no: str
    scheme: str
    outlet_code: str
    on: date
    state: str
    total_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    lines_fen: tuple[tuple[str, int], ...]

    @property
    def cash_fen(self) -> int:
        """Give what is left for the person to pay, in fen."""
        rest_fen = self.total_fen - self.fund_fen
        return rest_fen - self.account_fen - self.mutual_aid_fen


class Books(SandboxGateway):
    """Books by the interface: what is booked, cut to the room that a person has."""

    def __init__(
        self,
        path: Path | str,
        shares: Mapping[str, int] | None = None,
        vault: Vault | None = None,
    ) -> None:
        super().__init__(path)
        self._who = Identities(vault)
        self._shares = shares or DEFAULT_SHARES
        with self._lock, self._books() as books:
            books.executescript(SCHEMA)
            self._who.adopt(books)

    def enrol(self, members: Iterable[Member]) -> None:
        """Let people in; whoever is there already stays as they are."""
        with self._act() as books:
            for one in members:
                books.execute(
                    "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    (
                        *(one.person_no, self._who.index(one.id_number)),
                        self._who.shut(one.person_no, one.id_number, one.name),
                        *(one.scheme, one.area, int(one.active), one.balance_fen),
                        *(one.cap_fen, one.used_fen),
                    ),
                )
                books.executemany(
                    "INSERT INTO filing VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    [
                        (one.person_no, code, code, begins.isoformat())
                        for code, begins in (one.filings or {}).items()
                    ],
                )

    def member(self, number: str) -> Member:
        """Find a person by their number or their ID number; raises Refused."""
        with self._act() as books:
            return self._member(books, number)

    def filings(self, person_no: str) -> list[tuple[str, str, str]]:
        """List the filings of a person: code, name, first day."""
        with self._act() as books:
            self._member(books, person_no)
            return books.execute(
                "SELECT code, name, begins FROM filing WHERE person_no = ? ORDER BY code",
                (person_no,),
            ).fetchall()

    def trial(self, asked: Asked) -> Bill:
        """Work out what a bill would be; nothing is booked."""
        with self._act() as books:
            return self._worked_out(self._member(books, asked.person_no), asked)

    def settle(self, asked: Asked, off_fen: int = 0) -> Bill:
        """Book a bill once for each number; asked again, the first one is given.

        `off_fen` spoils what is booked: so much more from the fund, less from the person.
        """
        with self._act() as books:
            first = self._bill(books, asked.msgid)
            if first is not None:
                return self._again(books, first, asked)
            if self._is_barred(books, asked.msgid):
                raise Refused("报文已冲正")
            member = self._member(books, asked.person_no)
            bill = self._worked_out(member, asked)
            if off_fen and bill.cash_fen < off_fen:
                off_fen = -off_fen
            bill = replace(bill, fund_fen=bill.fund_fen + off_fen)
            self._book(books, bill, asked)
            return bill

    def bill(self, msgid: str) -> Bill:
        """Find what is booked under a number; raises Refused."""
        with self._act() as books:
            found = self._bill(books, msgid)
        if found is None or found.state != "booked":
            raise Refused("交易不存在")
        return found

    def take_back(self, msgid: str, at: datetime | None) -> None:
        """Reverse a number, known or not, and give back what was used."""
        with self._act() as books:
            bill = self._bill(books, msgid)
            if bill is None:
                books.execute(
                    "INSERT INTO charge (msgid, person_no, outlet_code, total_fen,"
                    " fund_fen, account_fen, state) VALUES (?, '', '', 0, 0, 0,"
                    " 'reversed') ON CONFLICT (msgid) DO NOTHING",
                    (msgid,),
                )
            elif bill.state == "booked":
                on = day_of(at) if at else bill.on
                books.execute(
                    "UPDATE charge SET state = 'reversed', refunded_on = ?"
                    " WHERE msgid = ?",
                    (on.isoformat(), msgid),
                )
                self._use(books, bill, -1)

    def sell(self, number: str, codes: Iterable[str], *, back: bool) -> None:
        """Write down which packs were sold or came back; a pack is sold once."""
        with self._act() as books:
            for code in codes:
                there = books.execute(
                    "SELECT number FROM pack WHERE code = ?", (code,)
                ).fetchone()
                if back:
                    if there is None:
                        raise Refused(f"追溯码未售出：{code}")
                    books.execute("DELETE FROM pack WHERE code = ?", (code,))
                elif there is None:
                    books.execute("INSERT INTO pack VALUES (?, ?)", (code, number))
                elif there[0] != number:
                    raise Refused(f"追溯码已售出：{code}")

    def keep(self, infno: str, institution: str, given: Mapping[str, Any]) -> None:
        """Keep what an institution has told."""
        with self._act() as books:
            books.execute(
                "INSERT INTO told (infno, institution, input) VALUES (?, ?, ?)",
                (infno, institution, json.dumps(given, ensure_ascii=False)),
            )

    def put_file(self, institution: str, packed: str) -> str:
        """Keep a file, and give the number that it is asked for by."""
        with self._act() as books:
            made = books.execute(
                "INSERT INTO file (institution, packed) VALUES (?, ?)",
                (institution, packed),
            )
            return str(made.lastrowid)

    def get_file(self, institution: str, number: str) -> str:
        """Give back a file of an institution; raises Refused."""
        with self._act() as books:
            row = books.execute(
                "SELECT packed FROM file WHERE no = ? AND institution = ?",
                (number, institution),
            ).fetchone()
        if row is None:
            raise Refused("文件不存在")
        return str(row[0])

    def sign_in(self, institution: str, sign_no: str) -> None:
        """Sign an institution in under one more number."""
        with self._act() as books:
            books.execute("INSERT INTO signed_in VALUES (?, ?)", (institution, sign_no))

    def sign_out(self, institution: str) -> None:
        """Sign an institution out, under whichever number it was signed in."""
        with self._act() as books:
            books.execute("DELETE FROM signed_in WHERE institution = ?", (institution,))

    def is_signed_in(self, institution: str, sign_no: str) -> bool:
        """Tell whether an institution is signed in under this number."""
        with self._act() as books:
            row = books.execute(
                "SELECT 1 FROM signed_in WHERE institution = ? AND sign_no = ?",
                (institution, sign_no),
            ).fetchone()
        return row is not None

    def reference(self) -> int:
        """Draw the running number of an answer."""
        with self._act() as books:
            return int(
                books.execute("INSERT INTO reference DEFAULT VALUES").lastrowid or 0
            )

    def entries(
        self, outlet_code: str, scheme: str, days: tuple[date, date]
    ) -> tuple[Entry, ...]:
        """Give the lines of an outlet's days under a scheme: charges, and refunds."""
        return self._lines(outlet_code, scheme, *days)

    def booked(self) -> list[Bill]:
        """List every bill, the newest last."""
        with self._act() as books:
            numbers = books.execute(
                "SELECT msgid FROM charge WHERE outlet_code <> '' ORDER BY rowid"
            ).fetchall()
            found = [self._bill(books, msgid) for (msgid,) in numbers]
        return [bill for bill in found if bill is not None]

    @contextmanager
    def _act(self) -> Iterator[sqlite3.Connection]:
        """Open one transaction that nobody else writes into."""
        with self._lock, self._books() as books:
            books.execute("BEGIN IMMEDIATE")
            yield books

    def _member(self, books: sqlite3.Connection, number: str) -> Member:
        row = books.execute(
            "SELECT person_no, name, scheme, area, active, balance_fen,"
            " cap_fen, used_fen FROM person WHERE person_no = ? OR id_number = ?",
            (number, self._who.index(number)),
        ).fetchone()
        if row is None:
            raise Refused("未查询到参保人员")
        person_no, kept, *rest = row
        found = Member(person_no, *self._who.opened(person_no, kept), *rest)
        return replace(found, active=bool(found.active))

    def _worked_out(self, member: Member, asked: Asked) -> Bill:
        """Work a bill out; what is asked for is cut to the room that is left."""
        if not member.active:
            raise Refused("参保状态异常")
        if member.scheme != asked.scheme:
            raise Refused("险种不符")
        room_fen = asked.total_fen
        if member.cap_fen is not None:
            room_fen = max(0, member.cap_fen - member.used_fen)
        if asked.shares_fen is None:
            fund_fen = share_fen(asked.total_fen, self._shares[asked.scheme])
            account_fen, aid_fen = asked.total_fen if asked.use_account else 0, 0
        else:
            fund_fen, account_fen, aid_fen = asked.shares_fen
        fund_fen = min(fund_fen, room_fen)
        account_fen = min(account_fen, member.balance_fen, asked.total_fen - fund_fen)
        if fund_fen + account_fen + aid_fen > asked.total_fen:
            raise Refused("各项支付之和大于总费用")
        return Bill(
            msgid=asked.msgid,
            person_no=asked.person_no,
            scheme=asked.scheme,
            outlet_code=asked.outlet_code,
            on=day_of(asked.at),
            state="booked",
            total_fen=asked.total_fen,
            fund_fen=fund_fen,
            account_fen=account_fen,
            mutual_aid_fen=aid_fen,
            lines_fen=asked.lines_fen,
        )

    def _book(self, books: sqlite3.Connection, bill: Bill, asked: Asked) -> None:
        books.execute(
            "INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?, 'booked', ?, ?, NULL)",
            (
                *(bill.msgid, bill.person_no, bill.outlet_code, bill.total_fen),
                *(bill.fund_fen, bill.account_fen + bill.mutual_aid_fen),
                *(bill.scheme, bill.on.isoformat()),
            ),
        )
        books.execute(
            # What was forgotten on purpose may be booked again.
            "INSERT OR REPLACE INTO bill VALUES (?, ?, ?, ?, ?)",
            (
                *(bill.msgid, bill.mutual_aid_fen, json.dumps(bill.lines_fen)),
                *(_fingerprint(asked), asked.at.isoformat()),
            ),
        )
        self._use(books, bill, 1)

    def _use(self, books: sqlite3.Connection, bill: Bill, times: int) -> None:
        books.execute(
            # A book that was spoilt on purpose may give back what was never used.
            "UPDATE person SET used_fen = max(0, used_fen + ?),"
            " balance_fen = balance_fen - ? WHERE person_no = ?",
            (times * bill.fund_fen, times * bill.account_fen, bill.person_no),
        )

    def _again(self, books: sqlite3.Connection, first: Bill, asked: Asked) -> Bill:
        """Answer a number that is known: the first bill, where the same is asked."""
        if first.state != "booked":
            raise Refused("报文已冲正")
        row = books.execute(
            "SELECT asked FROM bill WHERE msgid = ?", (asked.msgid,)
        ).fetchone()
        if row is None or row[0] != _fingerprint(asked):
            raise Refused("报文ID重复使用，内容不同")
        return first

    def _is_barred(self, books: sqlite3.Connection, msgid: str) -> bool:
        row = books.execute("SELECT 1 FROM charge WHERE msgid = ?", (msgid,)).fetchone()
        return row is not None

    def _bill(self, books: sqlite3.Connection, msgid: str) -> Bill | None:
        row = books.execute(
            "SELECT msgid, person_no, scheme, outlet_code, on_day, state, total_fen,"
            " fund_fen, account_fen - coalesce(mutual_aid_fen, 0),"
            " coalesce(mutual_aid_fen, 0), coalesce(lines, '[]')"
            " FROM charge LEFT JOIN bill USING (msgid)"
            " WHERE msgid = ? AND outlet_code <> ''",  # else it is only barred
            (msgid,),
        ).fetchone()
        if row is None:
            return None
        lines = tuple((number, fen) for number, fen in json.loads(row[10]))
        told = (*row[:4], date.fromisoformat(row[4]), *row[5:10], lines)
        return Bill(*told)


def _fingerprint(asked: Asked) -> str:
    """Tell what was asked, to know a repeated message from another one."""
    told = (asked.person_no, asked.scheme, asked.total_fen, asked.shares_fen)
    return json.dumps(told)
