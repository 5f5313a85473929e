"""Reconciliation (对账) over the interface: days, runs, differences and their mending, closing."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.service import OutletDay, RunView
from pharmacies.places import pooling_area
from web import auditing, clock, db, parts
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas import DayQuery, Mending, OutletDayRequest, TillFile

bp = APIBlueprint("reconciling", __name__, url_prefix="/api/reconciliation")

A_DAY = {"day": "2025-09-15", "outlet": "P33030200001"}
A_FILE = "报文号,收款方式,金额\nP33030200001202509151200000001,现金,12.60\n"


@dataclass(frozen=True, slots=True)
class KeptLines:
    """How many lines of a till's file were kept."""

    lines: int


@bp.get("")
@may("reconciliation.read")
@bp.input(DayQuery, location="query", arg_name="query")
@answers({200: tuple[OutletDay, ...]})
def days(query: DayQuery) -> ResponseReturnValue:
    """Tell how each outlet's day stands; a counter sees its own."""
    return reply(standing(query.day or clock.today()))


@bp.post("/runs")
@may("reconciliation.run")
@bp.input(OutletDayRequest, arg_name="form", example=A_DAY)
@answers({201: RunView})
def run(form: OutletDayRequest) -> ResponseReturnValue:
    """Reconcile an outlet's day now; a closed day answers with its last run."""
    return reply(ran(form), 201)


@bp.post("/closings")
@may("reconciliation.close")
@bp.input(OutletDayRequest, arg_name="form", example=A_DAY)
@answers({201: RunView})
def close(form: OutletDayRequest) -> ResponseReturnValue:
    """Close a clean day (日结); from then on nothing on it changes."""
    return reply(closed(form), 201)


@bp.post("/till-files")
@may("reconciliation.enter")
@bp.input(TillFile, arg_name="form", example={**A_DAY, "text": A_FILE})
@answers({201: KeptLines})
def till_file(form: TillFile) -> ResponseReturnValue:
    """Give the till's own file of a day, as CSV text; the last one counts."""
    return reply(KeptLines(kept(form, form.text.encode())), 201)


@bp.post("/differences/<uuid:difference_id>/mending")
@may("reconciliation.mend")
@bp.input(
    Mending, arg_name="form", example={"fix": "book", "reason": "collected_later"}
)
@answers({200: RunView})
def mend(difference_id: UUID, form: Mending) -> ResponseReturnValue:
    """Mend one difference as its kind allows, and tell how the day stands then."""
    return reply(mended(difference_id, form))


def standing(day: date) -> tuple[OutletDay, ...]:
    """Read how the caller's outlets stand on a day; the bureau's are those of its area."""
    found = service.reconciliation(db.session(), day, _own())
    return tuple(one for one in found if _within(one.outlet_code))


def ran(form: OutletDayRequest) -> RunView:
    """Reconcile the day that the form names."""
    return service.reconcile(
        db.session(),
        parts.desk(),
        outlet_code=_outlet(form),
        day=form.day,
        by=caller().user,
        now=clock.now(),
    )


def closed(form: OutletDayRequest) -> RunView:
    """Close the day that the form names."""
    return service.close_day(
        db.session(),
        parts.desk(),
        outlet_code=_outlet(form),
        day=form.day,
        by=caller().user,
        now=clock.now(),
    )


def kept(form: OutletDayRequest, raw: bytes) -> int:
    """Keep a till's file of the day that the form names; tells how many lines."""
    return service.keep_till_file(
        db.session(),
        outlet_code=_outlet(form),
        day=form.day,
        raw=raw,
        by=caller().user,
        now=clock.now(),
    )


def mended(difference_id: UUID, form: Mending) -> RunView:
    """Mend a difference as the form says."""
    return service.mend(
        db.session(),
        parts.desk(),
        difference_id=difference_id,
        fix=form.fix,
        reason=form.reason or "",
        by=caller().user,
        now=clock.now(),
        outlet_code=_own(),
        area=auditing.area_of(caller()) if _own() is None else None,
    )


def _own() -> str | None:
    """Name the outlet that the caller is bound to; the bureau to none."""
    who = caller()
    return None if {"bureau", "admin", "auditor"} & who.roles else who.subject


def _outlet(form: OutletDayRequest) -> str:
    outlet_code = _own() or form.outlet
    if outlet_code is None:
        raise Malformed([FieldError("outlet", "the outlet whose day it is")])
    if not _within(outlet_code):
        raise NotFound("机构", "outlet")
    return outlet_code


def _within(outlet_code: str) -> bool:
    """Tell whether an outlet is the caller's own, or in the bureau's pooling area (统筹区)."""
    own = _own()
    if own is not None:
        return outlet_code == own
    return auditing.area_of(caller()) in {None, pooling_area(outlet_code[1:7])}
