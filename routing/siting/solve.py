"""Choose the places by CP-SAT: most people served, every floor met as far as can be.

Maximal covering location (Church and ReVelle 1974) with side conditions: a place of a
gap for each candidate that counts, ceilings, and a budget beyond the gaps. People whom the
same candidates would serve are one variable. The search ends when the optimum is proven, or
with the best choice found and a bound that none can beat.
"""

from collections import Counter, defaultdict
from time import monotonic
from typing import Any

from ortools.sat.python import cp_model

from routing.siting.answer import Answer, Chosen, Outcome
from routing.siting.bounding import Bounds, bounded
from routing.siting.crowd import crowd_of
from routing.siting.greedy import first_choice
from routing.siting.matching import filled
from routing.siting.problem import Siting
from routing.siting.swapping import swapped

Worth = dict[tuple[int, ...], int]
# Of the seconds, at most, before the search: making the first choice better, and bounding.
_SWAPPING, _BOUNDING = 0.3, 0.6


def solve(
    problem: Siting, *, seconds_max: float, seed: int = 0, workers: int = 1
) -> Answer:
    """Return the best choice that can be found in the seconds given.

    Where candidates are too few for a gap, the most that can be filled are, and the answer
    names the unit and how many it lacks. The same problem and seed give the same answer
    where the optimum is proven in time.
    """
    if seconds_max <= 0 or workers < 1:
        raise ValueError("expected seconds above 0 and a worker or more")
    began_s = monotonic()
    missing = sum(filled(problem, range(len(problem.candidates))).left.values())
    worth = _joined_groups(problem)
    crowd = crowd_of(worth, len(problem.candidates))
    first = swapped(
        problem,
        crowd,
        first_choice(problem),
        until_s=began_s + seconds_max * _SWAPPING,
    )
    bounds = bounded(problem, crowd, first, until_s=began_s + seconds_max * _BOUNDING)
    if bounds.bound < bounds.value + 1:
        return answer_of(problem, bounds.choice, bounds.value)
    model = _Model(problem, worth, missing, bounds)
    left_s = max(0.0, began_s + seconds_max - monotonic())
    found, bound = model.searched(left_s, seed, workers)
    choice = bounds.choice if found is None else found
    # A choice better than the one known is left to the model, if there is any.
    best = (
        bounds.bound if bound is None else min(bounds.bound, max(bound, bounds.value))
    )
    return answer_of(problem, choice, int(best + 1e-6))


def answer_of(problem: Siting, choice: dict[int, str], bound: int) -> Answer:
    """Tell a choice: what each one adds, and what becomes of each unit."""
    told, persons, value = _told(problem, choice)
    counted = Counter(choice.values())
    everyone = sum(group.persons for group in problem.groups)
    return Answer(
        told,
        tuple(
            Outcome(
                unit.name,
                unit.gap,
                counted[unit.name],
                max(0, unit.gap - counted[unit.name]),
            )
            for unit in problem.units
        ),
        persons,
        everyone - persons,
        value,
        max(value, bound),
    )


