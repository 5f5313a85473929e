"""The brake on guesses: too many failures under one key, and it must wait, longer each time.

The counts lie in the database, so that they hold for all workers and machines together. A
try is counted before it is made, in one statement: guesses sent at once do not slip through
together. A try that is turned away is not counted, so that a wait ends when it said.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from flask import Response, after_this_request, current_app
from sqlalchemy import Connection, TextClause, delete, text, update
from sqlmodel import Session, col
from werkzeug.exceptions import TooManyRequests

from web import db, events, parts
from web.tables import AttemptRow

WINDOW_S = 600  # after which failures are forgotten
WAIT_S_FIRST = 60
WAIT_S_MAX = 600
KEPT_S = 24 * 3600
_DOUBLINGS = 4  # until the longest wait
# The last try that is let in begins the wait; each one after it doubles the next.
_TRY = f"""
INSERT INTO attempt (key, tries, first_s, until_s)
VALUES (:key, 1, :now_s, CASE WHEN :most <= 1 THEN :now_s + {WAIT_S_FIRST} ELSE 0 END)
ON CONFLICT (key) DO UPDATE SET
  tries = CASE WHEN {{old}} THEN 1 ELSE attempt.tries + 1 END,
  first_s = CASE WHEN {{old}} THEN :now_s ELSE attempt.first_s END,
  until_s = CASE
    WHEN {{old}} THEN CASE WHEN :most <= 1 THEN :now_s + {WAIT_S_FIRST} ELSE 0 END
    WHEN attempt.tries + 1 < :most THEN 0
    WHEN attempt.tries + 1 - :most >= {_DOUBLINGS} THEN :now_s + {WAIT_S_MAX}
    ELSE :now_s + ({WAIT_S_FIRST} << (attempt.tries + 1 - :most)) END
WHERE attempt.until_s <= :now_s
RETURNING tries
""".format(
    old=f"(attempt.first_s <= :now_s - {WINDOW_S}"
    f" AND attempt.until_s <= :now_s - {WINDOW_S})"
)


@dataclass(slots=True)
class Brake:
    """Counts the failures of one kind of guess, for instance by name or by address."""

    failures_max: int
    kind: str = "sign-in"

    def admits(self, name: str) -> bool:
        """Tell whether this name may try now, and count the try as a failure until it passes."""
        return admit((self, name))

    def passed(self, name: str) -> None:
        """Forget the failures of a name that has given the right answer."""
        with db.open_session(current_app.extensions["engine"]) as work:
            forget(work, (self, name))
            work.commit()

    def wait_s(self, name: str) -> int:
        """Tell how many seconds a name that was turned away has to wait."""
        engine = current_app.extensions["engine"]
        with db.open_session(engine, read_only=True) as reading:
            found = reading.get(AttemptRow, self.key(name))
            return max(1, found.until_s - _now_s()) if found else 1

    def key(self, name: str) -> str:
        """Give the key of a name's count: whose it is cannot be read from it."""
        asked = f"{self.kind}\0{name}".encode("utf-8", "surrogatepass")
        return hmac.digest(parts.keys().session, asked, sha256).hex()


def admit(*tries: tuple[Brake, str]) -> bool:
    """Count a try under several keys at once; where one turns it away, none has counted it."""
    now_s = _now_s()
    # In one order of keys, so that two who try at once never wait for one another.
    counted = sorted((brake.key(name), brake.failures_max) for brake, name in tries)
    with db.open_session(current_app.extensions["engine"]) as work:
        connection = work.connection()
        admitted = all(_counts(connection, key, most, now_s) for key, most in counted)
        if admitted:
            work.commit()
    if not admitted:
        events.tell("braked", brakes=[brake.kind for brake, _ in tries])
    return admitted


def hold(*tries: tuple[Brake, str]) -> None:
    """Count a try as `admit` does; raises TooManyRequests, which says when to come again."""
    if not admit(*tries):
        raise TooManyRequests(retry_after=wait_s(*tries))


def turned_away(*tries: tuple[Brake, str]) -> None:
    """Answer this request's page with 429 and when to come again, whatever the page shows."""
    later_s = wait_s(*tries)

    @after_this_request
    def tell(answer: Response) -> Response:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(later_s)
        return answer


def wait_s(*tries: tuple[Brake, str]) -> int:
    """Tell how many seconds a try has to wait until none of its keys turns it away."""
    return max(brake.wait_s(name) for brake, name in tries)


@contextmanager
def guess(*tries: tuple[Brake, str], wrong: type[Exception]) -> Iterator[None]:
    """Hold what is tried in the block; it stays counted where the block ends by `wrong`.

    Whatever else it ends by takes this try back and leaves the earlier ones: who gives a
    right answer between guesses gains none.
    """
    db.close_sessions()  # before others write
    hold(*tries)
    try:
        yield
    except wrong:
        raise
    except Exception:
        right(*tries)
        raise
    right(*tries)


def right(*tries: tuple[Brake, str]) -> None:
    """Take a try back that was no wrong guess; the earlier ones stay counted."""
    db.close_sessions()  # before others write
    with db.open_session(current_app.extensions["engine"]) as work:
        # In the order in which `admit` counts them.
        for brake, name in sorted(tries, key=lambda one: one[0].key(one[1])):
            take_back(work, brake, name)
        work.commit()


def forget(work: Session, *passed: tuple[Brake, str]) -> None:
    """Forget the failures of names, and of all that were long ago; the caller commits."""
    keys = [brake.key(name) for brake, name in passed]
    now_s = _now_s()
    over = (col(AttemptRow.first_s) < now_s - KEPT_S) & (
        col(AttemptRow.until_s) < now_s - KEPT_S
    )
    work.connection().execute(
        delete(AttemptRow).where(col(AttemptRow.key).in_(keys) | over)
    )


def take_back(work: Session, brake: Brake, name: str) -> None:
    """Take one counted try back, where the others under the key stay; the caller commits."""
    held = AttemptRow
    work.connection().execute(
        update(held)
        .where(col(held.key) == brake.key(name), col(held.tries) > 0)
        .values(tries=col(held.tries) - 1, until_s=0)
    )


def _counts(connection: Connection, key: str, most: int, now_s: int) -> bool:
    values = {"key": key, "most": most, "now_s": now_s}
    return connection.execute(_try(), values).scalar() is not None


@cache
def _try() -> TextClause:
    return text(_TRY)


def _now_s() -> int:
    return int(current_app.extensions["clock"].now().timestamp())
