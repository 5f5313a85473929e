"""For how long data is kept (保存期限): what would go, what is open, and what was removed."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from dispensing.retention import EXISTING, HOLDS, KINDS, NEVER
from dispensing.service import retaining
from web import db, retention
from web.auth import may

bp = Blueprint("retention_pages", __name__, url_prefix="/bureau/retention")


@bp.get("")
@may("retention.read", page=True)
def home() -> ResponseReturnValue:
    """Show every kind with its term, or as an open question, and the last batches."""
    session = db.session()
    return render_template(
        "bureau/retention.html",
        views=retention.views(current_app, session),
        runs=retaining.runs(session),
        kinds=KINDS,
        existing=EXISTING,
        never=NEVER,
        holds=HOLDS,
    )
