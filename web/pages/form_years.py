"""The page of a year's summary: its numbers, what is written of them, and when it was sent."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dispensing.forms.layout import DISEASES, ROWS
from web.api import form_years
from web.auth import may
from web.pages import forms, statistics_sheet
from web.schemas_forms import FormSent, SummaryWritten

bp = Blueprint("form_years_pages", __name__, url_prefix="/bureau/summaries")


@bp.get("/<int:year>")
@may("form.read", page=True)
def show(year: int) -> ResponseReturnValue:
    """Show a year's summary."""
    return render_template(
        "bureau/forms/summary.html",
        year=year,
        found=form_years.looked(year),
        rows=ROWS,
        diseases=DISEASES,
        measures=statistics_sheet.MEASURES,
    )


@bp.post("/<int:year>/draw")
@may("form.draw", page=True)
def draw(year: int) -> ResponseReturnValue:
    """Draw the summary up with what was written."""
    form_years.drawn(year, forms.read(SummaryWritten))
    return redirect(url_for(".show", year=year))


@bp.post("/<int:year>/send")
@may("form.send", page=True)
def send(year: int) -> ResponseReturnValue:
    """Write down that the summary was sent."""
    form_years.sent(year, forms.read(FormSent))
    return redirect(url_for(".show", year=year))
