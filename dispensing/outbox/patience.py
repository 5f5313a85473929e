"""How long a notice is tried for: pauses that grow, what is given up, who is switched off."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

# A sender that has a notice in its hands keeps others off it for so long; an attempt
# takes a third of it at most.
LEASE = timedelta(seconds=60)
_FIRST_S = 5
_LONGEST_S = 3600
_PAUSE_S_MAX = 300
_ASKED_S_MAX = 24 * 3600
_PERCENT = 100
_JITTER_PERCENT = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """When a notice is laid aside, and when a subscriber is taken for deaf.

    Both want a number of tries as well as days: a clock that jumps makes nobody deaf.
    """

    notice: timedelta = timedelta(days=3)
    notice_tries: int = 8
    subscriber: timedelta = timedelta(days=5)
    subscriber_tries: int = 20


USUAL = Patience()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt; `status` is None where no answer came in time.

    `wait_s` is what the subscriber asked for (Retry-After), in seconds.
    """

    status: int | None
    error: str = ""
    wait_s: int | None = None

    @property
    def is_taken(self) -> bool:
        """Tell whether the subscriber has the notice."""
        return self.status is not None and self.status in range(200, 300)

    @property
    def is_farewell(self) -> bool:
        """Tell whether the subscriber wants no more notices (410 Gone)."""
        return self.status == 410

    @property
    def is_of_the_place(self) -> bool:
        """Tell whether not this notice but the whole place is at fault, or overloaded."""
        return self.status is None or self.status in {429, 502, 503, 504}


def wait_s(tries: int, key: str) -> int:
    """Give the seconds to wait after so many failed tries: doubling, with jitter by the key.

    >>> [wait_s(tries, "a") for tries in (1, 2, 3)] == [wait_s(n, "a") for n in (1, 2, 3)]
    True
    >>> 2880 <= wait_s(30, "a") <= 4320
    True
    """
    usual_s = min(_LONGEST_S, _FIRST_S << min(tries - 1, 20))
    return _jittered(usual_s, tries, key)


def pause_s(failures: int, key: str) -> int:
    """Give the seconds for which a place is left alone after so many failures in a row."""
    usual_s = min(_PAUSE_S_MAX, _FIRST_S << min(failures - 1, 20))
    return _jittered(usual_s, failures, key)


def due_again(answer: Answer, tries: int, key: str, now: datetime) -> datetime:
    """Tell when a notice is tried again: when the subscriber asked for it, or by its tries."""
    if answer.wait_s is not None:
        return now + timedelta(seconds=min(max(answer.wait_s, 1), _ASKED_S_MAX))
    return now + timedelta(seconds=wait_s(tries, key))


def is_hopeless(patience: Patience, tries: int, first: datetime, now: datetime) -> bool:
    """Tell whether a notice is laid aside, for a person to look at."""
    return tries >= patience.notice_tries and now - first >= patience.notice


def is_deaf(patience: Patience, failures: int, since: datetime, now: datetime) -> bool:
    """Tell whether a subscriber that never answers well is switched off."""
    return failures >= patience.subscriber_tries and now - since >= patience.subscriber


def _jittered(usual_s: int, turn: int, key: str) -> int:
    spread_s = max(1, usual_s * _JITTER_PERCENT // _PERCENT)
    return max(1, usual_s + Random(f"{key} {turn}").randint(-spread_s, spread_s))
