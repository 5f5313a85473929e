"""The dispatcher's first page: orders by filters, acts on many of them, the plans of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.days import CHINA
from dispensing.errors import FieldError
from pharmacies.qualifications import expiring
from pharmacies.register_service import qualifications
from routing import service
from routing.service import BulkDone, ManyCommitted, PlanLine, PlanningView
from web import clock, db
from web.api import pool as api
from web.api.dispatch import ask_plan
from web.api.plans import ask_replan
from web.auth import caller, may
from web.live import seen
from web.pages import forms
from web.schemas_board import CommitRequest, HoldRequest, PoolPageQuery, Selection
from web.schemas_plans import PlanRequest, ReplanRequest

bp = Blueprint("pool_pages", __name__, url_prefix="/dispatch")

WARNED_DAYS = 60  # before a paper of the firm ends
SLICES = ((time(9), time(13)), (time(13), time(19)))
STATES = ("waiting", "packed", "placed", "held", "planned", "out", "ended", "all")
FILTERS = ("state", "area", "outlet", "storage", "window", "number", "late")
PLANNED_MAX = 1000  # orders of one plan


@dataclass(frozen=True, slots=True)
class Told:
    """What an act on many came to, said above the page."""

    act: str
    orders: BulkDone | None = None
    plans: ManyCommitted | None = None


@bp.post("/orders")
@may("pool.hold", page=True)
def act() -> ResponseReturnValue:
    """Do one act to the orders that were ticked, or to all that match the filter."""
    name = forms.text("act", 10)
    if name == "hold":
        reason = forms.text("reason")
        form = forms.read(HoldRequest, **_selection(), reason=reason)
        return home(Told("hold", api.held(form)))
    chosen = forms.read(Selection, **_selection())
    if name == "release":
        return home(Told("release", api.released(chosen)))
    ids = api.selected(chosen)
    if not 0 < len(ids) <= PLANNED_MAX:
        wanted = f"1 to {PLANNED_MAX} orders, got {len(ids)}"
        raise forms.NotAsExpected([FieldError("orders", wanted)])
    return _plan(ids) if name == "plan" else _insert(ids)


@bp.post("/commitments")
@may("plan.commit", page=True)
def commit() -> ResponseReturnValue:
    """Commit every draft that was ticked; what could not go is named."""
    form = forms.read(CommitRequest, plans=_ids("plan"))
    return home(Told("commit", plans=api.committed(form)))


def home(told: Told | None = None) -> ResponseReturnValue:
    """Show the orders that match, what can be done with them, and the plans of the day."""
    seen.note()
    today, session, firm = clock.today(), db.session(), caller().subject
    asked = _asked(today)
    day = asked.day or today
    plans = service.plan_lines(session, firm, day)
    return render_template(
        "dispatch/home.html",
        day=day,
        asked=asked,
        states=STATES,
        slices=SLICES,
        proposed=next_slice(plans, day, clock.now()),
        pool=api.pooled(asked, asked.page),
        address=_address(day, asked),
        told=told,
        alerts=service.alerts(session, firm, now=clock.now()),
        plans=plans,
        plannings=_unfinished(firm, day),
        expiring=expiring(qualifications(session, [firm]), today, WARNED_DAYS),
    )


def next_slice(
    plans: Sequence[PlanLine], day: date, now: datetime
) -> tuple[time, time]:
    """Propose the slice of a day that is next to be planned.

    That is the first without a plan that is not half over, else the first that is not over.
    """
    planned = {(it.opens, it.closes) for it in plans if it.state != "superseded"}
    ahead = [it for it in SLICES if now < datetime.combine(day, it[1], CHINA)]
    free = [it for it in ahead if it not in planned and now < _half(day, it)]
    return (free or ahead or SLICES[-1:])[0]


def _half(day: date, part: tuple[time, time]) -> datetime:
    opens, closes = (datetime.combine(day, it, CHINA) for it in part)
    return opens + (closes - opens) / 2


def _plan(ids: list[UUID]) -> ResponseReturnValue:
    """Plan the chosen orders alone, in the slice that holds all of their windows."""
    opens, closes = service.slice_around(db.session(), caller().subject, ids)
    form = forms.read(PlanRequest, slice_opens=opens, slice_closes=closes, orders=ids)
    asked = ask_plan(form)
    return redirect(url_for("dispatch_pages.show_planning", planning_id=asked.id))


def _insert(ids: list[UUID]) -> ResponseReturnValue:
    """Put the chosen orders into the routes of a plan, the others as they are."""
    form = forms.read(ReplanRequest, mode="insert", orders=ids)
    asked = ask_replan(forms.number("into"), form)
    return redirect(url_for("dispatch_pages.show_planning", planning_id=asked.id))


def _selection() -> Mapping[str, object]:
    if request.form.get("whom") == "all":
        sent = {name: forms.text(name, 40) for name in ("day", *FILTERS)}
        return {"orders": [], "matching": {k: v for k, v in sent.items() if v}}
    return {"orders": _ids("order"), "matching": None}


def _ids(name: str) -> list[UUID]:
    try:
        return [UUID(each) for each in request.form.getlist(name)]
    except ValueError:
        raise forms.NotAsExpected([FieldError(name, "an id")]) from None


def _asked(today: date) -> PoolPageQuery:
    """Read the filter from the address, or from the form of an act, where it stands again."""
    if request.method == "GET":
        return forms.query(PoolPageQuery)
    sent = {name: forms.text(name, 40) for name in ("day", *FILTERS)}
    kept = {name: value for name, value in sent.items() if value}
    return PoolPageQuery.model_validate({"day": today, **kept}, strict=False)


def _address(day: date, asked: PoolPageQuery) -> str:
    """Give the address of the list as it is filtered, for its other pages."""
    said = asked.model_dump(mode="json", include=set(FILTERS), exclude_defaults=True)
    return url_for("dispatch_pages.home", day=day.isoformat(), **said)


def _unfinished(firm: str, day: date) -> list[PlanningView]:
    listed = service.plannings(db.session(), firm, day, now=clock.now())
    return [each for each in listed if each.state not in ("done", "cancelled")]
