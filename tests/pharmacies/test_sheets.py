"""Table files as people and programs write them, and those that nobody should be able to use."""

from datetime import date
from struct import pack, unpack_from
from tracemalloc import get_traced_memory, start, stop

import pytest

from pharmacies.catalogue import reading, sheets, xlsx
from pharmacies.catalogue.cells import Formula, Number
from pharmacies.catalogue.said import BadFile, Refused
from tests.pharmacies.workbooks import workbook, zipped

HEADS = ["国家医保药品编码", "支付标准"]
MIB = 1 << 20


def rows(content):
    return [list(cells) for _, cells in sheets.rows(content)]


def told(content):
    """Give the one sentence that refuses a file."""
    with pytest.raises(BadFile) as raised:
        rows(content)
    assert raised.value.said.zh.endswith("。") and raised.value.said.en.endswith(".")
    return raised.value.said.zh


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_text_file_is_read_in_the_encodings_that_are_used(encoding, delimiter):
    lines = (HEADS, ["㐀䶵氨氯地平", '"1,5;2"'])
    text = "\r\n".join(delimiter.join(line) for line in lines)
    assert rows(text.encode(encoding)) == [HEADS, ["㐀䶵氨氯地平", "1,5;2"]]


def test_rows_keep_the_numbers_that_a_table_program_shows():
    text = b"a,b\n\n , \nc,d\n"
    assert [number for number, _ in sheets.rows(text)] == [1, 4]
    line = '<row r="{}"><c r="B{}" t="str"><v>{}</v></c></row>'
    lines = "".join(
        line.format(no, no, said) for no, said in ((2, "x"), (3, " "), (9, "y"))
    )
    read = list(sheets.rows(workbook(f"<sheetData>{lines}</sheetData>")))
    assert read == [(2, ["", "x"]), (9, ["", "y"])]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (45931, date(2025, 10, 1)),
        (45931.75, date(2025, 10, 1)),  # a quarter to the day's end
        ("<c><v>45931.0</v></c>", date(2025, 10, 1)),
        (20251001, date(2025, 10, 1)),
        ('<c t="d"><v>2025-10-01T00:00:00</v></c>', date(2025, 10, 1)),
        ('<c t="str"><v>2025年10月1日</v></c>', date(2025, 10, 1)),
        ("2025/10/1", date(2025, 10, 1)),
    ],
)
def test_a_day_is_read_however_its_cell_keeps_it(cell, day):
    assert reading.day(rows(workbook([[cell]]))[0][0]) == day


@pytest.mark.parametrize(
    ("cell", "read", "value"),
    [
        ("3.98", reading.yuan, 398),
        ("3.9799999999999999", reading.yuan, 398),
        ("7.0000000000000007E-2", reading.yuan, 7),
        ("1E-2", reading.yuan, 1),
        ("7.0000000000000007E-2", reading.share, 700),
        ("0.10000000000000001", reading.share, 1000),
        ("30.0", reading.parts, 30),
        ("3.98E2", reading.fen, 398),
        ("1.0", reading.flag, True),
        ("33.0", reading.region, "33"),
        ("6.901234567892E12", reading.barcode, "06901234567892"),
        ("8123456", reading.trace_prefix, "8123456"),
    ],
)
def test_a_number_is_what_its_digits_say(cell, read, value):
    assert read(rows(workbook([[f"<c><v>{cell}</v></c>"]]))[0][0]) == value


