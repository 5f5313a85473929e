"""Workbooks made by hand, as table programs write them and as nobody should."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(*sheets, book="", shared=""):
    """Pack sheets; `book` stands in the workbook's head, `shared` are texts that cells share.

    A sheet is rows of cells, or XML; or (name, state, rows).
    """
    named, ways, parts = [], [], dict[str, str]()
    for no, one in enumerate(sheets, 1):
        given = one if isinstance(one, tuple) else (f"S{no}", "visible", one)
        name, state, rows = given
        named.append(f'<sheet name="{name}" state="{state}" r:id="r{no}"/>')
        ways.append(f'<Relationship Id="r{no}" Target="worksheets/sheet{no}.xml"/>')
        parts[f"xl/worksheets/sheet{no}.xml"] = worksheet(rows)
    head = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}'
    parts["xl/workbook.xml"] = f"{head}<sheets>{''.join(named)}</sheets></workbook>"
    ways_part = f'<Relationships xmlns="{OFFICE}">{"".join(ways)}</Relationships>'
    parts["xl/_rels/workbook.xml.rels"] = ways_part
    if shared:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{shared}</sst>'
    return zipped(parts)


def zipped(parts):
    """Pack parts by their names."""
    raw = BytesIO()
    with ZipFile(raw, "w", ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return raw.getvalue()


def worksheet(rows):
    """Write a sheet: rows of cells, or XML as it is."""
    if not isinstance(rows, str):
        lines = (f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        rows = f"<sheetData>{''.join(lines)}</sheetData>"
    return f'<worksheet xmlns="{MAIN}">{rows}</worksheet>'


def cell(value):
    """Write a cell: text stays text, a number becomes one, XML stays as it is."""
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    if value.startswith("<c"):
        return value
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
