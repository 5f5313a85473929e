"""Dispatchers over the interface: the pool of orders, acts on many of them, many commits."""

from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.desk import Work
from routing import service
from routing.service import BulkDone, Filter, ManyCommitted, Pool
from web import clock, db, parts
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_board import (
    CommitRequest,
    HoldRequest,
    PoolPageQuery,
    PoolQuery,
    Selection,
)

bp = APIBlueprint("pool", __name__, url_prefix="/api")

MATCHING = {"day": "2025-09-15", "state": "packed", "area": "330302"}


@bp.get("/orders")
@may("pool.read")
@bp.input(PoolPageQuery, location="query", arg_name="asked")
@answers({200: Pool})
def list_orders(asked: PoolPageQuery) -> ResponseReturnValue:
    """List a page of the firm's orders that match, and count all of them."""
    return reply(pooled(asked, asked.page))


@bp.post("/orders/holds")
@may("pool.hold")
@bp.input(
    HoldRequest, arg_name="form", example={"matching": MATCHING, "reason": "道路封闭"}
)
@answers({200: BulkDone})
def hold(form: HoldRequest) -> ResponseReturnValue:
    """Hold orders back: no planning takes them until they are released."""
    return reply(held(form))


@bp.post("/orders/releases")
@may("pool.hold")
@bp.input(Selection, arg_name="form", example={"matching": MATCHING})
@answers({200: BulkDone})
def release(form: Selection) -> ResponseReturnValue:
    """Release orders that were held back."""
    return reply(released(form))


@bp.post("/commitments")
@may("plan.commit")
@bp.input(
    CommitRequest,
    arg_name="form",
    example={"plans": ["0b5e1c1e-3f86-4d7c-9a53-6c6f6f1f6d11"]},
)
@answers({200: ManyCommitted})
def commit(form: CommitRequest) -> ResponseReturnValue:
    """Commit many plans: what can go goes, and each order that cannot is named with its reason."""
    return reply(committed(form))


def filter_of(asked: PoolQuery) -> Filter:
    """Say which orders a query asks for; today where it names no day."""
    return Filter(
        day=asked.day or clock.today(),
        state=asked.state,
        area=asked.area,
        outlet=asked.outlet,
        storage=asked.storage,
        window=asked.window,
        number=asked.number,
        late=asked.late,
    )


def pooled(asked: PoolQuery, page: int) -> Pool:
    """Read a page of the orders of the caller's firm."""
    work = Work(db.session(), parts.desk(), clock.now())
    return service.pool(work, caller().subject, filter_of(asked), page=page)


def selected(form: Selection) -> list[UUID]:
    """Name the orders that are selected: as they were ticked, or all that match now."""
    if form.matching is None:
        return form.orders
    return list(
        service.matching(
            db.session(), caller().subject, filter_of(form.matching), now=clock.now()
        )
    )


def held(form: HoldRequest) -> BulkDone:
    """Hold back what is selected."""
    return service.hold_back(
        db.session(),
        selected(form),
        carrier_code=caller().subject,
        reason=form.reason,
        by=caller().user,
        now=clock.now(),
    )


def released(form: Selection) -> BulkDone:
    """Release what is selected."""
    return service.release(
        db.session(),
        selected(form),
        carrier_code=caller().subject,
        by=caller().user,
        now=clock.now(),
    )


def committed(form: CommitRequest) -> ManyCommitted:
    """Commit the plans that are named."""
    return service.commit_plans(
        db.session(),
        parts.desk(),
        form.plans,
        carrier_code=caller().subject,
        now=clock.now(),
    )