@pytest.mark.parametrize(
    ("cell", "read", "why"),
    [
        ("<c><f>A1*2</f><v>3.98</v></c>", reading.yuan, "公式"),
        ('<c t="str"><f t="shared" si="0"/><v>甲</v></c>', reading.tier, "公式"),
        ('<c t="e"><v>#REF!</v></c>', reading.words, "公式"),
        ("<c><v>3.985</v></c>", reading.yuan, "两位小数"),
        ("<c><v>1E999999999</v></c>", reading.yuan, "两位小数"),
        ("<c><v>8.1234560000000000E19</v></c>", reading.trace_prefix, "位数已丢失"),
        ("<c><v>0.5</v></c>", reading.day, "不是日期"),
    ],
)
def test_a_cell_that_says_nothing_sure_is_refused(cell, read, why):
    with pytest.raises(Refused) as raised:
        read(rows(workbook([[cell]]))[0][0])
    assert why in raised.value.said.zh


def test_a_formula_stays_one_in_its_place():
    (cells,) = rows(workbook([["甲", "<c><f>1+1</f><v>2</v></c>", "乙"]]))
    assert cells == ["甲", "2", "乙"]
    assert [isinstance(one, Formula) for one in cells] == [False, True, False]


def test_how_a_text_is_read_aloud_is_no_part_of_it():
    said = "<r><t>氨氯</t></r><r><t>地平</t></r><rPh><t>anlu</t></rPh>"
    own = f'<c t="inlineStr"><is>{said}</is></c>'
    book = workbook([['<c t="s"><v>0</v></c>', own]], shared=f"<si>{said}</si>")
    assert rows(book) == [["氨氯地平", "氨氯地平"]]


def test_the_sheet_that_holds_something_is_the_one_that_is_meant():
    hidden = ("说明", "hidden", [["填写说明"]])
    empty = ("空", "visible", [])
    assert rows(workbook(hidden, empty, ("目录", "visible", [HEADS]))) == [HEADS]
    assert rows(workbook(empty)) == []
    two = workbook(("说明", "visible", [["填写说明"]]), ("目录", "visible", [HEADS]))
    assert "说明、目录" in told(two)
    assert "没有工作表" in told(workbook(("甲", "veryHidden", [HEADS])))


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        (
            '<sheetData><row r="3"><c><v>1</v></c></row></sheetData>'
            '<mergeCells><mergeCell ref="A3:A5"/></mergeCells>',
            "合并的单元格（A3:A5）",
        ),
        (
            '<sheetData><row r="3" hidden="1"><c><v>1</v></c></row></sheetData>',
            "第 3 行是隐藏的",
        ),
        (
            '<cols><col min="2" max="4" hidden="1"/></cols>'
            '<sheetData><row><c r="C1"><v>1</v></c></row></sheetData>',
            "第 3 列是隐藏的",
        ),
        ('<sheetData><row><c r="XFD1"><v>1</v></c></row></sheetData>', "超过 200 列"),
        ('<sheetData><row><c t="s"><v>7</v></c></row></sheetData>', "不完整"),
        ('<sheetData><row><c r="1"><v>7</v></c></row></sheetData>', "不完整"),
        ("<sheetData><row><c><v>7</v></row></sheetData>", "不完整"),
    ],
)
def test_what_nobody_sees_or_can_read_is_refused_in_a_sentence(sheet, why):
    assert why in told(workbook(sheet))


def test_hidden_rows_and_columns_that_hold_nothing_matter_to_nobody():
    sheet = (
        '<cols><col min="2" max="4" hidden="true"/></cols><sheetData>'
        '<row><c><v>1</v></c><c r="C1" s="4"/></row><row hidden="1"><c/></row></sheetData>'
    )
    assert rows(workbook(sheet)) == [["1", "", ""]]


def test_days_that_are_counted_from_1904_are_refused():
    assert "1904" in told(workbook([[45931]], book='<workbookPr date1904="1"/>'))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "空的"),
        (b" \r\n ", "空的"),
        (b'a,"b\nc,d', "第 1 行起读不出来"),
        (b"\xff\xfe\x00\xd8", "读不出文字"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "旧格式"),
        (b"PK\x03\x04 no zip", "不完整"),
        (zipped({"word/document.xml": "<w/>"}), "不完整"),
        (workbook([HEADS])[:-40], "不完整"),
        (b"a" * 140_000, "一格太长"),
        (("," * 200).join("ab").encode(), "超过 200 列"),
    ],
)
def test_what_is_no_table_is_told_in_a_sentence(content, why):
    assert why in told(content)


