"""Hand a table over: as CSV for other programs, or as a workbook (XLSX) for an office."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

import xlsxwriter  # type: ignore[import-untyped]
from flask import Response

from pharmacies.table_cells import cells

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDTH = 18
Row = Sequence[object]


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write a table as CSV, with a mark for programs that guess encodings."""
    text = StringIO()
    write = csv.writer(text, lineterminator="\r\n")
    write.writerow(columns)
    write.writerows(cells(*row) for row in rows)
    return "\ufeff" + text.getvalue()


def as_xlsx(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Write a table as a workbook: whole numbers as numbers, all else as text, never a formula."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, WIDTH)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, bold)
        for no, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(no, column, value)
                else:
                    sheet.write_string(no, column, str(value))
    return made.getvalue()


def handed(
    name: str, kind: str, columns: Sequence[str], rows: Iterable[Row]
) -> Response:
    """Answer with a table as a file, `kind` csv or xlsx."""
    write = as_xlsx if kind == "xlsx" else as_csv
    answer = Response(write(columns, rows), content_type=MEDIA[kind])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.{kind}")
    answer.headers["Cache-Control"] = "no-store"
    return answer
