"""Who may dispense: hospitals, pharmacies (药店) and village clinics (村卫生室)."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Literal, get_args

from pharmacies.places import Point, is_area

Kind = Literal["hospital", "pharmacy", "village_clinic"]
Level = Literal["primary", "level2", "level3"]

KINDS: tuple[Kind, ...] = get_args(Kind)
LEVELS: tuple[Level, ...] = get_args(Level)

_CODE = re.compile(r"[HP][0-9]{11}")


@dataclass(frozen=True, slots=True)
class Outlet:
    """One institution or shop, whether designated or not."""

    code: str  # twelve characters: H or P, six digits of the area, five of its own
    name: str
    kind: Kind
    level: Level | None  # of a hospital or clinic; a pharmacy has none
    area: str
    point: Point
    chain: str | None  # the chain group (连锁) of a pharmacy, None for an independent
    internet: bool  # an internet hospital (互联网医院)
    cold_chain: bool  # keeps 2-8 °C and hands over insulated parcels
    opens: time
    closes: time
    price_list: str
    quota_unit: str | None  # the unit of the designation plan, not its district
    address: str
    phone: str | None = None  # for those whose delivery is late

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"expected H or P and eleven digits, got {self.code!r}")
        if self.kind not in KINDS:
            raise ValueError(f"expected one of {KINDS}, got {self.kind!r}")
        if (self.level is None) != (self.kind == "pharmacy"):
            raise ValueError(f"hospitals and clinics have a level: {self.code}")
        if self.level is not None and self.level not in LEVELS:
            raise ValueError(f"expected one of {LEVELS}, got {self.level!r}")
        if not is_area(self.area):
            raise ValueError(f"expected six digits of GB/T 2260, got {self.area!r}")
        if not self.opens < self.closes:
            raise ValueError(f"opens after it closes: {self.code}")

    def open_at(self, at: time) -> bool:
        """Tell whether the outlet is open at a local time of day."""
        return self.opens <= at < self.closes