def test_a_file_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr(sheets, "BYTES_MAX", 3 * MIB)
    assert "超过 3 MiB" in told(b"a" * (3 * MIB + 1))
    monkeypatch.setattr(sheets, "ROWS_MAX", 2)
    assert rows(b"a\nb\nc\n") == [["a"], ["b"], ["c"]]
    assert "超过 2 行" in told(b"a\nb\nc\nd\n")


def test_a_bomb_is_refused_by_what_its_directory_says():
    bomb = zipped({"xl/workbook.xml": bytes(16 * MIB)})
    assert len(bomb) < MIB / 8
    assert _peak_mib(bomb, "展开后太大") < 1


def test_a_bomb_whose_directory_lies_gives_no_more_than_it_says():
    """The size in the entry's own head and in the directory is set to 1000 bytes."""
    bomb = bytearray(zipped({"xl/workbook.xml": bytes(16 * MIB)}))
    at = bomb.index(b"PK\x01\x02")
    assert unpack_from("<I", bomb, at + 24) == (16 * MIB,)
    bomb[at + 24 : at + 28] = bomb[22:26] = pack("<I", 1000)
    assert _peak_mib(bytes(bomb), "不完整") < 1


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 20_000,
        "".join(f"<a{no}/>" for no in range(20_000)),
        "".join(f'<a b{no}=""/>' for no in range(20_000)),
        f'<a b="{"x" * (2 * MIB)}"/>',
        f"<!--{'x' * (2 * MIB)}-->",
    ],
    ids=["deep", "names", "attributes", "value", "comment"],
)
def test_a_part_that_spins_out_is_refused_before_it_fills_the_memory(inside):
    assert "不完整" in told(workbook(f"<sheetData>{inside}</sheetData>"))


def test_a_document_type_declaration_is_refused():
    laughs = '<!DOCTYPE a [<!ENTITY b "ha">]>'
    assert "文档类型声明" in told(zipped({"xl/workbook.xml": f"{laughs}<a>&b;</a>"}))


def test_texts_that_fill_the_memory_are_refused(monkeypatch):
    one = [['<c t="inlineStr"><is><t>' + "x" * 40_000 + "</t></is></c>"]]
    assert "超过 32767 个字" in told(workbook(one))
    monkeypatch.setattr(xlsx, "SHARED_MAX", MIB)
    book = workbook([[1]], shared="<si><t>药</t></si>" * 20_000)
    assert "展开后太大" in told(book)


def test_a_zip_of_many_parts_is_refused(monkeypatch):
    monkeypatch.setattr(xlsx, "ENTRIES_MAX", 20)
    many = zipped({f"xl/{no}.xml": "" for no in range(30)})
    assert "展开后太大" in told(many)


def test_a_table_gives_its_rows_as_they_were_read():
    lines = [["a", 1.5, "<c><f>1</f></c>"]] * (sheets.AT_ONCE + 1)
    content = workbook(lines)
    table = sheets.table(content)
    kept = list(table.rows())
    assert kept == list(sheets.rows(content))
    assert (table.count, len(table.packed)) == (len(lines), 2)
    assert [type(one) for one in kept[-1][1]] == [str, Number, Formula]


def test_a_long_sheet_is_read_row_by_row():
    lines = "<row><c><v>1</v></c></row>" * 9_000
    found = sheets.rows(workbook(f"<sheetData>{lines}<row></c></sheetData>"))
    assert next(found) == (1, ["1"])
    with pytest.raises(BadFile):
        list(found)


def _peak_mib(content, why):
    start()
    try:
        assert why in told(content)
        return get_traced_memory()[1] / MIB
    finally:
        stop()
