"""What a file may hold: medicines, standards of a region, or prices of a list; column by column."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, get_args

from pharmacies.catalogue import reading
from pharmacies.catalogue.said import BadFile, Refused, Said

Kind = Literal["medicines", "standards", "prices"]
KINDS: tuple[Kind, ...] = get_args(Kind)
K = TypeVar("K", bound=str)
Diseases = Mapping[str, str]  # what a file calls a disease -> its slug
HEADINGS_MAX = 20  # of headings that a sentence lists
_PASSED_OVER = {"", "序号", "备注", "note", "no"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: which value it gives, under which headings, how a cell is read."""

    field: str
    heading: str
    others: tuple[str, ...]
    read: Callable[[str], Any]
    needed: bool = False  # without it a file is of another kind
    empty: Any = None  # what an empty cell says; None refuses it


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused: its column as the file heads it, and a sentence."""

    column: str
    said: Said


@dataclass(slots=True)
class Draft:
    """What one row says, and what is wrong with it."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout(Generic[K]):
    """Where a file has which column."""

    kind: K
    columns: tuple[tuple[int, str, Column], ...]  # place, heading of the file, column

    def draft(self, row: int, cells: Sequence[str], diseases: Diseases) -> Draft:
        """Read one row."""
        draft = Draft(row)
        for place, heading, column in self.columns:
            cell = cells[place] if place < len(cells) else ""
            try:
                draft.values[column.field] = _value(column, cell, diseases)
            except Refused as error:
                draft.faults.append(Fault(heading, error.said))
        return draft


def layout(headings: Sequence[str]) -> Layout[Kind]:
    """Tell from its headings what a file holds, or raise BadFile."""
    kind = _kind([_plain(one) for one in headings])
    found = laid_out(headings, kind, COLUMNS[kind])
    there = {column.field for _, _, column in found.columns}
    if kind == "prices" and not there & {"price_yuan", "price_fen"}:
        raise _missing(["零售价"])
    return found


def laid_out(
    headings: Sequence[str],
    kind: K,
    columns: Sequence[Column],
    passed_over: Collection[str] = (),
) -> Layout[K]:
    """Find where a file has which of the columns of its kind, or raise BadFile."""
    given = [_plain(one) for one in headings]
    known = {
        _plain(name): column
        for column in columns
        for name in (column.field, column.heading, *column.others)
    }
    found = [
        (place, headings[place].strip(), known[name])
        for place, name in enumerate(given)
        if name in known
    ]
    over = {*_PASSED_OVER, *passed_over}
    _reject_unknown([one for one in given if one not in known and one not in over])
    _reject_twice(found)
    there = {column.field for _, _, column in found}
    missing = [
        column.heading
        for column in columns
        if column.needed and column.field not in there
    ]
    if missing:
        raise _missing(missing)
    return Layout(kind, tuple(found))


def _missing(headings: Sequence[str]) -> BadFile:
    return BadFile(
        f"缺少列：{'、'.join(headings)}。",
        f"Columns are missing: {', '.join(headings)}.",
    )


def _kind(given: Sequence[str]) -> Kind:
    for kind in ("prices", "standards"):
        first = COLUMNS[kind][0]
        names = {_plain(one) for one in (first.field, first.heading, *first.others)}
        if names & set(given):
            return kind
    return "medicines"


def _reject_unknown(odd: Sequence[str]) -> None:
    if odd:
        told = [one[:30] for one in odd[:HEADINGS_MAX]]
        raise BadFile(
            f"第一行有不认识的列名：{'、'.join(told)}。",
            f"The first row has headings that are not known: {', '.join(told)}.",
        )


def _reject_twice(found: Sequence[tuple[int, str, Column]]) -> None:
    seen: set[str] = set()
    for _, heading, column in found:
        if column.field in seen:
            raise BadFile(
                f"“{heading}”这一列出现了两次。",
                f"The column {heading} is there twice.",
            )
        seen.add(column.field)


def _plain(heading: str) -> str:
    for wide, narrow in (
        ("（", "("),
        ("）", ")"),
        (" ", ""),
        ("\n", ""),
        ("\ufeff", ""),
    ):
        heading = heading.replace(wide, narrow)
    return heading.strip("* \t\r").lower()


