"""The bureau's pages of the network: quota board, one unit, one designation with its acts."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import NotFound
from dispensing.service import LeavesQuota
from pharmacies import designation_service as designations
from pharmacies import quota_service
from pharmacies import service as network
from pharmacies.designation import AgreementKind, Known, agreement_on, state_of
from pharmacies.designation.admission import ASKED
from pharmacies.designation_service import DesignationView
from routing.pictures.history import history as drawn
from routing.pictures.shapes import svg
from web import clock, db
from web.api.designations import (
    board_of,
    done,
    history_of,
    life_of,
    plan_on,
)
from web.auditing import area_of_caller
from web.auth import caller, may
from web.pages import forms
from web.schemas_designation import (
    BoardQuery,
    DesignationAct,
    DossierForm,
    HistoryQuery,
    LifeQuery,
)
from web.words import say

bp = Blueprint("network_pages", __name__, url_prefix="/bureau/network")
AHEAD_DAYS = 90
YEARS_SHOWN = 6
STATES = {
    "none": "未申请",
    "applied": "已受理",
    "accepted": "评估合格",
    "refused": "评估不合格",
    "agreed": "已签约",
    "in_force": "有效",
    "suspended": "已中止",
    "ended": "已终止",
}
KINDS = {"general": "定点协议", "chronic": "指定药店"}
ACTS = {
    "apply": "登记申请",
    "supplement": "补正材料",
    "withdraw_application": "撤回申请",
    "accept": "评为合格",
    "refuse": "评为不合格",
    "sign": "签订协议",
    "open_card": "开通刷卡结算",
    "suspend": "中止",
    "resume": "恢复",
    "renew": "续签",
    "end": "终止",
}
CAUSES = {
    "terminated": "解除协议",
    "withdrawn": "药店退出",
    "by_agreement": "协商终止",
}
VERDICTS = {"met": "符合", "unmet": "不符合", "unknown": "未提供"}
OUTLOOKS = {
    "met": "已达到",
    "on_time": "可按期达到",
    "late": "将晚于期限",
    "open": "按目前进度可达到",
    "no_pace": "近期没有增加，无法推算",
    "overdue": "已过期限，仍有缺口",
    "room": "未满",
    "full": "已满",
    "over": "超出上限",
}


@bp.get("")
@may("quota.read", page=True)
def home() -> ResponseReturnValue:
    """Show every quota unit against its target, and which agreements run out."""
    day = forms.day_asked(clock.today())
    query = forms.query(BoardQuery, day=day, **_known_at())
    due = designations.running_out(
        db.session(), day, AHEAD_DAYS, pooling=area_of_caller()
    )
    return render_template(
        "bureau/network.html",
        board=board_of(query),
        due=due,
        day=day,
        known=_asked("known_at"),
        kinds=KINDS,
        outlooks=OUTLOOKS,
    )


@bp.get("/units/<unit>")
@may("quota.read", page=True)
def unit(unit: str) -> ResponseReturnValue:
    """Show one quota unit: its history as a picture, and its pharmacies."""
    day = forms.day_asked(clock.today())
    plan = plan_on(day)
    if unit not in plan.targets:
        raise NotFound("目标任务分解单位", "quota unit")
    first = day - timedelta(days=365 * YEARS_SHOWN)
    if plan.deadline is not None:
        first = min(first, plan.deadline - timedelta(days=31))
    asked = HistoryQuery(first=first, last=day, unit=unit)
    (told,) = history_of(asked)
    picture = drawn(
        f"{unit} {say('计入目标的指定药店')}",
        [(step.day, step.designated) for step in told.steps],
        last=day,
        target=told.target,
        deadline=plan.deadline,
    )
    names = [name for name in plan.names if plan.unit_of(name) == unit]
    held: dict[str, list[Any]] = {}
    for each in quota_service.chronic_agreements(
        db.session(), names, pooling_area=area_of_caller()
    ):
        held.setdefault(each.outlet_code, []).append(each)
    shops = [
        (agreement_on(mine, day), state_of(Known(mine), day)) for mine in held.values()
    ]
    return render_template(
        "bureau/unit.html",
        unit=told,
        day=day,
        picture={"svg": svg(picture)},
        shops=shops,
        states=STATES,
    )


@bp.get("/outlets")
@may("quota.read", page=True)
def find() -> ResponseReturnValue:
    """Open an outlet by its code."""
    code = _asked("code").upper()
    return redirect(url_for(".outlet", outlet_code=code or "-"))


@bp.get("/outlets/<outlet_code>")
@may("designation.read", face="bureau", page=True)
def outlet(outlet_code: str) -> ResponseReturnValue:
    """Show one designation of an outlet, and what may be done with it."""
    return _page(outlet_code, _asked("kind", "chronic"))


@bp.post("/outlets/<outlet_code>/act")
@may("designation.act", face="bureau", page=True)
def act(outlet_code: str) -> ResponseReturnValue:
    """Do one act; what leaves a floor or a ceiling is confirmed with the number left."""
    form = _form()
    try:
        did = done(outlet_code, form)
    except LeavesQuota as refused:
        return _page(outlet_code, form.kind, form=form, refused=refused), 409
    here = url_for(
        ".outlet",
        outlet_code=outlet_code,
        kind=form.kind,
        released=did.released,
        running=did.running if form.act in ("suspend", "end") else None,
    )
    return redirect(here)


def own_designation() -> DesignationView:
    """Tell a counter where its own designation stands today."""
    code = caller().subject
    kind = network.outlet(db.session(), code).kind
    asked: AgreementKind = "chronic" if kind == "pharmacy" else "general"
    return designations.life(db.session(), code, asked, clock.today())


def _page(outlet_code: str, kind: str, **more: Any) -> str:
    day = forms.day_asked(clock.today())
    life = life_of(
        outlet_code, forms.query(LifeQuery, kind=kind, day=day, **_known_at())
    )
    return render_template(
        "bureau/designation.html",
        life=life,
        day=life.day,
        units=tuple(plan_on(clock.today()).targets),
        asked=ASKED,
        states=STATES,
        kinds=KINDS,
        acts=ACTS,
        causes=CAUSES,
        verdicts=VERDICTS,
        is_now=life.day == clock.today() and life.known_at is None,
        known=_asked("known_at"),
        released=request.args.get("released", type=int),
        running=request.args.get("running", type=int),
        **more,
    )


def _form() -> DesignationAct:
    more: dict[str, Any] = {"dossier": None, "override": None}
    if forms.text("act") in ("apply", "supplement"):
        more["dossier"] = forms.read(DossierForm).model_dump()
    if forms.text("override_reason"):
        left = forms.text("left") or "0"
        more["override"] = {"reason": forms.text("override_reason"), "left": left}
    return forms.read(DesignationAct, **more)


def _asked(name: str, usual: str = "") -> str:
    return request.args.get(name, "").strip() or usual


def _known_at() -> dict[str, datetime]:
    """Read an instant as a page's field gives it, in China's time, where one is given."""
    day, _, hour = _asked("known_at").partition("T")
    return {"known_at": forms.at(day, hour or "23:59", "known_at")} if day else {}
