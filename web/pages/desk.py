"""The bureau's desk: what is due, what is late and what has changed, on one page."""

from collections import Counter

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from web import clock, db, desk
from web.auditing import area_of_caller
from web.auth import caller, may
from web.desk.tile import KINDS
from web.pages import forms

bp = Blueprint("desk_pages", __name__, url_prefix="/bureau/desk")


@bp.get("")
@may("desk.read", page=True)
def home() -> ResponseReturnValue:
    """Show the tiles of the caller's roles."""
    day = forms.day_asked(clock.today())
    told = desk.tell(db.session(), caller().roles, area_of_caller(), day)
    counts = Counter(entry.kind for tile in told for entry in tile.entries)
    return render_template(
        "bureau/desk/home.html", day=day, told=told, counts=counts, kinds=KINDS
    )
