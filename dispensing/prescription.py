"""One dispensing as the rules see it: who, where, on which prescription, which lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from dispensing.money import WHOLE_PERMYRIAD

SCHEMES = ("resident", "employee")
OUTLET_KINDS = ("hospital", "pharmacy", "village_clinic")
LEVELS = ("primary", "level2", "level3")
VENUES = (*LEVELS, "pharmacy")
VOUCHERS = ("card", "e_code")
SOURCES = ("external", "internet_hospital")
SIGNATURES = ("valid", "invalid", "none")
STATUSES = ("valid", "lapsed", "revoked", "used")
TIERS = ("甲", "乙", "丙")
GROUPS = (
    "ordinary",
    "special_storage",
    "narcotic",
    "psychotropic",
    "toxic",
    "radioactive",
    "precursor",
    "antimicrobial",
)

# What money and goods make of a prescription's row; `dispensing.life` tells the whole life.
# A charge that is declined goes back to received; a reversed settlement may be settled
# again while the prescription is valid, and so may the rest of a part or the next filling.
TRANSITIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "received": frozenset({"settling", "revoked", "lapsed"}),
        "settling": frozenset({"settled", "received"}),
        "settled": frozenset({"dispensed", "reversed"}),
        "dispensed": frozenset({"received"}),
        "reversed": frozenset({"received"}),
        "revoked": frozenset(),
        "lapsed": frozenset(),
    }
)
_STATUS_OF_STATE = {
    "received": "valid",
    "settling": "used",
    "settled": "used",
    "dispensed": "used",
    "reversed": "valid",
    "revoked": "revoked",
    "lapsed": "lapsed",
}
_NOTHING: Mapping[str, date] = MappingProxyType({})


class IllegalStep(ValueError):
    """A prescription was asked to go where its state does not lead."""


@dataclass(frozen=True, slots=True)
class Used:
    """What this calendar year has used before this dispensing (年度累计)."""

    fund_fen: int = 0  # paid by the fund for chronic diseases or 两病
    ordinary_fund_fen: int = 0  # paid by ordinary outpatient pooling (普通门诊统筹)
    deductible_fen: int = 0  # met towards the deductible (起付标准)

    def __post_init__(self) -> None:
        if min(self.fund_fen, self.ordinary_fund_fen, self.deductible_fen) < 0:
            raise ValueError(f"expected amounts of 0 fen or more, got {self}")


@dataclass(frozen=True, slots=True)
class Dispensed:
    """An earlier dispensing at any outlet."""

    atc: str
    on: date
    supply_days: int

    def __post_init__(self) -> None:
        if self.supply_days < 0:
            raise ValueError(
                f"expected 0 days of supply or more, got {self.supply_days}"
            )


@dataclass(frozen=True, slots=True)
class Insured:
    """The insured person (参保人) on the day."""

    scheme: str
    area: str
    active: bool = True
    diseases: Mapping[str, date] = field(default_factory=lambda: _NOTHING)
    chronic_outpatient: Mapping[str, date] = field(default_factory=lambda: _NOTHING)
    away_filed: str | None = None
    used: Used = Used()
    account_fen: int = 0
    mutual_aid_fen: int = 0  # what relatives' accounts may pay (家庭共济)
    history: tuple[Dispensed, ...] = ()

    def __post_init__(self) -> None:
        _one_of("insured.scheme", self.scheme, SCHEMES)
        _area("insured.area", self.area)
        if self.away_filed is not None:
            _area("insured.away_filed", self.away_filed)
        if self.mutual_aid_fen < 0:
            raise ValueError(
                f"insured.mutual_aid: expected 0 or more, got {self.mutual_aid_fen}"
            )
        if self.account_fen < 0:
            raise ValueError(
                f"insured.account: expected 0 or more, got {self.account_fen}"
            )


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """A quota unit (目标任务分解单位) on the day, and this pharmacy's place in it.

    `rank` is the pharmacy's place by day of designation; it matters for a ceiling only.
    """

    unit: str
    designated: int
    rank: int | None = None

    def __post_init__(self) -> None:
        if self.designated < 0:
            raise ValueError(f"outlet.quota.designated: expected 0 or more, got {self}")


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where the medicine is dispensed."""

    kind: str
    level: str | None
    area: str
    designated: bool = True
    quota: QuotaStanding | None = None

    def __post_init__(self) -> None:
        _one_of("outlet.kind", self.kind, OUTLET_KINDS)
        _area("outlet.area", self.area)
        if self.kind == "hospital":
            _one_of("outlet.level", self.level, LEVELS)

    @property
    def venue(self) -> str:
        """Name the row of the benefit table: a level, or `pharmacy`."""
        if self.kind == "pharmacy":
            return "pharmacy"
        return "primary" if self.kind == "village_clinic" else str(self.level)


