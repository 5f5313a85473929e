"""Planning as a job: asked for, under way, done, cancelled or failed, and told at any time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from dispensing.desk import Desk
from dispensing.errors import DomainError, NotFound, Words
from routing.service.planning import plan_slice
from routing.service.slices import Slice, open_orders
from routing.service.solving import Effort
from routing.service.watching import Open, Watch
from routing.tables import PlanningRow, PlanRow

LOST = timedelta(seconds=30)  # without a sign of its worker, a planning is over
OVER = frozenset({"done", "cancelled", "failed"})

_INTERRUPTED = Words(
    "计划程序中断，这次没有生成草案。",
    "The planner was interrupted; no draft was made.",
    "请重新生成计划。",
    "Plan again.",
)
_BROKEN = Words(
    "计划时出错，这次没有生成草案。",
    "Planning went wrong; no draft was made.",
    "请重新生成计划；再次出错请联系管理员。",
    "Plan again; if it persists, tell the operator.",
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
    number: `plan_id` is set as soon as there is one. `seconds` are those of planning.
    """

    id: UUID
    day: date
    base_id: UUID | None
    state: str
    asked_by: str
    asked_at: datetime
    seconds: int
    seconds_max: int
    cancelling: bool
    orders: int | None
    served: int | None
    unserved: int | None
    cost_fen: int | None
    distance_m: int | None
    found: int
    first_ms: int | None
    first_cost_fen: int | None
    plan_id: UUID | None
    trouble: Trouble | None


def ask_plan(
    session: Session, asked: Slice, *, id_: UUID, by: str, now: datetime
) -> PlanningView:
    """Ask for a plan of a slice; asking again under the same number changes nothing."""
    orders = len(open_orders(session, asked))
    told = {
        "opens": asked.opens.isoformat(),
        "closes": asked.closes.isoformat(),
        "seed": asked.seed,
        "out_of_fridge_s_max": asked.out_of_fridge_s_max,
    }
    row = PlanningRow(
        id=id_,
        carrier_code=asked.carrier_code,
        day=asked.day,
        state="queued",
        asked=told,
        asked_by=by,
        asked_at=now,
        seconds_max=asked.seconds_max,
        orders=orders,
    )
    return keep_asked(session, row, now)


def keep_asked(session: Session, row: PlanningRow, now: datetime) -> PlanningView:
    """Keep a request to plan, or return the one that bears its number already."""
    id_, carrier_code = row.id, row.carrier_code
    view = _view(session, row, now)
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
    return _view(session, _row(session, id_, carrier_code), now)


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
    return tuple(_view(session, row, now) for row in session.exec(query).all())


def cancel_planning(
    session: Session, id_: UUID, *, carrier_code: str, by: str, now: datetime
) -> PlanningView:
    """End a planning; the best plan found so far is kept as a draft.

    One that is over stays as it is.
    """
    row = _row(session, id_, carrier_code)
    session.refresh(row, with_for_update=True)
    if row.state not in OVER and row.cancelled_by is None:
        row.cancelled_by = by
        if row.state == "queued":
            row.state, row.ended_at = "cancelled", now
    view = _view(session, row, now)
    session.commit()
    return view


def waiting_plannings(session: Session, *, now: datetime) -> tuple[UUID, ...]:
    """End what lost its worker, and list what nobody has begun yet."""
    lost = update(PlanningRow).where(
        col(PlanningRow.state) == "running", col(PlanningRow.seen_at) < now - LOST
    )
    session.exec(lost.values(state="failed", ended_at=now, trouble=_lost_told()))
    query = select(PlanningRow.id).where(col(PlanningRow.state) == "queued")
    found = tuple(session.exec(query.order_by(col(PlanningRow.asked_at))).all())
    session.commit()
    return found


def carry_out(
    opened: Open,
    desk: Desk,
    id_: UUID,
    *,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = bool,
) -> str:
    """Do what a planning asks, telling how far it is; returns the state it ends in.

    Where it was begun before, its worker died: it has failed, and says so.
    """
    with opened() as session:
        if not _begin(session, id_, clock()):
            return _given_up(session, id_, clock())
    watch = Watch(opened, id_, clock, stop)
    state, trouble = "done", None
    try:
        with watch:
            _plan(opened, desk, id_, watch)
    except DomainError as error:
        state, trouble = "failed", _told(error.code, error.words)
    except Exception:
        broken = _told("planning-broken", _BROKEN)
        _end(opened, id_, "failed", broken, now=clock())
        raise
    if state == "done" and watch.was_cancelled:
        state = "cancelled"
    _end(opened, id_, state, trouble, now=clock())
    return state


def _plan(opened: Open, desk: Desk, id_: UUID, watch: Watch) -> None:
    with opened() as session:
        row = session.get_one(PlanningRow, id_)
        effort = Effort(
            row.seconds_max, row.asked["seed"], watch.better, watch.cancelled
        )
        asked = Slice(
            row.carrier_code,
            row.day,
            time.fromisoformat(row.asked["opens"]),
            time.fromisoformat(row.asked["closes"]),
            row.asked["seed"],
            row.seconds_max,
            row.asked["out_of_fridge_s_max"],
        )
        plan_slice(session, desk, asked, now=watch.now(), effort=effort, id_=id_)


def _begin(session: Session, id_: UUID, now: datetime) -> bool:
    query = (
        update(PlanningRow)
        .where(col(PlanningRow.id) == id_, col(PlanningRow.state) == "queued")
        .values(state="running", began_at=now, seen_at=now)
    )
    began: int = session.exec(query).rowcount
    session.commit()
    return began == 1


def _given_up(session: Session, id_: UUID, now: datetime) -> str:
    """End a planning whose worker died, for the job came again."""
    row = session.get(PlanningRow, id_)
    if row is None:
        return "failed"
    if row.state == "running":
        row.state, row.ended_at, row.trouble = "failed", now, _lost_told()
    state = row.state
    session.commit()
    return state


def _end(
    opened: Open,
    id_: UUID,
    state: str,
    trouble: dict[str, str] | None,
    *,
    now: datetime,
) -> None:
    with opened() as session:
        query = update(PlanningRow).where(
            col(PlanningRow.id) == id_, col(PlanningRow.state) == "running"
        )
        session.exec(query.values(state=state, trouble=trouble, ended_at=now))
        session.commit()


def _row(session: Session, id_: UUID, carrier_code: str) -> PlanningRow:
    row = session.get(PlanningRow, id_)
    if row is None or row.carrier_code != carrier_code:
        raise NotFound("计划任务", "planning")
    return row


def _lost_told() -> dict[str, str]:
    return _told("planning-interrupted", _INTERRUPTED)


def _told(code: str, words: Words) -> dict[str, str]:
    return {
        "code": code,
        "words_zh": words.zh,
        "words_en": words.en,
        "next_zh": words.next_zh,
        "next_en": words.next_en,
    }


def _view(session: Session, row: PlanningRow, now: datetime) -> PlanningView:
    lost = (
        row.state == "running" and row.seen_at is not None and row.seen_at < now - LOST
    )
    trouble = _lost_told() if lost else row.trouble
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
        seconds=max(0, int(seconds)),
        seconds_max=row.seconds_max,
        cancelling=row.cancelled_by is not None and row.state == "running",
        orders=row.orders,
        served=served,
        unserved=None if served is None or row.orders is None else row.orders - served,
        cost_fen=row.cost_fen,
        distance_m=row.distance_m,
        found=row.found,
        first_ms=row.first_ms,
        first_cost_fen=row.first_cost_fen,
        plan_id=row.id if kept else None,
        trouble=Trouble(**trouble) if trouble else None,
    )
