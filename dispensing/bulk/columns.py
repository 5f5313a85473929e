"""The columns of a book of claims: one row for each line of each claim."""

from dataclasses import dataclass
from types import MappingProxyType

from dispensing.money import WHOLE_PERMYRIAD
from dispensing.prescription import (
    GROUPS,
    SCHEMES,
    SIGNATURES,
    STATUSES,
    TIERS,
    VENUES,
)

KINDS = MappingProxyType(
    {
        "key": "whole numbers or words",
        "whole": "whole numbers",
        "words": "words",
        "switch": "true or false",
        "day": "days",
    }
)
_FEN_MAX = 10**9  # times the most pieces and a whole share, still below 2**63
_PIECES_MAX = 10**5


class BadBook(ValueError):
    """A book of claims that cannot be adjudicated: the file, the column, what was expected."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, and what a book without it is taken to say."""

    name: str
    kind: str
    says: str
    needed: bool = False
    default: str | int | bool | None = None
    same_as: str = ""  # left out, it repeats this column
    allowed: tuple[str, ...] = ()
    least: int = 0
    most: int = _FEN_MAX
    may_be_null: bool = False


COLUMNS = (
    Column("claim", "key", "the claim that the line belongs to", needed=True),
    Column("line", "whole", "place in the claim", default=1, least=1, most=1000),
    Column("person", "key", "insured person (psn_no)", needed=True),
    Column(
        "settled_no",
        "whole",
        "order of settlement: one number for a claim, later is larger",
        needed=True,
        most=2**62,
    ),
    Column("day", "day", "day of dispensing and settlement", needed=True),
    Column("scheme", "words", "险种", needed=True, allowed=SCHEMES),
    Column("area", "words", "area of insurance, GB/T 2260", needed=True),
    Column("outlet_area", "words", "area of the outlet", same_as="area"),
    Column("away_filed", "words", "异地备案: the area filed for", may_be_null=True),
    Column(
        "venue",
        "words",
        "level, or pharmacy (a village clinic is primary)",
        needed=True,
        allowed=VENUES,
    ),
    Column("disease", "words", "病种 of the prescription, a slug", needed=True),
    Column(
        "registered",
        "words",
        "slugs registered by that day, joined with +",
        needed=True,
    ),
    Column(
        "chronic_outpatient",
        "switch",
        "门诊慢性病 of this disease has begun",
        default=False,
    ),
    Column("tier", "words", "甲, 乙 or 丙", needed=True, allowed=TIERS),
    Column("price_fen", "whole", "price of a piece", needed=True),
    Column(
        "standard_fen",
        "whole",
        "医保支付标准 of a piece; null: none is set",
        may_be_null=True,
    ),
    Column("quantity", "whole", "pieces", needed=True, least=1, most=_PIECES_MAX),
    Column(
        "supply_days",
        "whole",
        "days of supply",
        needed=True,
        least=1,
        most=_PIECES_MAX,
    ),
    Column(
        "self_pay_permyriad",
        "whole",
        "先行自付 share of tier 乙, ten-thousandths",
        default=0,
        most=WHOLE_PERMYRIAD,
    ),
    Column("vbp", "switch", "集采中选", default=False),
    Column("on_platform", "switch", "on the provincial platform", default=True),
    Column("in_range", "switch", "in the disease's drug range", default=True),
    Column(
        "group", "words", "group of the medicine", default=GROUPS[0], allowed=GROUPS
    ),
    Column("traced", "switch", "trace codes were scanned", default=True),
    Column(
        "left_days",
        "whole",
        "days of the same medicine still in hand",
        default=0,
        least=-_PIECES_MAX,
    ),
    Column("long_term", "switch", "long prescription flag (长期处方)", default=False),
    Column("designated", "switch", "the outlet is designated", default=True),
    Column(
        "quota_unit",
        "words",
        "the pharmacy's quota unit (目标任务分解单位)",
        may_be_null=True,
    ),
    Column(
        "quota_rank",
        "whole",
        "the pharmacy's place in its unit by day of designation",
        least=1,
        most=_PIECES_MAX,
        may_be_null=True,
    ),
    Column("active", "switch", "insured that day", default=True),
    Column("voucher", "words", "card or e_code", default="card"),
    Column("source", "words", "external or internet_hospital", default="external"),
    Column(
        "signature",
        "words",
        "valid, invalid or none",
        default="valid",
        allowed=SIGNATURES,
    ),
    Column("recorded", "switch", "a paper prescription has its 备案号", default=False),
    Column("issuer_designated", "switch", "the issuer is designated", default=True),
    Column("issued_on", "day", "day of issue", same_as="day"),
    Column(
        "valid_days",
        "whole",
        "days of validity; null: those of the rules",
        least=1,
        most=_PIECES_MAX,
        may_be_null=True,
    ),
    Column("status", "words", "of the prescription", default="valid", allowed=STATUSES),
    Column(
        "ordinary_fund_fen",
        "whole",
        "paid by 普通门诊统筹 since the person's claim before, on a claim's first line",
        default=0,
    ),
    Column(
        "account_fen",
        "whole",
        "what 个人账户 holds for the claim, the same on each of its lines",
        default=0,
    ),
)
SPLITS = (
    "total_fen",
    "own_paid_fen",
    "over_standard_fen",
    "self_pay_fen",
    "in_scope_fen",
    "deductible_fen",
    "fund_fen",
    "account_fen",
    "cash_fen",
)
