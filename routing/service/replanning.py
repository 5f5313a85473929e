"""Plan the open rest of a plan anew: new orders, a courier who is gone, a window missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from pharmacies import service as pharmacies
from routing.patch import Solve, inserted, laid_out, orders_of
from routing.plan import Plan
from routing.problem import Problem
from routing.replan import Orders, changed
from routing.service.conditions import Conditions, conditions_of
from routing.service.keeping import Before, Kept, keep
from routing.service.planning import draft_of
from routing.service.planning_views import PlanningView, keep_asked
from routing.service.reading import plan_view
from routing.service.slices import reject_outside, second
from routing.service.solving import Effort, check, planned
from routing.service.standing import New, Standing, stand
from routing.service.views import PlanView
from routing.tables import PlanActRow, PlanningRow, PlanRow
from routing.travel import GeodesicTravel, TravelTimes

MODES = ("whole", "insert", "keep")
_PART_S = 1.0  # for two routes that are planned anew together


@dataclass(frozen=True, slots=True)
class Absent:
    """A courier who is gone from an instant on.

    `met`: what is on board is taken over on the spot; otherwise it is brought back.
    """

    courier_code: str
    since: datetime
    met: bool = True


@dataclass(frozen=True, slots=True)
class Replan:
    """How the open rest is planned anew, and why.

    `whole` plans all of it, `insert` puts new orders into the routes that stand, `keep`
    leaves the routes as they are. What a dispatcher selected goes in by `only`.
    """

    mode: str = "whole"
    seed: int = 1
    seconds_max: int = 4  # drawing and writing come on top
    absent: Sequence[Absent] = ()
    reason: str = ""
    only: tuple[UUID, ...] = ()  # of the new orders, these alone; none named: all

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise Malformed([FieldError("mode", f"one of {', '.join(MODES)}")])


def ask_replan(
    session: Session,
    base_id: UUID,
    asked: Replan,
    *,
    id_: UUID,
    carrier_code: str,
    by: str,
    now: datetime,
) -> PlanningView:
    """Ask for a new version of a plan; asking again under the same number changes nothing."""
    base = session.get(PlanRow, base_id)
    if base is None or base.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    reject_superseded(base)
    reject_outside(session, base, asked.only)
    conditions = conditions_of(base.conditions)
    for each in asked.absent:
        reject_stranger(session, each.courier_code, carrier_code)
        at_s = second(each.since, base.day)
        conditions = conditions.without(each.courier_code, at_s, met=each.met)
    absent = [each.courier_code for each in asked.absent]
    return ask_version(
        session,
        base,
        asked,
        conditions=conditions,
        kind="courier_absent" if absent else "replanned",
        detail={"mode": asked.mode, "absent": absent},
        id_=id_,
        by=by,
        now=now,
    )


def ask_version(
    session: Session,
    base: PlanRow,
    asked: Replan,
    *,
    conditions: Conditions,
    kind: str,
    detail: Mapping[str, object],
    id_: UUID,
    by: str,
    now: datetime,
) -> PlanningView:
    """Keep a request for a new version under conditions, and what it is recorded as."""
    told = {
        "mode": asked.mode,
        "seed": asked.seed,
        "conditions": conditions.told(),
        "kind": kind,
        "detail": dict(detail),
        "reason": asked.reason,
        "only": [str(each) for each in asked.only],
    }
    row = PlanningRow(
        id=id_,
        carrier_code=base.carrier_code,
        day=base.day,
        base_id=base.id,
        state="queued",
        asked=told,
        asked_by=by,
        asked_at=now,
        seconds_max=asked.seconds_max,
    )
    return keep_asked(session, row, now)


def replan(
    session: Session,
    desk: Desk,
    asked: PlanningRow,
    *,
    now: datetime,
    effort: Effort,
    travel: TravelTimes | None = None,
) -> PlanView:
    """Make a new version as a draft: begun and locked stops stay, little else changes."""
    told, id_, by = asked.asked, asked.id, asked.asked_by
    base = session.get_one(PlanRow, asked.base_id)
    work, conditions = Work(session, desk, now), conditions_of(told["conditions"])
    roads = travel or GeodesicTravel()
    only = [UUID(each) for each in told.get("only", ())]
    wanted = New(told["mode"] != "keep", tuple(only))
    stands = stand(work, base, conditions, roads, new=wanted)
    problem = stands.again.problem
    found = _found(stands, told["mode"], effort)
    row = draft_of(base, problem, found, now=now)
    row.id, row.version, row.base_id = id_, base.version + 1, base.id
    row.seed, row.conditions = effort.seed, conditions.told()
    row.figures = {
        **row.figures,
        "roads": stands.drawn.roads,
        "changed": sorted(_changed(stands, found)),
        "back": sorted(
            name
            for name, code in stands.aboard.items()
            if _comes_back(stands, name, code)
        ),
    }
    before = before_of(stands, found)
    keep(Kept(session, desk.vault, row, stands.drawn.points, before), found)
    done = {"reason": told["reason"], "detail": told["detail"]}
    session.add(act(row, told["kind"], by=by, at=now, **done))
    view = plan_view(session, desk, row)
    session.commit()
    return view


def before_of(stands: Standing, found: Plan) -> dict[str, Before]:
    """Tell what each route has before the plan, and what stays on board unserved."""
    served = {name for route in found.routes for name in route.parcel_ids}
    carried: dict[str, list[str]] = {}
    for name, code in stands.aboard.items():
        if name not in served and not _comes_back(stands, name, code):
            carried.setdefault(code, []).append(name)
    return {
        code: replace(
            before,
            carried=tuple(
                it
                for it in before.ahead
                if it.kind == "dropoff" and str(it.order_id) in carried.get(code, ())
            ),
        )
        for code, before in stands.before.items()
    }


def reject_stranger(session: Session, courier_code: str, carrier_code: str) -> None:
    """Raise NotFound unless a courier is of a firm."""
    try:
        found = pharmacies.courier(session, courier_code)
    except pharmacies.NoSuchCourier:
        raise NotFound("配送员", "courier") from None
    if found.carrier != carrier_code:
        raise NotFound("配送员", "courier")


def reject_superseded(plan: PlanRow) -> None:
    """Raise Conflict where another version has taken a plan's place."""
    if plan.state == "superseded":
        raise superseded()


