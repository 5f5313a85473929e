"""The rows of cases: opened once while one is open, ended, written down; nothing commits here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from routing.cases import words_of
from routing.live_tables import CaseRow, DeskActRow
from routing.service.desk_acts import desk_act
from routing.tables import PlanRow, RouteRow


@dataclass(frozen=True, slots=True)
class Concerns:
    """What a case is about: a courier's route, and a parcel of it where it is about one."""

    carrier_code: str
    courier_code: str
    route_id: UUID
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CaseWords:
    """How the last case of an order stands, in the words that every side reads."""

    kind: str
    stands: str
    words_zh: str
    words_en: str
    at: datetime


def opened(
    session: Session, it: Concerns, kind: str, *, by: str, at: datetime
) -> CaseRow:
    """Open a case; where one of the same parcel is open, it is told there again."""
    row = _open_one(session, it)
    if row is None:
        row = CaseRow(
            id=uuid4(),
            carrier_code=it.carrier_code,
            courier_code=it.courier_code,
            route_id=it.route_id,
            order_id=it.order_id,
            kind=kind,
            opened_at=at,
        )
        session.add(row)
        session.flush()
        session.add(case_act(row, "opened", at=at, by=by))
    elif row.kind != kind:
        row.kind, row.courier_code, row.route_id = kind, it.courier_code, it.route_id
        session.add(case_act(row, "again", at=at, by=by))
    return row


def ended(
    session: Session,
    row: CaseRow,
    way: str,
    *,
    by: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """End a case in one way."""
    row.state, row.way, row.ended_at = "ended", way, at
    told = {"way": way, **(detail or {})}
    session.add(case_act(row, "ended", at=at, by=by, detail=told))


def at_once(
    session: Session, it: Concerns, kind: str, way: str, *, by: str, at: datetime
) -> None:
    """Write a case down that was decided at the door; one that is open ends with it."""
    row = opened(session, it, kind, by=by, at=at)
    ended(session, row, way, by=by, at=at)


def case_act(
    row: CaseRow,
    act: str,
    *,
    at: datetime,
    by: str,
    detail: Mapping[str, Any] | None = None,
) -> DeskActRow:
    """Make the entry of what was done with a case."""
    of = {
        "kind": row.kind,
        "carrier_code": row.carrier_code,
        "courier_code": row.courier_code,
        "route_id": row.route_id,
        "order_id": row.order_id,
    }
    return desk_act(row.id, "case", act, of=of, at=at, by=by, detail=detail)


def case_words(session: Session, orders: Collection[UUID]) -> dict[UUID, CaseWords]:
    """Tell how the last case of each of these orders stands; most have none."""
    query = select(CaseRow).where(col(CaseRow.order_id).in_(orders))
    rows = session.exec(query.order_by(col(CaseRow.opened_at), col(CaseRow.id)))
    return {row.order_id: words(row) for row in rows if row.order_id is not None}


def words(row: CaseRow) -> CaseWords:
    """Say how a case stands."""
    stands = stands_of(row)
    zh, en = words_of(row.kind, stands)
    return CaseWords(row.kind, stands, zh, en, row.ended_at or row.opened_at)


def stands_of(row: CaseRow) -> str:
    """Name how a case stands: open, held by somebody, being ended, or its way."""
    if row.state == "ended":
        assert row.way is not None
        return row.way
    if row.state == "ending":
        return "ending"
    return "held" if row.holder else "open"


def _open_one(session: Session, it: Concerns) -> CaseRow | None:
    query = select(CaseRow).where(col(CaseRow.state) == "open")
    if it.order_id is not None:
        query = query.where(col(CaseRow.order_id) == it.order_id)
    else:
        query = query.where(
            col(CaseRow.order_id).is_(None),
            col(CaseRow.courier_code) == it.courier_code,
            col(CaseRow.route_id).in_(same_day(it.route_id)),
        )
    return session.exec(query.with_for_update()).first()


def same_day(route_id: UUID) -> Select[UUID]:
    """Select the routes of the day that a route is of: a breakdown belongs to its day."""
    its_day = (
        sa_select(col(PlanRow.day))
        .join(RouteRow, col(RouteRow.plan_id) == col(PlanRow.id))
        .where(col(RouteRow.id) == route_id)
        .scalar_subquery()
    )
    return (
        sa_select(col(RouteRow.id))
        .join(PlanRow, col(PlanRow.id) == col(RouteRow.plan_id))
        .where(col(PlanRow.day) == its_day)
    )
