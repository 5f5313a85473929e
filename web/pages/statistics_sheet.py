"""Lincang's statistics of a month (临沧 二12) as a workbook: a row for each scheme and span."""

from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from types import MappingProxyType

import xlsxwriter  # type: ignore[import-untyped]

from dispensing.forms.apart import APART
from dispensing.forms.layout import SPANS
from dispensing.forms.schedule import FormCount
from web.api.form_acts import FormStatistics

_FEN = Decimal(100)
TITLE = "两病专项和慢特病保障统计"
MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "people": "享受人数（人）",
        "visits": "享受人次（次）",
        "cost_fen": "药品费用（元）",
        "in_scope_fen": "政策范围内费用（元）",
        "fund_fen": "基金支出（元）",
    }
)


def xlsx(found: FormStatistics, area: str) -> bytes:
    """Write the statistics: amounts as numbers in yuan, people and visits as they are."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet(found.month)
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.set_column(0, 1 + len(MEASURES), 22)
        sheet.write_string(0, 0, f"{area}{TITLE} {found.month}", bold)
        sheet.write_row(1, 0, ("类别", "统计口径", *MEASURES.values()), bold)
        for no, (name, span, count) in enumerate(_rows(found), 2):
            sheet.write_row(no, 0, (name, span))
            for column, measure in enumerate(MEASURES, 2):
                value = getattr(count, measure)
                if measure.endswith("_fen"):
                    sheet.write_number(no, column, value / _FEN, money)
                else:
                    sheet.write_number(no, column, value)
        sheet.write_string(6, 0, f"累计自 {found.since.isoformat()} 起")
    return made.getvalue()


def _rows(found: FormStatistics) -> list[tuple[str, str, FormCount]]:
    return [
        (APART[it.scheme], SPANS[span], it.month if span == "month" else it.whole)
        for it in found.schemes
        for span in SPANS
    ]