def superseded() -> Conflict:
    """Say that a newer version has taken a plan's place."""
    return Conflict(
        Words(
            "这份计划已被新版本替代。",
            "A newer version has taken this plan's place.",
            "请打开最新版本后重新操作。",
            "Open the newest version and act there.",
        ),
        code="plan-superseded",
    )


def act(
    plan: PlanRow,
    kind: str,
    *,
    by: str,
    at: datetime,
    reason: str,
    detail: Mapping[str, object],
) -> PlanActRow:
    """Write down what a dispatcher did with a plan, and why."""
    return PlanActRow(
        plan_id=plan.id, at=at, by=by, kind=kind, reason=reason, detail=dict(detail)
    )


def _found(stands: Standing, mode: str, effort: Effort) -> Plan:
    problem, start = stands.again.problem, stands.again.start
    if mode == "whole":
        return planned(problem, effort, start)
    effort.ready()
    until_s = monotonic() + effort.seconds_max

    def over() -> bool:
        cancelled = effort.cancelled is not None and effort.cancelled()
        return cancelled or monotonic() > until_s

    orders = start
    if mode == "insert":
        orders = inserted(problem, start, _again(effort), over)
    found = laid_out(problem, orders)
    check(problem, found)
    effort.tell(problem, found)
    return found


def _again(effort: Effort) -> Solve:
    def again(part: Problem, start: Orders) -> Plan:
        return planned(
            part, Effort(_PART_S, effort.seed, cancelled=effort.cancelled), start
        )

    return again


def _changed(stands: Standing, found: Plan) -> set[str]:
    return changed(stands.routes, orders_of(stands.again.problem, found))


def _comes_back(stands: Standing, name: str, courier_code: str) -> bool:
    """Tell whether a parcel on board is free again at its counter."""
    gone = stands.drawn.conditions.gone.get(courier_code)
    if gone is None or gone.met or gone.at_s > stands.drawn.earliest_s:
        return False
    return any(it.id == name for it in stands.again.problem.parcels)
