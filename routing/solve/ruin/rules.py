"""What a route costs and when its stops begin, in machine code.

The arrays are told in `town.py`; the rules are those of `routing.timing`."""

import numpy as np
from numba import njit


@njit(cache=True)
def _walk(town, seq, count, k, starts):
    """Push every start as late as the one before demands; False where one cannot be.

    A break is taken on the way to the first stop that would begin after the break may,
    or on a later one where that stop would then be missed.
    """
    place, free, b = town.starts_at[k], town.begins[k], 0
    breaks = town.breaks[k]
    for i in range(count):
        node = seq[i]
        at = max(free + town.travel[place, node], starts[i])
        while b < breaks and at >= town.break_opens[k, b]:
            if free > town.break_closes[k, b]:
                return False
            arrive = max(free + town.travel[place, node], town.break_opens[k, b])
            arrive += town.break_lasts[k, b]
            if max(arrive, starts[i]) > town.closes[node]:
                if at + town.service[node] <= town.break_closes[k, b]:
                    break
                return False
            free = arrive - town.travel[place, node]
            at = max(arrive, starts[i])
            b += 1
        if at > town.closes[node]:
            return False
        starts[i] = at
        free = at + town.service[node]
        place = node
    end = free + town.travel[place, town.ends_at[k]]
    while b < breaks and end > town.break_closes[k, b]:
        if free > town.break_closes[k, b]:
            return False
        end = max(end, town.break_opens[k, b]) + town.break_lasts[k, b]
        b += 1
    return end <= town.finishes[k]


@njit(cache=True)
def _warm(town, seq, count, starts):
    """Fill boxes later that would be out of the fridge too long; (held, again) as flags."""
    again = False
    for i in range(count):
        r = town.parcel_of[seq[i]]
        if town.limit[r] < 0 or seq[i] == town.pick[r]:
            continue
        j = i - 1
        while seq[j] != town.pick[r]:
            j -= 1
        earliest = starts[i] - town.limit[r] - town.service[seq[j]]
        if earliest > starts[j]:
            if earliest > town.closes[seq[j]]:
                return False, False
            starts[j] = earliest
            again = True
    return True, again


@njit(cache=True)
def schedule(town, seq, count, k, starts):
    """Fill the earliest start of each stop; False where no schedule keeps the limits.

    A box that would be out of the fridge for too long is filled later, and the clock is
    pushed on, as in `timing.earliest_starts`.
    """
    for i in range(count):
        starts[i] = town.opens[seq[i]]
    while True:
        if not _walk(town, seq, count, k, starts):
            return False
        if not town.limited:
            return True
        held, again = _warm(town, seq, count, starts)
        if not held:
            return False
        if not again:
            return True


@njit(cache=True)
def price(town, seq, count, k, starts):
    """Return what a route costs, by the schedule given."""
    if count == 0:
        return np.int64(0)
    fen = town.courier_fen[k]
    place = town.starts_at[k]
    for i in range(count):
        fen += town.way_fen[place, seq[i]]
        place = seq[i]
        if starts[i] > town.due[place]:
            fen += (starts[i] - town.due[place]) * town.late_fen
    fen += town.way_fen[place, town.ends_at[k]]
    if town.fair[k] >= 0:
        fen += _overwork(town, seq, count, k, starts)
    return fen


@njit(cache=True)
def _overwork(town, seq, count, k, starts):
    last = seq[count - 1]
    end = starts[count - 1] + town.service[last] + town.travel[last, town.ends_at[k]]
    latest = end - town.travel[last, town.ends_at[k]] - town.service[last]
    latest = min(latest, town.closes[last])
    for i in range(count - 2, -1, -1):
        node = seq[i]
        latest -= town.travel[node, seq[i + 1]] + town.service[node]
        latest = min(latest, town.closes[node])
    leave = latest - town.travel[town.starts_at[k], seq[0]]
    beyond = end - max(leave, town.begins[k]) - town.fair[k]
    return max(beyond, 0) * town.overwork_fen


@njit(cache=True)
def refresh(town, tour, k):
    """Reckon a route anew after its stops changed; False where it cannot be."""
    count, seq = tour.length[k], tour.stops[k]
    starts = tour.starts[k]
    if count and not schedule(town, seq, count, k, starts):
        return False
    latest, place = town.finishes[k], town.ends_at[k]
    tour.latest[k, count] = latest
    for i in range(count - 1, -1, -1):
        node = seq[i]
        latest = latest - town.travel[node, place] - town.service[node]
        latest = min(latest, town.closes[node])
        tour.latest[k, i] = latest
        place = node
    limits = 0
    for q in range(town.size.shape[1]):
        load = 0
        for i in range(count):
            r = town.parcel_of[seq[i]]
            if town.pick[r] < 0:
                load += town.size[r, q]
        tour.load[k, 0, q] = load
        for i in range(count):
            r = town.parcel_of[seq[i]]
            load += town.size[r, q] if seq[i] == town.pick[r] else -town.size[r, q]
            tour.load[k, i + 1, q] = load
    for i in range(count):
        tour.courier[seq[i]] = k
        tour.place[seq[i]] = i
        limits += town.limit[town.parcel_of[seq[i]]] >= 0
    tour.limits[k] = limits
    tour.fen[k] = price(town, seq, count, k, starts)
    return True
