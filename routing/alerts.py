"""What a dispatcher is told of a ride: each once while it holds, and that it is over.

Pure and without memory of its own: what was told stands in the records, `now` is an
argument. The limits are settings; three defaults are those of FleetOps' operational alerts
(late departure after 15 minutes, off the route by 500 m, a stop of 30 minutes), the others
are our own and say so in docs/live.md.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from routing.track import Track

MARGIN_S = 300  # so much better than its limit a forecast must be before it is over


class Kind(StrEnum):
    """What is wrong."""

    LATE_START = "late_start"
    LATE = "late"
    STANDING = "standing"
    OFF_ROUTE = "off_route"
    SILENT = "silent"
    TOO_WARM = "too_warm"
    COLD_LIMIT = "cold_limit"


KIND_WORDS = {
    Kind.LATE_START: ("没有按时出发", "has not left in time"),
    Kind.LATE: ("赶不上约定时段", "will miss the window"),
    Kind.STANDING: ("长时间没有移动", "has not moved for long"),
    Kind.OFF_ROUTE: ("偏离路线", "is off the route"),
    Kind.SILENT: ("手机没有消息", "the phone is silent"),
    Kind.TOO_WARM: ("冷藏药温度超标", "a cold parcel is too warm"),
    Kind.COLD_LIMIT: ("冷藏药快到离冷时限", "a cold parcel is near its limit"),
}


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """One thing that is wrong with a courier's ride, or with one parcel of it."""

    kind: Kind
    order: str = ""

    @property
    def order_id(self) -> UUID | None:
        """Name the parcel that it is about, if it is about one."""
        return UUID(self.order) if self.order else None


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is told; seconds and metres."""

    late_start_s: int = 15 * 60
    late_s: int = 0
    standing_s: int = 30 * 60
    off_route_m: int = 500
    off_route_s: int = 5 * 60
    silent_s: int = 20 * 60
    cold_near_s: int = 15 * 60


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel that is still to be handed over.

    `eta` is when the courier is expected at its door, `cold_until` the end of its time out
    of the fridge.
    """

    order: str
    closes: datetime
    eta: datetime | None = None
    cold_until: datetime | None = None
    too_warm: bool = False


@dataclass(frozen=True, slots=True)
class Ride:
    """A route as it stands: when it was to leave, what was heard last, what is ahead.

    `waits_until` is the opening of the window at whose door the courier already stands.
    """

    out: bool
    leaves_at: datetime
    heard_at: datetime | None = None
    track: Track | None = None
    waits_until: datetime | None = None
    parcels: tuple[Parcel, ...] = ()


def alarms(
    ride: Ride, now: datetime, limits: Limits, told: Set[Alarm]
) -> frozenset[Alarm]:
    """Tell what is wrong with a ride now; `told` is what was told and is not over yet."""
    found = {Alarm(kind) for kind in _of_ride(ride, now, limits)}
    for parcel in ride.parcels:
        found |= set(_of_parcel(parcel, now, limits, told))
    return frozenset(found)


def turned(
    told: Set[Alarm], holding: Set[Alarm]
) -> tuple[tuple[Alarm, ...], tuple[Alarm, ...]]:
    """Tell what is new and what is over, each in one order for all."""
    return tuple(sorted(holding - told)), tuple(sorted(told - holding))


def _of_ride(ride: Ride, now: datetime, limits: Limits) -> Iterator[Kind]:
    if not ride.out:
        if _over(ride.leaves_at, now, limits.late_start_s):
            yield Kind.LATE_START
        return
    silent = ride.heard_at is None or _over(ride.heard_at, now, limits.silent_s)
    if silent:
        yield Kind.SILENT  # where the courier is now nobody knows
    elif ride.track is not None:
        yield from _of_track(ride.track, ride.waits_until, now, limits)


def _of_track(
    track: Track, waits_until: datetime | None, now: datetime, limits: Limits
) -> Iterator[Kind]:
    waits = waits_until is not None and now < waits_until
    if not waits and _over(track.still_since, now, limits.standing_s):
        yield Kind.STANDING
    if track.off_since and _over(track.off_since, track.fix.at, limits.off_route_s):
        yield Kind.OFF_ROUTE


def _of_parcel(
    parcel: Parcel, now: datetime, limits: Limits, told: Set[Alarm]
) -> Iterable[Alarm]:
    late = Alarm(Kind.LATE, parcel.order)
    comes = max(now, parcel.eta or now)
    by = parcel.closes + timedelta(seconds=limits.late_s)
    if comes > _eased(by, late, told, now):
        yield late
    if parcel.too_warm:
        yield Alarm(Kind.TOO_WARM, parcel.order)
    near = Alarm(Kind.COLD_LIMIT, parcel.order)
    if parcel.cold_until is not None and (
        _over(parcel.cold_until, now, -limits.cold_near_s)
        or comes > _eased(parcel.cold_until, near, told, now)
    ):
        yield near


def _eased(by: datetime, alarm: Alarm, told: Set[Alarm], now: datetime) -> datetime:
    """Ask for a little more of a forecast that was told, so that it does not flicker."""
    return by - timedelta(seconds=MARGIN_S) if alarm in told and now < by else by


def _over(since: datetime, now: datetime, seconds: int) -> bool:
    return now >= since + timedelta(seconds=seconds)
