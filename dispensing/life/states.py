"""In which state of its life a prescription is, out of what is written down about it.

The row keeps what money and goods have made of it (`dispensing.prescription`); reviews, the
claim, fillings and the calendar are kept beside it. One state follows from all of them, so
that a claim ends at its hour and a prescription lapses at midnight though nobody writes it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from dispensing.days import day_of, later

# Each with its Chinese name and what it means, in the order of a life.
STATES = {
    "received": ("已接收", "taken in; nobody has looked at it"),
    "checked": ("已核验", "a counter has asked the rules"),
    "awaiting_review": ("待审方", "a pharmacist must review it first"),
    "awaiting_second_review": ("待复核", "a second pharmacist must agree"),
    "reviewed": ("审方通过", "as many pharmacists as needed have agreed"),
    "review_refused": (
        "审方不通过",
        "a pharmacist refuses it; the prescriber must act",
    ),
    "claimed": ("已锁定", "one pharmacy holds it for a time, under a secret"),
    "settling": ("结算中", "the platform is asked, or did not answer"),
    "settled": ("已结算", "paid; the medicine is still at the outlet"),
    "ordered": ("待配送", "paid; a delivery is ordered"),
    "on_the_road": ("配送中", "paid; a route or a courier has the parcel"),
    "reversing": ("冲正中", "the platform is asked to take the settlement back"),
    "part_dispensed": (
        "部分取药",
        "a part was settled and handed out, the rest is owed",
    ),
    "repeatable": ("可续方", "a filling was handed out, more may follow"),
    "dispensed": ("已取药", "everything was handed out, or the rest was closed"),
    "revoked": ("已撤销", "its issuer has withdrawn it"),
    "lapsed": ("已过期", "its last day is over"),
}
_ON_THE_ROAD = ("planned", "out")
_NO_ORDER = (None, "cancelled", "returned", "handed_over")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is written down about a prescription, as far as its state follows from it."""

    row_state: str
    last_day: date
    reviews_needed: int = 0
    reviews: int = 0
    review_refused: bool = False
    is_checked: bool = False
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    has_taken_part: bool = False  # a part of the present filling was handed out
    filled: int = 0
    order_state: str | None = None
    is_reversing: bool = False

    def is_claimed(self, now: datetime) -> bool:
        """Tell whether a pharmacy holds it at an instant; at its end a claim is over."""
        return self.claimed_until is not None and now < self.claimed_until


def last_day(issued_on: date, valid_days: int) -> date:
    """Tell the last day of a validity that counts the day of issue.

    >>> last_day(date(2024, 2, 27), 3)
    datetime.date(2024, 2, 29)
    """
    return later(issued_on, valid_days - 1)


def state_of(standing: Standing, now: datetime) -> str:
    """Tell the state of a prescription at an instant."""
    if standing.row_state == "settled":
        return _settled(standing)
    if standing.row_state != "received":
        return "received" if standing.row_state == "reversed" else standing.row_state
    if day_of(now) > standing.last_day:
        return "lapsed"
    return _open(standing, now)


def _settled(standing: Standing) -> str:
    if standing.is_reversing:
        return "reversing"
    if standing.order_state in _ON_THE_ROAD:
        return "on_the_road"
    return "settled" if standing.order_state in _NO_ORDER else "ordered"


def _open(standing: Standing, now: datetime) -> str:
    of_first = (
        ("review_refused", standing.review_refused),
        ("claimed", standing.is_claimed(now)),
        ("awaiting_second_review", 0 < standing.reviews < standing.reviews_needed),
        ("awaiting_review", standing.reviews < standing.reviews_needed),
        ("part_dispensed", standing.has_taken_part),
        ("repeatable", standing.filled > 0),
        ("reviewed", standing.reviews > 0),
        ("checked", standing.is_checked),
    )
    return next((state for state, is_so in of_first if is_so), "received")
