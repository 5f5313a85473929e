"""Planning as a job: asked for, under way, done, cancelled or failed, and told at any time."""

from collections.abc import Callable
from datetime import datetime, time
from uuid import UUID

from sqlmodel import Session, col, select, update

from dispensing.desk import Desk
from dispensing.errors import DomainError, Words
from routing.reserve import RESERVE_PERCENT
from routing.service.planning import plan_slice
from routing.service.planning_views import (
    LOST,
    OVER,
    PlanningView,
    keep_asked,
    lost_told,
    planning_row,
    planning_view,
    told,
)
from routing.service.replanning import replan
from routing.service.slices import Slice, open_orders, reject_outside
from routing.service.solving import Effort
from routing.service.watching import Open, Watch
from routing.tables import PlanningRow
from routing.travel import TravelTimes

_BROKEN = Words(
    "计划时出错，这次没有生成草案。",
    "Planning went wrong; no draft was made.",
    "请重新生成计划；再次出错请联系管理员。",
    "Plan again; if it persists, tell the operator.",
)


def ask_plan(
    session: Session, asked: Slice, *, id_: UUID, by: str, now: datetime
) -> PlanningView:
    """Ask for a plan of a slice; asking again under the same number changes nothing."""
    reject_outside(session, asked, asked.only)
    orders = len(open_orders(session, asked, asked.only))
    wanted = {
        "opens": asked.opens.isoformat(),
        "closes": asked.closes.isoformat(),
        "seed": asked.seed,
        "out_of_fridge_s_max": asked.out_of_fridge_s_max,
        "reserve_percent": asked.reserve_percent,
        "only": [str(each) for each in asked.only],
    }
    row = PlanningRow(
        id=id_,
        carrier_code=asked.carrier_code,
        day=asked.day,
        state="queued",
        asked=wanted,
        asked_by=by,
        asked_at=now,
        seconds_max=asked.seconds_max,
        orders=orders,
    )
    return keep_asked(session, row, now)


def cancel_planning(
    session: Session, id_: UUID, *, carrier_code: str, by: str, now: datetime
) -> PlanningView:
    """End a planning; the best plan found so far is kept as a draft.

    One that is over stays as it is.
    """
    row = planning_row(session, id_, carrier_code)
    session.refresh(row, with_for_update=True)
    if row.state not in OVER and row.cancelled_by is None:
        row.cancelled_by = by
        if row.state == "queued":
            row.state, row.ended_at = "cancelled", now
    view = planning_view(session, row, now)
    session.commit()
    return view


def waiting_plannings(session: Session, *, now: datetime) -> tuple[UUID, ...]:
    """End what lost its worker, and list what nobody has begun yet."""
    lost = update(PlanningRow).where(
        col(PlanningRow.state) == "running", col(PlanningRow.seen_at) < now - LOST
    )
    session.exec(lost.values(state="failed", ended_at=now, trouble=lost_told()))
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
    travel: TravelTimes | None = None,
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
            _plan(opened, desk, id_, watch, travel=travel)
    except DomainError as error:
        state, trouble = "failed", told(error.code, error.words)
    except Exception:
        broken = told("planning-broken", _BROKEN)
        _end(opened, id_, "failed", broken, now=clock())
        raise
    if state == "done" and watch.was_cancelled:
        state = "cancelled"
    _end(opened, id_, state, trouble, now=clock())
    return state


def _plan(
    opened: Open, desk: Desk, id_: UUID, watch: Watch, *, travel: TravelTimes | None
) -> None:
    with opened() as session:
        row = session.get_one(PlanningRow, id_)
        effort = Effort(
            row.seconds_max,
            row.asked["seed"],
            watch.better,
            watch.cancelled,
            watch.ready,
        )
        if row.base_id is not None:
            replan(session, desk, row, now=watch.now(), effort=effort, travel=travel)
            return
        asked = Slice(
            row.carrier_code,
            row.day,
            time.fromisoformat(row.asked["opens"]),
            time.fromisoformat(row.asked["closes"]),
            row.asked["seed"],
            row.seconds_max,
            row.asked["out_of_fridge_s_max"],
            row.asked.get("reserve_percent", RESERVE_PERCENT),
            tuple(UUID(each) for each in row.asked.get("only", ())),
        )
        plan_slice(
            session,
            desk,
            asked,
            now=watch.now(),
            travel=travel,
            effort=effort,
            id_=id_,
        )


def _begin(session: Session, id_: UUID, now: datetime) -> bool:
    query = (
        update(PlanningRow)
        .where(col(PlanningRow.id) == id_, col(PlanningRow.state) == "queued")
        .values(state="running", seen_at=now)
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
        row.state, row.ended_at, row.trouble = "failed", now, lost_told()
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
