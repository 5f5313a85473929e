"""The pages of institutions' monthly reports: an outlet's own, and those of an area."""

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dispensing.forms.layout import DISEASES, MEASURES, ROWS, SPANS, heading
from web import clock
from web.api import form_acts, report_acts
from web.auth import may
from web.pages import archive, bureau_forms, form_sheets, forms
from web.pages.bureau_forms import FAULTS, XLSX
from web.schemas_forms import FormSent

bp = Blueprint("report_pages", __name__)
NUMBERS = {
    "rows": ROWS,
    "diseases": DISEASES,
    "measures": MEASURES,
    "spans": SPANS,
    "heading": heading,
    "words": FAULTS,
}


@bp.get("/counter/reports")
@may("report.read", page=True)
def own() -> str:
    """List the months that the outlet reports."""
    found = report_acts.months(clock.today())
    return render_template("counter/reports.html", found=found)


@bp.get("/counter/reports/<month>")
@may("report.read", page=True)
def show(month: str) -> str:
    """Show the outlet's report of a month, or one version of it."""
    found = report_acts.look(month, bureau_forms.version_asked())
    return render_template(
        "counter/report.html",
        month=month,
        found=found,
        asked=report_acts.is_asked(found),
        can_set=archive.can_be_made(),
        **NUMBERS,
    )


@bp.post("/counter/reports/<month>/draw")
@may("report.send", page=True)
def draw(month: str) -> ResponseReturnValue:
    """Draw the report up anew."""
    report_acts.draw(month)
    return redirect(url_for(".show", month=month))


@bp.post("/counter/reports/<month>/send")
@may("report.send", page=True)
def send(month: str) -> ResponseReturnValue:
    """Report a version to the bureau."""
    report_acts.send(month, forms.read(FormSent))
    return redirect(url_for(".show", month=month))


@bp.get("/counter/reports/<month>/sheet.xlsx")
@may("report.read", page=True)
def sheet(month: str) -> Response:
    """Give the report as a workbook in the layout of the form."""
    found = bureau_forms.drawn(report_acts.look(month, bureau_forms.version_asked()))
    made = form_sheets.xlsx(found, report_acts.outlet_name())
    return bureau_forms.handed(made, XLSX, f"report-{month}.xlsx")


@bp.get("/counter/reports/<month>/sheet.pdf")
@may("report.read", page=True)
def paper(month: str) -> Response:
    """Give the report as PDF to be signed."""
    found = bureau_forms.drawn(report_acts.look(month, bureau_forms.version_asked()))
    made = form_sheets.pdf(found, report_acts.outlet_name())
    return bureau_forms.handed(made, "application/pdf", f"report-{month}.pdf")


@bp.get("/bureau/forms/<month>/reports")
@may("form.read", page=True)
def of_area(month: str) -> str:
    """Show which institutions have reported a month, and what that comes to."""
    found = report_acts.of_area(month)
    return render_template(
        "bureau/forms/reports.html",
        month=month,
        found=found,
        today=clock.today(),
        **NUMBERS,
    )


@bp.get("/bureau/forms/<month>/reports/differences")
@may("form.compare", page=True)
def differences(month: str) -> str:
    """Show whose reports say otherwise than what is settled now."""
    found = report_acts.differences(month)
    return render_template(
        "bureau/forms/differences.html",
        month=form_acts.month_of(month).isoformat()[:7],
        found=found,
        **NUMBERS,
    )
