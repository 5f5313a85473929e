"""Which candidates can have the places that there are: those of gaps, and those beyond. Pure.

Candidates are matched to places by augmenting paths: one that comes may send another to its
second unit, or beyond the gaps. What is taken stays taken, so that candidates who come in
the order of their worth make the choice of most worth (a matroid; Edmonds 1971).
"""

from collections import Counter
from collections.abc import Iterable

from routing.siting.problem import Siting

BEYOND = ""  # the places beyond the gaps: of any unit


class Places:
    """The places, who has them, and which are left."""

    def __init__(self, problem: Siting, *, extra: int) -> None:
        gaps = {unit.name: unit.gap for unit in problem.units if unit.gap}
        self.left = {**gaps, **({BEYOND: extra} if extra else {})}
        rooms = {unit.name: unit.room for unit in problem.units}
        self._wanted = [
            tuple(it for it in (*each.units, BEYOND) if it in self.left)
            for each in problem.candidates
        ]
        # Where a candidate counts towards one ceiling alone, that ceiling holds it back.
        self._ceiling = [
            each.units[0]
            if len(each.units) == 1 and rooms[each.units[0]] is not None
            else None
            for each in problem.candidates
        ]
        self._room = {name: room for name, room in rooms.items() if room is not None}
        self._dead: set[str] = set()  # no path leads from there to a free place
        self.place_of: dict[int, str] = {}
        self._who: dict[str, list[int]] = {name: [] for name in self.left}

    @property
    def full(self) -> bool:
        """Tell whether every place is taken, or nobody can get to those that are not."""
        return self._dead == self.left.keys() or not any(self.left.values())

    def take(self, candidate: int) -> bool:
        """Give a candidate a place, moving others where that helps."""
        ceiling = self._ceiling[candidate]
        if ceiling is not None and not self._room[ceiling]:
            return False
        seen: set[str] = set()
        if not self._take(candidate, seen):
            self._dead |= seen
            return False
        if ceiling is not None:
            self._room[ceiling] -= 1
        return True

    def reachable(self, candidate: int) -> set[str]:
        """Return the places that a candidate could be given at another's cost."""
        seen: set[str] = set()
        todo = list(self._wanted[candidate])
        while todo:
            place = todo.pop()
            if place not in seen:
                seen.add(place)
                todo += (it for one in self._who[place] for it in self._wanted[one])
        return seen

    def _take(self, candidate: int, seen: set[str]) -> bool:
        for place in self._wanted[candidate]:
            if place in seen or place in self._dead:
                continue
            seen.add(place)
            if self.left[place] or self._cleared(place, seen):
                self.left[place] -= 1
                self.place_of[candidate] = place
                self._who[place].append(candidate)
                return True
        return False

    def _cleared(self, place: str, seen: set[str]) -> bool:
        for other in tuple(self._who[place]):
            if self._take(other, seen):
                self._who[place].remove(other)
                self.left[place] += 1
                return True
        return False


def filled(problem: Siting, order: Iterable[int], *, extra: int = 0) -> Places:
    """Fill the places with candidates as they come; as many as can be are taken."""
    places = Places(problem, extra=extra)
    for candidate in order:
        if places.full:
            break
        places.take(candidate)
    return places


def units_of(problem: Siting, places: Places) -> dict[int, str]:
    """Name the unit that each counts towards; beyond the gaps, the first with room.

    Who has a place is right, but not which: gaps are filled first, here.
    """
    chosen = dict(filled(problem, sorted(places.place_of)).place_of)
    counted = Counter(chosen.values())
    rooms = {unit.name: unit.room for unit in problem.units}
    for one in sorted(places.place_of.keys() - chosen.keys()):
        for unit in problem.candidates[one].units:
            room = rooms[unit]
            if room is None or counted[unit] < room:
                chosen[one] = unit
                counted[unit] += 1
                break
    return chosen
