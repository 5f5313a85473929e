"""Groups paid by heads in the browser: institutions, figures, money, a year's clearing."""

import csv
import json
from collections import Counter
from io import StringIO

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from pydantic import ValidationError

from dispensing.clearing import package
from dispensing.errors import FieldError
from dispensing.service.clearing import booking, running
from dispensing.service.clearing.entering import FIGURES
from web import clock, db, parts
from web.api import group_years as clearings
from web.api.clearing import acts_of, all_groups, figures_of, view_of
from web.auth import may
from web.clearing_views import GroupYearView, shown
from web.desk import charts
from web.pages import clearing_sheets, forms
from web.pages.clearing_sheets import CARES, CLASSES, LEVELS, PEOPLE
from web.schemas_clearing import (
    BookingGiven,
    ContractGiven,
    ContractsGiven,
    FigureGiven,
    GroupActGiven,
    OtherwiseAsked,
    RowGiven,
)
from web.words import say

bp = Blueprint("clearing_pages", __name__, url_prefix="/bureau/groups")

STAGES = {
    "advance": "按季预拨",
    "settle": "按月结算",
    "clear": "年度清算补拨",
    "contract": "签约基金支付",
    "deduct": "违规扣款",
    "share": "结余分配",
    "rest": "回归包干基金",
    "retain": "集采结余留用",
    "revolve": "预付周转金",
    "return": "退回周转金",
}
YES = {"1", "true", "是", "已签约"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("person", "code", "signed", "on")
WORDS = {"levels": LEVELS, "people": PEOPLE, "cares": CARES, "classes": CLASSES}


@bp.get("")
@may("clearing.read", page=True)
def home() -> ResponseReturnValue:
    """List the groups of the caller's area, and let one be begun."""
    year = clock.today().year
    return render_template(
        "bureau/clearing/home.html",
        groups=all_groups(),
        years=(year, year - 1, year - 2),
        region=parts.settings().region,
        levels=LEVELS,
        today=clock.today(),
    )


@bp.get("/<group>")
@may("clearing.read", page=True)
def members(group: str) -> ResponseReturnValue:
    """Show a group's institutions today and what happened to them."""
    return render_template(
        "bureau/clearing/members.html",
        group=view_of(group),
        acts=acts_of(group),
        levels=LEVELS,
        year=clock.today().year,
        today=clock.today(),
    )


@bp.post("/acts")
@may("clearing.enter", page=True)
def act() -> ResponseReturnValue:
    """Write down that an institution joined a group, or left it."""
    form = forms.read(GroupActGiven, **_text("name", "document"))
    group = forms.text("group", 20) or form.code
    if not group.replace("-", "").isalnum():
        raise forms.NotAsExpected([FieldError("group", "the lead hospital's code")])
    clearings.joined(group, form)
    return redirect(url_for(".members", group=group))


@bp.post("/<group>/contracts")
@may("clearing.enter", page=True)
def contracts(group: str) -> ResponseReturnValue:
    """Take in a CSV of where people belong; all of it or nothing, each fault by its row."""
    form = ContractsGiven(document=_said("document"), rows=_contracts())
    clearings.contracted(form)
    return redirect(url_for(".members", group=group))


@bp.get("/<group>/years/<int:year>")
@may("clearing.read", page=True)
def standing(group: str, year: int) -> ResponseReturnValue:
    """Show how a year stands: pools, shares, what a lost point costs, what is missing."""
    view = clearings.year_view(group, year)
    moved = None
    if "row" in request.args:
        moved = clearings.otherwise(group, year, [forms.query(OtherwiseAsked)])
    rules = clearings.rules_of(year)
    return render_template(
        "bureau/clearing/year.html",
        view=view,
        moved=moved,
        names={one.code: one.name for one in view.members},
        items=rules.rows("score.items"),
        pools_chart=_pools_chart(view),
        losses_chart=_losses_chart(view),
        versions=clearings.versions(group, year),
        milestones=rules.rows("calendar"),
        kept=rules.figures.get("clause.year_end_clearing"),
        today=clock.today(),
        **WORDS,
    )


@bp.get("/<group>/years/<int:year>/sheet.xlsx")
@may("clearing.read", page=True)
def sheet(group: str, year: int) -> ResponseReturnValue:
    """Give a reckoned year as a workbook."""
    made = clearing_sheets.xlsx(_whole(group, year))
    return _file(made, XLSX, f"{year}.xlsx")


@bp.get("/<group>/years/<int:year>/sheet.pdf")
@may("clearing.read", page=True)
def paper(group: str, year: int) -> ResponseReturnValue:
    """Give a reckoned year as PDF, to be signed."""
    made = clearing_sheets.pdf(_whole(group, year), clock.now())
    return _file(made, "application/pdf", f"{year}.pdf")


@bp.post("/<group>/years/<int:year>/clearing")
@may("clearing.propose", page=True)
def propose(group: str, year: int) -> ResponseReturnValue:
    """Ask another officer to settle the year; leads to what now waits."""
    clearings.proposed(group, year, _said("reason"))
    raise AssertionError("a clearing always wants a second person")


@bp.get("/<group>/years/<int:year>/clearings/<int:number>")
@may("clearing.read", page=True)
def version(group: str, year: int, number: int) -> ResponseReturnValue:
    """Show one final clearing with all that it rests on."""
    one = clearings.version(group, year, number)
    return render_template("bureau/clearing/version.html", one=one, told=one.content)


@bp.get("/<group>/years/<int:year>/clearings/<int:number>.json")
@may("clearing.read", page=True)
def version_file(group: str, year: int, number: int) -> ResponseReturnValue:
    """Give what one final clearing rests on, as `yaoda clearing` takes it."""
    given = clearings.version(group, year, number).content["given"]
    answer = Response(
        json.dumps(given, ensure_ascii=False, indent=1), mimetype="application/json"
    )
    name = f"clearing-{year}-{number}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/<group>/years/<int:year>/figures")
