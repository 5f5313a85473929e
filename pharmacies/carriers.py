"""Third-party delivery firms (第三方配送): areas, licences, couriers and shifts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from pharmacies.places import Point
from pharmacies.qualifications import Qualification, holds


@dataclass(frozen=True, slots=True)
class Carrier:
    """One delivery firm and what its papers let it do.

    Papers that were entered decide. Of a kind of which none ever was, what the firm said
    when it was stored stands: the last day of its licence, and whether it is cold.
    """

    code: str
    name: str
    areas: frozenset[str]
    cold_chain: bool  # qualified for 2-8 °C
    licence_no: str
    licence_until: date  # last day inside the licence
    papers: tuple[Qualification, ...] = ()

    def licensed(self, day: date) -> bool:
        """Tell whether the firm has a licence on a day."""
        entered = holds(self.papers, "licence", day)
        return day <= self.licence_until if entered is None else entered

    def cold_on(self, day: date) -> bool:
        """Tell whether the firm may carry 2-8 °C on a day."""
        entered = holds(self.papers, "cold_chain", day)
        return self.cold_chain if entered is None else entered

    def serves(self, area: str, day: date, *, cold: bool) -> bool:
        """Tell whether the firm may deliver in an area on a day, cold or not."""
        if area not in self.areas or not self.licensed(day):
            return False
        return not cold or self.cold_on(day)


@dataclass(frozen=True, slots=True)
class Courier:
    """One courier (配送员) of a firm: where the shift starts and what fits the box."""

    code: str
    carrier: str
    name: str
    phone: str
    start: Point
    shift_begins: time
    shift_ends: time
    capacity_parcels: int
    cold_capacity_parcels: int  # 0: no cold box
    areas: frozenset[str]
    rest_weekday: int = 0  # ISO weekday off, 1 is Monday; 0: works every day
    vehicle: str = ""  # what is driven, and its plate

    def __post_init__(self) -> None:
        if not self.shift_begins < self.shift_ends:
            raise ValueError(f"shift ends before it begins: {self.code}")
        if not 0 <= self.cold_capacity_parcels <= self.capacity_parcels:
            raise ValueError(f"cold box larger than the load: {self.code}")
        if not 0 <= self.rest_weekday <= 7:
            raise ValueError(f"expected an ISO weekday or 0: {self.code}")

    def works_on(self, day: date) -> bool:
        """Tell whether the courier has a shift on a day."""
        return day.isoweekday() != self.rest_weekday


def carriers_for(
    carriers: Iterable[Carrier], area: str, day: date, cold: bool
) -> tuple[Carrier, ...]:
    """List the firms that may deliver there, the most local one first.

    A firm with few areas comes before a city-wide one, which keeps the latter
    free for what only it may carry; equals follow their codes.
    """
    fit = (each for each in carriers if each.serves(area, day, cold=cold))
    return tuple(sorted(fit, key=lambda each: (len(each.areas), each.code)))
