"""The patient downloads what is held on them, after the password once more (个人信息保护法 45)."""

import json

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from dispensing.service import people
from web import clock, db, guessing, holdings, parts
from web.auth import caller, may
from web.pages import forms
from web.pages.export_words import SECTIONS
from web.words import language

bp = Blueprint("export_pages", __name__, url_prefix="/patient/export")

PURPOSE = "下载本人资料"


@bp.get("")
@may("own.export", page=True)
def home() -> ResponseReturnValue:
    """Ask for the password, and in which form it shall be."""
    return render_template("patient/export.html", wrong="")


@bp.post("")
@may("own.export", page=True)
def download() -> ResponseReturnValue:
    """Hand out all that is held on the caller; the read is recorded before."""
    who, session = caller(), db.session()
    wrong = guessing.wrong(forms.text("password", 128), who.user)
    if wrong:
        return render_template("patient/export.html", wrong=wrong), 403
    people.note_read(session, who.subject, who.reads("patient", PURPOSE), clock.now())
    found = holdings.held_on(session, parts.desk().vault, who.subject)
    at = clock.now()
    if request.form.get("form") == "json":
        told = {"person_no": who.subject, "at": at, "held": found}
        text = json.dumps(told, ensure_ascii=False, default=holdings.written, indent=1)
        return _file(text, "application/json", "json")
    page = render_template(
        "patient/export_file.html",
        sections=[(_title(name), labels, found[name]) for name, labels in _labelled()],
        at=at,
        spoken=language(),
    )
    return _file(page, "text/html", "html")


def _labelled() -> list[tuple[str, dict[str, str]]]:
    spoken = 0 if language() == "zh" else 1
    return [
        (name, {column: said[spoken] for column, said in labels.items()})
        for name, (_, labels) in SECTIONS.items()
    ]


def _title(name: str) -> str:
    return SECTIONS[name][0][0 if language() == "zh" else 1]


def _file(text: str, kind: str, ending: str) -> Response:
    answer = Response(text, mimetype=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename=yaoda.{ending}"
    answer.headers["Cache-Control"] = "no-store"
    return answer
