"""Addresses as people write them (省市区街道路号), taken apart; pure.

What follows the number of the house (幢, 单元, 室) says who lives where: it is kept apart, and
never sent to anybody's map.
"""

import re
import unicodedata
from dataclasses import dataclass

from pharmacies.places import AREAS

_CITY = re.compile(r"(?:浙江省?)?(?:温州市)?")
_TOWN = re.compile(r"([^路巷弄号\d]{1,8}?(?:街道|镇|乡|城区))")
_KINDS = "(?:大道|路|街|巷|弄|村)"
# The whole name before a number (后街巷7号), else the shortest that is a name.
_ROAD = re.compile(rf"([^号\d]{{1,12}}{_KINDS}(?=\d)|[^号\d]{{1,12}}?{_KINDS})")
_NUMBER = re.compile(r"(\d{1,5})(?:[-之]\d{1,4})?号")


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts; a part that is not written is None, or nothing."""

    area: str | None = None  # GB/T 2260
    town: str | None = None  # 街道, 镇, 乡
    road: str | None = None
    number: int | None = None  # of the house
    rest: str = ""

    @property
    def outward(self) -> str:
        """Write the address without what is behind the door."""
        number = "" if self.number is None else f"{self.number}号"
        area = AREAS[self.area] if self.area else ""
        return f"温州市{area}{self.town or ''}{self.road or ''}{number}"


def taken_apart(text: str, area: str | None = None) -> Address:
    """Take an address of Wenzhou apart; `area` stands in where none is written.

    >>> taken_apart("温州市鹿城区五马街道解放街18号2幢302室")
    Address(area='330302', town='五马街道', road='解放街', number=18, rest='2幢302室')
    """
    left = "".join(unicodedata.normalize("NFKC", text).split())
    city = _CITY.match(left)
    left = left[city.end() :] if city else left
    named = next((code for code, it in AREAS.items() if left.startswith(it)), None)
    if named is not None:
        left = left[len(AREAS[named]) :]
    town, left = _off(_TOWN, left)
    road, left = _off(_ROAD, left)
    number, left = _off(_NUMBER, left)
    return Address(named or area, town, road, int(number) if number else None, left)


def _off(pattern: re.Pattern[str], left: str) -> tuple[str | None, str]:
    """Take what fits off the front of what is left."""
    found = pattern.match(left)
    return (found.group(1), left[found.end() :]) if found else (None, left)
