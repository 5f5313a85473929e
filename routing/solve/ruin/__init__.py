"""Improve a piece by ruin and recreate in machine code, until a given instant.

Needs numba. The compiled code is kept between runs in the user's cache folder, under a
name that says which text it was made from.
"""

from routing.solve.ruin import keeping  # noqa: F401  before anything is compiled
from routing.solve.ruin.searching import improve

__all__ = ["improve"]