@dataclass(frozen=True, slots=True)
class Prescription:
    """The prescription presented (外配处方 or 互联网医院电子处方)."""

    source: str
    signature: str
    record_no: str | None
    issued_on: date
    valid_days: int | None
    status: str
    issuer_designated: bool
    disease: str
    long_term: bool = False
    signature_reason: str | None = None  # why an invalid signature does not count

    def __post_init__(self) -> None:
        _one_of("prescription.signature", self.signature, SIGNATURES)
        _one_of("prescription.status", self.status, STATUSES)
        if self.valid_days is not None and self.valid_days < 1:
            raise ValueError(
                f"prescription.valid_days: expected 1 or more, got {self.valid_days}"
            )


@dataclass(frozen=True, slots=True)
class Line:
    """One medicine of the prescription at this outlet's price."""

    name: str
    atc: str | None
    tier: str
    price_fen: int
    standard_fen: int | None  # payment standard (医保支付标准); None: none is set
    quantity: int
    supply_days: int
    self_pay_permyriad: int = 0  # first self-pay share (先行自付) of tier 乙
    vbp: bool = False  # won a centralised procurement (集采中选)
    on_platform: bool = True  # on the provincial procurement platform
    in_range: bool = True  # in the disease's drug range and the insurance catalogue
    group: str = "ordinary"
    traced: bool = True  # its trace codes (追溯码) were scanned

    def __post_init__(self) -> None:
        _one_of("tier", self.tier, TIERS)
        _one_of("group", self.group, GROUPS)
        if self.price_fen < 0 or (self.standard_fen or 0) < 0:
            raise ValueError(
                f"expected a price and a standard of 0 fen or more: {self}"
            )
        if self.quantity < 1 or self.supply_days < 1:
            raise ValueError(f"expected a quantity and days of 1 or more: {self}")
        if not 0 <= self.self_pay_permyriad <= WHOLE_PERMYRIAD:
            raise ValueError(f"self_pay: expected a share from 0 to 1: {self}")


@dataclass(frozen=True, slots=True)
class Dispensing:
    """One dispensing and settlement: everything the rules need, and nothing else."""

    on: date
    voucher: str
    insured: Insured
    outlet: Outlet
    prescription: Prescription
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("lines: expected at least one line")


def step(state: str, to: str) -> str:
    """Move a prescription row to its next state, or refuse with `IllegalStep`."""
    if to not in TRANSITIONS[state]:
        allowed = ", ".join(sorted(TRANSITIONS[state])) or "nothing"
        raise IllegalStep(f"{state} leads to {allowed}, not to {to}")
    return to


def status_of(state: str) -> str:
    """Tell what the checks see (`Prescription.status`) of a row in this state."""
    return _STATUS_OF_STATE[state]


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}: expected one of {', '.join(allowed)}, got {value!r}")


def _area(name: str, value: str) -> None:
    if len(value) != 6 or not (value.isascii() and value.isdigit()):
        raise ValueError(f"{name}: expected six digits (GB/T 2260), got {value!r}")
