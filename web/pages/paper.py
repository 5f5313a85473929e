"""The counter's page for paper prescriptions: key one in, photograph it, look at it again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.conditions import CONDITIONS
from dispensing.intake.message import LINES_MAX
from dispensing.intake.paper import PaperPrescription
from dispensing.intake.pictures import picture_of
from pharmacies.catalogue import finding
from web import clock, db, parts, scope
from web.api import papers
from web.auth import caller, may
from web.pages import forms

bp = Blueprint("paper_pages", __name__, url_prefix="/counter/paper")

PROPOSED_MAX = 8
_NUMBERS = ("quantity", "supply_days")


@bp.get("")
@may("paper.enter", page=True)
def home() -> ResponseReturnValue:
    """Show the form into which a paper is keyed."""
    return _form({})


@bp.post("/again")
@may("paper.enter", page=True)
def again() -> ResponseReturnValue:
    """Show the form again with what was typed; a photograph is chosen anew."""
    return _form(request.form)


def _form(typed: Mapping[str, str]) -> str:
    return render_template(
        "counter/paper.html",
        typed=typed,
        papers=service.papers_of(db.session(), caller().subject),
        conditions=CONDITIONS.values(),
        today=clock.today(),
        line_numbers=range(1, LINES_MAX + 1),
    )


@bp.post("")
@may("paper.enter", page=True)
def take() -> ResponseReturnValue:
    """Take the paper in and open it like any other prescription."""
    paper = forms.read(
        PaperPrescription,
        doctor={"code": forms.text("doctor_code", 64), "name": forms.text("doctor")},
        patient={
            "id_number": forms.text("id_number", 18).upper(),
            "name": forms.text("name", 64),
        },
        long_term=request.form.get("long_term") == "1",
        lines=tuple(_lines()),
    )
    sent = request.files.get("photo")
    raw = sent.read() if sent is not None else b""
    received = papers.taken(paper, picture_of(raw, "photo") if raw else None)
    return redirect(url_for("counter_pages.show", prescription_id=received.id))


@bp.get("/medicines")
@may("paper.enter", page=True)
def medicines() -> ResponseReturnValue:
    """Propose medicines for what is typed: a name, its pinyin initials, or a code."""
    typed = request.args.get("q", "").strip()[: finding.TYPED_MAX]
    found = finding.find(db.session(), typed, PROPOSED_MAX) if typed else None
    return render_template("counter/found.html", found=found, no=_line_asked())


@bp.get("/<uuid:prescription_id>/photo")
@may("paper.read", page=True)
def photo(prescription_id: UUID) -> ResponseReturnValue:
    """Show the photograph to a counter that may see the prescription; the read is recorded."""
    scope.not_held_elsewhere(prescription_id)
    image = service.paper_image(
        db.writing_session(),
        parts.desk(),
        prescription_id,
        reader=caller().reads("counter", "核对处方原件"),
        outlet_code=caller().subject,
        now=clock.now(),
    )
    return Response(image, content_type="image/jpeg")


def _line_asked() -> int:
    asked = request.args.get("no", "1")
    return int(asked) if asked in {str(no) for no in range(1, LINES_MAX + 1)} else 1


def _lines() -> list[dict[str, Any]]:
    """Read the lines that were filled in: fields medicine_1 to medicine_5 and their like."""
    found = []
    for no in range(1, LINES_MAX + 1):
        medicine = forms.text(f"medicine_{no}", 23).upper()
        if not medicine:
            continue
        numbers = {name: forms.text(f"{name}_{no}", 6) for name in _NUMBERS}
        dosage = forms.text(f"dosage_{no}")
        found.append({"medicine": medicine, "dosage": dosage, **_whole(numbers)})
    return found


def _whole(numbers: dict[str, str]) -> dict[str, Any]:
    return {
        name: int(text) if text.isascii() and text.isdigit() else text
        for name, text in numbers.items()
    }
