"""Supervision of delivery firms (W23 三（三）): the bureau's page, and a firm's own."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from routing.service.scoring import WARNED_DAYS
from web import scores
from web.api import promises
from web.api.promises import DelayForm
from web.api.scores import as_csv
from web.auth import may
from web.pages import forms

bp = Blueprint("scores_pages", __name__)

# The clause that asks for it, word for word (温州 2019 征求意见稿 三（三）).
CLAUSE = (
    "对提供配送服务的门店开展患者满意度、送药时效性、配送安全、配送送资质等方面监管"
)
WHATS = {
    "all": "已结束的配送",
    "on_time": "按时送达",
    "late": "晚到",
    "returned": "退回",
    "broken": "没有按时",
    "breach": "冷链偏离",
    "seal": "封签破损",
    "rated": "评价",
    "complaint": "投诉",
}
FACES = {"bureau": "bureau/carriers", "dispatch": "dispatch/score"}


@bp.get("/bureau/carriers")
@may("score.read", face="bureau", page=True)
def bureau() -> ResponseReturnValue:
    """Show the firms of the area: satisfaction, timeliness, incidents, papers."""
    return _board("bureau")


@bp.get("/dispatch/score")
@may("score.read", face="dispatch", page=True)
def firm() -> ResponseReturnValue:
    """Show a firm how it does itself."""
    return _board("dispatch")


@bp.get("/bureau/carriers/deliveries")
@may("score.read", face="bureau", page=True)
def bureau_deliveries() -> ResponseReturnValue:
    """Show the deliveries behind a number."""
    return _behind("bureau")


@bp.get("/dispatch/score/deliveries")
@may("score.read", face="dispatch", page=True)
def firm_deliveries() -> ResponseReturnValue:
    """Show the deliveries behind a number of one's own."""
    return _behind("dispatch")


@bp.get("/bureau/carriers.csv")
@may("score.read", face="bureau", page=True)
def bureau_csv() -> ResponseReturnValue:
    """Give the scores of a month as CSV."""
    return as_csv(scores.written(scores.board(_asked("month"), _asked("area"))))


@bp.get("/dispatch/score.csv")
@may("score.read", face="dispatch", page=True)
def firm_csv() -> ResponseReturnValue:
    """Give a firm its own scores as CSV."""
    return as_csv(scores.written(scores.board(_asked("month"), _asked("area"))))


@bp.post("/dispatch/orders/<uuid:order_id>/delay")
@may("delay.explain", page=True)
def explain(order_id: UUID) -> ResponseReturnValue:
    """Enter why a delivery is late."""
    promises.explained(order_id, forms.read(DelayForm))
    month = forms.text("month", 7)
    return redirect(url_for(".firm_deliveries", what="late", month=month))


def _board(face: str) -> str:
    found = scores.board(_asked("month"), _asked("area"))
    return render_template(
        "score/board.html",
        board=found,
        face=face,
        clause=CLAUSE,
        warned_days=WARNED_DAYS,
        district=scores.district,
        area=_asked("area"),
    )


def _behind(face: str) -> str:
    what = _asked("what") or "all"
    page = forms.page_asked()
    found = scores.behind(
        what,
        _asked("month"),
        area=_asked("area"),
        carrier=_asked("carrier"),
        by=_asked("by"),
        page=page,
    )
    kept = {name: _asked(name) for name in ("month", "area", "carrier", "what", "by")}
    return render_template(
        "score/deliveries.html",
        found=found,
        face=face,
        what=WHATS[what],
        kept={name: value for name, value in kept.items() if value},
        page=page,
        district=scores.district,
    )


def _asked(name: str) -> str:
    return request.args.get(name, "").strip()[:20]
