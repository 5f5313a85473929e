"""The patient's page of where a prescription can be had today: a plain list and a map."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.service import OutletsView
from web import db, parts, serving_map
from web.api.serving import OutletsQuery, found
from web.auth import caller, may
from web.words import say

bp = Blueprint("serving_pages", __name__, url_prefix="/patient/prescriptions")

LISTED_MAX = 20


@bp.get("/<uuid:prescription_id>/outlets")
@may("outlets.find", face="patient", page=True)
def outlets(prescription_id: UUID) -> ResponseReturnValue:
    """Show who can serve a prescription now, what it costs there, and who near cannot."""
    view = found(
        prescription_id,
        OutletsQuery(
            how="collect" if request.args.get("how") == "collect" else "deliver",
            sort="price" if request.args.get("sort") == "price" else "distance",
            limit=LISTED_MAX,
        ),
    )
    here = {
        (how, sort): url_for(
            ".outlets", prescription_id=prescription_id, how=how, sort=sort
        )
        for how in ("deliver", "collect")
        for sort in ("distance", "price")
    }
    labels = dict.fromkeys(label for each in view.offers for label in each.labels)
    return render_template(
        "patient/outlets.html",
        view=view,
        here=here,
        labels=tuple(labels),
        map=_map(view),
        issues_codes=parts.desk().issues_codes,
    )


def _map(view: OutletsView) -> str | None:
    """Draw the map for the patient alone: a relative need not see where the home is."""
    person_no = service.person_of(db.session(), view.prescription_id)
    if person_no != caller().subject:
        return None
    _, home, _ = service.home_of(db.session(), parts.desk(), person_no)
    return serving_map.draw(view, home, say("哪里可以取药"))
