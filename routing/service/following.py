"""Take positions in: those of a courier whose route is out, once, and the last one by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from dispensing.days import day_of
from dispensing.sealed import point_of
from dispensing.vault import Vault
from pharmacies.places import Point
from routing.alerts import Limits
from routing.live_tables import AsideRow, LastPositionRow, PositionRow
from routing.tables import PlanRow, RouteRow, StopRow
from routing.track import Aside, Fix, Leg, Sieve, Track, followed, sifted

BACK = timedelta(days=1)  # for which a route may still hear of its fixes
_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Taken:
    """How many fixes count, and how many were put aside for what."""

    kept: int
    aside: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Out:
    """A route, from when to when it was out."""

    route_id: UUID
    since: datetime
    until: datetime | None

    def has(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at <= self.until)


def record_positions(
    session: Session,
    *,
    vault: Vault,
    courier_code: str,
    points: Sequence[Fix],
    now: datetime,
    sieve: Sieve | None = None,
    limits: Limits | None = None,
) -> Taken:
    """Write down where a courier was, in a unit of work of its own."""
    taken = positions_taken(
        session,
        vault=vault,
        courier_code=courier_code,
        points=points,
        now=now,
        sieve=sieve,
        limits=limits,
    )
    session.commit()
    return taken


def positions_taken(
    session: Session,
    *,
    vault: Vault,
    courier_code: str,
    points: Sequence[Fix],
    now: datetime,
    sieve: Sieve | None = None,
    limits: Limits | None = None,
) -> Taken:
    """Take positions of a route that is out, uncommitted; the same fix again changes nothing.

    What comes late or out of its order goes to the track and leaves the last position alone.
    Nothing is kept of a courier whose route is not out (个人信息保护法 第六条).
    """
    row = session.get(
        LastPositionRow, courier_code, with_for_update=True, populate_existing=True
    )
    track = track_of(row) if row is not None else None
    last = track.fix if track else None
    found = sifted(points, last, now=now, sieve=sieve or Sieve())
    outs = _outs(session, courier_code, now)
    told = [(fix, _route_at(outs, fix.at)) for fix in found.kept]
    kept = [(fix, route) for fix, route in told if route is not None]
    aside: dict[str, int] = {str(why): count for why, count in found.aside.items()}
    if len(kept) < len(told):
        aside[Aside.NOT_OUT] = len(told) - len(kept)
    _count(session, courier_code, now, aside)
    if kept:
        _append(session, courier_code, kept, now)
        off_route_m = (limits or Limits()).off_route_m
        legs = _legs(session, vault, kept[-1][1])
        last_seen = followed(track, [fix for fix, _ in kept], legs, off_route_m)
        assert last_seen is not None
        _follow(session, courier_code, last_seen, kept[-1][1], now=now)
    return Taken(len(kept), aside)


def track_of(row: LastPositionRow) -> Track:
    """Read where a courier was last."""
    fix = Fix(row.at, Point(row.lon, row.lat), row.accuracy_m, row.speed_mps)
    anchor = Point(row.anchor_lon, row.anchor_lat)
    return Track(fix, anchor, row.still_since, row.off_since)


def forget_positions(session: Session, *, keep_days: int, now: datetime) -> int:
    """Forget fixes of more than so many days ago; tells how many."""
    before = now - timedelta(days=keep_days)
    tracks = delete(PositionRow).where(col(PositionRow.at) < before)
    gone = session.exec(tracks).rowcount
    session.exec(delete(LastPositionRow).where(col(LastPositionRow.at) < before))
    session.exec(delete(AsideRow).where(col(AsideRow.day) < day_of(before)))
    session.commit()
    return gone


def _outs(session: Session, courier_code: str, now: datetime) -> list[_Out]:
    """Tell from when to when a courier's routes of the last day were out."""
    query = (
        select(
            RouteRow.id,
            RouteRow.state,
            func.min(StopRow.done_at),
            func.max(StopRow.done_at),
        )
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .join(StopRow, col(StopRow.route_id) == col(RouteRow.id))
        .where(
            col(RouteRow.courier_code) == courier_code,
            col(RouteRow.state).in_(("out", "done")),
            col(PlanRow.state) == "committed",
            col(PlanRow.day) >= day_of(now - BACK),
        )
        .group_by(col(RouteRow.id), col(RouteRow.state))
    )
    return [
        _Out(route_id, since, None if state == "out" else until)
        for route_id, state, since, until in session.exec(query)
        if since is not None
    ]


def _route_at(outs: Sequence[_Out], at: datetime) -> UUID | None:
    return next((it.route_id for it in outs if it.has(at)), None)


def _append(
    session: Session, courier_code: str, kept: Sequence[tuple[Fix, UUID]], now: datetime
) -> None:
    """Append fixes to the track, all in one statement; those that are there stay."""
    values = [
        {
            "courier_code": courier_code,
            "route_id": route_id,
            "heard_at": now,
            **_place(fix),
        }
        for fix, route_id in kept
    ]
    insert = _insert(session, PositionRow).values(values)
    session.execute(
        insert.on_conflict_do_nothing(index_elements=["courier_code", "at"])
    )


def _legs(session: Session, vault: Vault, route_id: UUID) -> tuple[Leg, ...]:
    """Give the ways that lie before a courier: from the last stop done on."""
    query = select(StopRow).where(col(StopRow.route_id) == route_id)
    stops = session.exec(query.order_by(col(StopRow.no))).all()
    done = [no for no, it in enumerate(stops) if it.done_at is not None]
    rest = [
        (point_of(vault, it), it.distance_m) for it in stops[max(done, default=0) :]
    ]
    return tuple(Leg(a, b, b_m) for (a, _), (b, b_m) in pairwise(rest))


def _follow(
    session: Session, courier_code: str, found: Track, route_id: UUID, *, now: datetime
) -> None:
    """Bring the last position along, and that something was heard at all."""
    values = {
        "courier_code": courier_code,
        "route_id": route_id,
        "heard_at": now,
        "anchor_lon": found.anchor.lon,
        "anchor_lat": found.anchor.lat,
        "still_since": found.still_since,
        "off_since": found.off_since,
        **_place(found.fix),
    }
    rest = {name: value for name, value in values.items() if name != "courier_code"}
    insert = _insert(session, LastPositionRow).values(values)
    session.execute(
        insert.on_conflict_do_update(index_elements=["courier_code"], set_=rest)
    )


def _count(
    session: Session, courier_code: str, now: datetime, aside: Mapping[str, int]
) -> None:
    """Count what was put aside, by day."""
    for why, fixes in aside.items():
        keys = {"courier_code": courier_code, "day": day_of(now), "why": why}
        insert = _insert(session, AsideRow).values(**keys, fixes=fixes)
        more = {"fixes": col(AsideRow.fixes) + fixes}
        session.execute(insert.on_conflict_do_update(index_elements=[*keys], set_=more))


def _place(fix: Fix) -> dict[str, Any]:
    return {
        "at": fix.at,
        "lon": fix.point.lon,
        "lat": fix.point.lat,
        "accuracy_m": fix.accuracy_m,
        "speed_mps": fix.speed_mps,
    }


def _insert(session: Session, rows: type[Any]) -> Any:
    table: Table = rows.__table__
    return _INSERTS[session.get_bind().dialect.name](table)