class _Model:
    """The model: `x` a candidate for a unit, `y` people who are served."""

    def __init__(
        self, problem: Siting, worth: Worth, missing: int, bounds: Bounds
    ) -> None:
        self._model = cp_model.CpModel()
        self._problem, self._worth, self._bounds = problem, worth, bounds
        self._open = self._useful()
        self._x = {
            (one, unit): self._model.new_bool_var(f"x{one}_{unit}")
            for one in self._open
            for unit in problem.candidates[one].units
        }
        self._taken = {one: self._once(one) for one in self._open}
        for one in bounds.sure & self._taken.keys():
            self._model.add(self._taken[one] == 1)
        self._keep_units(missing)
        self._y = self._people()
        self._hint(bounds.choice)

    def _hint(self, choice: dict[int, str]) -> None:
        """Let the search begin with a choice."""
        for (one, unit), x in self._x.items():
            self._model.add_hint(x, choice.get(one) == unit)
        for served_by, y in self._y.items():
            self._model.add_hint(y, any(one in choice for one in served_by))

    def searched(
        self, seconds_max: float, seed: int, workers: int
    ) -> tuple[dict[int, str] | None, int | None]:
        """Search; returns the choice, if any, and what none can beat."""
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds_max
        solver.parameters.random_seed = seed
        solver.parameters.num_workers = workers
        # Workers that take turns by counted work find the same, however fast they are.
        solver.parameters.interleave_search = workers > 1
        solver.parameters.linearization_level = 2
        status = solver.solve(self._model)
        if status == cp_model.INFEASIBLE:
            return None, self._bounds.value
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, None
        chosen = {one: unit for (one, unit), x in self._x.items() if solver.value(x)}
        return chosen, int(solver.best_objective_bound + 1e-6)

    def _useful(self) -> list[int]:
        """List the candidates that can be chosen: for a gap, or within the budget."""
        lacking = {unit.name for unit in self._problem.units if unit.gap}
        return [
            number
            for number, one in enumerate(self._problem.candidates)
            if number not in self._bounds.out
            and (self._problem.extra or lacking & set(one.units))
        ]

    def _once(self, one: int) -> Any:
        mine: list[Any] = [x for (other, _), x in self._x.items() if other == one]
        return mine[0] if len(mine) == 1 else self._joined(one, mine)

    def _joined(self, one: int, mine: list[Any]) -> Any:
        """Make the variable of a candidate that could count towards several units."""
        taken = self._model.new_bool_var(f"c{one}")
        self._model.add(cp_model.LinearExpr.sum(mine) == taken)
        return taken

    def _keep_units(self, missing: int) -> None:
        by_unit: dict[str, list[Any]] = defaultdict(list)
        for (_, name), x in self._x.items():
            by_unit[name].append(x)
        lacks: list[Any] = []
        for unit in self._problem.units:
            mine = cp_model.LinearExpr.sum(by_unit[unit.name])
            if unit.gap:
                lack = self._model.new_int_var(0, min(missing, unit.gap), unit.name)
                self._model.add(mine + lack >= unit.gap)
                lacks.append(lack)
            if unit.room is not None:
                self._model.add(mine <= unit.room)
        gaps = sum(unit.gap for unit in self._problem.units)
        self._model.add(cp_model.LinearExpr.sum(lacks) <= missing)
        most = gaps - missing + self._problem.extra
        self._model.add(cp_model.LinearExpr.sum(list(self._taken.values())) <= most)

    def _people(self) -> dict[tuple[int, ...], Any]:
        alone: Counter[int] = Counter()
        served: dict[tuple[int, ...], Any] = {}
        worths: Worth = {}
        sure, served_already = self._bounds.sure & self._taken.keys(), 0
        for served_by, worth in _joined(self._worth, set(self._open)).items():
            if sure.intersection(served_by):
                served_already += worth
                continue
            if len(served_by) == 1:
                alone[served_by[0]] += worth
                continue
            y = self._model.new_bool_var("")
            some = [self._taken[one] for one in served_by]
            self._model.add(cp_model.LinearExpr.sum(some) >= y)
            served[served_by], worths[served_by] = y, worth
        terms = [*served.values(), *(self._taken[one] for one in alone)]
        self._model.maximize(
            cp_model.LinearExpr.weighted_sum(terms, [*worths.values(), *alone.values()])
        )
        return served


def _joined_groups(problem: Siting) -> Worth:
    """Join the groups that the same candidates would serve."""
    worth: Worth = defaultdict(int)
    for group in problem.groups:
        if group.served_by and group.persons:
            worth[tuple(sorted(group.served_by))] += group.persons * group.weight
    if problem.extra:
        return worth
    # Without a budget only who fills a gap can be chosen.
    lacking = {unit.name for unit in problem.units if unit.gap}
    listed = enumerate(problem.candidates)
    return _joined(worth, {at for at, one in listed if lacking & set(one.units)})


def _joined(worth: Worth, useful: set[int]) -> Worth:
    """Join what is alike once only some candidates are left."""
    left: Worth = defaultdict(int)
    for served_by, some in worth.items():
        if still := tuple(one for one in served_by if one in useful):
            left[still] += some
    return left


def _told(
    problem: Siting, choice: dict[int, str]
) -> tuple[tuple[Chosen, ...], int, int]:
    """Tell the chosen in the order of what each adds to those before it."""
    mine: dict[int, list[int]] = {one: [] for one in choice}
    for number, group in enumerate(problem.groups):
        for one in set(group.served_by) & choice.keys():
            mine[one].append(number)
    heads = [group.persons for group in problem.groups]
    serves = {one: sum(heads[it] for it in mine[one]) for one in choice}
    left, open_, told = dict(mine), set(range(len(heads))), []
    while left:
        adds = {one: sum(heads[it] for it in left[one] if it in open_) for one in left}
        best = min(left, key=lambda one: (-adds[one], problem.candidates[one].code))
        open_ -= set(left.pop(best))
        code = problem.candidates[best].code
        told.append(Chosen(code, choice[best], serves[best], adds[best]))
    done = [group for at, group in enumerate(problem.groups) if at not in open_]
    value = sum(group.persons * group.weight for group in done)
    return tuple(told), sum(group.persons for group in done), value
