"""Receipts on paper, for the printers of a counter and as PDF; and the page that verifies one."""

from typing import Literal
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError

from dispensing import qr
from dispensing.errors import FieldError
from web import parts, receipts, scope
from web.api.receipts import CHARS_MAX
from web.auth import may
from web.pages import archive, sheets
from web.pages.forms import NotAsExpected

bp = Blueprint("receipt_pages", __name__)

PAPERS = {"58": "58 mm", "80": "80 mm", "a4": "A4"}


class Asked(BaseModel):
    """Which receipt of a settlement, and for which paper."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["settlement", "reversal"] = "settlement"
    paper: Literal["58", "80", "a4"] | None = None


@bp.get("/counter/settlements/<uuid:settlement_id>/receipt")
@may("receipt.read", face="counter", page=True)
def counter(settlement_id: UUID) -> ResponseReturnValue:
    """Show a receipt as it is printed at the counter."""
    back = scope.prescription_of(settlement_id)
    return _page(
        settlement_id, url_for("counter_pages.show", prescription_id=back), ".counter"
    )


@bp.get("/patient/settlements/<uuid:settlement_id>/receipt")
@may("receipt.read", face="patient", page=True)
def patient(settlement_id: UUID) -> ResponseReturnValue:
    """Show patients the receipt of their own settlement."""
    back = scope.prescription_of(settlement_id)
    return _page(
        settlement_id, url_for("patient_pages.show", prescription_id=back), ".patient"
    )


@bp.get("/counter/settlements/<uuid:settlement_id>/receipt.pdf")
@may("receipt.read", face="counter", page=True)
def counter_pdf(settlement_id: UUID) -> ResponseReturnValue:
    """Give a receipt as PDF, for the outlet's archive."""
    return _pdf(settlement_id)


@bp.get("/patient/settlements/<uuid:settlement_id>/receipt.pdf")
@may("receipt.read", face="patient", page=True)
def patient_pdf(settlement_id: UUID) -> ResponseReturnValue:
    """Give patients their receipt as PDF."""
    return _pdf(settlement_id)


@bp.get("/receipts/verify")
def verify() -> ResponseReturnValue:
    """Ask anybody for the code of a receipt; its text stays behind the # of the address."""
    return render_template("receipt_verify.html", told=None)


@bp.post("/receipts/verify")
def verified() -> ResponseReturnValue:
    """Tell whether a receipt is genuine, and what became of its settlement since."""
    told = receipts.told(request.form.get("text", "")[:CHARS_MAX])
    return render_template("receipt_verify.html", told=told, words=sheets.standing)


def _asked() -> Asked:
    try:
        return Asked.model_validate(request.args.to_dict())
    except ValidationError:
        expected = "kind settlement or reversal, paper 58, 80 or a4"
        raise NotAsExpected([FieldError("receipt", expected)]) from None


def _page(settlement_id: UUID, back: str, view: str) -> str:
    asked = _asked()
    sheet = sheets.sheet(receipts.read(settlement_id, asked.kind))
    return render_template(
        "receipt.html",
        sheet=sheet,
        code=qr.draw_svg(sheet.code, border=sheets.QUIET),
        paper=asked.paper or parts.settings().receipt_paper,
        papers=PAPERS,
        back=back,
        desk=url_for("counter_pages.home") if view == ".counter" else None,
        view=view,
        pdf=archive.can_be_made(),
        address=parts.settings().address,
    )


def _pdf(settlement_id: UUID) -> Response:
    found = receipts.read(settlement_id, _asked().kind)
    answer = Response(archive.pdf(found), content_type="application/pdf")
    name = f"receipt-{found.id}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
