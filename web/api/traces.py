"""Trace codes (追溯码) over the interface: a code's history, suspicions, the no-code list."""

from dataclasses import dataclass
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.audit import pooling_area
from dispensing.service import NoCodeView, OldStock, SuspicionView, TraceHistory
from web import auditing, clock, db
from web.api.network import own_area
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import CodeQuery, Ending, OldStockEntry, Resolution, StateQuery

bp = APIBlueprint("traces", __name__, url_prefix="/api")

OLD_STOCK = {
    "medicine": "XC08CA01000000000000001",
    "batch": "20240815",
    "outlet": "P33030200001",
    "first_day": "2025-07-01",
    "last_day": "2025-12-31",
    "source": "无码库存登记表 2025-06-30",
}


@dataclass(frozen=True, slots=True)
class Traced:
    """What is known of one trace code."""

    history: TraceHistory
    suspicions: tuple[SuspicionView, ...]


@bp.get("/trace-codes")
@may("trace.read")
@bp.input(CodeQuery, location="query", arg_name="query")
@answers({200: Traced})
def trace(query: CodeQuery) -> ResponseReturnValue:
    """Tell where a trace code was sold and returned, and what was suspected of it."""
    return reply(traced(query.code))


@bp.get("/suspicions")
@may("trace.read")
@bp.input(StateQuery, location="query", arg_name="query")
@answers({200: tuple[SuspicionView, ...]})
def suspicions(query: StateQuery) -> ResponseReturnValue:
    """List the second sales that were refused, the latest first."""
    area = auditing.area_of_caller()
    return reply(service.suspicions(db.session(), query.state, area=area))


@bp.post("/suspicions/<uuid:suspicion_id>/resolution")
@may("suspicion.resolve")
@bp.input(
    Resolution,
    arg_name="form",
    example={"finding": "wrong_scan", "reason": "店员扫错了药盒"},
)
@answers({200: SuspicionView})
def resolve(suspicion_id: UUID, form: Resolution) -> ResponseReturnValue:
    """Resolve a suspicion, with what was found and why."""
    return reply(resolved(suspicion_id, form))


@bp.get("/no-code-list")
@may("old_stock.read")
@answers({200: tuple[NoCodeView, ...]})
def no_code_list() -> ResponseReturnValue:
    """List the old stock that may be sold without a code."""
    return reply(service.no_code_list(db.session()))


@bp.post("/no-code-list")
@may("old_stock.change")
@bp.input(OldStockEntry, arg_name="form", example=OLD_STOCK)
@answers({201: NoCodeView})
def allow(form: OldStockEntry) -> ResponseReturnValue:
    """Allow old stock to be sold without a code, for some days and with a source."""
    return reply(allowed(form), 201)


@bp.post("/no-code-list/<uuid:entry_id>/end")
@may("old_stock.change")
@bp.input(Ending, arg_name="form", example={"reason": "库存已清"})
@answers({200: NoCodeView})
def end(entry_id: UUID, form: Ending) -> ResponseReturnValue:
    """End an entry of the no-code list before its last day."""
    return reply(ended(entry_id, form))


def traced(code: str) -> Traced:
    """Read what is known of a trace code; what never was in the caller's area was never sold."""
    session, area = db.session(), auditing.area_of_caller()
    history = service.trace_history(session, code)
    suspected = service.suspicions_of(session, code, area=area)
    here = any(pooling_area(step.outlet_code) == area for step in history.steps)
    if area and not here and not suspected:
        history = TraceHistory(code, "never_sold", 0, 1, ())
    return Traced(history, suspected)


def resolved(suspicion_id: UUID, form: Resolution) -> SuspicionView:
    """Resolve a suspicion as the form says."""
    return service.resolve_suspicion(
        db.session(),
        suspicion_id,
        finding=form.finding,
        reason=form.reason,
        by=caller().user,
        now=clock.now(),
        area=auditing.area_of_caller(),
    )


def allowed(form: OldStockEntry) -> NoCodeView:
    """Enter old stock into the list of the own area as the form says."""
    own_area()
    stock = OldStock(
        form.medicine,
        form.batch,
        form.outlet,
        form.first_day,
        form.last_day,
        form.source,
    )
    return service.allow_no_code(db.session(), stock, by=caller().user, now=clock.now())


def ended(entry_id: UUID, form: Ending) -> NoCodeView:
    """End an entry of the list of the own area as the form says."""
    own_area()
    return service.end_no_code(
        db.session(), entry_id, reason=form.reason, by=caller().user, now=clock.now()
    )
