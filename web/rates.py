"""How much one caller may ask of the platform in a minute: read, write, and what is dear.

Each process counts by itself and tells the database in steps, so that a limit holds for all
workers together and a usual request costs no statement: at most a step for each worker may
come on top. Where the database does not answer, each process goes on by its own count.
Minutes are the machine's own: what is spared is the machine.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from threading import Lock
from time import time
from typing import Final

import structlog
from flask import Flask, current_app, request
from sqlalchemy import delete, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col
from werkzeug.exceptions import TooManyRequests

from web import db, matrix, parts
from web.settings import Settings
from web.tables import AttemptRow

log = structlog.get_logger("yaoda.web")
WINDOW_S: Final = 60
STEPS = 20  # into which a limit is cut; what is dear is told one by one
# Twentieths of what an account may ask: a page is read more often than something is done,
# and what is dear (web/matrix/actions.toml) keeps a processor for seconds.
SHARES = {"read": 20, "write": 10, "dear": 1}
# Times what one account may ask: an institution's system works for all of its people, and
# many people share one address.
ACCOUNTS, PROGRAMS, ADDRESSES = 1, 5, 20
KEPT_S = 10 * WINDOW_S
READING = frozenset({"GET", "HEAD", "OPTIONS"})
FREE = frozenset({"static", "healthz", "readyz", "metrics"})
_COUNT = text(
    "INSERT INTO attempt (key, tries, first_s, until_s) VALUES (:key, :more, :now_s, 0)"
    " ON CONFLICT (key) DO UPDATE SET tries = attempt.tries + :more RETURNING tries"
)


@dataclass(slots=True)
class Counted:
    """What one caller asked in this minute: as the database knew it, and what it was not told."""

    known: int = 0
    untold: int = 0


@dataclass(slots=True)
class Rates:
    """The counts of one process; `most` is what an account may read in a minute, 0: no limit."""

    most: int
    minute: int = 0
    counts: dict[tuple[str, str], Counted] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def spend(self, kind: str, who: str, times: int, now_s: int) -> bool:
        """Count one request; False where it is one too many, which is then not counted."""
        most = self.most * times * SHARES[kind] // SHARES["read"]
        if not self.most:
            return True
        step = 1 if kind == "dear" else max(1, most // STEPS)
        with self.lock:
            counted = self._of(kind, who, now_s // WINDOW_S)
            if counted.known + counted.untold >= most:
                return False
            counted.untold += 1
            telling = counted.untold if counted.untold >= step else 0
            counted.known += telling
            counted.untold -= telling
        if telling:
            counted.known = max(counted.known, self._tell(kind, who, telling, now_s))
        return counted.known <= most

    def _of(self, kind: str, who: str, minute: int) -> Counted:
        if minute != self.minute:
            self.minute, self.counts = minute, {}
        return self.counts.setdefault((kind, who), Counted())

    def _tell(self, kind: str, who: str, telling: int, now_s: int) -> int:
        """Add to the count of all workers, and give it; 0 where it cannot be had now."""
        values = {"key": _key(kind, who, now_s), "more": telling, "now_s": now_s}
        try:
            with db.open_session(current_app.extensions["engine"]) as work:
                total: int = work.connection().execute(_COUNT, values).scalar_one()
                if total == telling:  # the first of its minute sweeps
                    _forget(work, now_s)
                work.commit()
        except SQLAlchemyError as error:
            log.warning("rates_alone", kind=type(error).__name__)
            return 0
        return total


def init_app(app: Flask, settings: Settings) -> None:
    """Count what an address asks, before anything is done for it."""
    app.extensions["rates"] = Rates(settings.requests_minute_max)
    app.before_request(_count_address)


def count(who: str, action: str, *, is_program: bool) -> None:
    """Count one act of an account or a program; raises TooManyRequests where it is one too many."""
    if matrix.ACTIONS[action].dear:
        kind = "dear"
    else:
        kind = "read" if request.method in READING else "write"
    _spend(kind, who, PROGRAMS if is_program else ACCOUNTS)


def network_of(address: str) -> str:
    """Give what one household or institution has of addresses: IPv6 gives each a whole /64.

    >>> network_of("2001:db8::1:2:3:4") == network_of("2001:db8::9")
    True
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or int(found) >> 64)
    return address


def _count_address() -> None:
    if request.endpoint not in FREE:
        _spend("read", f"from {network_of(request.remote_addr or '')}", ADDRESSES)


def _spend(kind: str, who: str, times: int) -> None:
    rates: Rates = current_app.extensions["rates"]
    now_s = int(time())
    if not rates.spend(kind, who, times, now_s):
        log.warning("too_many_requests", kind=kind)
        raise TooManyRequests(retry_after=WINDOW_S - now_s % WINDOW_S)


def _key(kind: str, who: str, now_s: int) -> str:
    asked = f"rate\0{kind}\0{who}\0{now_s // WINDOW_S}".encode("utf-8", "surrogatepass")
    return hmac.digest(parts.keys().session, asked, sha256).hex()


def _forget(work: Session, now_s: int) -> None:
    """Forget the minutes that are over: of what the brakes count, these are long forgotten too."""
    held = AttemptRow
    over = (col(held.first_s) < now_s - KEPT_S) & (col(held.until_s) < now_s - KEPT_S)
    work.connection().execute(delete(held).where(over))
