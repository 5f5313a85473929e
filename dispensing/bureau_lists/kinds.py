"""The lists, column by column, and a file of one read row by row; cells are told masked.

One refused row refuses the file. People are named by their ID numbers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, get_args

from dispensing.bureau_lists.diagnoses import spoken_of
from dispensing.matching.columns import DAY, ID_NUMBER, WORDS, told_masked
from dispensing.matching.registry import BadRow
from pharmacies.catalogue import reading, sheets
from pharmacies.catalogue.columns import Column, Draft, Fault, Layout, laid_out
from pharmacies.catalogue.said import BadFile, Refused, Said

ListKind = Literal["auxiliary", "stays", "ends", "diagnoses", "vbp_bases"]
LIST_KINDS: tuple[ListKind, ...] = get_args(ListKind)
BYTES_MAX = 32 * 1024 * 1024
ROWS_MAX = 300_000
SHOWN_MAX = 200
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfKind:
    """What a list is for, its columns, and which of them are days."""

    zh: str
    en: str
    columns: tuple[Column, ...]
    days: tuple[str, ...] = ()

    @property
    def of_people(self) -> bool:
        """Tell whether its rows are about people."""
        return self.columns[0] is ID_NUMBER


_MEDICINE = Column(
    "medicine",
    "药品编码",
    ("国家药品代码", "医保药品编码", "code"),
    reading.code,
    True,
)
_DAY = told_masked(*DAY)
_ICD10 = re.compile(r"[A-Z][0-9]{2}(\.[0-9A-Za-z]{1,6})?")


def _icd10(cell: str) -> str:
    text = reading.plain(cell).strip()
    if not _ICD10.fullmatch(text):
        raise Refused(
            f"“{text[:20]}”不是诊断编码，例如 I10 或 E11.9。",
            f"'{text[:20]}' is no diagnosis code such as I10 or E11.9.",
        )
    return text


KINDS: Mapping[ListKind, OfKind] = MappingProxyType(
    {
        "auxiliary": OfKind(
            "辅助药品目录",
            "list of auxiliary medicines",
            (
                _MEDICINE,
                Column(
                    "indicated",
                    "适应诊断编码",
                    ("适应症编码", "ICD-10", "icd10"),
                    _icd10,
                    empty="",
                ),
            ),
        ),
        "stays": OfKind(
            "住院记录",
            "stays in hospital",
            (
                ID_NUMBER,
                Column("admitted", "入院日期", ("admitted on",), _DAY, True),
                Column("discharged", "出院日期", ("discharged on",), _DAY, empty=False),
            ),
            ("admitted", "discharged"),
        ),
        "ends": OfKind(
            "死亡和停保名单",
            "deaths and insurance that ended",
            (
                ID_NUMBER,
                Column(
                    "ended_on",
                    "日期",
                    ("死亡日期", "停保日期", "终止日期", "ended on"),
                    _DAY,
                    True,
                ),
            ),
            ("ended_on",),
        ),
        "diagnoses": OfKind(
            "结算诊断",
            "diagnoses of claims",
            (
                ID_NUMBER,
                Column(
                    "diagnosis",
                    "诊断",
                    ("诊断名称", "结算诊断", "主要诊断", "诊断编码", "diagnosis"),
                    told_masked(*WORDS),
                    True,
                ),
                Column("on", "结算日期", ("就诊日期", "日期", "on"), _DAY, empty=False),
            ),
            ("on",),
        ),
        "vbp_bases": OfKind(
            "集采基准价",
            "prices before central procurement",
            (
                _MEDICINE,
                Column(
                    "base_fen",
                    "基准价（元）",
                    ("基准价", "集采前价格", "集采前价格（元）", "base price"),
                    reading.yuan,
                    True,
                ),
                Column("since", "执行日期", ("中选执行日", "since"), reading.day, True),
            ),
        ),
    }
)


@dataclass(slots=True)
class ReadList:
    """What a file holds: rows as they are kept, how many say nothing, and what is wrong."""

    rows: int = 0
    kept: dict[Cells, None] = field(default_factory=dict)  # each once, in order
    passed_over: int = 0
    bad: list[BadRow] = field(default_factory=list)

    @property
    def is_fit(self) -> bool:
        """Tell whether it may be kept: no row refused."""
        return not self.bad


def read_list(kind: ListKind, content: bytes, as_of: date) -> ReadList:
    """Read a file of a list as of a day, CSV or XLSX; raises BadFile for what is no table.

    A row is kept as texts, the ID number or the medicine first, days as 2025-09-15. Rows that
    say the same are kept once; a diagnosis that speaks of none of the diseases is passed over.
    """
    found = sheets.rows(content, bytes_max=BYTES_MAX, rows_max=ROWS_MAX)
    _, headings = next(found, (0, ()))
    where = laid_out(tuple(headings), kind, KINDS[kind].columns, _PASSED_OVER)
    read, bases = ReadList(), dict[str, Cells]()
    for row, cells in found:
        read.rows += 1
        draft = where.draft(row, cells, {})
        if not draft.faults:
            _check_days(draft, where, as_of)
        if draft.faults:
            read.bad.append(BadRow(row, tuple(draft.faults)))
        elif rows := _kept(kind, draft.values, as_of):
            read.kept.update(dict.fromkeys(rows))
            if _differs(kind, rows[0], bases):
                _fault(draft, where, "medicine", _TWICE)
                read.bad.append(BadRow(row, tuple(draft.faults)))
        else:
            read.passed_over += 1
    if not read.rows:
        raise BadFile("文件里没有数据行。", "The file has no rows.")
    return read


def _check_days(draft: Draft, where: Layout[ListKind], as_of: date) -> None:
    days = {name: draft.values.get(name) for name in KINDS[where.kind].days}
    for name, day in days.items():
        if isinstance(day, date) and day > as_of:
            _fault(draft, where, name, _LATER)
    begins, ends = days.get("admitted"), days.get("discharged")
    if begins and ends and ends < begins:
        _fault(draft, where, "discharged", _BEFORE)


def _differs(kind: ListKind, row: Cells, bases: dict[str, Cells]) -> bool:
    """Tell whether a medicine has another base price already."""
    return kind == "vbp_bases" and bases.setdefault(row[0], row) != row


def _kept(kind: ListKind, values: Mapping[str, Any], as_of: date) -> list[Cells]:
    if kind == "auxiliary":
        return [(values["medicine"], values.get("indicated") or "")]
    if kind == "vbp_bases":
        since = values["since"].isoformat()
        return [(values["medicine"], str(values["base_fen"]), since)]
    person = values["id_number"]
    if kind == "diagnoses":
        return [(person, slug) for slug in sorted(spoken_of(values["diagnosis"]))]
    if kind == "ends":
        return [(person, values["ended_on"].isoformat())]
    out = values.get("discharged") or as_of  # who was not let go is there still
    return [(person, values["admitted"].isoformat(), out.isoformat())]


def _fault(draft: Draft, where: Layout[ListKind], name: str, said: Said) -> None:
    headed = {column.field: heading for _, heading, column in where.columns}
    draft.faults.append(Fault(headed.get(name, name), said))


_PASSED_OVER = frozenset(
    {
        *("姓名", "性别", "年龄", "医院", "医疗机构", "药品名称", "原因", "类型"),
        *("name", "sex", "age", "hospital"),
    }
)
_TWICE = Said("已经有另一个基准价。", "has another base price already.")
_LATER = Said("晚于名单的日期。", "is later than the day of the list.")
_BEFORE = Said("早于入院日期。", "is earlier than the admission.")
