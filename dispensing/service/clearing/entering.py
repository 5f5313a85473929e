"""What officers enter for a year, with where it stands: the group's figures, measured rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from dispensing.clearing.indicators import Indicator, of_row
from dispensing.clearing.scores import Measured
from dispensing.errors import FieldError, Malformed
from dispensing.service.clearing.writing import once
from dispensing.tables import EnteredRow


@dataclass(frozen=True, slots=True)
class FigureKind:
    """One figure of a group's year: what it is, by which clause, in which unit."""

    name: str
    zh: str
    clause: str
    unit: str  # fen, people, yes
    many: bool = False  # several cases, told apart by their `ref`, add up
    share: bool = False  # two counts, such as those who came of all
    each: bool = False  # of each institution: `ref` is its code, the last one counts

    @property
    def is_yes(self) -> bool:
        """Tell whether it is a word, 1 for yes and 0 for no."""
        return self.unit == "yes"


def _yearly(name: str, zh: str, clause: str) -> tuple[FigureKind, FigureKind]:
    """Give a share of the year and that of the year before, which are compared."""
    return (
        FigureKind(name, zh, clause, "people", share=True),
        FigureKind(f"{name}_before", f"上年{zh}", clause, "people", share=True),
    )


def _each(*kinds: tuple[str, str, str]) -> Iterator[FigureKind]:
    """Give what is entered of each institution, for the tilt (L23)."""
    for name, zh, unit in kinds:
        yield FigureKind(name, zh, "二（三）8", unit, True, each=True)


# What no claim here tells (S1, S13, S15-S17, L15, L17, L23).
FIGURES = {
    one.name: one
    for one in (
        FigureKind("inpatients", "核定住院人数", "附件1 二（一）2", "people"),
        FigureKind("inpatient_fund", "住院实际基金支出", "附件1 二（三）2", "fen"),
        FigureKind("large_fund", "大额门诊基金支出", "附件1 二（三）1", "fen"),
        FigureKind(
            "elsewhere_fund", "其他系统结算的门诊基金支出", "附件1 二（三）1", "fen"
        ),
        FigureKind("contract_fund", "签约基金支付费用", "附件1 二（三）1", "fen"),
        FigureKind(
            "outpatient_deduction", "门诊违规扣款", "附件1 二（三）1", "fen", True
        ),
        FigureKind(
            "inpatient_deduction", "住院违规扣款", "附件1 二（三）2", "fen", True
        ),
        FigureKind("budget", "年初预算", "二（三）6", "fen"),
        FigureKind("vbp_saved", "集采节约的医保资金", "二（三）5", "fen"),
        FigureKind("fund_before", "上年医保基金支出", "一（三）", "fen"),
        *_each(
            ("surplus_part", "按原办法应得的打包付费结余", "fen"),
            ("contract_fee_insurance", "医保支付的家庭医生签约服务费", "fen"),
            ("contract_fee_health", "公卫补助支付的家庭医生签约服务费", "fen"),
            ("managed_well", "两病管理到位（是填1，否填0）", "yes"),
            ("health_up", "居民健康水平稳步提高（是填1，否填0）", "yes"),
        ),
        *_yearly("visited", "有门诊就诊的人员", "一（三）"),
        *_yearly("satisfied", "满意的受访群众", "一（三）"),
        *_yearly("hospitalised", "住院的人员", "一（三）"),
        *_yearly("primary", "基层门诊人次", "三（六）"),
        *_yearly("in_county", "县域内门诊人次", "三（六）"),
        *_yearly("disabled", "致残的人员", "三（六）"),
    )
}
# Without these no year is cleared; nought is entered as nought, with its document.
NEEDED = (
    *("inpatients", "inpatient_fund", "large_fund", "elsewhere_fund"),
    *("contract_fund", "outpatient_deduction", "inpatient_deduction"),
)


@dataclass(frozen=True, slots=True)
class EnteredNumber:
    """One number as it was entered: of what, from which document, by whom, when."""

    code: str
    name: str
    ref: str
    part: int
    of: int | None
    document: str
    by: str
    role: str
    at: datetime


def entries(
    session: Session, place: str, group: str, year: int
) -> tuple[EnteredNumber, ...]:
    """List all that was entered for a year, corrections after what they correct."""
    query = select(EnteredRow).where(
        col(EnteredRow.place) == place,
        col(EnteredRow.group_code) == group,
        col(EnteredRow.year) == year,
    )
    rows = session.exec(query.order_by(col(EnteredRow.id)))
    return tuple(
        EnteredNumber(
            **{name: getattr(row, name) for name in EnteredNumber.__dataclass_fields__}
        )
        for row in rows
    )


def figures_of(found: Sequence[EnteredNumber]) -> Mapping[str, int]:
    """Give the group's figures as they stand: the last of each, cases added up."""
    last = {(one.name, one.ref): one.part for one in found if not one.code}
    added: dict[str, int] = {}
    for (name, _), part in last.items():
        added[name] = added.get(name, 0) + part
    return added


def measured_of(
    found: Sequence[EnteredNumber],
) -> Mapping[tuple[str, str], EnteredNumber]:
    """Give what was entered for each institution and row, the last of each."""
    return {(one.code, one.name): one for one in found if one.code}


def enter(session: Session, row: EnteredRow, rows: Sequence[Indicator]) -> None:
    """Write down a figure of the group, or of an institution's row; a later one corrects it."""
    fault = _fault_of_figure(row) if not row.code else _fault_of_row(row, rows)
    if fault is not None:
        raise Malformed([fault])
    once(session, row)


def _fault_of_figure(row: EnteredRow) -> FieldError | None:
    kind = FIGURES.get(row.name)
    if kind is None:
        return FieldError("name", f"one of {', '.join(FIGURES)}")
    if kind.many != bool(row.ref):
        case = "an institution's code" if kind.each else "the document of this case"
        said = case if kind.many else "nothing: it is one figure"
        return FieldError("ref", said)
    if kind.is_yes and row.part not in (0, 1):
        return FieldError("part", "1 for yes, 0 for no")
    if (row.of is not None) != kind.share:
        return FieldError("of", "a whole for a share, nothing else")
    return _counts(row)


def _fault_of_row(row: EnteredRow, rows: Sequence[Indicator]) -> FieldError | None:
    try:
        indicator = of_row(rows, row.name)
    except LookupError:
        return FieldError("name", f"one of {', '.join(one.row for one in rows)}")
    if indicator.enters != row.role and row.role != "admin":
        return FieldError("name", f"a row that {row.role} enters")
    if row.ref:
        return FieldError("ref", "nothing: a row has one number")
    fault = _counts(row)
    if fault is None:
        said = indicator.fault_of(Measured(row.part, row.of))
        fault = FieldError("of", said) if said else None
    return fault


def _counts(row: EnteredRow) -> FieldError | None:
    try:
        Measured(row.part, row.of)
    except ValueError as error:
        return FieldError("part", str(error))
    return None
