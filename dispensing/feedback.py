"""What a patient says of a case (评价与投诉): of whom, about what, and by when it is answered."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from dispensing.days import later

Kind = Literal["rating", "complaint"]
About = Literal["outlet", "carrier", "insurance"]
State = Literal["rated", "waiting", "overdue", "answered", "unsatisfied", "closed"]
Turn = Literal["answered", "unsatisfied", "closed"]

KINDS = ("rating", "complaint")
TOPICS = {
    "outlet": ("no_stock", "refused_me", "wrong_medicine", "price", "manner", "other"),
    "carrier": ("late", "damaged", "not_cold", "wrong_place", "manner", "other"),
    "insurance": ("not_passed", "amount", "other"),
}
STARS_MAX = 5
OPEN_MAX = 5  # complaints about one case that wait for an answer
# No text names a time limit: a week is our own convention, told as such on the pages.
ANSWER_DAYS = 7


def answer_by(today: date) -> date:
    """Tell until which day a complaint of today, or one that was not settled, is answered.

    >>> answer_by(date(2025, 9, 15))
    datetime.date(2025, 9, 22)
    """
    return later(today, ANSWER_DAYS)


def state_of(
    kind: str, turns: Iterable[tuple[str, date]], due: date | None, today: date
) -> State:
    """Name the state of what was said, from what became of it in its order.

    Whoever is not content gets another answer, by the bureau, within another span.

    >>> day = date(2025, 9, 15)
    >>> state_of("complaint", (), day, day), state_of("complaint", (), day, later(day, 1))
    ('waiting', 'overdue')
    >>> state_of("complaint", [("answered", day), ("unsatisfied", day)], day, day)
    'unsatisfied'
    """
    if kind == "rating":
        return "rated"
    last, on = next(reversed(list(turns)), ("", today))
    if last == "answered":
        return "answered"
    if last == "closed":
        return "closed"
    until = answer_by(on) if last == "unsatisfied" else due
    if until is not None and today > until:
        return "overdue"
    return "unsatisfied" if last == "unsatisfied" else "waiting"


def tenths(stars: Iterable[int]) -> int | None:
    """Give the mean of some stars in tenths, rounded half up; None where nobody gave any.

    >>> tenths([5, 4, 4]), tenths([])
    (43, None)
    """
    given = list(stars)
    return (20 * sum(given) + len(given)) // (2 * len(given)) if given else None
