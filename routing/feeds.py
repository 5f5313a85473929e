"""Positions as trackers say them: the OsmAnd protocol of Traccar, and Traccar's own forwarding.

Both are public formats (traccar.org/osmand, traccar.org/forward). In the parameters of
OsmAnd and in what Traccar forwards a speed is in knots; in the JSON of Traccar Client it is in
metres a second. Points are WGS-84. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from pharmacies.places import Point
from routing.track import Fix

MPS_PER_KNOT = 1852 / 3600
POINTS_MAX = 1000
_MILLISECONDS_FROM = 2**31  # a number from there on cannot be seconds
_NOWHERE = Point(0, 0)  # put aside where it is looked at
_USELESS_M = 1e9


class NotAFeed(ValueError):
    """What was sent is not in the format of the feed: what was expected."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a device said: its own name, and its fixes."""

    device: str
    fixes: tuple[Fix, ...]


def read_osmand(sent: Mapping[str, str], now: datetime) -> Heard:
    """Read the parameters of the OsmAnd protocol; a fix without an instant is of now."""
    device = _device(sent.get("id") or sent.get("deviceid"))
    lat, lon = sent.get("lat"), sent.get("lon")
    if lat is None and "," in sent.get("location", ""):
        lat, _, lon = sent["location"].partition(",")
    if lat is None or lon is None:
        return Heard(device, ())
    knots = _number(sent.get("speed"))
    fix = _fix(
        _at(sent.get("timestamp"), now),
        _point(_number(lat), _number(lon)),
        accuracy_m=_number(sent.get("accuracy")),
        speed_mps=None if knots is None else knots * MPS_PER_KNOT,
        valid=sent.get("valid", "true").lower() in ("true", "1"),
    )
    return Heard(device, (fix,))


def read_client(sent: Mapping[str, Any], now: datetime) -> Heard:
    """Read the JSON of Traccar Client: one location, or several that waited."""
    located = sent.get("location")
    listed = located if isinstance(located, list) else [located]
    if len(listed) > POINTS_MAX:
        raise NotAFeed(f"location: expected at most {POINTS_MAX} objects")
    return Heard(_device(sent.get("device_id")), tuple(_of_client(listed, now)))


def read_forwarded(sent: Mapping[str, Any], now: datetime) -> Heard:
    """Read a position that a Traccar server forwards, with its device."""
    device, position = sent.get("device"), sent.get("position")
    if not isinstance(device, dict) or not isinstance(position, dict):
        raise NotAFeed("expected the objects device and position")
    knots = _number(position.get("speed"))
    fix = _fix(
        _at(position.get("fixTime") or position.get("deviceTime"), now),
        _point(_number(position.get("latitude")), _number(position.get("longitude"))),
        # Traccar says 0 where a device says nothing.
        accuracy_m=_number(position.get("accuracy")) or None,
        speed_mps=None if knots is None else knots * MPS_PER_KNOT,
        valid=position.get("valid") is not False,
    )
    return Heard(_device(device.get("uniqueId")), (fix,))


def _of_client(listed: Sequence[Any], now: datetime) -> Iterator[Fix]:
    for each in listed:
        coords = each.get("coords") if isinstance(each, dict) else None
        if not isinstance(coords, dict):
            raise NotAFeed("coords: expected an object")
        yield _fix(
            _at(each.get("timestamp"), now),
            _point(_number(coords.get("latitude")), _number(coords.get("longitude"))),
            accuracy_m=_number(coords.get("accuracy")),
            speed_mps=_number(coords.get("speed")),
        )


def _fix(
    at: datetime,
    point: Point,
    *,
    accuracy_m: float | None,
    speed_mps: float | None,
    valid: bool = True,
) -> Fix:
    # What is below 0 stands for "not known" (-1 on phones).
    exact = accuracy_m if accuracy_m is not None and accuracy_m >= 0 else None
    fast = speed_mps if speed_mps is not None and speed_mps >= 0 else None
    return Fix(at, point, exact if valid else _USELESS_M, fast)


def _point(lat: float | None, lon: float | None) -> Point:
    if lat is None or lon is None:
        return _NOWHERE
    try:
        return Point(lon, lat)
    except ValueError:
        return _NOWHERE


def _number(said: Any) -> float | None:
    if said is None or isinstance(said, bool) or said == "":
        return None
    try:
        number = float(said)
    except (TypeError, ValueError, OverflowError):
        raise NotAFeed("expected a number") from None
    return number if isfinite(number) else None


def _at(said: Any, now: datetime) -> datetime:
    """Read seconds, milliseconds or a text of ISO 8601; without an offset it is UTC."""
    if said is None or said == "":
        return now
    try:
        number = float(said)
    except (TypeError, ValueError):
        return _written(str(said))
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise NotAFeed("timestamp: expected seconds or milliseconds") from None


def _written(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise NotAFeed("timestamp: expected a number or ISO 8601") from None
    return at if at.utcoffset() is not None else at.replace(tzinfo=UTC)


def _device(said: Any) -> str:
    name = str(said if said is not None else "").strip()
    if not 1 <= len(name) <= 64 or not name.isprintable():
        raise NotAFeed("id: expected the name of the device, at most 64 characters")
    return name
