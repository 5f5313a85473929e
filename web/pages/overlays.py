"""The bureau's page of open questions: what a text leaves open, its answers, and their versions."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError
from web import clock
from web.api.overlays import (
    figures_in_force,
    form_of,
    proposed,
    trial_of,
    version_of,
    what_stands,
)
from web.auth import may
from web.pages import forms
from web.schemas_overlay import TEXT_MAX, Answered, Proposed, Tried, Withdrawn

bp = Blueprint("overlays_pages", __name__, url_prefix="/bureau/overlay")


@bp.get("")
@may("overlay.read", page=True)
def home() -> ResponseReturnValue:
    """Show what is open and what it stops, what was answered, and the versions."""
    found = what_stands()
    return render_template(
        "bureau/overlay.html",
        found=found,
        figures=figures_in_force(),
        example=found.text or form_of(found.region),
    )


@bp.get("/answer")
@may("overlay.propose", page=True)
def answer() -> ResponseReturnValue:
    """Ask for the value of one open question, with where it stands."""
    asked = request.args.get("name", "")
    known = [one for one in what_stands().questions if one.name == asked]
    if not known:
        raise forms.NotAsExpected([FieldError("name", "a figure that is open")])
    return render_template(
        "bureau/overlay_answer.html", asked=known[0], today=clock.today()
    )


@bp.post("/answer")
@may("overlay.propose", page=True)
def try_answer() -> ResponseReturnValue:
    """Show what an answer would change; nothing is asked for yet."""
    return _shown(Tried(answer=forms.read(Answered)))


@bp.post("/withdrawal")
@may("overlay.propose", page=True)
def try_withdrawal() -> ResponseReturnValue:
    """Show what a figure without its value would change."""
    return _shown(Tried(withdrawn=forms.read(Withdrawn)))


@bp.post("/trial")
@may("overlay.propose", page=True)
def try_text() -> ResponseReturnValue:
    """Show what a whole overlay would change: a file, or what was typed."""
    return _shown(Tried(text=_text()))


@bp.post("/proposal")
@may("overlay.propose", page=True)
def propose() -> ResponseReturnValue:
    """Ask for a version; leads to what now waits for another officer."""
    reason = forms.text("reason")
    if not reason:
        raise forms.NotAsExpected([FieldError("reason", "why")])
    proposed(Proposed(text=_text(), reason=reason))
    raise AssertionError("a version of an overlay always wants a second person")


@bp.get("/versions/<int:no>")
@may("overlay.read", page=True)
def version(no: int) -> ResponseReturnValue:
    """Show one version word for word."""
    return render_template("bureau/overlay_version.html", one=version_of(no))


def _shown(form: Tried) -> str:
    return render_template("bureau/overlay_trial.html", trial=trial_of(form))


def _text() -> str:
    """Read a whole overlay from the file that was chosen, else from the field."""
    file = request.files.get("file")
    raw = file.stream.read(TEXT_MAX + 1) if file and file.filename else b""
    try:
        text = raw.decode() if raw else request.form.get("text", "")
    except UnicodeDecodeError:
        raise forms.NotAsExpected([FieldError("file", "text in UTF-8")]) from None
    if not text.strip() or len(text) > TEXT_MAX:
        raise forms.NotAsExpected([FieldError("text", "an overlay as TOML")])
    return text.replace("\r\n", "\n")
