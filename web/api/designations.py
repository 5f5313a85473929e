"""The life of designations and the quota board over the interface."""

from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from flask import abort
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.audit import pooling_area
from dispensing.errors import NotFound
from dispensing.service import DesignationAct as Act
from dispensing.service import Done
from pharmacies import designation_service as designations
from pharmacies import quota_service
from pharmacies.designation import Dossier
from pharmacies.designation_service import (
    AgreementView,
    DesignationView,
    Override,
    Terms,
)
from pharmacies.quota import Board, Plan, Step
from web import client_keys, clock, db, parts
from web.auditing import area_of_caller
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_designation import (
    OF_OUTLET,
    BoardQuery,
    DesignationAct,
    HistoryQuery,
    LifeQuery,
    RunningOutQuery,
)

bp = APIBlueprint("designations", __name__, url_prefix="/api")


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """One unit's target, and from which day it had how many pharmacies."""

    unit: str
    target: int
    steps: tuple[Step, ...]


@bp.get("/quota/board")
@may("quota.read")
@bp.input(BoardQuery, location="query", arg_name="query")
@answers({200: Board})
def board(query: BoardQuery) -> ResponseReturnValue:
    """Hold each quota unit against its target: gap, pace, forecast, deadline, what runs out."""
    return reply(board_of(query))


@bp.get("/quota/history")
@may("quota.read")
@bp.input(HistoryQuery, location="query", arg_name="query")
@answers({200: tuple[UnitHistory, ...]})
def history(query: HistoryQuery) -> ResponseReturnValue:
    """Tell from which day on each quota unit had how many pharmacies."""
    return reply(history_of(query))


@bp.get("/designations/running-out")
@may("quota.read")
@bp.input(RunningOutQuery, location="query", arg_name="query")
@answers({200: tuple[AgreementView, ...]})
def running_out(query: RunningOutQuery) -> ResponseReturnValue:
    """List the agreements whose last day comes within so many days."""
    day = query.day or clock.today()
    area = area_of_caller()
    return reply(designations.running_out(db.session(), day, query.days, pooling=area))


@bp.get("/designations/<outlet_code>")
@may("designation.read")
@bp.input(LifeQuery, location="query", arg_name="query")
@answers({200: DesignationView})
def show(outlet_code: str, query: LifeQuery) -> ResponseReturnValue:
    """Tell a designation's life on a day, as far as was known at an instant."""
    return reply(life_of(outlet_code, query))


@bp.post("/designations/<outlet_code>/acts")
@may("designation.act")
@bp.input(
    DesignationAct,
    arg_name="form",
    example={
        "act": "suspend",
        "kind": "chronic",
        "reason": "现场检查",
        "until": "2025-10-15",
        "override": {"reason": "违规使用医保基金", "left": 47},
    },
)
@answers({201: Done})
def act(outlet_code: str, form: DesignationAct) -> ResponseReturnValue:
    """Do one act: apply, accept, sign, suspend, resume, renew, end; a shop applies itself."""
    return reply(done(outlet_code, form), 201)


def board_of(query: BoardQuery) -> Board:
    """Make the board that a query asks for."""
    day = query.day or clock.today()
    return quota_service.quota_board(
        db.session(),
        plan_on(day),
        day,
        window_days=query.window_days,
        ahead_days=query.ahead_days,
        known_at=query.known_at,
        pooling_area=area_of_caller(),
    )


def history_of(query: HistoryQuery) -> tuple[UnitHistory, ...]:
    """Make the history that a query asks for."""
    plan = plan_on(query.last)
    found = quota_service.quota_history(
        db.session(),
        plan,
        first=query.first,
        last=query.last,
        known_at=query.known_at,
        pooling_area=area_of_caller(),
    )
    if query.unit is not None and query.unit not in found:
        raise NotFound("目标任务分解单位", "quota unit")
    return tuple(
        UnitHistory(unit, plan.targets[unit], steps)
        for unit, steps in found.items()
        if query.unit in (None, unit)
    )


def life_of(outlet_code: str, query: LifeQuery) -> DesignationView:
    """Tell the life that a query asks for."""
    _concern(outlet_code)
    return designations.life(
        db.session(),
        outlet_code,
        query.kind,
        query.day or clock.today(),
        known_at=query.known_at,
    )


def done(outlet_code: str, form: DesignationAct) -> Done:
    """Do an act as the form says."""
    who = caller()
    _concern(outlet_code)
    if not who.roles & {"bureau", "admin"} and form.act not in OF_OUTLET:
        abort(403)
    return service.designate(
        db.session(),
        parts.desk(),
        asked(outlet_code, form, act_id=client_keys.act_id()),
        by=who.user,
        role=who.as_role("bureau", "admin", "counter"),
        now=clock.now(),
    )


def asked(outlet_code: str, form: DesignationAct, *, act_id: Any) -> Act:
    """Make of a form what the service takes."""
    given = form.dossier
    dossier = None if given is None else Dossier(**given.model_dump())
    over = form.override
    terms = None
    if form.act == "sign":
        begins = form.on or clock.today()
        terms = Terms(begins, form.until, form.card_settlement_from, form.quota_unit)
    return Act(
        act=form.act,
        outlet_code=outlet_code,
        kind=form.kind,
        reason=form.reason,
        act_id=act_id,
        on=form.on,
        late=form.late,
        dossier=dossier,
        terms=terms,
        until=form.until,
        stops_orders=form.stops_orders,
        cause=form.cause,
        override=None if over is None else Override(over.reason, over.left),
    )


def plan_on(day: Any) -> Plan:
    """Give what the units are to reach by the texts of a day."""
    return service.plan_of(parts.rules(day))


def _concern(outlet_code: str) -> None:
    """Turn away who asks for another shop, or for one outside their pooling area."""
    who = caller()
    if "admin" in who.roles:
        return
    if who.roles & {"bureau", "auditor"}:
        if pooling_area(outlet_code) != pooling_area(who.subject):
            raise NotFound("机构", "outlet")
    elif outlet_code != who.subject:
        raise NotFound("机构", "outlet")
