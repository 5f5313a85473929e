"""Which outlet can serve (取药去处): designated, with the whole prescription in stock.

Why one cannot is told as reasons, each with its figures; nothing here asks a database.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pharmacies.outlets import Kind, Outlet
from pharmacies.places import Point

# Why an outlet is left out, in the order in which the reasons are told.
WHYS = (
    "kind_not_admitted",
    "not_designated",
    "not_admitted_chronic",
    "no_cold_chain",
    "not_in_stock",
    "too_few",
    "expires",
    "recalled",
    "no_price",
)


@dataclass(frozen=True, slots=True)
class Want:
    """So many packs of a medicine, good until the last day of the treatment."""

    medicine_code: str
    quantity: int
    last_day: date

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"expected at least one pack, got {self.quantity}")


@dataclass(frozen=True, slots=True)
class Held:
    """One batch at an outlet: what is not set aside, its last day, recalled or not."""

    medicine_code: str
    free: int
    expires_on: date | None  # None: nobody has entered it
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why an outlet cannot serve, with what was wanted and what is there."""

    why: str
    medicine_code: str = ""
    wanted: int = 0
    there: int = 0
    until: date | None = None

    def __post_init__(self) -> None:
        if self.why not in WHYS:
            raise ValueError(f"expected one of {WHYS}, got {self.why!r}")


@dataclass(frozen=True, slots=True)
class Search:
    """Who can serve a prescription on a day: wanted medicines, and where from."""

    pooling_area: str
    point: Point
    day: date
    wants: tuple[Want, ...]
    cold: bool = False  # something has to be kept at 2-8 °C
    kinds: frozenset[Kind] = frozenset({"hospital", "pharmacy", "village_clinic"})
    found_max: int = 20
    missed_max: int = 10
    reach_m: int = 300_000

    def __post_init__(self) -> None:
        if not self.wants:
            raise ValueError("expected at least one medicine")
        if self.found_max < 1 or self.missed_max < 0 or self.reach_m < 1:
            raise ValueError(f"expected how many and how far: {self}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about one outlet: its kind and cold chain, agreements, batches, prices."""

    kind: Kind
    cold_chain: bool
    agreements: Collection[str]  # in force on the day: general, chronic
    held: Sequence[Held]
    unpriced: Collection[str] = ()  # medicines that its price list does not hold


def reasons(search: Search, standing: Standing) -> tuple[Reason, ...]:
    """Tell every reason why an outlet cannot serve; none: it can."""
    found = [
        Reason(why)
        for why, holds in (
            ("kind_not_admitted", standing.kind not in search.kinds),
            ("not_designated", "general" not in standing.agreements),
            ("not_admitted_chronic", _lacks_chronic(standing)),
            ("no_cold_chain", search.cold and not standing.cold_chain),
        )
        if holds
    ]
    for want in search.wants:
        lack = lacks(want, standing.held)
        if lack is not None:
            found.append(lack)
        elif want.medicine_code in standing.unpriced:
            found.append(Reason("no_price", want.medicine_code, want.quantity))
    return tuple(found)


def lacks(want: Want, held: Iterable[Held]) -> Reason | None:
    """Tell what an outlet lacks of one medicine, None where it has enough for long enough."""
    mine = [
        each
        for each in held
        if each.medicine_code == want.medicine_code and each.free > 0
    ]
    good = [each for each in mine if not each.recalled]
    fit = sum(each.free for each in good if lasts(each, want.last_day))
    if fit >= want.quantity:
        return None
    asked = want.medicine_code, want.quantity, fit
    if sum(each.free for each in good) >= want.quantity:
        short = [each.expires_on for each in good if each.expires_on is not None]
        return Reason("expires", *asked, until=max(short))
    if sum(each.free for each in mine) >= want.quantity:
        return Reason("recalled", *asked)
    return Reason("too_few" if fit else "not_in_stock", *asked)


def lasts(held: Held, day: date) -> bool:
    """Tell whether a batch is good until a day; where nobody has entered it, it counts."""
    return held.expires_on is None or held.expires_on >= day


def leans_on_unknown(search: Search, held: Iterable[Held]) -> bool:
    """Tell whether an outlet has enough only with batches whose last day nobody entered."""
    known = [each for each in held if each.expires_on is not None]
    return any(lacks(want, known) is not None for want in search.wants)


def opens_from(outlet: Outlet, now: datetime) -> datetime:
    """Return when an outlet is open: now, or when it opens next; `now` is local time."""
    if outlet.open_at(now.time()):
        return now
    first = datetime.combine(now.date(), outlet.opens, now.tzinfo)
    return first if now < first else first + timedelta(days=1)


def _lacks_chronic(standing: Standing) -> bool:
    # The scheme asks it of pharmacies alone (指定药店).
    return standing.kind == "pharmacy" and "chronic" not in standing.agreements
