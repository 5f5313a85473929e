"""What would make it pass, and what would be cheaper: found by asking the rules again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dispensing.assess import Assessment, assess
from dispensing.explain.changes import Change, Product, another_day, changes
from dispensing.policy.rules import Rules
from dispensing.prescription import Dispensing

RulesOn = Callable[[date], Rules | None]

DAYS_LATER = 92  # how far ahead a better day is looked for
DAYS_EARLIER = 31
CHANGES_MAX = 3  # changes made together
RUNS_MAX = 3000  # questions to the rules for one explanation
EXTRA_RUNS = 1000  # for the one full list where much is wrong at once
WAYS_MAX = 6
CHEAPER_MAX = 4  # single changes; the best pair stands after them
DEGREES = frozenset({"days", "day_later", "day_earlier"})  # less of it is better
CHEAPER_KINDS = frozenset({"product", "product_vbp", "outlet_home", "outlet_there"})


@dataclass(frozen=True, slots=True)
class Way:
    """Changes made together, and what the rules say then."""

    changes: tuple[Change, ...]
    dispensing: Dispensing
    assessment: Assessment

    @property
    def patient_fen(self) -> int | None:
        """Give what the patient pays then, in fen; None where it is not computed."""
        return patient_fen(self.assessment)

    @property
    def effort(self) -> int:
        """Add up what the changes ask of people."""
        return sum(change.effort for change in self.changes)

    @property
    def possible(self) -> bool:
        """Tell whether all of it can still be done."""
        return all(change.possible for change in self.changes)


@dataclass(frozen=True, slots=True)
class Found:
    """The ways that lead on, the cheaper ways, and how often the rules were asked."""

    ways: tuple[Way, ...]
    cheaper: tuple[Way, ...]
    runs: int


def patient_fen(assessment: Assessment) -> int | None:
    """Give what the patient pays, accounts and cash, in fen; None without a split."""
    split = assessment.split
    return None if split is None else split.patient_fen


def find(
    dispensing: Dispensing,
    rules: Rules,
    *,
    rules_on: RulesOn | None = None,
    catalogue: Sequence[Product] = (),
) -> Found:
    """Look for ways to pass, single changes first, and for cheaper ways once it passes.

    Without `rules_on`, the rules of another day, the day stays. Three changes together
    are tried only where neither one nor two suffice.
    """
    search = _Search(rules, rules_on, tuple(catalogue))
    start = Way((), dispensing, assess(dispensing, rules))
    ways = () if _accepted(start) else search.ways(start)
    passing = next(
        (way for way in (start, *ways) if _accepted(way) and way.possible), None
    )
    cheaper = search.cheaper(passing) if passing else ()
    return Found(ways, cheaper, search.runs)


class _Search:
    """Asks the rules about changed dispensings, and counts how often."""

    def __init__(
        self, rules: Rules, rules_on: RulesOn | None, catalogue: tuple[Product, ...]
    ) -> None:
        self.rules = rules
        self.rules_on = rules_on
        self.catalogue = catalogue
        self.runs = 0
        self.runs_max = RUNS_MAX

    def ways(self, start: Way) -> tuple[Way, ...]:
        """Widen the search by one change at a time until something passes.

        Pairs are looked at beside single changes; three changes only where both fail.
        """
        frontier, passing = [start], list[Way]()
        reviewed: list[Way] = []
        for number in range(1, CHANGES_MAX + 1):
            reached = _distinct(way for each in frontier for way in self._steps(each))
            passing += [way for way in reached if _accepted(way)]
            if number > 1 and any(way.possible for way in passing):
                break
            if not reviewed and start.assessment.decision == "refused":
                reviewed = [
                    way for way in reached if way.assessment.decision == "review"
                ]
            frontier = [way for way in reached if way.possible and not _accepted(way)]
        if any(way.possible for way in passing):
            return _best(passing)
        return _best([*passing, *self._everything(start)]) or _best(reviewed)

    def _everything(self, start: Way) -> Iterator[Way]:
        """Put one thing right after the other, the easiest first, until it passes."""
        way = start
        self.runs_max = self.runs + EXTRA_RUNS  # this list is owed, and short
        for _ in range(len(start.assessment.findings)):
            before = _obstacles(way)
            steps = self._tried(way, self._changes(way))
            better = [one for one in steps if _obstacles(one) < before]
            if not better:
                return
            way = min(better, key=lambda one: (len(_obstacles(one)), one.effort))
            if _accepted(way):
                yield way
                return

    def cheaper(self, passing: Way) -> tuple[Way, ...]:
        """Look for other products and outlets at which the patient pays less."""
        made = [one for one in self._changes(passing) if one.kind in CHEAPER_KINDS]
        singles = self._saving(passing, made)
        helpful = [way.changes[-1] for way in singles]
        pairs = [two for one in singles for two in self._saving(one, helpful)]
        alone = sorted(_distinct(singles), key=_by_price)[:CHEAPER_MAX]
        together = sorted(_distinct(pairs), key=_by_price)[:1]
        return (*alone, *together)

    def _saving(self, before: Way, made: Sequence[Change]) -> list[Way]:
        paid_fen = before.patient_fen or 0
        return [
            way
            for way in self._tried(before, made)
            if _accepted(way) and (way.patient_fen or 0) < paid_fen
        ]

    def _steps(self, way: Way) -> Iterator[Way]:
        """Take one more step that puts right at least one thing that stood in the way."""
        before = _obstacles(way)
        for reached in self._tried(way, self._changes(way)):
            if _accepted(reached) or before - _obstacles(reached):
                yield reached
        if not way.changes:  # a day is moved first: later steps find it moved
            yield from self._days(way, before)

    def _days(self, way: Way, before: frozenset[tuple[str, str]]) -> Iterator[Way]:
        """Move day by day, and stop at each day on which something is put right."""
        if self.rules_on is None:
            return
        for span, sign in ((DAYS_LATER, 1), (DAYS_EARLIER, -1)):
            held = before
            for number in range(1, span + 1):
                day = _moved(way.dispensing.on, sign * number)
                tried = self._try(way, another_day(day, way.dispensing.on))
                if tried is None:
                    continue
                found = _obstacles(tried)
                if found != held and before - found:
                    yield tried
                held = found
                if _accepted(tried):
                    break

    def _changes(self, way: Way) -> tuple[Change, ...]:
        return changes(way.dispensing, self.rules, self.catalogue)

    def _tried(self, way: Way, made: Sequence[Change]) -> Iterator[Way]:
        taken = {change.part for change in way.changes}
        for change in made:
            if change.part not in taken:
                tried = self._try(way, change)
                if tried is not None:
                    yield tried

    def _try(self, way: Way, change: Change) -> Way | None:
        changed = change.apply(way.dispensing)
        rules = self.rules if changed.on == self.rules.on else self._on(changed.on)
        if rules is None or self.runs >= self.runs_max:
            return None
        self.runs += 1
        return Way((*way.changes, change), changed, assess(changed, rules))

    def _on(self, day: date) -> Rules | None:
        return None if self.rules_on is None else self.rules_on(day)


def _moved(day: date, days: int) -> date:
    """Move a day, staying inside the calendar."""
    days = min(days, (date.max - day).days)
    return day + timedelta(days=max(days, (date.min - day).days))


def _accepted(way: Way) -> bool:
    return way.assessment.decision == "accepted"


def _obstacles(way: Way) -> frozenset[tuple[str, str]]:
    """Name what stands in the way; a warning does not."""
    return frozenset(
        (finding.check, finding.verdict)
        for finding in way.assessment.problems
        if finding.verdict != "warn"
    )


def _distinct(ways: Iterable[Way]) -> list[Way]:
    """Keep each set of changes once, in whichever order it was made."""
    found: dict[frozenset[object], Way] = {}
    for way in ways:
        found.setdefault(frozenset(map(_identity, way.changes)), way)
    return list(found.values())


def _best(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Give the ways that change least; none that holds all of another, or only more."""
    kept: list[Way] = []
    for way in sorted(ways, key=_by_effort):
        if not any(_no_better(way, other) for other in kept):
            kept.append(way)
    return tuple(kept[:WAYS_MAX])


def _no_better(way: Way, other: Way) -> bool:
    """Tell whether a way asks for all that another asks, or the same in another degree."""
    held = all(
        any(_as_much(made, less) for made in way.changes) for less in other.changes
    )
    return held or _loosely(way) == _loosely(other)


def _as_much(made: Change, less: Change) -> bool:
    """Tell whether one change asks for another, or for more of its kind."""
    if made.kind in DEGREES and (made.kind, made.part) == (less.kind, less.part):
        return made.degree >= less.degree
    return _identity(made) == _identity(less)


def _loosely(way: Way) -> frozenset[tuple[object, ...]]:
    """Name the changes of a way, however many days or later each is."""
    return frozenset(
        (one.kind, one.part) if one.kind in DEGREES else _identity(one)
        for one in way.changes
    )


def _identity(change: Change) -> tuple[object, ...]:
    return change.kind, change.part, *change.values.items()


def _by_effort(way: Way) -> tuple[bool, int, int, int]:
    return not way.possible, len(way.changes), way.effort, way.patient_fen or 0


def _by_price(way: Way) -> tuple[int, int]:
    return way.patient_fen or 0, way.effort
