"""The catalogue as pages: search by keyboard, a medicine with its history, files to put in."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError
from pharmacies import service as pharmacies
from pharmacies.catalogue import finding, upload_service
from pharmacies.catalogue import service as catalogue
from pharmacies.catalogue.history import history
from web import clock, db
from web.auth import may
from web.catalogue import asked_in, every_fate, handed, upload
from web.pages import forms

bp = Blueprint("medicines_pages", __name__, url_prefix="/medicines")


@bp.get("")
@may("medicine.read", page=True)
def home() -> ResponseReturnValue:
    """Show the search, and what it found; an exact code leads straight to its medicine."""
    typed = request.args.get("q", "").strip()[: finding.TYPED_MAX]
    found = finding.find(db.session(), typed) if typed else None
    if found is not None and found.decided:
        return redirect(url_for(".show", code=found.hits[0].code))
    return render_template("medicines/home.html", typed=typed, found=found)


@bp.get("/<string(length=23):code>")
@may("medicine.read", page=True)
def show(code: str) -> ResponseReturnValue:
    """Show a medicine as it is on a day, and everything that was entered about it."""
    day = forms.day_asked(clock.today())
    area = request.args.get("area", "").strip()[:6]
    area = area if area.isdigit() else ""
    return render_template(
        "medicines/medicine.html",
        it=pharmacies.medicine(db.session(), code, day, area),
        day=day,
        area=area,
        history=history(db.session(), code),
    )


@bp.get("/files")
@may("medicine_file.read", page=True)
def files() -> ResponseReturnValue:
    """Show the form for a file, what was handed in and what was put in."""
    return render_template(
        "medicines/files.html",
        uploads=upload_service.uploads(db.session()),
        imports=catalogue.imports(db.session(), 50),
        today=clock.today(),
    )


@bp.post("/files")
@may("medicine_file.enter", page=True)
def hand_in() -> ResponseReturnValue:
    """Take a file, and let a worker say what would become of each row."""
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        raise forms.NotAsExpected([FieldError("table", "a file")])
    day = forms.day_of_form("valid_from", clock.today())
    view = handed(sent.filename, sent.read(), day)
    return redirect(url_for(".show_file", file_id=view.id))


@bp.get("/files/<uuid:file_id>")
@may("medicine_file.read", page=True)
def show_file(file_id: UUID) -> ResponseReturnValue:
    """Show how far a file is, and the fate of its rows."""
    view = upload(file_id)
    return render_template("medicines/file.html", it=view)


@bp.get("/files/<uuid:file_id>/progress")
@may("medicine_file.read", page=True)
def progress(file_id: UUID) -> ResponseReturnValue:
    """Give the part of the page that changes while a worker has the file."""
    view = upload(file_id)
    return render_template("medicines/progress.html", it=view)


@bp.get("/files/<uuid:file_id>/fates.csv")
@may("medicine_file.read", page=True)
def fates(file_id: UUID) -> ResponseReturnValue:
    """Give the fate of every row as CSV."""
    every = every_fate(file_id)
    answer = Response(every, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="fates.csv"'
    return answer


@bp.post("/files/<uuid:file_id>/import")
@may("medicine_file.enter", page=True)
def put_in(file_id: UUID) -> ResponseReturnValue:
    """Let a worker put the file in."""
    asked_in(file_id)
    return redirect(url_for(".show_file", file_id=file_id))
