"""The columns of a book of settled claim lines: what each holds, and which may be empty."""

from dataclasses import dataclass

# Out of which of the three schemes of the monthly form (T22) a line was paid.
ORDINARY, TWO_DISEASE, CHRONIC = "ordinary", "two_disease", "chronic"
CHANNELS = (ORDINARY, TWO_DISEASE, CHRONIC)
TWO_DISEASES = frozenset({"hypertension", "diabetes"})

KEY = ("VARCHAR", "BIGINT", "INTEGER", "UUID")
WORDS = ("VARCHAR",)
WHOLE = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER")
DAY, INSTANT, SWITCH = ("DATE",), ("TIMESTAMP",), ("BOOLEAN",)
LIST = ("VARCHAR[]",)
# As which type a column is read, whatever fit one the file has.
_READ_AS = {KEY: "VARCHAR", WHOLE: "BIGINT"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the types of DuckDB that may hold it, and what it says."""

    name: str
    types: tuple[str, ...]
    says: str
    may_be_null: bool = False
    values: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Name the type of DuckDB as which it is read."""
        return _READ_AS.get(self.types, self.types[0])


COLUMNS = (
    Column("claim", KEY, "the claim that the line belongs to"),
    Column("line", WHOLE, "place in the claim"),
    Column("person", KEY, "insured person (psn_no)"),
    Column("day", DAY, "day of the settlement"),
    Column("settled_at", INSTANT, "instant of it, Asia/Shanghai"),
    Column("outlet", WORDS, "code of the institution or pharmacy"),
    Column("outlet_kind", WORDS, "hospital, pharmacy or village_clinic"),
    Column("outlet_area", WORDS, "its area, GB/T 2260"),
    Column("area", WORDS, "area of insurance, GB/T 2260"),
    Column("scheme", WORDS, "险种", values=("resident", "employee")),
    Column("channel", WORDS, "ordinary, two_disease or chronic", values=CHANNELS),
    Column("disease", WORDS, "病种, a slug"),
    Column("diagnosis", WORDS, "as the claim has it", may_be_null=True),
    Column("medicine", WORDS, "code of the medicine"),
    Column("atc", WORDS, "ATC code", may_be_null=True),
    Column("quantity", WHOLE, "pieces"),
    Column("supply_days", WHOLE, "days of supply"),
    Column("price_fen", WHOLE, "price of a piece"),
    Column("standard_fen", WHOLE, "医保支付标准 of a piece", may_be_null=True),
    Column("total_fen", WHOLE, "医疗费总额"),
    Column("own_paid_fen", WHOLE, "全自费"),
    Column("over_standard_fen", WHOLE, "超限价"),
    Column("in_scope_fen", WHOLE, "政策范围内费用"),
    Column("fund_fen", WHOLE, "统筹基金"),
    Column("account_fen", WHOLE, "个人账户, relatives' accounts with it"),
    Column("cash_fen", WHOLE, "cash"),
    Column("doctor", WORDS, "who prescribed", may_be_null=True),
    Column("issuer", WORDS, "whose prescription it is", may_be_null=True),
    Column("traces", LIST, "追溯码 of the packs"),
    Column("address_key", WORDS, "equal for equal addresses", may_be_null=True),
    Column("voucher", WORDS, "card or e_code"),
    Column("reversed_on", DAY, "day of the reversal", may_be_null=True),
)
# What is added to the columns of a file: whether the line was taken back.
REVERSED = "reversed_on is not null as reversed"
