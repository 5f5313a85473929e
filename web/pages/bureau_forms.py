"""The pages of the bureau's monthly forms: list, form, people behind a number, XLSX and PDF."""

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from dispensing.errors import FieldError, NotFound
from dispensing.forms.apart import APART
from dispensing.forms.layout import DISEASES, MEASURES, ROWS, SPANS, heading
from dispensing.service.forms.monthly import PEOPLE_A_PAGE, Monthly
from web import clock
from web.api import form_acts
from web.api.form_acts import FormSpent
from web.auth import may
from web.desk import charts
from web.pages import archive, form_sheets, forms, statistics_sheet
from web.schemas_forms import EntrySent, FormSent, OfferTaken
from web.words import say

bp = Blueprint("bureau_forms_pages", __name__, url_prefix="/bureau/forms")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FAULTS = {
    "fund-over-scope": "基金支出大于政策范围内费用",
    "scope-over-cost": "政策范围内费用大于药品费用",
    "people-over-visits": "享受人数大于享受人次",
    "month-over-whole": "当月数大于累计数",
    "falls": "累计数比上月报送的少",
    "managed-unknown": "没有规范化管理人数：请填写并写明出处",
    "more-than-managed": "享受人数大于规范化管理人数：请在备注说明，并反馈卫健委（T2）",
}


@bp.get("")
@may("form.read", page=True)
def home() -> ResponseReturnValue:
    """List the last twelve months, with what is due and late."""
    months = form_acts.months(clock.today())
    spent = form_acts.spent(months)
    return render_template(
        "bureau/forms/home.html",
        months=months,
        spent=spent,
        diseases=DISEASES,
        charts={disease: _chart(spent, disease) for disease in DISEASES},
    )


def _chart(spent: Sequence[FormSpent], disease: str) -> Markup:
    """Draw what the fund paid before what medicines cost, month by month, in yuan."""
    rows = [
        (one.month, one.fund_fen // 100, one.cost_fen // 100)
        for one in spent
        if one.disease == disease
    ]
    return charts.bars(say(DISEASES[disease]), rows)


@bp.get("/<month>")
@may("form.read", page=True)
def show(month: str) -> ResponseReturnValue:
    """Show a month's form, or one version of it."""
    return render_template(
        "bureau/forms/month.html",
        month=month,
        found=form_acts.look(month, version_asked()),
        offered=form_acts.offered(month),
        rows=ROWS,
        diseases=DISEASES,
        measures=MEASURES,
        spans=SPANS,
        heading=heading,
        words=FAULTS,
        can_set=archive.can_be_made(),
    )


@bp.post("/<month>/draw")
@may("form.draw", page=True)
def draw(month: str) -> ResponseReturnValue:
    """Draw the form up anew."""
    form_acts.draw(month)
    return redirect(url_for(".show", month=month))


@bp.post("/<month>/send")
@may("form.send", page=True)
def send(month: str) -> ResponseReturnValue:
    """Write down that the form was sent."""
    form_acts.send(month, forms.read(FormSent))
    return redirect(url_for(".show", month=month))


@bp.post("/<month>/enter")
@may("form.enter", page=True)
def enter(month: str) -> ResponseReturnValue:
    """Take a number of managed people with its source."""
    form_acts.enter(month, forms.read(EntrySent))
    return redirect(url_for(".show", month=month))


@bp.post("/<month>/managed")
@may("form.enter", page=True)
def take_offered(month: str) -> ResponseReturnValue:
    """Enter what the matching counted of managed residents."""
    form_acts.take_offered(month, forms.read(OfferTaken))
    return redirect(url_for(".show", month=month))


@bp.get("/<month>/people")
@may("form.people", page=True)
def people(month: str) -> ResponseReturnValue:
    """Show the people behind a number, masked; each read is on record."""
    asked = {name: request.args.get(name, "") for name in ("row", "disease", "span")}
    page = request.args.get("page", "1")
    if not page.isdecimal() or not 0 < int(page) < 10**6:
        raise forms.NotAsExpected([FieldError("page", "the number of a page")])
    found = form_acts.behind(month, **asked, page=int(page))
    return render_template(
        "bureau/forms/people.html",
        month=month,
        asked=asked,
        found=found,
        row=ROWS[asked["row"]],
        disease=DISEASES[asked["disease"]],
        span=SPANS[asked["span"]],
        page=int(page),
        pages=-(-found.count // PEOPLE_A_PAGE) or 1,
    )


@bp.get("/<month>/sheet.xlsx")
@may("form.read", page=True)
def sheet(month: str) -> ResponseReturnValue:
    """Give the form as a workbook in the layout of the annex."""
    found = form_acts.look(month, version_asked())
    return handed(
        form_sheets.xlsx(drawn(found), _area()), XLSX, f"schedule-{month}.xlsx"
    )


@bp.get("/<month>/sheet.pdf")
@may("form.read", page=True)
def paper(month: str) -> ResponseReturnValue:
    """Give the form as PDF for the archive."""
    found = form_acts.look(month, version_asked())
    made = form_sheets.pdf(drawn(found), _area())
    return handed(made, "application/pdf", f"schedule-{month}.pdf")


@bp.get("/<month>/statistics")
@may("form.read", page=True)
def statistics(month: str) -> ResponseReturnValue:
    """Show a month by scheme, both diseases of a person together."""
    return render_template(
        "bureau/forms/statistics.html",
        month=month,
        found=form_acts.statistics(month),
        schemes=APART,
        measures=statistics_sheet.MEASURES,
        spans=SPANS,
    )


@bp.get("/<month>/statistics.xlsx")
@may("form.read", page=True)
def statistics_book(month: str) -> ResponseReturnValue:
    """Give those statistics as a workbook."""
    made = statistics_sheet.xlsx(form_acts.statistics(month), _area())
    return handed(made, XLSX, f"statistics-{month}.xlsx")


def version_asked() -> int | None:
    """Read which version is asked for; None where the latest is."""
    number = request.args.get("version", "")
    if number and not (number.isdecimal() and len(number) < 8):
        raise forms.NotAsExpected([FieldError("version", "the number of a version")])
    return int(number) if number else None


def drawn(found: Monthly) -> Monthly:
    """Give a form that was drawn up; NotFound where it was not yet."""
    if found.found is None:
        raise NotFound("这个月的表", "form of this month")
    return found


def _area() -> str:
    return form_acts.area_name()


def handed(made: bytes, kind: str, name: str) -> Response:
    """Hand a file out that nobody keeps on the way."""
    answer = Response(made, mimetype=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer
