"""When a courier comes: from the committed plan, what is done, and where the courier is now.

No solver is asked. The first way is that from the last known place; the rest are the plan's
own ways and services. What is told is a span of minutes, as wide as what may come between.
Pure; instants are aware.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

STEP_S = 300  # spans begin and end at whole five minutes
SPREAD_S = 300  # what parking, stairs and lights take anyhow
SPREAD_PERCENT = 15  # of the time until then
SPREAD_S_MAX = 1800


@dataclass(frozen=True, slots=True)
class Ahead:
    """A stop that is still to be made.

    `way_s` is the way from the stop before, `service_s` how long it takes there; it does not
    begin before `opens`.
    """

    no: int
    way_s: int
    service_s: int
    opens: datetime | None = None

    def __post_init__(self) -> None:
        if self.way_s < 0 or self.service_s < 0:
            raise ValueError(f"stop {self.no}: expected no seconds below 0")


@dataclass(frozen=True, slots=True)
class Eta:
    """When a stop is reached and can begin: reckoned, and the span that is told."""

    at: datetime
    early: datetime
    late: datetime


def etas(
    ahead: Iterable[Ahead], *, since: datetime, now: datetime
) -> tuple[tuple[int, Eta], ...]:
    """Reckon when each stop ahead begins, by its number.

    `since` is the instant from which the first way counts: of the last fix, of the last stop
    done, or of leaving. What should be there by now is expected at once; the longer nothing
    was heard, the wider the span.
    """
    heard_s = max(0, int((now - since).total_seconds()))
    found: list[tuple[int, Eta]] = []
    leaves = since
    for stop in ahead:
        arrives = max(now, leaves + timedelta(seconds=stop.way_s))
        begins = arrives if stop.opens is None else max(arrives, stop.opens)
        found.append((stop.no, span(begins, now, heard_s, stop.opens)))
        leaves = begins + timedelta(seconds=stop.service_s)
    return tuple(found)


def span(at: datetime, now: datetime, heard_s: int, opens: datetime | None) -> Eta:
    """Put a span of whole five minutes around an instant, not before now nor the window."""
    to_go_s = max(0, int((at - now).total_seconds()))
    spread_s = SPREAD_S + to_go_s * SPREAD_PERCENT // 100 + heard_s // 2
    spread = timedelta(seconds=min(spread_s, SPREAD_S_MAX))
    early = max(at - spread, now)
    if opens is not None:
        early = max(early, opens)
    return Eta(at, _down(early), _up(at + spread))


def _down(at: datetime) -> datetime:
    return at - timedelta(
        seconds=int(at.timestamp()) % STEP_S, microseconds=at.microsecond
    )


def _up(at: datetime) -> datetime:
    below = _down(at)
    return below if below == at else below + timedelta(seconds=STEP_S)
