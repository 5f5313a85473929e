"""A month's form as a workbook and as PDF, in the layout that 铁岭's annex prints."""

import json
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from dispensing.forms.layout import (
    DISEASES,
    MANAGED,
    MEASURES,
    NOTES,
    ROWS,
    SPANS,
    TITLE,
    heading,
)
from dispensing.money import yuan
from dispensing.service.forms.kept import FormVersion
from dispensing.service.forms.monthly import Monthly
from dispensing.service.forms.reports import REPORT
from web.pages import archive

TEMPLATE = Path(__file__).parent.parent / "templates" / "form.typ"
_WIDE = 2 + len(DISEASES) * (1 + len(MEASURES))
_HEAD = 3  # rows above the heading
_FEN = Decimal(100)
OPEN = "待填"


def xlsx(found: Monthly, area: str) -> bytes:
    """Write the form as a workbook: one sheet since the policy began, one of the month."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for span in reversed(list(SPANS)):
            _sheet(book, found, span, area)
    return made.getvalue()


def pdf(found: Monthly, area: str) -> bytes:
    """Set the form on A4 across, both spans, fonts embedded."""
    version = _shown(found)
    data = {
        "title": TITLE,
        "area": area,
        "lines": [_until(found), _sent(version)],
        "notes": NOTES,
        "foot": _foot(version),
        "spans": [
            {
                "name": SPANS[span],
                "rows": [_texts(found, row, span) for row in ROWS],
            }
            for span in reversed(list(SPANS))
        ],
        "diseases": list(DISEASES.values()),
        "columns": [_columns(disease) for disease in DISEASES],
        "remark": _remark(version),
        "font": archive.font(),
    }
    return archive.compiled(
        TEMPLATE,
        {"form": json.dumps(data, ensure_ascii=False)},
        at=version.sending.at if version.sending else version.at,
    )


def _shown(found: Monthly) -> FormVersion:
    assert found.at is not None
    return found.at


def _columns(disease: str) -> list[str]:
    return [MANAGED, *(heading(disease, measure) for measure in MEASURES)]


def _sheet(book: Any, found: Monthly, span: str, area: str) -> None:
    sheet = book.add_worksheet(SPANS[span])
    version, cell = _shown(found), _formats(book)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, _WIDE - 1, 14)
    sheet.merge_range(0, 0, 0, _WIDE - 1, f"{area}{TITLE}", cell["title"])
    told = f"{_until(found)}（{SPANS[span]}）"
    sheet.merge_range(1, 0, 1, _WIDE - 1, told, cell["middle"])
    sheet.merge_range(2, 0, 2, _WIDE - 1, _sent(version), cell["right"])
    _headings(sheet, cell)
    for no, (row, name) in enumerate(ROWS.items(), _HEAD + 3):
        sheet.write_string(no, 0, name, cell["words"])
        for column, (value, kind) in enumerate(_numbers(found, row, span), 1):
            sheet.write(no, column, value, cell[kind])
    last = _HEAD + 3 + len(ROWS)
    sheet.merge_range(
        _HEAD + 3, _WIDE - 1, last - 1, _WIDE - 1, _remark(version), cell["words"]
    )
    sheet.merge_range(last, 0, last, _WIDE - 1, NOTES, cell["left"])
    sheet.merge_range(last + 1, 0, last + 1, _WIDE - 1, _foot(version), cell["left"])


def _headings(sheet: Any, cell: dict[str, Any]) -> None:
    """Write the heading: a disease over its columns, the policy's part under the cost."""
    top = _HEAD
    sheet.merge_range(top, 0, top + 2, 0, "类别", cell["head"])
    sheet.merge_range(top, _WIDE - 1, top + 2, _WIDE - 1, "备注", cell["head"])
    for place, (disease, name) in enumerate(DISEASES.items()):
        begin = 1 + place * (1 + len(MEASURES))
        sheet.merge_range(top, begin, top, begin + len(MEASURES), name, cell["head"])
        columns = _columns(disease)
        for no, words in enumerate(columns):
            if no in (3, 4):
                continue
            sheet.merge_range(
                top + 1, begin + no, top + 2, begin + no, words, cell["head"]
            )
        sheet.merge_range(
            top + 1, begin + 3, top + 1, begin + 4, columns[3], cell["head"]
        )
        sheet.write_string(top + 2, begin + 3, "合计", cell["head"])
        sheet.write_string(top + 2, begin + 4, columns[4], cell["head"])


def _numbers(
    found: Monthly, row: str, span: str
) -> Iterator[tuple[int | Decimal | str, str]]:
    """Give a row's numbers and how each is written; the managed stand in the 两病's row."""
    schedule = found.found
    assert schedule is not None
    for disease in DISEASES:
        yield _managed(found, row, disease), "whole"
        for measure in MEASURES:
            value = schedule.number(row, disease, span, measure)
            if measure.endswith("_fen"):
                yield value / _FEN, "money"
            else:
                yield value, "whole"


def _managed(found: Monthly, row: str, disease: str) -> int | str:
    """Give how many are managed, in the 两病's row; what nobody counted is said to be open.

    An institution's report tells nothing of them.
    """
    if row != "two_disease" or found.of.kind == REPORT:
        return ""
    assert found.found is not None
    number = found.found.managed[disease]
    return OPEN if number is None else number


def _texts(found: Monthly, row: str, span: str) -> list[str]:
    schedule = found.found
    assert schedule is not None
    told = [ROWS[row]]
    for disease in DISEASES:
        told.append(str(_managed(found, row, disease)))
        for measure in MEASURES:
            value = schedule.number(row, disease, span, measure)
            told.append(yuan(value) if measure.endswith("_fen") else str(value))
    return told


def _until(found: Monthly) -> str:
    assert found.found is not None
    last = found.found.span.last
    return f"（截至 {last.year} 年 {last.month} 月 {last.day} 日）"


def _sent(version: FormVersion) -> str:
    if version.sending is None:
        return f"第 {version.number} 版，尚未报送"
    at = version.sending.at
    return f"报送时间：{at.year} 年 {at.month} 月 {at.day} 日　第 {version.number} 版"


def _foot(version: FormVersion) -> str:
    told = version.sending
    who, phone = (told.reporter, told.phone) if told else ("", "")
    return f"报送人：{who}　　　　联系电话：{phone}"


def _remark(version: FormVersion) -> str:
    return version.sending.remark if version.sending else ""


def _formats(book: Any) -> dict[str, Any]:
    usual = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    boxed = {**usual, "border": 1, "text_wrap": True}
    asked = {
        "title": {**usual, "font_size": 16, "bold": True, "align": "center"},
        "middle": {**usual, "align": "center"},
        "right": {**usual, "align": "right"},
        "left": {**usual, "align": "left", "text_wrap": True},
        "head": {**boxed, "align": "center", "bold": True},
        "words": {**boxed, "align": "left"},
        "whole": {**boxed, "align": "right", "num_format": "#,##0"},
        "money": {**boxed, "align": "right", "num_format": "#,##0.00"},
    }
    return {name: book.add_format(given) for name, given in asked.items()}
