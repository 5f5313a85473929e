"""What a dispatcher has decided besides the orders and the shifts; kept with each version."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from routing.replan import Gone
from routing.reserve import RESERVE_PERCENT, reserve_s

OUT_OF_FRIDGE_S_MAX = 2 * 3600


@dataclass(frozen=True, slots=True)
class Conditions:
    """Seconds more for windows, shifts and cold parcels, and who comes or goes.

    Orders and couriers by their ids as texts. `absent_s` is the second of the day from
    which a courier is no longer there; those `returning` bring back what is on board,
    for the others it is met on the spot. `out_of_fridge_s_max` is the operator's own limit for
    2-8 °C parcels: no text gives one. `reserve_percent` is how much of the time until a
    window closes the firm leaves free against an unlucky road (`routing/reserve.py`).
    """

    widened_s: Mapping[str, int] = field(default_factory=dict)
    lengthened_s: Mapping[str, int] = field(default_factory=dict)
    fridge_s: Mapping[str, int] = field(default_factory=dict)
    called_in: tuple[str, ...] = ()
    absent_s: Mapping[str, int] = field(default_factory=dict)
    returning: tuple[str, ...] = ()
    out_of_fridge_s_max: int = OUT_OF_FRIDGE_S_MAX
    reserve_percent: int = RESERVE_PERCENT

    def reserve_s(self, close_s: int, now_s: int) -> int:
        """Return how much of a window a plan made at an instant leaves free, in seconds."""
        return reserve_s(close_s - now_s, self.reserve_percent)

    def limit_s(self, order_id: str) -> int:
        """Return how long a cold parcel may be out of the fridge, in seconds."""
        return self.out_of_fridge_s_max + self.fridge_s.get(order_id, 0)

    def more(self, name: str, who: str, seconds: int) -> "Conditions":
        """Return conditions with so many seconds more for one order or courier."""
        old: Mapping[str, int] = getattr(self, name)
        kept: dict[str, Any] = {name: {**old, who: old.get(who, 0) + seconds}}
        return replace(self, **kept)

    def without(self, courier_code: str, at_s: int, *, met: bool) -> "Conditions":
        """Return conditions with a courier who is gone from a second of the day."""
        absent = {**self.absent_s, courier_code: at_s}
        returning = {*self.returning, courier_code} - ({courier_code} if met else set())
        return replace(self, absent_s=absent, returning=tuple(sorted(returning)))

    @property
    def gone(self) -> dict[str, Gone]:
        """Return who is no longer there, as the planner sees it."""
        return {
            code: Gone(at_s, met=code not in self.returning)
            for code, at_s in self.absent_s.items()
        }

    def with_one_more(self, courier_code: str) -> "Conditions":
        """Return conditions with a courier called in on a day off."""
        return replace(self, called_in=(*self.called_in, courier_code))

    def told(self) -> dict[str, Any]:
        """Return the conditions as they are kept."""
        lists = {"called_in": list(self.called_in), "returning": list(self.returning)}
        return {**asdict(self), **lists}


def conditions_of(told: Mapping[str, Any]) -> Conditions:
    """Read conditions as they are kept; what was kept without them has none."""
    values = dict(told)
    for name in ("called_in", "returning"):
        values[name] = tuple(told.get(name, ()))
    return Conditions(**values)