@may("clearing.read", page=True)
def figures(group: str, year: int) -> ResponseReturnValue:
    """Show what was entered for a year, and let more be entered."""
    found = figures_of(group, year)
    return render_template(
        "bureau/clearing/figures.html",
        group=group,
        year=year,
        found=[one for one in found if not one.code],
        kinds=FIGURES,
    )


@bp.post("/<group>/years/<int:year>/figures")
@may("clearing.enter", page=True)
def enter(group: str, year: int) -> ResponseReturnValue:
    """Enter a figure: an amount in yuan, or a number of people."""
    kind = FIGURES.get(forms.text("name", 40))
    given = _text("document", "ref")
    if kind is not None and kind.unit == "fen":
        given["part"] = forms.fen("part")
    clearings.entered(group, year, forms.read(FigureGiven, **given))
    return redirect(url_for(".figures", group=group, year=year))


@bp.get("/<group>/years/<int:year>/book")
@may("clearing.read", page=True)
def book(group: str, year: int) -> ResponseReturnValue:
    """Show what was booked in a year, what each account holds, and revolving funds."""
    found = clearings.bookings(group, year)
    place = clearings.place_of(group)
    clinics = [one for one in view_of(group).members if one.level == "village"]
    return render_template(
        "bureau/clearing/book.html",
        group=group,
        year=year,
        found=found,
        joint=clearings.joint_account(group, year),
        balances=package.balances(one.booking for one in found),
        accounts=package.ACCOUNTS,
        stages=STAGES,
        entered=booking.ENTERED,
        periods=package.PERIODS,
        limits=clearings.rules_of(year).rows("funds.advance"),
        package=clearings.rules_of(year).figures.get("clause.package_payment"),
        clinics=[
            (one, booking.revolving_fen(db.session(), place, one.code))
            for one in clinics
        ],
    )


@bp.post("/<group>/years/<int:year>/book")
@may("clearing.enter", page=True)
def add(group: str, year: int) -> ResponseReturnValue:
    """Book an amount given in yuan."""
    given = _text("document")
    form = forms.read(BookingGiven, amount_fen=forms.fen("amount"), **given)
    clearings.booked(group, year, form)
    return redirect(url_for(".book", group=group, year=year))


