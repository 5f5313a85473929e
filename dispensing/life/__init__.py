"""The life of a prescription: in which state it is, and what may be done with it there. Pure."""

from dispensing.life.refills import (
    NO_REPEAT,
    Repeat,
    days_of,
    fills_left,
    next_day,
)
from dispensing.life.refusals import REFUSALS, refusal
from dispensing.life.reviews import POLICIES, ReviewPolicy, reviews_needed
from dispensing.life.rules import AS_THE_LAW_SAYS, LifeRules
from dispensing.life.states import STATES, Standing, last_day, state_of
from dispensing.life.table import OPERATIONS, cell, permit

__all__ = [
    "AS_THE_LAW_SAYS",
    "NO_REPEAT",
    "OPERATIONS",
    "POLICIES",
    "REFUSALS",
    "STATES",
    "LifeRules",
    "Repeat",
    "ReviewPolicy",
    "Standing",
    "cell",
    "days_of",
    "fills_left",
    "last_day",
    "next_day",
    "permit",
    "refusal",
    "reviews_needed",
    "state_of",
]
