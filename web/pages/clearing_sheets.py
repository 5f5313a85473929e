"""A group's year as a workbook and as PDF: pools, shares, and what each lost point costs."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from dispensing.money import yuan
from web.clearing_views import GroupYearView, PoolView
from web.pages import archive

TEMPLATE = Path(__file__).parent.parent / "templates" / "clearing.typ"
FEN = Decimal(100)
LEVELS = {"village": "村卫生室", "township": "镇卫生院", "county": "牵头医院"}
PEOPLE = {"two_diseases": "两病", "chronic": "常见慢性病"}
CARES = {"outpatient": "门诊", "inpatient": "住院"}
CLASSES = {
    "pooling": "门诊统筹",
    "two_diseases": "两病门诊",
    "chronic": "慢性病",
    "large": "大额门诊",
    "elsewhere": "其他系统",
}
NOTES = (
    "份额合计加回归包干基金等于年度结余，分毫不差（附件1 三）。",
    "考核细则的副本在第9行中断，得分按可见各行计算（附件2）。",
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that a workbook writes as a number and a print in yuan."""

    fen: int


Value = str | int | Money


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One table: its name, its heading, its rows."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def tables(view: GroupYearView) -> tuple[SheetTable, ...]:
    """Tell a reckoned year in tables, each amount in whole fen."""
    pools = tuple(row for pool in view.pools for row in _pool(pool))
    return (
        SheetTable(
            "结算总额和支出", ("项目", "人数", "定额（元）", "金额（元）"), pools
        ),
        SheetTable("合计", ("项目", "金额（元）"), _sums(view)),
        SheetTable(
            "分配",
            (
                "机构",
                "层级",
                "试点人群",
                "得分",
                "应得（元）",
                "实得（元）",
                "回归（元）",
            ),
            tuple(
                (
                    one.name,
                    LEVELS[one.level],
                    one.heads,
                    f"{one.points}/{view.points_max}",
                    Money(one.full_fen),
                    Money(one.paid_fen),
                    Money(one.returned_fen),
                )
                for one in view.members
            ),
        ),
        SheetTable(
            "丢的分",
            ("机构", "行", "指标", "丢分", "少得（元）", "原文"),
            tuple(
                (one.name, one.row, one.item, one.points, Money(one.fen), one.quote)
                for one in view.losses
            ),
        ),
    )


def xlsx(view: GroupYearView) -> bytes:
    """Write a year as a workbook: one sheet a table, amounts as numbers."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for table in tables(view):
            write_sheet(book, table, _title(view))
    return made.getvalue()


def pdf(view: GroupYearView, at: datetime) -> bytes:
    """Set a year on A4, to be signed by who drew it up and who checked it."""
    data = {
        "title": _title(view),
        "drawn": f"按 {at:%Y-%m-%d %H:%M} 的数据试算，批准后的最终版本另存。",
        "tables": [
            {
                "name": table.name,
                "heads": table.heads,
                "rows": [[_said(value) for value in row] for row in table.rows],
            }
            for table in tables(view)
        ],
        "notes": NOTES,
        "foot": "经办：　　　　　　复核：　　　　　　日期：",
        "font": archive.font(),
    }
    inputs = {"year": json.dumps(data, ensure_ascii=False)}
    return archive.compiled(TEMPLATE, inputs, at=at.astimezone(UTC))


def _title(view: GroupYearView) -> str:
    leads = [one.name for one in view.members if one.level == "county"]
    return f"{(leads or [view.group])[0]} {view.year}年按人头付费年终清算"


def _pool(pool: PoolView) -> tuple[tuple[Value, ...], ...]:
    care = CARES[pool.care]
    brought = [
        (
            f"{PEOPLE[one.people]}{care}{_signed(pool, signed=one.signed)}",
            one.number,
            Money(one.quota_fen),
            Money(one.fen),
        )
        for one in pool.brought
    ]
    # A class that this kind of care does not have is nought, and is left out.
    spent = [
        (f"{care}基金支出（{CLASSES[name]}）", "", "", Money(-fen))
        for name, fen in pool.fund_fen.items()
        if fen
    ]
    return (
        *brought,
        *spent,
        (f"{care}签约基金支付", "", "", Money(-pool.contract_fen)),
        (f"{care}违规扣款", "", "", Money(-pool.deducted_fen)),
        (f"{care}结余", "", "", Money(pool.surplus_fen)),
    )


def _signed(pool: PoolView, *, signed: bool) -> str:
    if pool.care != "outpatient":
        return ""
    return "（签约）" if signed else "（未签约）"


def _sums(view: GroupYearView) -> tuple[tuple[Value, ...], ...]:
    found = (
        ("年度结余", view.surplus_fen),
        ("分配", view.paid_fen),
        ("回归包干基金", view.pool_fen),
    )
    return tuple((name, Money(fen)) for name, fen in found if fen is not None)


def _said(value: Value) -> str:
    return yuan(value.fen) if isinstance(value, Money) else str(value)


def write_sheet(book: Any, table: SheetTable, title: str) -> None:
    """Write a table into a workbook: its title, its heading, its rows, amounts as numbers."""
    bold = book.add_format({"bold": True, "border": 1, "text_wrap": True})
    words = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    money = book.add_format({"border": 1, "num_format": "#,##0.00", "valign": "top"})
    sheet = book.add_worksheet(table.name)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, len(table.heads) - 1, 20)
    sheet.repeat_rows(0, 1)
    sheet.write_string(0, 0, title)
    for column, head in enumerate(table.heads):
        sheet.write_string(1, column, head, bold)
    for no, row in enumerate(table.rows, 2):
        for column, value in enumerate(row):
            if isinstance(value, Money):
                sheet.write_number(no, column, value.fen / FEN, money)
            elif isinstance(value, int):
                sheet.write_number(no, column, value, words)
            else:
                sheet.write_string(no, column, value, words)
