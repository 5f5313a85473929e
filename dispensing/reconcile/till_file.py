"""The till's own file (收银台账): a CSV with headings, read as tills write it.

    报文号,收款方式,金额,类型
    P33030200001202509151200000001,现金,12.60,收款

Needed are the message number, the method and the amount in yuan; a type is optional, and other
columns are passed over. Order, separator (comma, semicolon, TAB), encoding (UTF-8 or GB 18030),
spaces, full-width characters (全角), a currency sign, thousands' commas and a last line of sums
do not matter.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from dispensing.money import parse_yuan
from dispensing.reconcile.takings import TillLine

HEADINGS = {
    "msgid": ("报文号", "结算报文号", "发送方报文id", "流水号", "msgid"),
    "method": ("收款方式", "支付方式", "method", "tender"),
    "amount": ("金额", "收款金额", "实收金额", "amount", "amount_yuan"),
    "type": ("类型", "业务类型", "type"),
}
METHODS = {
    "cash": ("现金", "cash"),
    "bank_card": ("银行卡", "刷卡", "bank_card", "card"),
    "mobile": ("手机支付", "移动支付", "微信", "支付宝", "扫码", "mobile"),
}
TYPES = {
    1: ("收款", "销售", "", "sale", "tender"),
    -1: ("退款", "退货", "冲正", "refund"),
}
SUMS = ("合计", "总计", "小计", "total")
BYTES_MAX = 4 * 1024 * 1024
FAULTS_MAX = 50
FEN_MAX = 10**12  # of one line, so that no sum of a file is too large to be kept
_METHOD = {name: method for method, names in METHODS.items() for name in names}
_SIGN = {name: sign for sign, names in TYPES.items() for name in names}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing of a till's file that cannot be read: its line, column, what was expected."""

    line_no: int
    column: str
    expected: str


class BadTillFile(ValueError):
    """A till's file that cannot be taken in; every fault is named, nothing is stored."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "; ".join(
                f"line {one.line_no}: {one.column}: expected {one.expected}"
                for one in faults
            )
        )


def read_till_file(raw: bytes) -> tuple[TillLine, ...]:
    """Read a till's file, or raise BadTillFile with each faulty line.

    >>> read_till_file("金额;收款方式;报文号\\n¥ 12.60;微信;P1\\n".encode())
    (TillLine(line_no=2, msgid='P1', method='mobile', amount_fen=1260),)
    """
    rows = _rows(_decoded(raw))
    first = next(rows, None)
    if first is None:
        raise BadTillFile([Fault(1, "file", "headings and lines")])
    at = _columns(*first)
    found: list[TillLine] = []
    faults: list[Fault] = []
    for line_no, cells in rows:
        if _said(cells[0]).startswith(SUMS):
            continue
        try:
            found.append(_line(line_no, cells, at))
        except BadTillFile as bad:
            faults += bad.faults
            if len(faults) >= FAULTS_MAX:
                break
    if faults:
        raise BadTillFile(faults)
    return tuple(found)


def _decoded(raw: bytes) -> str:
    if len(raw) > BYTES_MAX:
        raise BadTillFile([Fault(1, "file", f"at most {BYTES_MAX} bytes")])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise BadTillFile([Fault(1, "file", "text in UTF-8 or GB 18030")])


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each line that says something, with its number."""
    lines = text.splitlines()
    head = next((line for line in lines if line.strip()), "")
    separator = max(",;\t", key=head.count)
    reader = csv.reader(lines, delimiter=separator)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [normalize("NFKC", c).strip() for c in cells]
    except csv.Error as error:
        raise BadTillFile([Fault(reader.line_num, "line", f"CSV ({error})")]) from None


def _columns(line_no: int, cells: Sequence[str]) -> dict[str, int]:
    said = [_said(cell) for cell in cells]
    found = {
        name: said.index(heading)
        for name, headings in HEADINGS.items()
        for heading in headings
        if heading in said
    }
    lacking = [name for name in ("msgid", "method", "amount") if name not in found]
    if lacking:
        raise BadTillFile(
            [
                Fault(line_no, name, f"a heading such as {HEADINGS[name][0]}")
                for name in lacking
            ]
        )
    return found


def _line(line_no: int, cells: Sequence[str], at: dict[str, int]) -> TillLine:
    def cell(name: str) -> str:
        return cells[at[name]] if name in at and at[name] < len(cells) else ""

    faults = []
    msgid, method = cell("msgid").lstrip("'"), _METHOD.get(_said(cell("method")))
    sign, amount_fen = _SIGN.get(_said(cell("type"))), _fen(cell("amount"))
    if not msgid.isprintable() or not 0 < len(msgid) <= 64:
        faults.append(Fault(line_no, "msgid", "the settlement's message number"))
    if method is None:
        known = "、".join(names[0] for names in METHODS.values())
        faults.append(Fault(line_no, "method", f"one of {known}"))
    if amount_fen is None:
        faults.append(Fault(line_no, "amount", "yuan such as 12.60"))
    if sign is None:
        faults.append(Fault(line_no, "type", "收款 or 退款"))
    if faults or method is None or amount_fen is None or sign is None:
        raise BadTillFile(faults)
    # A refund may be written with or without its minus.
    signed_fen = -abs(amount_fen) if sign < 0 else amount_fen
    return TillLine(line_no, msgid, method, signed_fen)


def _fen(text: str) -> int | None:
    try:
        fen = parse_yuan(text.replace(",", "").strip(" ¥元"))
    except ValueError:
        return None
    return fen if abs(fen) <= FEN_MAX else None


def _said(text: str) -> str:
    return text.strip().strip("()（）").lower()