def _value(column: Column, cell: str, diseases: Diseases) -> Any:
    if not cell or not cell.strip():
        if column.empty is None:
            raise Refused("没有填。", "is empty.")
        return column.empty
    if column.field == "conditions":
        return _slugs(cell, diseases)
    return column.read(cell)


def _slugs(cell: str, diseases: Diseases) -> frozenset[str]:
    text = reading.words(cell)
    for sign in "、，；,;|":
        text = text.replace(sign, " ")
    unknown = [one for one in text.split() if one not in diseases]
    if unknown:
        raise Refused(
            f"不认识的病种：{'、'.join(unknown)}。",
            f"No such diseases: {', '.join(unknown)}.",
        )
    return frozenset(diseases[one] for one in text.split())


_CODE = Column(
    "code",
    "国家医保药品编码",
    ("国家编码", "医保编码", "药品编码", "medicine"),
    reading.code,
    True,
)
_FROM = Column("valid_from", "生效日期", ("执行日期", "valid from"), reading.day)
_STANDARD = (
    Column("standard_yuan", "支付标准(元)", ("支付标准", "医保支付标准"), reading.yuan),
    Column("standard_fen", "支付标准(分)", (), reading.fen),
)
_SELF_PAY = (
    Column("self_pay", "先行自付比例", ("自付比例",), reading.share),
    Column("self_pay_permyriad", "先行自付(万分之)", (), reading.permyriad),
)
_VBP = Column("vbp", "集采中选", ("集采", "带量采购"), reading.flag)
_PLATFORM = Column(
    "on_platform", "省平台挂网", ("挂网", "平台挂网", "省采购平台"), reading.flag
)
COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    "medicines": (
        _CODE,
        Column("name", "药品名称", ("商品名称", "品名"), reading.words),
        Column("generic", "通用名", ("通用名称",), reading.words),
        Column("inn", "英文名", ("INN",), reading.words, empty=""),
        Column("atc", "ATC", ("ATC编码",), reading.atc),
        Column("drug_class", "药理分类", ("类别",), reading.words, empty=""),
        Column("form", "剂型", (), reading.words, empty=""),
        Column("strength", "规格", (), reading.words, empty=""),
        Column("pack", "包装", ("包装规格",), reading.words, empty=""),
        Column("spec", "规格包装", (), reading.words, empty=""),
        Column("tier", "甲乙类", ("医保类别", "目录类别"), reading.tier),
        *_STANDARD,
        *_SELF_PAY,
        _VBP,
        Column("essential", "基本药物", ("基药",), reading.flag),
        Column("consistency", "一致性评价", ("过评",), reading.flag),
        _PLATFORM,
        Column("storage", "储存条件", ("贮藏", "储存"), reading.storage),
        Column("group", "管理分类", (), reading.group),
        Column("conditions", "病种", ("适用病种",), reading.words, empty=frozenset()),
        Column("barcode", "商品条码", ("条形码", "GTIN"), reading.barcode, empty=""),
        Column("trace_prefix", "追溯码前7位", (), reading.trace_prefix, empty=""),
        Column("pack_parts", "拆零数量", ("最小包装数",), reading.parts, empty=1),
        Column("label", "标记", (), reading.words, empty=""),
        Column("printed", "目录印刷名", (), reading.words, empty=""),
        Column("limit", "限制使用范围", ("限制使用",), reading.words, empty=""),
        _FROM,
    ),
    "standards": (
        Column(
            "region", "统筹区", ("地区", "省份", "统筹区代码"), reading.region, True
        ),
        _CODE,
        *_STANDARD,
        *_SELF_PAY,
        _VBP,
        _PLATFORM,
        _FROM,
    ),
    "prices": (
        Column("price_list", "价目表", ("价格表",), reading.words, True),
        _CODE,
        Column("price_yuan", "零售价(元)", ("零售价", "价格", "单价"), reading.yuan),
        Column("price_fen", "零售价(分)", (), reading.fen),
        _FROM,
    ),
}
# Two columns for one figure: in yuan or fen, as 10% or in permyriad.
FIGURES = {
    "standard_yuan": "standard_fen",
    "price_yuan": "price_fen",
    "self_pay": "self_pay_permyriad",
}