@bp.post("/<group>/years/<int:year>/book/<int:no>/undoing")
@may("clearing.enter", page=True)
def undo(group: str, year: int, no: int) -> ResponseReturnValue:
    """Take a booking back."""
    clearings.undone(group, no, _said("document"))
    return redirect(url_for(".book", group=group, year=year))


@bp.get("/<group>/years/<int:year>/indicators")
@may("indicator.read", page=True)
def indicators(group: str, year: int) -> ResponseReturnValue:
    """Show what institutions were measured to be, and what is missing."""
    return render_template(
        "bureau/clearing/indicators.html",
        view=clearings.indicators_view(group, year),
        groups=all_groups(),
    )


@bp.post("/<group>/years/<int:year>/indicators")
@may("indicator.enter", page=True)
def measure(group: str, year: int) -> ResponseReturnValue:
    """Enter what a row was measured to be."""
    form = forms.read(RowGiven, **_text("document"))
    clearings.measured(group, year, form)
    return redirect(url_for(".indicators", group=group, year=year))


@bp.get("/measured")
@may("indicator.read", page=True)
def measured() -> ResponseReturnValue:
    """List the groups whose institutions are measured, for bureau and health commission."""
    year = clock.today().year
    return render_template(
        "bureau/clearing/measured.html",
        groups=all_groups(),
        years=(year, year - 1, year - 2),
        region=parts.settings().region,
    )


def _whole(group: str, year: int) -> GroupYearView:
    """Give a year that is reckoned; what is missing of another one is told."""
    draft = clearings.draft_of(group, year)
    if draft.done is None:
        raise running.not_whole(draft)
    return shown(draft, group, year)


def _pools_chart(view: GroupYearView) -> Markup:
    """Draw what went off each pool before what heads brought to it, in yuan."""
    rows = [
        (
            say(CARES[one.care]),
            (one.brought_fen - one.surplus_fen) // 100,
            one.brought_fen // 100,
        )
        for one in view.pools
    ]
    return charts.bars(say("支出和总额"), rows)


def _losses_chart(view: GroupYearView) -> Markup:
    """Draw what each row costs all institutions together, before all rows, in yuan."""
    lost: Counter[str] = Counter()
    for one in view.losses:
        lost[one.row] += one.fen
    all_fen = sum(lost.values())
    rows = [(row, fen // 100, all_fen // 100) for row, fen in lost.most_common()]
    return charts.bars(say("丢的分值多少钱"), rows)


def _file(made: bytes, kind: str, name: str) -> Response:
    answer = Response(made, mimetype=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename=clearing-{name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _contracts() -> list[ContractGiven]:
    """Read the rows of the file that was chosen; each that is not fit is named."""
    file = request.files.get("file")
    raw = file.stream.read(4_000_000) if file and file.filename else b""
    try:
        rows = list(csv.DictReader(StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise forms.NotAsExpected([FieldError("file", "CSV in UTF-8")]) from None
    faults, found = [], []
    for number, row in enumerate(rows, 1):
        try:
            if set(row) != set(COLUMNS):
                raise ValueError(f"columns {', '.join(COLUMNS)}")
            cells = {name: (cell or "").strip() for name, cell in row.items()}
            signed = {"signed": cells["signed"].lower() in YES}
            found.append(ContractGiven.model_validate(cells | signed, strict=False))
        except ValidationError as error:
            where = error.errors()[0]["loc"][0]
            faults.append(FieldError(f"row {number}", f"another {where}"))
        except ValueError as error:
            faults.append(FieldError(f"row {number}", str(error)))
    if faults or not found:
        raise forms.NotAsExpected(faults[:50] or [FieldError("file", "rows")])
    return found


def _text(*names: str) -> dict[str, object]:
    return {name: forms.text(name) for name in names if forms.text(name)}


def _said(name: str) -> str:
    said = forms.text(name)
    if not said:
        raise forms.NotAsExpected([FieldError(name, "words")])
    return said
