"""What is needed, what is there, what lacks: cover, alarms and orders. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pharmacies.medicines import Medicine


@dataclass(frozen=True, slots=True)
class Due:
    """A supply that runs out: where who gets so many packs of what again, from that day on."""

    outlet_code: str
    medicine_code: str
    person_no: str
    day: date
    quantity: int


@dataclass(frozen=True, slots=True)
class Need:
    """What is expected of one medicine at one outlet, by day, and of how many people."""

    outlet_code: str
    medicine_code: str
    quantity: int
    people: int
    first_day: date


@dataclass(frozen=True, slots=True)
class Figures:
    """The operator's own figures, which no text gives; `source` says whose they are."""

    lead_days: int  # from ordering to having it
    cover_days: int  # which demand an order should cover after that
    source: str

    def __post_init__(self) -> None:
        if not (0 <= self.lead_days <= 365 and 1 <= self.cover_days <= 365):
            raise ValueError("expected a lead of 0-365 days and a cover of 1-365")
        if not self.source.strip():
            raise ValueError("expected the source of the figures")


@dataclass(frozen=True, slots=True)
class Reorder:
    """What to order of a medicine: needed until it lasts, less what nobody has set aside."""

    medicine_code: str
    needed: int
    people: int
    on_hand: int
    reserved: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One product of a generic, with why it stands where it does in the order of choice."""

    medicine_code: str
    name: str
    tier: str
    essential: bool
    consistency: bool
    vbp: bool
    price_fen: int | None
    free: int


def needs(due: Iterable[Due], first: date, days: int) -> tuple[Need, ...]:
    """Sum up what is due within some days, by outlet and medicine.

    What was due before the first day and was not fetched is expected on the first.
    """
    last = first + timedelta(days=days - 1)
    found: dict[tuple[str, str], list[Due]] = {}
    for one in due:
        if one.day <= last:
            found.setdefault((one.outlet_code, one.medicine_code), []).append(one)
    return tuple(
        Need(
            *key,
            quantity=sum(one.quantity for one in many),
            people=len({one.person_no for one in many}),
            first_day=max(first, min(one.day for one in many)),
        )
        for key, many in sorted(found.items())
    )


def reorders(
    expected: Iterable[Need],
    there: Mapping[str, tuple[int, int]],
) -> tuple[Reorder, ...]:
    """List what to order for what is expected until the next order lasts.

    `there` has what may go out and what is set aside of it, by medicine. What is set aside
    is for those who come before, and serves nobody else.
    """
    found = []
    for one in expected:
        on_hand, reserved = there.get(one.medicine_code, (0, 0))
        lacking = one.quantity - max(0, on_hand - reserved)
        if lacking > 0:
            found.append(
                Reorder(
                    one.medicine_code,
                    one.quantity,
                    one.people,
                    on_hand,
                    reserved,
                    lacking,
                )
            )
    return tuple(sorted(found, key=lambda each: (-each.quantity, each.medicine_code)))


def choice_key(medicine: Medicine) -> tuple[bool, bool, bool, bool, str]:
    """Order products of a generic: 甲类, essential, consistency-evaluated, 集采 first."""
    return (
        medicine.tier != "甲",
        not medicine.essential,
        not medicine.consistency,
        not medicine.vbp,
        medicine.code,
    )


def beyond_median(price_fen: int, prices_fen: Iterable[int], percent: int) -> bool:
    """Tell whether a price differs from the median of all by more than so many percent.

    >>> beyond_median(150, [100, 100, 150], 20), beyond_median(119, [100, 100, 119], 20)
    (True, False)
    """
    ordered = sorted(prices_fen)
    middle = len(ordered) // 2
    twice = (
        2 * ordered[middle]
        if len(ordered) % 2
        else ordered[middle - 1] + ordered[middle]
    )
    return abs(2 * price_fen - twice) * 100 > twice * percent
