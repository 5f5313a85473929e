"""Take strings of stops out of routes and put them back, in machine code.

Slack induction by string removals (J. Christiaens, G. Vanden Berghe, Transportation
Science 54(2), 2020) for paired stops: neighbouring stops are taken out with their
partners, and each parcel goes back where it adds least, now and then past that place."""

import numpy as np
from numba import njit

from routing.solve.ruin.rules import price, refresh, schedule

FAR = np.int64(1) << 60
NONE = -1


@njit(cache=True)
def _whole_trial(town, tour, k, r, i, j, seq, starts):
    """Return the cost of a route with a parcel put in, in full; FAR where it cannot be."""
    count = 0
    for at in range(tour.length[k] + 1):
        if at == i and town.pick[r] >= 0:
            seq[count] = town.pick[r]
            count += 1
        if at == j:
            seq[count] = town.drop[r]
            count += 1
        if at < tour.length[k]:
            seq[count] = tour.stops[k, at]
            count += 1
    if not schedule(town, seq, count, k, starts):
        return FAR
    return price(town, seq, count, k, starts)


@njit(cache=True)
def _room(town, tour, k, r, gap):
    """Tell whether a parcel may be on board in a gap of a route."""
    for q in range(town.size.shape[1]):
        if tour.load[k, gap, q] + town.size[r, q] > town.room[k, q]:
            return False
    return True


@njit(cache=True)
def _settled(town, tour, k, r, i, j, added, best, seq, starts):
    """Return what a spot adds, reckoned in full where the quick sum may be wrong."""
    if added >= best or not (town.exact or tour.limits[k] or town.limit[r] >= 0):
        return added
    whole = _whole_trial(town, tour, k, r, i, j, seq, starts)
    return FAR if whole >= FAR else whole - tour.fen[k]


@njit(cache=True)
def _door(town, tour, k, r, i, t, place, base, best, seq, starts):
    """Return (added cost, gap of the drop-off) with a parcel on board from a gap on.

    `t` is when the courier leaves `place`, `base` what was added up to there.
    """
    best_j, count, way, d = NONE, tour.length[k], town.way_fen, town.drop[r]
    before = tour.stops[k, i - 1] if i else town.starts_at[k]
    j = i
    while True:
        onward = tour.stops[k, j] if j < count else town.ends_at[k]
        straight = way[before, onward] if count else 0
        at = max(town.opens[d], t + town.travel[place, d])
        if at > town.closes[d]:
            break
        if at + town.service[d] + town.travel[d, onward] <= tour.latest[k, j]:
            added = base + way[place, d] + way[d, onward] - straight
            if at > town.due[d]:
                added += (at - town.due[d]) * town.late_fen
            added = _settled(town, tour, k, r, i, j, added, best, seq, starts)
            if added < best:
                best, best_j = added, j
        t += town.travel[place, onward]
        if j == count or t > tour.latest[k, j] or not _room(town, tour, k, r, j + 1):
            break
        if j == i:
            base += way[place, onward] - straight
        t = max(t, tour.starts[k, j]) + town.service[onward]
        place = before = onward
        j += 1
    return best, best_j


@njit(cache=True)
def _spot(town, tour, k, r, bound, blink, seq, starts):
    """Return (added cost, gap of the pickup, gap of the drop-off) of the best spot, below a bound.

    No way is made shorter by a stop in between: a pickup that alone adds too much is
    not followed further.
    """
    best, best_i, best_j = bound, NONE, NONE
    count, p, way = tour.length[k], town.pick[r], town.way_fen
    fen = town.courier_fen[k] if count == 0 else np.int64(0)
    if count + 2 > tour.stops.shape[1] or fen >= best:
        return best, best_i, best_j
    for i in range(town.held[k], count + 1):
        place, t, base = town.starts_at[k], town.begins[k], fen
        if i > 0:
            place = tour.stops[k, i - 1]
            t = tour.starts[k, i - 1] + town.service[place]
        room = _room(town, tour, k, r, i)
        if p < 0:
            if not room:
                break  # on board from the start on: every gap before has to have room
        else:
            t = max(town.opens[p], t + town.travel[place, p])
            if t > town.closes[p]:
                break
            onward = tour.stops[k, i] if i < count else town.ends_at[k]
            straight = way[place, onward] if count else 0
            base += way[place, p]
            if base + way[p, onward] - straight >= best or not room:
                continue
            t += town.service[p]
            place = p
        if np.random.random() < blink:
            continue
        if p < 0:
            found, j = _here(town, tour, k, r, i, t, base, best, seq, starts)
        else:
            found, j = _door(town, tour, k, r, i, t, place, base, best, seq, starts)
        if j >= 0:
            best, best_i, best_j = found, i, j
    return best, best_i, best_j


