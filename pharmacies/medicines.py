"""The catalogue of medicines: codes, tiers, payment standards (支付标准), storage."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

Tier = Literal["甲", "乙", "丙"]
Storage = Literal["ambient", "cold"]
Group = Literal[
    "ordinary",
    "special_storage",
    "narcotic",
    "psychotropic",
    "toxic",
    "radioactive",
    "precursor",
    "antimicrobial",
]
TIERS: tuple[Tier, ...] = get_args(Tier)
STORAGES: tuple[Storage, ...] = get_args(Storage)
GROUPS: tuple[Group, ...] = get_args(Group)

PARTS_MAX = 1000

_CODE = re.compile(r"[XZ][A-Z][0-9]{2}[A-Z]{2}[A-Z0-9]{17}")
_ATC = re.compile(r"[A-Z][0-9]{2}[A-Z]{2}([0-9]{2})?")
_TRACE_PREFIX = re.compile(r"8[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Medicine:
    """One product of one maker in one pack; prices are for one pack, in fen."""

    code: str  # X, ATC to level 4, then name 4, form 4, spec 4, maker 5: 23 in all
    name: str
    generic: str  # the normalised generic name (通用名)
    inn: str
    atc: str  # level 5, or level 4 where the WHO index has no entry
    drug_class: str
    tier: Tier
    standard_fen: int
    self_pay_permyriad: int  # 先行自付: what the patient pays first of a 乙 drug
    vbp: bool  # selected in volume-based procurement (集采中选)
    essential: bool  # on the list of essential medicines (基本药物)
    consistency: bool  # passed the consistency evaluation (一致性评价)
    on_platform: bool  # on the provincial procurement platform (省采购平台)
    storage: Storage
    group: Group
    spec: str
    conditions: frozenset[str]  # the diseases whose drug range holds it, by slug
    label: str  # travels with the price, e.g. 示例数据
    printed: str = ""  # the name as a published list prints it, slips included
    limit: str = ""  # the list's limit of use, e.g. 限二线用药
    # Sold by the part (拆零), so many to a box; quantity and prices are then by the part.
    pack_parts: int = 1
    form: str = ""  # the dosage form (剂型), e.g. 片剂
    strength: str = ""  # of one piece, e.g. 5mg
    pack: str = ""  # what a pack holds, e.g. 28片/盒
    barcode: str = ""  # GTIN with zeros in front, 14 digits
    trace_prefix: str = ""  # the 7 digits that its trace codes begin with

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"expected a code of 23 characters, got {self.code!r}")
        if not _ATC.fullmatch(self.atc):
            raise ValueError(f"expected an ATC code, got {self.atc!r}")
        if not self.atc.startswith(self.code[1:6]):
            raise ValueError(f"code and ATC disagree: {self.code}, {self.atc}")
        _one_of(self.tier, TIERS)
        _one_of(self.storage, STORAGES)
        _one_of(self.group, GROUPS)
        if self.standard_fen <= 0:
            raise ValueError(f"expected a standard above 0 fen: {self.code}")
        if not 0 <= self.self_pay_permyriad <= 10_000:
            raise ValueError(f"expected 0 to 10000 permyriad: {self.code}")
        if not 1 <= self.pack_parts <= PARTS_MAX:
            raise ValueError(f"expected 1 to {PARTS_MAX} parts: {self.code}")
        if self.barcode and not (len(self.barcode) == 14 and is_gtin(self.barcode)):
            raise ValueError(f"expected a GTIN of 14 digits, got {self.barcode!r}")
        if self.trace_prefix and not _TRACE_PREFIX.fullmatch(self.trace_prefix):
            raise ValueError(f"expected 8 and 6 digits, got {self.trace_prefix!r}")


def is_gtin(digits: str) -> bool:
    """Tell whether digits are a trade item number (GTIN) of 8, 12, 13 or 14 digits.

    >>> is_gtin("6901028075763"), is_gtin("6901028075764")
    (True, False)
    """
    if len(digits) not in (8, 12, 13, 14) or not re.fullmatch("[0-9]+", digits):
        return False
    thrice = sum(map(int, digits[-2::-2]))  # every second one, from the end
    return (sum(map(int, digits[::-2])) + 3 * thrice) % 10 == 0


def is_code(text: str) -> bool:
    """Tell whether a text has the form of a national code (国家医保药品编码)."""
    return _CODE.fullmatch(text) is not None


def is_atc(text: str) -> bool:
    """Tell whether a text has the form of an ATC code of level 4 or 5."""
    return _ATC.fullmatch(text) is not None


def _one_of(value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"expected one of {allowed}, got {value!r}")
