"""Commit many plans at once: each in a unit of work of its own, each order done or named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import DomainError
from routing.service.committing import orders_on, put_on_the_road
from routing.service.keeping import routes_of
from routing.service.planning_views import Trouble, told
from routing.service.refusals import REFUSALS, OrderRefused, refused
from routing.tables import UnservedRow


@dataclass(frozen=True, slots=True)
class PlanCommitted:
    """What became of one plan: `done` orders on the road, and each other one with its reason.

    `state` is the plan's; where the whole plan was refused, `trouble` says why.
    """

    plan_id: UUID
    state: str | None
    done: int
    refused: tuple[OrderRefused, ...]
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class ManyCommitted:
    """What became of many plans, and how many orders are on the road by them."""

    done: int
    plans: tuple[PlanCommitted, ...]

    @property
    def refused(self) -> int:
        """Count the orders that were left out, and the plans that were refused as a whole."""
        return sum(len(it.refused) + (it.trouble is not None) for it in self.plans)


def commit_plans(
    session: Session,
    desk: Desk,
    plan_ids: Sequence[UUID],
    *,
    carrier_code: str,
    now: datetime,
) -> ManyCommitted:
    """Commit plans one after the other; what fails in one hinders none of the others.

    Asking again gives the same answer.
    """
    wanted = dict.fromkeys(plan_ids)
    found = tuple(_one(session, desk, it, carrier_code, now=now) for it in wanted)
    return ManyCommitted(sum(it.done for it in found), found)


def _one(
    session: Session, desk: Desk, plan_id: UUID, carrier_code: str, *, now: datetime
) -> PlanCommitted:
    try:
        row = put_on_the_road(session, desk, plan_id, carrier_code, now=now)
    except DomainError as error:
        session.rollback()
        why = Trouble(**told(error.code, error.words))
        return PlanCommitted(plan_id, None, 0, (), why)
    state = row.state
    routes = [it.id for it in session.exec(routes_of(plan_id))]
    done = len(orders_on(session, routes)) if state == "committed" else 0
    query = select(UnservedRow.order_id, UnservedRow.reason).where(
        col(UnservedRow.plan_id) == plan_id, col(UnservedRow.reason).in_(REFUSALS)
    )
    left = tuple(refused(*each) for each in sorted(session.exec(query)))
    session.commit()
    return PlanCommitted(plan_id, state, done, left, None)
