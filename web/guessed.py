"""Brakes on numbers that an account may try out: of people, of prescriptions.

Each counts by who tries and, where one thing is guessed, by the thing: many accounts that
try the same person's number wait together. docs/access.md tells all that can be guessed.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Final
from uuid import UUID

from dispensing.errors import Malformed, NotFound
from dispensing.service import NobodysCard
from web import parts
from web.auth import caller
from web.brake import Brake, guess

# Few know a relative's number by heart, but whoever asks has the card at hand.
RELATIVES_MAX: Final = 5
# What a clerk mistypes in ten minutes of a full counter.
NUMBERS_MAX: Final = 20
PERSON_FACTOR: Final = 2  # of one person, by all who try


def relative(person_no: str) -> AbstractContextManager[None]:
    """Brake the caller's naming of a relative, proven by that person's ID number."""
    return guess(
        (Brake(RELATIVES_MAX, "relative"), caller().user),
        (Brake(RELATIVES_MAX * PERSON_FACTOR, "relative's number"), person_no),
        wrong=Malformed,
    )


def insured() -> AbstractContextManager[None]:
    """Brake the caller's keying in of ID numbers that are nobody's."""
    by = Brake(NUMBERS_MAX, "patient of a paper")
    return guess((by, caller().user), wrong=NobodysCard)


def number(text: str) -> AbstractContextManager[None]:
    """Brake the caller's search for an issuer's numbers, which run one after the other."""
    if _is_id(text.strip()):  # 122 bits of chance
        return nullcontext()
    by = Brake(NUMBERS_MAX, "number of a prescription")
    return guess((by, caller().user), wrong=NotFound)


def card(user: str, person_no: str) -> tuple[tuple[Brake, str], ...]:
    """Name what is counted where a person's ID card is compared at a counter."""
    most = parts.settings().logins_failed_max
    return (
        (Brake(most, "identity at the counter"), user),
        (Brake(most * PERSON_FACTOR, "identity of a person"), person_no),
    )


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
