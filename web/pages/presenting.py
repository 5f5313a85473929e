"""The counter's pages of presenting: a code is scanned, typed or photographed; a list opens."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.access import AccessRefused
from dispensing.codes.keystrokes import Scan
from dispensing.errors import FieldError
from web.api import codes as api
from web.auth import may
from web.code_schemas import SCANNED_MAX, HelperShown
from web.pages import forms
from web.words import say

bp = Blueprint("presenting_pages", __name__, url_prefix="/counter/presentations")
# Apart, because a photograph may be larger than any other form.
pictures_bp = Blueprint("code_picture_pages", __name__, url_prefix="/counter/pictures")

PRESENTED = ("access_code", "insurance_code")
ORDER = (*PRESENTED, "prescription_id", "text")


@bp.post("")
@may("code.open", page=True)
def present() -> ResponseReturnValue:
    """Open what was scanned; a helper's code asks for the helper first."""
    helper = None
    if request.form.get("helper_name"):
        helper = forms.read(
            HelperShown,
            name=forms.text("helper_name", 40),
            phone_tail=forms.text("helper_phone_tail", 4),
            id_number=forms.text("helper_id_number", 18).upper(),
        )
    return opened(forms.text("scanned", SCANNED_MAX), helper)


@bp.post("/again")
@may("code.open", page=True)
def again() -> ResponseReturnValue:
    """Ask again who the helper is, with what was typed."""
    scanned = forms.text("scanned", SCANNED_MAX)
    if not request.form.get("helper_name"):
        return redirect(url_for("counter_pages.home"))
    return render_template("counter/helper.html", scanned=scanned, typed=request.form)


@bp.get("/<uuid:presentation_id>")
@may("code.open", page=True)
def show(presentation_id: UUID) -> ResponseReturnValue:
    """List what was presented, each prescription a step away."""
    found = api.shown(presentation_id)
    return render_template("counter/presentation.html", presented=found)


@pictures_bp.post("")
@may("code.decode", face="counter", page=True)
def picture() -> ResponseReturnValue:
    """Open the code of a photograph."""
    sent = request.files.get("picture")
    if sent is None or not sent.filename:
        expected = say("请选择一张照片")
        raise forms.NotAsExpected([FieldError("picture", expected)])
    found = sorted(api.read_picture(sent), key=_rank)
    return follow(found[0])


def follow(scan: Scan) -> ResponseReturnValue:
    """Open what a scan names: a presentation, else a prescription by its number."""
    if scan.kind in PRESENTED:
        return opened(scan.text, None)
    return redirect(url_for("counter_pages.home", scan=scan.text[:64]))


def opened(scanned: str, helper: HelperShown | None) -> ResponseReturnValue:
    """Open a code and lead to its list, or to the form that asks who the helper is."""
    try:
        found = api.opened(scanned, helper)
    except AccessRefused as refused:
        if refused.reason != "helper-needed":
            raise
        return render_template("counter/helper.html", scanned=scanned, typed={})
    return redirect(url_for("presenting_pages.show", presentation_id=found.id))


def _rank(scan: Scan) -> int:
    return ORDER.index(scan.kind) if scan.kind in ORDER else len(ORDER)
