"""Packs of the quarterly inspection: the quarter as it stands, and what was sent."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import FieldError
from dispensing.service.inspecting import InspectionVersion
from web import sheets
from web.auth import may
from web.desk import charts, exporting, packs
from web.desk.inspecting import Figures
from web.desk.task_words import STATE_TONES, STATE_WORDS
from web.pages import forms

SHOWN_MAX = 30  # of each part on the page; all of it is in the files
bp = Blueprint("inspections_pages", __name__, url_prefix="/bureau/desk/inspections")


@bp.get("")
@may("inspection.read", page=True)
def home() -> ResponseReturnValue:
    """Show a quarter as it stands, and the versions that were sent."""
    return _page(_gathered(), None)


@bp.get("/pack.csv")
@may("inspection.read", page=True)
def csv() -> ResponseReturnValue:
    """Give a quarter as it stands as CSV."""
    return _csv(_gathered())


@bp.post("")
@may("inspection.send", page=True)
def send() -> ResponseReturnValue:
    """Keep the quarter as it stands as the next version."""
    quarter = forms.text("quarter", 6)
    found = packs.keep(quarter, _figures(), forms.text("note", 400))
    return redirect(url_for(".show", quarter=quarter, version=found.version))


@bp.get("/<quarter>/<int:version>")
@may("inspection.read", page=True)
def show(quarter: str, version: int) -> ResponseReturnValue:
    """Show one version as it was sent."""
    found = packs.version(quarter, version)
    return _page(found.content, found)


@bp.get("/<quarter>/<int:version>.json")
@may("inspection.read", page=True)
def version_json(quarter: str, version: int) -> ResponseReturnValue:
    """Give one version as JSON, with its digest."""
    found = asdict(packs.version(quarter, version))
    text = json.dumps(found, ensure_ascii=False, indent=1, default=str)
    return _file(text, "application/json", f"inspection-{quarter}-{version}.json")


@bp.get("/<quarter>/<int:version>.csv")
@may("inspection.read", page=True)
def version_csv(quarter: str, version: int) -> ResponseReturnValue:
    """Give one version as CSV."""
    return _csv(packs.version(quarter, version).content)


def _page(content: Mapping[str, Any], version: InspectionVersion | None) -> str:
    rows = [(one["unit"], one["designated"], one["target"]) for one in content["quota"]]
    return render_template(
        "bureau/desk/inspection.html",
        it=content,
        version=version,
        versions=packs.versions(),
        chart=charts.bars("指定药店目标", rows),
        stock_rows=[tuple(one.values()) for one in content["stock_outs"]],
        demand_rows=[tuple(one.values()) for one in content["demand"]],
        shown_max=SHOWN_MAX,
        state_words=STATE_WORDS,
        state_tones=STATE_TONES,
    )


def _gathered() -> Mapping[str, Any]:
    return packs.gathered(request.args.get("quarter", "").strip(), _figures())


def _figures() -> Figures:
    return Figures(_number("window_days", 30), _number("percent", 20))


def _number(name: str, usual: int) -> int:
    asked = request.values.get(name, "").strip() or str(usual)
    if not (asked.isdecimal() and 1 <= int(asked) <= 366):
        raise forms.NotAsExpected([FieldError(name, "a number from 1 to 366")])
    return int(asked)


def _csv(content: Mapping[str, Any]) -> Response:
    text = sheets.as_csv(exporting.PACK_COLUMNS, exporting.pack_rows(content))
    return _file(
        text, "text/csv; charset=utf-8", f"inspection-{content['quarter']}.csv"
    )


def _file(text: str, media: str, name: str) -> Response:
    answer = Response(text, content_type=media)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