@njit(cache=True)
def _here(town, tour, k, r, i, t, base, best, seq, starts):
    """Return (added cost, gap) of the drop-off of a parcel that is on board from the start."""
    count, way, d = tour.length[k], town.way_fen, town.drop[r]
    before = tour.stops[k, i - 1] if i else town.starts_at[k]
    onward = tour.stops[k, i] if i < count else town.ends_at[k]
    at = max(town.opens[d], t + town.travel[before, d])
    if at > town.closes[d]:
        return best, NONE
    if at + town.service[d] + town.travel[d, onward] > tour.latest[k, i]:
        return best, NONE
    added = base + way[before, d] + way[d, onward]
    added -= way[before, onward] if count else 0
    if at > town.due[d]:
        added += (at - town.due[d]) * town.late_fen
    added = _settled(town, tour, k, r, i, i, added, best, seq, starts)
    return (added, i) if added < best else (best, NONE)


@njit(cache=True)
def _put(town, tour, k, r, i, j):
    """Put a parcel into two gaps of a route."""
    p, d, seq = town.pick[r], town.drop[r], tour.stops[k]
    more = 1 if p < 0 else 2
    count = tour.length[k]
    for at in range(count - 1, j - 1, -1):
        seq[at + more] = seq[at]
    if p >= 0:
        for at in range(j - 1, i - 1, -1):
            seq[at + 1] = seq[at]
        seq[i] = p
    seq[j + more - 1] = d
    tour.length[k] = count + more
    tour.absent[r] = False


@njit(cache=True)
def _keep(tour, k):
    """Note a route as it stands, once a move, so that the move can be taken back."""
    if not tour.changed[k]:
        tour.changed[k] = True
        tour.kept_fen[k] = tour.fen[k]
        tour.kept_length[k] = tour.length[k]
        for at in range(tour.length[k]):
            tour.kept[k, at] = tour.stops[k, at]


@njit(cache=True)
def _take_out(town, tour, k, r):
    """Take a parcel out of a route; the clock is for the caller to mend."""
    seq, to = tour.stops[k], 0
    for at in range(tour.length[k]):
        if town.parcel_of[seq[at]] != r:
            seq[to] = seq[at]
            to += 1
    tour.length[k] = to
    if town.pick[r] >= 0:
        tour.courier[town.pick[r]] = NONE
    tour.courier[town.drop[r]] = NONE
    tour.absent[r] = True


