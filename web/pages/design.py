"""Every part that the pages are put together from, in each of its states, on one page."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from dispensing import qr

bp = Blueprint("design_pages", __name__)

SAMPLE = "YD-7K2M-94QX"
PAGES = 3


@bp.get("/design")
def show() -> ResponseReturnValue:
    """Show every part of the design; it says nothing about anybody."""
    page = request.args.get("page", 2, type=int)
    return render_template(
        "design/page.html",
        svg=Markup(qr.draw_svg(SAMPLE)),
        letters=SAMPLE,
        page=min(max(page, 1), PAGES),
        pages=PAGES,
    )
