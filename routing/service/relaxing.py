"""Apply what would let an order be served that a plan leaves behind: one act, with who and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from pharmacies import service as pharmacies
from routing.plan import Remedy
from routing.service.conditions import Conditions, conditions_of
from routing.service.planning_views import PlanningView
from routing.service.replanning import (
    Replan,
    ask_version,
    reject_stranger,
    reject_superseded,
)
from routing.tables import PlanRow, UnservedRow

_STEP_S = 300  # what is granted is told to people: whole five minutes
_BY_TIME = {
    Remedy.WIDEN_WINDOW: "widened_s",
    Remedy.LENGTHEN_FRIDGE_LIMIT: "fridge_s",
    Remedy.LENGTHEN_SHIFT: "lengthened_s",
}


@dataclass(frozen=True, slots=True)
class Relax:
    """An order left behind whose cheapest remedy is taken, and why it may be.

    `courier_code` is who is called in on a day off, where the remedy is one courier more.
    """

    order_id: UUID
    reason: str
    courier_code: str | None = None


def relax(
    session: Session,
    plan_id: UUID,
    asked: Relax,
    *,
    id_: UUID,
    carrier_code: str,
    by: str,
    now: datetime,
) -> PlanningView:
    """Grant what an order needs, and ask for a version that puts it into the routes.

    Conflict where the remedy is not the dispatcher's to grant: a licence, a cold box.
    """
    plan = session.get(PlanRow, plan_id)
    if plan is None or plan.carrier_code != carrier_code:
        raise NotFound("计划", "plan")
    reject_superseded(plan)
    left = session.get(UnservedRow, (plan_id, asked.order_id))
    if left is None:
        raise NotFound("未派订单", "order left behind")
    conditions = _granted(session, plan, left, asked)
    detail = {
        "order": str(asked.order_id),
        "remedy": left.remedy,
        "seconds": _whole_s(left.remedy_s),
        "courier": asked.courier_code or left.remedy_courier,
    }
    return ask_version(
        session,
        plan,
        Replan("insert", plan.seed, plan.seconds_max, reason=asked.reason),
        conditions=conditions,
        kind="relaxed",
        detail=detail,
        id_=id_,
        by=by,
        now=now,
    )


def _granted(
    session: Session, plan: PlanRow, left: UnservedRow, asked: Relax
) -> Conditions:
    conditions = conditions_of(plan.conditions)
    if left.remedy == Remedy.ADD_COURIER:
        return conditions.with_one_more(_called_in(session, plan, asked))
    named = next((name for each, name in _BY_TIME.items() if each == left.remedy), None)
    if named is None:
        raise _not_ours()
    shift = left.remedy == Remedy.LENGTHEN_SHIFT
    who = left.remedy_courier if shift else str(left.order_id)
    assert who is not None, left.order_id
    return conditions.more(named, who, _whole_s(left.remedy_s))


def _called_in(session: Session, plan: PlanRow, asked: Relax) -> str:
    """Return the courier who is called in: one of the firm who is off that day."""
    if asked.courier_code is None:
        raise Malformed([FieldError("courier", "who is called in")])
    reject_stranger(session, asked.courier_code, plan.carrier_code)
    if pharmacies.courier(session, asked.courier_code).works_on(plan.day):
        raise Conflict(
            Words(
                "这位配送员当天已经在岗。",
                "This courier works that day already.",
                "请选择当天休息的配送员。",
                "Choose a courier who is off that day.",
            ),
            code="courier-at-work",
        )
    return asked.courier_code


def _whole_s(seconds: int) -> int:
    return -(-seconds // _STEP_S) * _STEP_S


def _not_ours() -> Conflict:
    return Conflict(
        Words(
            "这个办法要改配送许可或设备，不能在计划里放宽。",
            "This remedy changes a licence or equipment; it cannot be granted in a plan.",
            "请先在配送机构资料中登记，再重新计划。",
            "Register it with the delivery firm first, then plan anew.",
        ),
        code="remedy-elsewhere",
    )
