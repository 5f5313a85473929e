"""What waits for a second person (待批准): read, decided on, taken back."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from web import approvals
from web.auth import caller, may
from web.live import seen
from web.pages import forms
from web.pages.network import ACTS, CAUSES
from web.pages.network import KINDS as AGREEMENTS
from web.pages.smart import OUTCOMES
from web.schemas_approvals import Decision
from web.words import say

bp = Blueprint("approvals_pages", __name__, url_prefix="/approvals")

KINDS = {
    "designation": "定点办理",
    "settlement": "药师改判后结算",
    "people": "批量查看个人信息",
    "overlay": "填写待定参数",
    "case": "决定审核案件",
    "clearing": "年终清算",
}
STATES = {
    "waiting": "待批准",
    "approved": "已批准",
    "used": "已办理",
    "declined": "未批准",
    "withdrawn": "已撤回",
    "expired": "已过期",
}
# What is asked for, by the names of its parts; a part without words stands as it is.
PARTS = {
    "act": "办理事项",
    "outlet_code": "机构",
    "kind": "类别",
    "on": "生效日",
    "until": "末日",
    "cause": "原因",
    "stops_orders": "已结算的也停止交付",
    "late": "补录",
    "override": "突破目标",
    "left": "办理后家数",
    "prescription_id": "处方",
    "checks": "需复核的检查",
    "packs": "数量",
    "fund_fen": "统筹基金支付（分）",
    "total_fen": "药费合计（分）",
    "filling": "第几次配药",
    "people": "涉及人数",
    "fields": "查看的项目",
    "reason": "理由",
    "sha256": "内容摘要",
    "number": "版本",
    "outcome": "结论",
    "recover_fen": "追回（分）",
    "case_id": "案件",
    "group": "医共体",
    "year": "年度",
    "surplus_fen": "年度结余（分）",
    "paid_fen": "分配（分）",
    "pool_fen": "回归包干基金（分）",
}


# Of these the page has a place of its own, or they say nothing to a reader.
_SHOWN = {"act_id", "text", "changes", "effect", "region", "sha256", "clearing"}
CASE_ACTS = {"decided": "决定", "ruled": "申诉裁定"}
VALUES = {**ACTS, **CAUSES, **AGREEMENTS, **OUTCOMES, **CASE_ACTS}


@bp.get("")
@may("proposal.read", page=True)
def home() -> ResponseReturnValue:
    """List what waits for the caller first, then the rest."""
    seen.note()
    who, found = caller(), approvals.listed(waiting=False)
    mine = [each for each in found if approvals.may_decide(who, each)]
    return render_template(
        "approvals/home.html",
        mine=mine,
        others=[each for each in found if each not in mine],
        kinds=KINDS,
        states=STATES,
    )


@bp.get("/<uuid:proposal_id>")
@may("proposal.read", page=True)
def show(proposal_id: UUID) -> ResponseReturnValue:
    """Show exactly what is asked for, and let a second person decide."""
    seen.note()
    one, who = approvals.one(proposal_id), caller()
    return render_template(
        "approvals/one.html",
        one=one,
        decides=approvals.may_decide(who, one),
        asked=one.by == who.user and one.state == "waiting",
        parts=_parts(one.content),
        kinds=KINDS,
        states=STATES,
    )


@bp.post("/<uuid:proposal_id>/decision")
@may("proposal.decide", page=True)
def decide(proposal_id: UUID) -> ResponseReturnValue:
    """Approve or decline."""
    form = forms.read(Decision)
    approvals.decided(proposal_id, approves=form.approves, reason=form.reason)
    return redirect(url_for(".show", proposal_id=proposal_id))


@bp.post("/<uuid:proposal_id>/withdrawal")
@may("proposal.withdraw", page=True)
def withdraw(proposal_id: UUID) -> ResponseReturnValue:
    """Take back what the caller has asked for."""
    approvals.withdrawn(proposal_id)
    return redirect(url_for(".show", proposal_id=proposal_id))


def _parts(content: dict[str, object]) -> list[tuple[str, str]]:
    """Give what is asked for part by part, in words where there are some."""
    told = []
    for name, value in content.items():
        if value in (None, False, "", [], {}) or name in _SHOWN:
            continue
        if isinstance(value, dict):
            told_parts = ((_name(part), each) for part, each in value.items())
            said = " · ".join(f"{part} {each}" for part, each in told_parts)
        elif isinstance(value, list):
            said = str(len(value)) if name == "people" else " ".join(map(str, value))
        else:
            said = say(VALUES[str(value)]) if str(value) in VALUES else str(value)
        told.append((PARTS.get(name, name), said))
    return told


def _name(part: str) -> str:
    return say(PARTS[part]) if part in PARTS else part
