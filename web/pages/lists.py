"""The page of lists beside the claims: what counts, and a file tried and kept."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from dispensing.bureau_lists.kinds import KINDS
from dispensing.errors import FieldError
from dispensing.service.bureau_lists import ListFile
from web import clock, lists
from web.auth import caller, may
from web.pages import forms

bp = Blueprint("lists_pages", __name__, url_prefix="/bureau/lists")


@bp.get("")
@may("list.read", page=True)
def home() -> str:
    """Show which lists there are, their versions, and how a new one is handed in."""
    return _page()


@bp.post("")
@may("list.enter", page=True)
def hand_in() -> ResponseReturnValue:
    """Try a file, or keep it; what is wrong with it is told row by row."""
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        raise forms.NotAsExpected([FieldError("table", "a file")])
    source = forms.text("source", 200)
    if len(source) < 2:
        raise forms.NotAsExpected([FieldError("source", "who says so")])
    day = forms.day_of_form("as_of", clock.today())
    file = ListFile(sent.filename, sent.read(), day, source)
    kind, keeps = forms.text("kind", 16), forms.text("act", 5) == "keep"
    return _page(lists.handed(kind, file, dry_run=not keeps))


def _page(tried: lists.ListTried | None = None) -> str:
    return render_template(
        "bureau/lists.html",
        kinds=KINDS,
        versions=lists.versions(),
        tried=tried,
        today=clock.today(),
        acts="bureau" in caller().roles,
    )
