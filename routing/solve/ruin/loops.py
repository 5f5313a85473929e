"""The loops that a search spends its time in, in machine code."""

import numpy as np
from numba import njit

from routing.solve.ruin.moves import recreate, ruin, take_back


@njit(cache=True)
def _move(town, tour, out, behind, knobs, seq, starts, scratch):
    """Ruin and recreate once; return (parcels taken out, left behind, cost added)."""
    tour.changed[:] = False
    absent = 0
    saved = np.int64(0)
    for m in range(tour.behind_count[0]):
        out[m] = tour.behind[m]
        absent += 1
        saved += town.unserved_fen[out[m]]
    taken = ruin(town, tour, out, absent, knobs)
    left = recreate(town, tour, out, taken, behind, knobs, seq, starts, scratch)
    added = -saved
    for m in range(left):
        added += town.unserved_fen[behind[m]]
    for k in range(len(town.begins)):
        if tour.changed[k]:
            added += tour.fen[k] - tour.kept_fen[k]
    return taken, left, added


@njit(cache=True)
def _hold(tour, behind, left):
    tour.behind_count[0] = left
    for m in range(left):
        tour.behind[m] = behind[m]


@njit(cache=True)
def copy(tour, best):
    """Copy what a tour is made of; what is reckoned from it is left out."""
    for k in range(len(tour.length)):
        count = tour.length[k]
        best.length[k] = count
        for at in range(count):
            best.stops[k, at] = tour.stops[k, at]
    best.behind_count[0] = tour.behind_count[0]
    for m in range(len(tour.behind)):
        best.behind[m] = tour.behind[m]


@njit(cache=True)
def _missed(missed, parcels, count):
    """Add up how often some parcels have stayed behind."""
    total = np.int64(0)
    for m in range(count):
        total += missed[parcels[m]]
    return total


@njit(cache=True)
def _accepts(town, tour, behind, left, missed, added, threshold, squeezing):
    """Tell whether a move stays.

    With a courier sent home it does where fewer parcels stay behind, or those that did so
    less often (absences, section 3.4 of the paper).
    """
    if not squeezing:
        return added < threshold
    count = tour.behind_count[0]
    had, has = _missed(missed, tour.behind, count), _missed(missed, behind, left)
    for m in range(left):
        missed[behind[m]] += 1
        added -= town.unserved_fen[behind[m]]
    for m in range(count):
        added += town.unserved_fen[tour.behind[m]]
    same = left == count and has == had
    return left < count or has < had or (same and added < threshold)


@njit(cache=True)
def search(town, tour, best, missed, fen, best_fen, moves, heat_fen, knobs):
    """Ruin and recreate for some moves; return (moves made, cost, cost of the best).

    With `knobs.closed` no courier more is sent out, and it ends once all are served.
    """
    parcels, width = len(town.drop), tour.stops.shape[1]
    out, behind = np.zeros(parcels, np.int64), np.zeros(parcels, np.int64)
    seq, starts = np.zeros(width + 2, np.int64), np.zeros(width + 2, np.int64)
    scratch = np.zeros(parcels, np.float64)
    for n in range(moves):
        taken, left, added = _move(town, tour, out, behind, knobs, seq, starts, scratch)
        threshold = -heat_fen * np.log(np.random.random())
        if _accepts(town, tour, behind, left, missed, added, threshold, knobs.closed):
            fen += added
            _hold(tour, behind, left)
            if not knobs.closed and fen < best_fen:
                best_fen = fen
                copy(tour, best)
            if knobs.closed and left == 0:
                return n + 1, fen, best_fen
        else:
            take_back(town, tour, out, taken)
    return moves, fen, best_fen


@njit(cache=True)
def seed_chance(seed):
    """Begin the chance of the compiled code anew."""
    np.random.seed(seed)
