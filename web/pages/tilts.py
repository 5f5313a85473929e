"""Savings and tilt of a group's year in the browser and as a workbook (临沧 二（三）5, 8)."""

from io import BytesIO

import xlsxwriter  # type: ignore[import-untyped]
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from dispensing.errors import Conflict, Words
from web.api import group_years
from web.auth import may
from web.pages.bureau_forms import XLSX, handed
from web.pages.clearing_sheets import Money, SheetTable, write_sheet
from web.tilt_views import TiltedView, TiltView

bp = Blueprint("tilt_pages", __name__, url_prefix="/bureau/groups")
HEADS = (
    *("机构", "考核得分", "考核合格", "两病管理到位", "健康水平提高"),
    *("原应得结余（元）", "倾斜（元）", "应得结余（元）"),
    *("医保签约费（元）", "扣减（元）", "公卫签约费（元）", "扣减（元）"),
)


@bp.get("/<group>/years/<int:year>/tilt")
@may("clearing.read", page=True)
def show(group: str, year: int) -> str:
    """Show who is favoured, what moves, and what is kept back."""
    view = group_years.tilt_view(group, year)
    return render_template("bureau/clearing/tilt.html", view=view)


@bp.get("/<group>/years/<int:year>/tilt.xlsx")
@may("clearing.read", page=True)
def sheet(group: str, year: int) -> ResponseReturnValue:
    """Give it as a workbook, amounts as numbers."""
    view = group_years.tilt_view(group, year)
    if not view.members:
        raise _not_whole()
    return handed(_xlsx(view), XLSX, f"tilt-{group}-{year}.xlsx")


@bp.get("/<group>/years/<int:year>/savings")
@may("clearing.read", page=True)
def savings(group: str, year: int) -> str:
    """Show what central procurement saved, as the claims have it."""
    view = group_years.savings_view(group, year)
    return render_template("bureau/clearing/savings.html", view=view, group=group)


@bp.post("/<group>/years/<int:year>/savings")
@may("clearing.enter", page=True)
def take_savings(group: str, year: int) -> ResponseReturnValue:
    """Enter it as the group's figure."""
    group_years.savings_taken(group, year)
    return redirect(url_for("clearing_pages.figures", group=group, year=year))


def _xlsx(view: TiltView) -> bytes:
    made = BytesIO()
    table = SheetTable("倾斜与扣减", HEADS, tuple(map(_row, view.members)))
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        write_sheet(
            book, table, f"{view.group} {view.year}年打包付费结余倾斜与签约费扣减"
        )
    return made.getvalue()


def _row(one: TiltedView) -> tuple[str | Money, ...]:
    found = (one.is_qualified, one.is_managed_well, one.is_health_up)
    return (
        one.name,
        f"{one.part}/{one.of}",
        *("是" if it else "否" for it in found),
        Money(one.base_fen),
        Money(one.moved_fen),
        Money(one.due_fen),
        Money(one.insurance_fen),
        Money(one.insurance_deducted_fen),
        Money(one.health_fen),
        Money(one.health_deducted_fen),
    )


def _not_whole() -> Conflict:
    return Conflict(
        Words(
            "这一年的倾斜还不能计算。",
            "The tilt of this year is not reckoned yet.",
            "请在页面上看还缺什么，填写后再下载。",
            "The page says what is missing: enter it first.",
        ),
        code="tilt-not-whole",
    )
