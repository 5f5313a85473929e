"""The statements of a day as the platform takes them: sums (3201) and files of lines (3202).

A file is text, one line each, its columns apart by TAB; what is empty is written "null". Of the
lines that we send, columns 1, 4, 5, 6 and 7 are what public clients send; what stands in the
others, and the order of the answer's columns, is our reading and lives here alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dispensing.money import parse_yuan, yuan

EQUAL = "000000"
THEIRS_ONLY = "000101"
OURS_ONLY = "000102"
UNLIKE = "000103"
VERDICTS = {
    EQUAL: "对平",
    THEIRS_ONLY: "中心多",
    OURS_ONLY: "医药机构多",
    UNLIKE: "金额不一致",
}
LINE_COLUMNS = 8
ANSWER_COLUMNS = 11
INSURANCE_TYPES = {"employee": "310", "resident": "390"}  # insutype
_SCHEMES = {code: scheme for scheme, code in INSURANCE_TYPES.items()}
_NULL = "null"


class BadStatement(ValueError):
    """A file of lines that is not as expected; names the line."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of an outlet's days under one scheme: charges less refunds, each line counted.

    `account_fen` is acct_pay: the own account and family aid together.
    """

    outlet_code: str
    scheme: str
    first_day: date
    last_day: date
    count: int
    total_fen: int
    fund_fen: int
    account_fen: int

    @property
    def fen(self) -> tuple[int, int, int]:
        """Give the three amounts that are compared."""
        return self.total_fen, self.fund_fen, self.account_fen


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day: a charge, or its refund with amounts below 0."""

    msgid: str
    person_no: str
    scheme: str
    refund: bool
    total_fen: int
    fund_fen: int
    account_fen: int
    setl_id: str = ""

    @property
    def key(self) -> tuple[str, bool]:
        """Tell by what two sides' lines are the same one."""
        return self.msgid, self.refund

    @property
    def fen(self) -> tuple[int, int, int]:
        """Give the three amounts that are compared."""
        return self.total_fen, self.fund_fen, self.account_fen


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the platform's answer: what is different, and the platform's own amounts."""

    verdict: str
    entry: Entry
    memo: str = ""


def verdict_on(ours: Sums, theirs: Sums) -> str:
    """Compare the sums of both sides, as 3201 does.

    >>> day = date(2025, 9, 15)
    >>> one = Sums("P33030200001", "resident", day, day, 1, 1260, 441, 0)
    >>> none = Sums("P33030200001", "resident", day, day, 0, 0, 0, 0)
    >>> verdict_on(one, one), verdict_on(one, none), verdict_on(none, one)
    ('000000', '000102', '000101')
    """
    if ours.count != theirs.count:
        return OURS_ONLY if ours.count > theirs.count else THEIRS_ONLY
    return EQUAL if ours.fen == theirs.fen else UNLIKE


def write_lines(entries: Iterable[Entry]) -> str:
    """Write the lines of a day as 3202 takes them: eight columns."""
    return _written(
        (
            one.setl_id,
            "",  # mdtrt_id: nobody registers a visit at a pharmacy
            one.person_no,
            *(yuan(fen) for fen in one.fen),
            "1" if one.refund else "0",
            one.msgid,
        )
        for one in entries
    )


def read_lines(text: str) -> tuple[Entry, ...]:
    """Read the lines of a day as the platform gets them; their scheme is not among them."""
    return tuple(
        _entry(no, cells, (0, 2, 3, 6, 7)) for no, cells in _cells(text, LINE_COLUMNS)
    )


def write_answer(found: Iterable[Answer]) -> str:
    """Write the lines that differ as 3202 answers them: eleven columns."""
    return _written(
        (
            one.entry.person_no,
            "",
            one.entry.setl_id,
            one.entry.msgid,
            one.verdict,
            "1" if one.entry.refund else "0",
            one.memo,
            *(yuan(fen) for fen in one.entry.fen),
            INSURANCE_TYPES.get(one.entry.scheme, ""),
        )
        for one in found
    )


def read_answer(text: str) -> tuple[Answer, ...]:
    """Read the platform's answer; raises BadStatement where it is not as expected."""
    found = []
    for no, cells in _cells(text, ANSWER_COLUMNS):
        if cells[4] not in VERDICTS:
            raise BadStatement(f"line {no}: verdict {cells[4]!r} is not known")
        scheme = _SCHEMES.get(cells[10], "")
        entry = _entry(no, cells, (2, 0, 7, 5, 3), scheme)
        found.append(Answer(cells[4], entry, cells[6]))
    return tuple(found)


def _written(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join("\t".join(cell or _NULL for cell in row) + "\n" for row in rows)


def _cells(text: str, columns: int) -> Iterable[tuple[int, list[str]]]:
    for no, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        cells = [
            "" if cell.strip() == _NULL else cell.strip() for cell in line.split("\t")
        ]
        if len(cells) < columns:
            raise BadStatement(f"line {no}: {len(cells)} columns, expected {columns}")
        yield no, cells


def _entry(no: int, cells: list[str], at: tuple[int, ...], scheme: str = "") -> Entry:
    """Read an entry whose setl_id, person, first amount, refund and msgid stand `at`."""
    setl_id, person_no, first, refund, msgid = at
    try:
        total_fen, fund_fen, account_fen = map(
            parse_yuan, (cell or "0" for cell in cells[first : first + 3])
        )
    except ValueError as error:
        raise BadStatement(f"line {no}: {error}") from None
    return Entry(
        msgid=cells[msgid],
        person_no=cells[person_no],
        scheme=scheme,
        refund=cells[refund] == "1",
        total_fen=total_fen,
        fund_fen=fund_fen,
        account_fen=account_fen,
        setl_id=cells[setl_id],
    )
