"""Send one message of the interface and give a reply that can be relied on.

Numbers a message where it has no number yet, signs the institution in (9001), and tells apart
three things: the platform says yes, it says no, or nobody knows.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any, Protocol

from dispensing.days import day_of
from dispensing.gateway import Unanswered
from dispensing.gateway.national import envelope
from dispensing.gateway.national.envelope import Message, Reply, Unreadable
from dispensing.gateway.national.region import Region
from dispensing.gateway.national.seals import Seal

SIGN_IN, SIGN_OUT = "9001", "9002"
# A charge that waits for longer than this is not sent any more: its settlement is pending
# for 30 s, and must not be booked after somebody else has found out that it is not.
SIGNS_IN_S_MAX = 5


class NotSignedIn(Unanswered):
    """The platform does not let the institution in: what was to be sent was not sent."""


class Duplicate(Unreadable):
    """The platform says that it has had this already (重复); it was not done now."""


class Numbers(Protocol):
    """Draws the number of a message that has none of its own."""

    def draw(self, institution: str, now: datetime) -> str:
        """Draw a number that was never drawn before; raises Unanswered."""
        ...


class Carrier(Protocol):
    """Carries one message to the platform and its answer back; raises Unanswered."""

    def send(self, body: bytes) -> bytes:
        """Send one message once and give what is answered."""
        ...


class Speaker:
    """Speaks for all institutions of this installation with one platform."""

    def __init__(
        self,
        carrier: Carrier,
        numbers: Numbers,
        region: Region,
        *,
        seal: Seal,
        now: Callable[[], datetime],
    ) -> None:
        self.region = region
        self._carrier = carrier
        self._numbers = numbers
        self._seal = seal
        self._now = now
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._signed_in: dict[str, tuple[str, object]] = {}

    def now(self) -> datetime:
        """Tell the instant that messages carry."""
        return self._now()

    def number(self, institution: str) -> str:
        """Draw the number of a message that is no settlement; raises Unanswered."""
        return self._numbers.draw(institution, self._now())

    def ask(
        self,
        infno: str,
        institution: str,
        input: Mapping[str, Any],
        *,
        msgid: str = "",
        insured_area: str = "",
        by: str = "",
    ) -> Reply:
        """Send one message, once; raises Unanswered where no answer can be relied on.

        A "no" that leaves open whether the message was done (a time-out inside the
        platform) is no answer. Where it has had this already, the caller may ask (Duplicate).
        """
        now = self._now()
        message = Message(
            infno=infno,
            msgid=msgid or self.number(institution),
            input=input,
            at=now,
            insured_area=insured_area,
            by=by,
            sign_no=self._sign_no(infno, institution),
        )
        sent = envelope.write(message, self.region, self._seal)
        reply = envelope.read(self._carrier.send(sent), self.region, self._seal)
        if not reply.ok and self.region.says("not_signed_in", reply.words):
            # What was asked was not done; the next message signs in anew.
            self._signed_in.pop(institution, None)
        elif not reply.ok and self.region.says("uncertain", reply.words):
            raise Unreadable(reply.words)
        elif not reply.ok and self.region.says("duplicate", reply.words):
            raise Duplicate(reply.words)
        return reply

    def sign_out(self, institution: str) -> None:
        """Sign an institution out (9002)."""
        sign_no, _ = self._signed_in.pop(institution, ("", None))
        if sign_no:
            self.ask(SIGN_OUT, institution, {"signOut": {"sign_no": sign_no}})

    def _sign_no(self, infno: str, institution: str) -> str:
        """Give the number of today's sign-in, signing in once where there is none."""
        if not self.region.sign_in or infno in {SIGN_IN, SIGN_OUT}:
            return ""
        today = day_of(self._now())
        sign_no, day = self._signed_in.get(institution, ("", None))
        if day == today:
            return sign_no
        begun = monotonic()
        with self._turn(institution):
            sign_no, day = self._signed_in.get(institution, ("", None))
            if day != today:
                sign_no = self._sign_in(institution)
                self._signed_in[institution] = sign_no, today
        if monotonic() - begun > SIGNS_IN_S_MAX:
            raise NotSignedIn("签到耗时过长")
        return sign_no

    @contextmanager
    def _turn(self, institution: str) -> Iterator[None]:
        """Let one caller at a time sign an institution in; the others wait a moment."""
        with self._lock:
            turn = self._turns.setdefault(institution, threading.Lock())
        if not turn.acquire(timeout=SIGNS_IN_S_MAX):
            raise NotSignedIn("签到没有应答")
        try:
            yield
        finally:
            turn.release()

    def _sign_in(self, institution: str) -> str:
        given = {"signIn": {"opter_no": "yaoda", "mac": "", "ip": ""}}
        try:
            reply = self.ask(SIGN_IN, institution, given)
            if not reply.ok:
                raise NotSignedIn(reply.words)
            return str(node(reply.output, "signinoutb").get("sign_no") or "")
        except NotSignedIn:
            raise
        except Unanswered as error:
            raise NotSignedIn(f"签到没有应答：{error}") from error


def node(output: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Give one node of an output; raises Unreadable where it is not there."""
    found = output.get(name)
    if not isinstance(found, Mapping):
        raise Unreadable(f"{name} is missing")
    return found


def nodes(output: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    """Give the rows under a name; one that is missing has none."""
    found = output.get(name) or ()
    if not isinstance(found, list | tuple) or not all(
        isinstance(each, Mapping) for each in found
    ):
        raise Unreadable(f"{name} is no list")
    return tuple(found)
