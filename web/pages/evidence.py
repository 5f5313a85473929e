"""Evidence of deliveries: downloaded by whom it concerns, verified by anybody."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from routing.evidence import BYTES_MAX
from web import evidence
from web.auth import may

bp = Blueprint("evidence_pages", __name__)


@bp.get("/orders/<uuid:order_id>/evidence.zip")
@may("evidence.read", page=True)
def download(order_id: UUID) -> ResponseReturnValue:
    """Give the signed evidence of a delivery."""
    return zipped(order_id)


@bp.get("/evidence/verify")
def verify() -> ResponseReturnValue:
    """Ask anybody for a file of evidence."""
    return render_template("evidence_verify.html", told=None)


@bp.post("/evidence/verify")
def verified() -> ResponseReturnValue:
    """Tell whether a file of evidence is genuine, and what it says."""
    sent = request.files.get("file")
    raw = sent.read(BYTES_MAX + 1) if sent is not None else b""
    return render_template("evidence_verify.html", told=evidence.told(raw))


def zipped(order_id: UUID) -> Response:
    """Answer with the evidence of a delivery as a file to keep."""
    found = evidence.read(order_id)
    answer = Response(found.raw, content_type="application/zip")
    name = f'attachment; filename="{found.name}"'
    answer.headers["Content-Disposition"] = name
    return answer
