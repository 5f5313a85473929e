"""The bureau's page of trace codes (追溯码): look-up, suspicions, old stock without a code."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.errors import FieldError
from pharmacies.stock import is_trace_code
from web import auditing, clock, db
from web.api.traces import allowed, ended, resolved, traced
from web.auth import may
from web.pages import forms
from web.schemas import Ending, OldStockEntry, Resolution

bp = Blueprint("traces_pages", __name__, url_prefix="/bureau/traces")


@bp.get("")
@may("trace.read", page=True)
def home() -> ResponseReturnValue:
    """Show what is suspected, the history of the code asked about, and the no-code list."""
    code, state = request.args.get("code", "").strip(), request.args.get("state")
    if code and not is_trace_code(code):
        raise forms.NotAsExpected([FieldError("trace_codes", "a trace code")])
    session = db.session()
    return render_template(
        "bureau/traces.html",
        code=code,
        found=traced(code) if code else None,
        state=state if state == "resolved" else "open",
        suspicions=service.suspicions(
            session,
            "resolved" if state == "resolved" else "open",
            area=auditing.area_of_caller(),
        ),
        findings=service.FINDINGS,
        old_stock=service.no_code_list(session),
        today=clock.today(),
    )


@bp.post("/resolve")
@may("suspicion.resolve", page=True)
def resolve() -> ResponseReturnValue:
    """Resolve a suspicion with what was found and why."""
    resolved(forms.number("suspicion"), forms.read(Resolution))
    return redirect(url_for(".home"))


@bp.post("/allow")
@may("old_stock.change", page=True)
def allow() -> ResponseReturnValue:
    """Allow old stock to be sold without a code."""
    allowed(forms.read(OldStockEntry))
    return redirect(url_for(".home"))


@bp.post("/end")
@may("old_stock.change", page=True)
def end() -> ResponseReturnValue:
    """End an entry of the no-code list before its last day."""
    ended(forms.number("entry"), forms.read(Ending))
    return redirect(url_for(".home"))
