"""How the values of a problem refuse what cannot be, with one clear sentence."""

from collections import Counter
from collections.abc import Iterable

INSTANT_S_MAX = 1_000_000_000
"""No instant and no length of time is longer; public benchmarks count finer than seconds."""

AMOUNT_MAX = 1_000_000_000
"""No size, weight or price of one thing is larger, so that sums never overflow."""


def expect(true: bool, otherwise: str) -> None:
    """Raise ValueError with a sentence unless something is true."""
    if not true:
        raise ValueError(otherwise)


def expect_given(name: str, **values: object) -> None:
    """Raise ValueError for a thing that lacks something it cannot be without."""
    for what, value in values.items():
        expect(value is not None, f"{name}: {what} is missing")


def expect_set(name: str, **values: object) -> None:
    """Raise ValueError for what should be a frozen set of texts, or None, and is not."""
    for what, value in values.items():
        expect(
            value is None or isinstance(value, frozenset),
            f"{name}: expected a frozenset as {what}, got {value!r}",
        )


def expect_whole(name: str, **numbers: int | None) -> None:
    """Raise ValueError for a number of a thing that is not whole; None is let through."""
    for what, number in numbers.items():
        whole = number is None or (isinstance(number, int) and number is not True)
        expect(whole, f"{name}: expected a whole number as {what}, got {number!r}")


def expect_within(name: str, most: int, **numbers: int | None) -> None:
    """Raise ValueError unless whole numbers lie in 0..most; None is let through."""
    expect_whole(name, **numbers)
    for what, number in numbers.items():
        fits = number is None or 0 <= number <= most
        expect(fits, f"{name}: expected {what} of 0 to {most}, got {number}")


def expect_unique(kind: str, ids: Iterable[str]) -> None:
    """Raise ValueError naming the ids that are given twice."""
    twice = [name for name, count in Counter(ids).items() if count > 1]
    expect(not twice, f"{kind} ids given twice: {', '.join(twice)}")
