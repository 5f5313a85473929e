"""Requests to plan, as they are told: queued, under way, done, cancelled or failed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import NotFound, Words
from routing.tables import PlanningRow, PlanRow

LOST = timedelta(seconds=30)  # without a sign of its worker, a planning is over
OVER = frozenset({"done", "cancelled", "failed"})

_INTERRUPTED = Words(
    "计划程序中断，这次没有生成草案。",
    "The planner was interrupted; no draft was made.",
    "请重新生成计划。",
    "Plan again.",
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a planning failed, and what to do next."""

    code: str
    words_zh: str
    words_en: str
    next_zh: str
    next_en: str


@dataclass(frozen=True, slots=True)
class PlanningView:
    """A request to plan: how far it is, what was found first, what is best so far.

    `state` is queued, running, done, cancelled or failed. The draft that it makes has its
    number: `plan_id` is set as soon as there is one. `seconds` are those of planning: they
    count from when the planner is ready, and while it is `warming` none have passed.
    `spent_fen` is what is really paid, `cost_fen` what the planner weighs.
    """

    id: UUID
    day: date
    base_id: UUID | None
    state: str
    asked_by: str
    asked_at: datetime
    warming: bool
    seconds: int
    seconds_max: int
    cancelling: bool
    orders: int | None
    served: int | None
    unserved: int | None
    cost_fen: int | None
    spent_fen: int | None
    distance_m: int | None
    found: int
    first_ms: int | None
    first_cost_fen: int | None
    plan_id: UUID | None
    trouble: Trouble | None


def keep_asked(session: Session, row: PlanningRow, now: datetime) -> PlanningView:
    """Keep a request to plan, or return the one that bears its number already."""
    id_, carrier_code = row.id, row.carrier_code
    view = planning_view(session, row, now)
    session.add(row)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        return planning(session, id_, carrier_code=carrier_code, now=now)
    return view


def planning(
    session: Session, id_: UUID, *, carrier_code: str, now: datetime
) -> PlanningView:
    """Return one request of a firm to plan, or raise NotFound."""
    return planning_view(session, planning_row(session, id_, carrier_code), now)


def plannings(
    session: Session, carrier_code: str, day: date, *, now: datetime
) -> tuple[PlanningView, ...]:
    """List a firm's requests for a day, the latest first."""
    query = (
        select(PlanningRow)
        .where(
            col(PlanningRow.carrier_code) == carrier_code, col(PlanningRow.day) == day
        )
        .order_by(col(PlanningRow.asked_at).desc(), col(PlanningRow.id))
        .limit(20)
    )
    return tuple(planning_view(session, row, now) for row in session.exec(query).all())


def planning_row(session: Session, id_: UUID, carrier_code: str) -> PlanningRow:
    """Return the row of a firm's request to plan, or raise NotFound."""
    row = session.get(PlanningRow, id_)
    if row is None or row.carrier_code != carrier_code:
        raise NotFound("计划任务", "planning")
    return row


def lost_told() -> dict[str, str]:
    """Say that a planning lost its worker."""
    return told("planning-interrupted", _INTERRUPTED)


def told(code: str, words: Words) -> dict[str, str]:
    """Keep why a planning failed."""
    return {
        "code": code,
        "words_zh": words.zh,
        "words_en": words.en,
        "next_zh": words.next_zh,
        "next_en": words.next_en,
    }


def planning_view(session: Session, row: PlanningRow, now: datetime) -> PlanningView:
    """Turn a request to plan into the value that services answer with."""
    lost = (
        row.state == "running" and row.seen_at is not None and row.seen_at < now - LOST
    )
    trouble = lost_told() if lost else row.trouble
    ends = row.ended_at or now
    seconds = (ends - row.began_at).total_seconds() if row.began_at else 0.0
    served = row.served
    kept = row.state in OVER and session.get(PlanRow, row.id) is not None
    return PlanningView(
        id=row.id,
        day=row.day,
        base_id=row.base_id,
        state="failed" if lost else row.state,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        warming=row.state == "running" and not lost and row.began_at is None,
        seconds=max(0, int(seconds)),
        seconds_max=row.seconds_max,
        cancelling=row.cancelled_by is not None and row.state == "running",
        orders=row.orders,
        served=served,
        unserved=None if served is None or row.orders is None else row.orders - served,
        cost_fen=row.cost_fen,
        spent_fen=row.spent_fen,
        distance_m=row.distance_m,
        found=row.found,
        first_ms=row.first_ms,
        first_cost_fen=row.first_cost_fen,
        plan_id=row.id if kept else None,
        trouble=Trouble(**trouble) if trouble else None,
    )
