"""Tell the desk what is wrong on the road, once while it holds, and that it is over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import NotFound
from pharmacies import service as pharmacies
from routing.alerts import KIND_WORDS, Alarm, Kind, Limits, Ride, alarms, turned
from routing.eta import Eta
from routing.live_tables import DeskActRow
from routing.service.breaching import stopped_parcels
from routing.service.desk_acts import SYSTEM, desk_act
from routing.service.riding import OnRoad, on_road, ride_of, route_etas
from routing.service.views import AlertView
from routing.tables import PlanRow
from routing.travel import TravelTimes

BACK = timedelta(days=3)  # over a holiday on which nobody looked


@dataclass(frozen=True, slots=True)
class Seen:
    """One courier's ride as it was seen, and whose it is."""

    carrier_code: str
    courier_code: str
    route_id: UUID
    ride: Ride


@dataclass(frozen=True, slots=True)
class Told:
    """How many alerts began and how many ended."""

    began: int
    ended: int


def look(
    session: Session, desk: Desk, travel: TravelTimes, *, now: datetime
) -> tuple[Seen, ...]:
    """Look at every ride of today: who is where, and when each parcel will be there.

    Road engines may take their time: nothing is locked meanwhile.
    """
    found = on_road(session, desk.vault, col(PlanRow.day) == day_of(now))
    cold = {name for it in found for name, each in it.windows.items() if each.cold}
    warm = stopped_parcels(session, desk, cold, now)
    return tuple(_seen(it, route_etas(it, travel, now), warm, now) for it in found)


def tell(
    session: Session, seen: Sequence[Seen], *, now: datetime, limits: Limits
) -> Told:
    """Write down which alerts begin and which are over; asking again writes nothing."""
    open_ = _open(session, now)
    rides: dict[str, list[Seen]] = {}
    for each in seen:
        rides.setdefault(each.courier_code, []).append(each)
    began = ended = 0
    for courier in sorted({*rides, *open_}):
        told = open_.get(courier, {})
        ours = rides.get(courier, [])
        holding = {
            alarm: each
            for each in ours
            for alarm in alarms(each.ride, now, limits, told.keys())
        }
        new, over = turned(told.keys(), holding.keys())
        session.add_all(_begun(holding[alarm], alarm, now) for alarm in new)
        session.add_all(_ended(told[alarm], now) for alarm in over)
        began, ended = began + len(new), ended + len(over)
    session.commit()
    return Told(began, ended)


def alerts(
    session: Session, carrier_code: str, *, now: datetime
) -> tuple[AlertView, ...]:
    """List a firm's alerts that are not over, the earliest first."""
    rows = [
        row
        for told in _open(session, now, carrier_code).values()
        for row in told.values()
    ]
    rows.sort(key=lambda row: (row.at, row.id or 0))
    seen = _acknowledged(session, [row.subject for row in rows])
    return tuple(_view(session, row, seen.get(row.subject)) for row in rows)


def acknowledge(
    session: Session, alert_id: UUID, *, carrier_code: str, by: str, now: datetime
) -> AlertView:
    """Note who has seen an alert; the first one stays, and asking again changes nothing."""
    query = (
        select(DeskActRow)
        .where(
            col(DeskActRow.subject) == alert_id,
            col(DeskActRow.about) == "alert",
            col(DeskActRow.act) == "began",
            col(DeskActRow.carrier_code) == carrier_code,
        )
        .with_for_update()
    )
    row = session.exec(query).first()
    if row is None:
        raise NotFound("提醒", "alert")
    seen = _acknowledged(session, [alert_id]).get(alert_id)
    if seen is None:
        seen = desk_act(alert_id, "alert", "seen", of=_of(row), at=now, by=by)
        session.add(seen)
        session.flush()
    view = _view(session, row, seen)
    session.commit()
    return view


def _seen(
    it: OnRoad, reckoned: Mapping[int, Eta], warm: Collection[UUID], now: datetime
) -> Seen:
    ride = ride_of(it, reckoned, warm, now)
    return Seen(it.plan.carrier_code, it.route.courier_code, it.route.id, ride)


def _open(
    session: Session, now: datetime, carrier_code: str | None = None
) -> dict[str, dict[Alarm, DeskActRow]]:
    """Read what was told in the last days and is not over, by courier."""
    over = aliased(DeskActRow)
    query = select(DeskActRow).where(
        col(DeskActRow.about) == "alert",
        col(DeskActRow.act) == "began",
        col(DeskActRow.at) >= now - BACK,
        ~exists().where(
            col(over.subject) == col(DeskActRow.subject), col(over.act) == "ended"
        ),
    )
    if carrier_code is not None:
        query = query.where(col(DeskActRow.carrier_code) == carrier_code)
    found: dict[str, dict[Alarm, DeskActRow]] = {}
    for row in session.exec(query.order_by(col(DeskActRow.id))):
        alarm = Alarm(Kind(row.kind), str(row.order_id) if row.order_id else "")
        found.setdefault(row.courier_code, {})[alarm] = row
    return found


def _acknowledged(
    session: Session, subjects: Collection[UUID]
) -> dict[UUID, DeskActRow]:
    query = select(DeskActRow).where(
        col(DeskActRow.subject).in_(subjects), col(DeskActRow.act) == "seen"
    )
    return {row.subject: row for row in session.exec(query)}


def _begun(each: Seen, alarm: Alarm, now: datetime) -> DeskActRow:
    of = {
        "kind": str(alarm.kind),
        "carrier_code": each.carrier_code,
        "courier_code": each.courier_code,
        "route_id": each.route_id,
        "order_id": alarm.order_id,
    }
    detail = _detail(each.ride, alarm)
    return desk_act(uuid4(), "alert", "began", of=of, at=now, by=SYSTEM, detail=detail)


def _ended(row: DeskActRow, now: datetime) -> DeskActRow:
    return desk_act(row.subject, "alert", "ended", of=_of(row), at=now, by=SYSTEM)


def _of(row: DeskActRow) -> dict[str, Any]:
    names = ("kind", "carrier_code", "courier_code", "route_id", "order_id")
    return {name: getattr(row, name) for name in names}


def _detail(ride: Ride, alarm: Alarm) -> dict[str, Any]:
    """Tell what it was told from: the instant that counts."""
    parcel = next((it for it in ride.parcels if it.order == alarm.order), None)
    track = ride.track
    instant = {
        Kind.LATE_START: ride.leaves_at,
        Kind.LATE: parcel.closes if parcel else None,
        Kind.STANDING: track.still_since if track else None,
        Kind.OFF_ROUTE: track.off_since if track else None,
        Kind.SILENT: ride.heard_at,
        Kind.TOO_WARM: None,
        Kind.COLD_LIMIT: parcel.cold_until if parcel else None,
    }[alarm.kind]
    return {"since": instant.isoformat()} if instant else {}


def _view(session: Session, row: DeskActRow, seen: DeskActRow | None) -> AlertView:
    words_zh, words_en = KIND_WORDS[Kind(row.kind)]
    since = row.detail.get("since")
    return AlertView(
        id=row.subject,
        kind=row.kind,
        words_zh=words_zh,
        words_en=words_en,
        courier_code=row.courier_code,
        courier_name=pharmacies.courier(session, row.courier_code).name,
        order_id=row.order_id,
        at=row.at,
        since=datetime.fromisoformat(since) if since else None,
        seen_by=seen.by if seen else None,
        seen_at=seen.at if seen else None,
    )
