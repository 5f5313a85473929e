"""The audit chain on a page: its state by area, and what a walk over it finds."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from web import auditing
from web.auth import caller, may

bp = Blueprint("audit_pages", __name__, url_prefix="/bureau/audit")
# What may be wrong with a record, as people read it.
WHAT = {
    "edited": "内容被改动",
    "deleted": "被删除",
    "inserted": "被插入",
    "reordered": "次序被调换",
    "tail cut": "链尾被截断",
    "rewritten": "与链外锚点不符",
    "unsealed": "久未封存",
    "fact changed": "业务数据被改动",
    "fact deleted": "业务数据被删除",
    "unrecorded": "业务数据没有记录",
    "anchor bad": "锚点文件有误",
}


@bp.get("")
@may("audit.read", page=True)
def home() -> ResponseReturnValue:
    """Show how far the chains are sealed and anchored."""
    state = auditing.state(current_app, auditing.area_of(caller()))
    return render_template("bureau/audit.html", state=state, found=None, what=WHAT)


@bp.post("")
@may("audit.verify", page=True)
def verify() -> ResponseReturnValue:
    """Walk over the chains and show what was found."""
    area = auditing.area_of(caller())
    state = auditing.state(current_app, area)
    found = auditing.verify(current_app, area)
    return render_template("bureau/audit.html", state=state, found=found, what=WHAT)