@njit(cache=True)
def ruin(town, tour, out, taken, knobs):
    """Take strings of stops out of routes near one stop; return how many parcels are out."""
    nodes = len(town.parcel_of)
    seed = np.random.randint(nodes)
    if taken and np.random.random() < 0.5:
        seed = town.drop[out[np.random.randint(taken)]]
    used, stops = 0, 0
    for k in range(len(town.begins)):
        used += tour.length[k] > 0
        stops += tour.length[k]
    if not used:
        return taken
    longest = min(knobs.string_max, max(1, stops // used))
    strings = 4 * knobs.removed / (1 + longest) - 1
    strings = int(1 + np.random.random() * max(strings, 0))
    whole = np.random.random() < knobs.whole
    tour.ruined[:] = False
    for n in range(town.near.shape[1]):
        node = town.near[seed, n]
        k = tour.courier[node]
        if k < 0 or tour.ruined[k] or not town.loose[town.parcel_of[node]]:
            continue
        count = tour.length[k] - town.held[k]
        length = min(int(1 + np.random.random() * min(longest, count)), count)
        if whole:
            length, strings = count, 0
        at = tour.place[node]
        low = max(town.held[k], at - length + 1)
        high = min(at, tour.length[k] - length)
        first = low + int(np.random.random() * (high - low + 1))
        _keep(tour, k)
        tour.ruined[k] = True
        begin = taken
        skip = 0
        if length > 1 and length < count and np.random.random() < 0.5:
            skip = 1 + int(np.random.random() * (length - 1))
        for m in range(first, first + length):
            r = town.parcel_of[tour.stops[k, m]]
            if skip and m != at and m >= first + length - skip:
                continue
            if town.loose[r] and not tour.absent[r]:
                tour.absent[r] = True
                out[taken] = r
                taken += 1
        for m in range(begin, taken):
            _take_out(town, tour, k, out[m])
        refresh(town, tour, k)
        strings -= 1
        if strings <= 0:
            break
    return taken


@njit(cache=True)
def _sort(town, out, taken, scratch):
    """Put what is out in the order in which it goes back: by chance, size, way or window."""
    how = np.random.randint(town.keys.shape[0] + 1)
    for m in range(taken):
        scratch[m] = np.random.random()
        if how < town.keys.shape[0]:
            scratch[m] = town.keys[how, out[m]]
    gap = 1
    while gap < taken // 3:
        gap = 3 * gap + 1
    while gap > 0:  # Shell's sort: mostly a dozen parcels, now and then a whole day
        for m in range(gap, taken):
            key, r, at = scratch[m], out[m], m
            while at >= gap and scratch[at - gap] > key:
                scratch[at], out[at] = scratch[at - gap], out[at - gap]
                at -= gap
            scratch[at], out[at] = key, r
        gap //= 3


@njit(cache=True)
def recreate(town, tour, out, taken, behind, knobs, seq, starts, scratch):
    """Put parcels back where each adds least; return how many stay behind."""
    _sort(town, out, taken, scratch)
    left = 0
    for m in range(taken):
        r = out[m]
        best, best_k, best_i, best_j = town.unserved_fen[r], NONE, NONE, NONE
        tour.seen[:] = False
        for end in range(2):
            node = town.drop[r] if end == 0 else town.pick[r]
            if node < 0:
                continue
            for n in range(town.near.shape[1]):
                k = tour.courier[town.near[node, n]]
                if k < 0 or tour.seen[k]:
                    continue
                tour.seen[k] = True
                if town.able[k, r]:
                    fen, i, j = _spot(town, tour, k, r, best, knobs.blink, seq, starts)
                    if i >= 0:
                        best, best_k, best_i, best_j = fen, k, i, j
        if not knobs.closed:
            tour.kinds[:] = False
            for k in range(len(town.begins)):
                if tour.length[k] == 0 and not tour.kinds[town.kind[k]]:
                    tour.kinds[town.kind[k]] = True
                    if town.able[k, r]:
                        fen, i, j = _spot(town, tour, k, r, best, 0.0, seq, starts)
                        if i >= 0:
                            best, best_k, best_i, best_j = fen, k, i, j
        if best_k < 0:
            behind[left] = r
            left += 1
            continue
        _keep(tour, best_k)
        _put(town, tour, best_k, r, best_i, best_j)
        refresh(town, tour, best_k)
    return left


@njit(cache=True)
def take_back(town, tour, out, taken):
    """Put all routes back as they were before a move, and the parcels that were out."""
    for m in range(taken):
        r = out[m]
        tour.absent[r] = True
        tour.courier[town.drop[r]] = NONE
        if town.pick[r] >= 0:
            tour.courier[town.pick[r]] = NONE
    for k in range(len(town.begins)):
        if tour.changed[k]:
            tour.length[k] = tour.kept_length[k]
            for at in range(tour.length[k]):
                tour.stops[k, at] = tour.kept[k, at]
                tour.absent[town.parcel_of[tour.stops[k, at]]] = False
            refresh(town, tour, k)
