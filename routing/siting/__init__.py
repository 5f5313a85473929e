"""Which candidates close a gap of the quota best: a choice of places, with its proof.

The problem is plain values (`problem`), who is near is reckoned once (`reach`), CP-SAT
chooses (`solve`), and what it chose is worked out again by code that knows nothing of it
(`verify`).
"""

from routing.siting.answer import Answer, Chosen, Outcome
from routing.siting.problem import Candidate, Group, Siting, Unit
from routing.siting.reach import Limit, limit_of, reached
from routing.siting.solve import solve

__all__ = [
    "Answer",
    "Candidate",
    "Chosen",
    "Group",
    "Limit",
    "Outcome",
    "Siting",
    "Unit",
    "limit_of",
    "reached",
    "solve",
]
