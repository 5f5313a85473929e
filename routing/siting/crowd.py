"""The people as arrays: what each group is worth, and who would serve it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Crowd:
    """The groups as arrays: what each is worth, and pairs of group and candidate.

    `begins` is where the pairs of each candidate begin in `groups_of`.
    """

    worth: Reals
    group: Numbers
    candidate: Numbers
    groups_of: Numbers
    begins: Numbers

    @property
    def candidates(self) -> int:
        """Count the candidates."""
        return len(self.begins) - 1

    def priced(self, price: Reals) -> Reals:
        """Add up for each candidate the prices of whom it would serve."""
        weights = price[self.group]
        found = np.bincount(self.candidate, weights, self.candidates)
        return found.astype(np.float64)

    def served(self, chosen: Reals) -> Reals:
        """Count for each group how many of the chosen would serve it."""
        weights = chosen[self.candidate]
        return np.bincount(self.group, weights, len(self.worth)).astype(np.float64)

    def of(self, candidate: int) -> Reals:
        """Mark the groups that one candidate would serve."""
        marked = np.zeros(len(self.worth))
        mine = slice(self.begins[candidate], self.begins[candidate + 1])
        marked[self.groups_of[mine]] = 1
        return marked

    def value(self, choice: Mapping[int, str]) -> int:
        """Add up the worth of whom a choice serves."""
        chosen = np.zeros(self.candidates)
        chosen[list(choice)] = 1
        return round(float(self.worth[self.served(chosen) > 0].sum()))


def crowd_of(worth: Mapping[tuple[int, ...], int], candidates: int) -> Crowd:
    """Turn groups into arrays."""
    sizes = [len(served_by) for served_by in worth]
    flat = [one for served_by in worth for one in served_by]
    group = np.repeat(np.arange(len(sizes)), sizes).astype(np.int64)
    candidate = np.array(flat, np.int64)
    order = np.argsort(candidate, kind="stable")
    counts = np.bincount(candidate, minlength=candidates)
    return Crowd(
        np.array(list(worth.values()), np.float64),
        group,
        candidate,
        group[order],
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    )
