"""Each quota unit against its target: how many stand, how many lack, and when it is met."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from pharmacies.designation.agreement import Agreement

UnitKind = Literal["floor", "ceiling"]
# met: no pharmacy lacks. overdue: the deadline is past and some lack. on_time, late: at the
# pace of the window it is met before or after the deadline. no_pace: nothing was gained in
# the window, so no day can be told. full, over: of a ceiling.
Outlook = Literal[
    "met", "on_time", "late", "no_pace", "overdue", "open", "room", "full", "over"
]
_DAY = timedelta(days=1)
Span = tuple[date, date | None]  # both days inside; None: no end


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one quota unit stands; `gap` is how many pharmacies it still lacks."""

    unit: str
    target: int
    designated: int
    gap: int
    met: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What the units are to reach: targets, other names, ceilings, and the last day (W20)."""

    targets: Mapping[str, int]
    aliases: Mapping[str, str] = field(default_factory=dict)
    ceilings: frozenset[str] = frozenset()
    deadline: date | None = None

    def unit_of(self, name: str | None) -> str | None:
        """Name the unit with a target that a unit's name stands for (R2), if one does."""
        unit = self.aliases.get(name or "", name)
        return unit if unit in self.targets else None

    def kind_of(self, unit: str) -> UnitKind:
        """Tell whether a unit's target is a floor (R1) or a ceiling."""
        return "ceiling" if unit in self.ceilings else "floor"

    @property
    def names(self) -> tuple[str, ...]:
        """Name the units and what counts towards them."""
        also = (name for name, unit in self.aliases.items() if unit in self.targets)
        return (*self.targets, *also)


@dataclass(frozen=True, slots=True)
class Progress:
    """One unit on a day: where it stands, how fast it grows, and when it will be met."""

    unit: str
    kind: UnitKind
    target: int
    admitted: int  # with a chronic agreement in force, card settlement or not
    designated: int  # of these, those that settle by card: they count
    gap: int
    gained: int  # over the window, losses taken off
    forecast: date | None  # on which the gap is closed at that pace
    outlook: Outlook
    at_deadline: int | None  # how many stood on the last day, where it is past
    running_out: int  # counted pharmacies whose agreement ends within the days ahead
    falls_below_on: date | None  # as far as ends are known today


@dataclass(frozen=True, slots=True)
class Board:
    """Every unit on a day, in the order of the targets, and all of them together."""

    day: date
    window_days: int
    ahead_days: int
    deadline: date | None
    units: tuple[Progress, ...]
    target: int
    admitted: int
    designated: int
    gap: int  # a surplus in one unit does not fill the gap of another


@dataclass(frozen=True, slots=True)
class Step:
    """From a day on a unit has so many pharmacies."""

    day: date
    designated: int


def board(
    agreements: Iterable[Agreement],
    plan: Plan,
    *,
    day: date,
    window_days: int,
    ahead_days: int,
) -> Board:
    """Hold every unit against its target on a day, with pace, forecast and outlook."""
    if window_days < 1 or ahead_days < 0:
        raise ValueError(f"expected days, got {window_days}, {ahead_days}")
    chronic: dict[str, list[Agreement]] = {unit: [] for unit in plan.targets}
    for each in agreements:
        unit = plan.unit_of(each.quota_unit)
        if unit is not None and each.kind == "chronic":
            chronic[unit].append(each)
    units = tuple(
        _progress(
            unit,
            chronic[unit],
            plan,
            day=day,
            window_days=window_days,
            ahead_days=ahead_days,
        )
        for unit in plan.targets
    )
    return Board(
        day=day,
        window_days=window_days,
        ahead_days=ahead_days,
        deadline=plan.deadline,
        units=units,
        target=sum(each.target for each in units),
        admitted=sum(each.admitted for each in units),
        designated=sum(each.designated for each in units),
        gap=sum(each.gap for each in units),
    )


def history(
    agreements: Iterable[Agreement], first: date, last: date
) -> tuple[Step, ...]:
    """Tell how many of these count from the first day on, and each day it changes."""
    changes: Counter[date] = Counter()
    for each in agreements:
        for begins, ends in counted_spans(each):
            if begins > last or (ends is not None and ends < first):
                continue
            changes[max(begins, first)] += 1
            if ends is not None and ends < last:
                changes[ends + _DAY] -= 1
    standing_now = changes.pop(first, 0)
    steps = [Step(first, standing_now)]
    for on in sorted(changes):
        if changes[on]:
            standing_now += changes[on]
            steps.append(Step(on, standing_now))
    return tuple(steps)


def counted_spans(agreement: Agreement) -> tuple[Span, ...]:
    """Give the stretches of days on which an agreement counts towards its unit."""
    settles = agreement.card_settlement_from
    if agreement.kind != "chronic" or settles is None:
        return ()
    begins: date | None = max(agreement.begins, settles)
    spans: list[Span] = []
    for first, last in sorted(agreement.suspended, key=_first):
        if begins is None or (agreement.ends is not None and agreement.ends < first):
            break
        if begins < first:
            spans.append((begins, first - _DAY))
        endless = last is None or last == date.max
        begins = None if endless else max(begins, _after(last))
    if begins is not None and (agreement.ends is None or begins <= agreement.ends):
        spans.append((begins, agreement.ends))
    return tuple(spans)


def _first(span: Span) -> date:
    return span[0]


def _after(day: date | None) -> date:
    return date.max if day is None else day + _DAY


def _progress(
    unit: str,
    agreements: list[Agreement],
    plan: Plan,
    *,
    day: date,
    window_days: int,
    ahead_days: int,
) -> Progress:
    target, kind = plan.targets[unit], plan.kind_of(unit)
    now = _counted(agreements, day)
    before = day - timedelta(days=min(window_days, (day - date.min).days))
    gained = now - _counted(agreements, before)
    gap = max(0, target - now) if kind == "floor" else 0
    forecast = _forecast(gap, gained, day, window_days)
    until = day + timedelta(days=min(ahead_days, (date.max - day).days))
    past = plan.deadline is not None and plan.deadline < day
    return Progress(
        unit=unit,
        kind=kind,
        target=target,
        admitted=sum(each.in_force(day) for each in agreements),
        designated=now,
        gap=gap,
        gained=gained,
        forecast=forecast,
        outlook=_outlook(kind, target, now, (forecast, plan.deadline, day)),
        at_deadline=_counted(agreements, plan.deadline)
        if plan.deadline is not None and past
        else None,
        running_out=sum(
            each.counts(day) and each.ends is not None and each.ends <= until
            for each in agreements
        ),
        falls_below_on=_falls_below(agreements, target, day)
        if kind == "floor"
        else None,
    )


def _counted(agreements: Iterable[Agreement], day: date) -> int:
    return sum(each.counts(day) for each in agreements)


def _forecast(gap: int, gained: int, day: date, window_days: int) -> date | None:
    """Tell the day on which a gap is closed at the pace of a window, rounded up."""
    if gap == 0 or gained <= 0:
        return None
    days = -(-gap * window_days // gained)
    return day + timedelta(days=min(days, (date.max - day).days))


def _outlook(
    kind: UnitKind,
    target: int,
    now: int,
    dates: tuple[date | None, date | None, date],
) -> Outlook:
    forecast, deadline, day = dates
    if kind == "ceiling":
        return "room" if now < target else "full" if now == target else "over"
    if now >= target:
        return "met"
    if deadline is not None and deadline < day:
        return "overdue"
    if forecast is None:
        return "no_pace"
    if deadline is None:
        return "open"
    return "on_time" if forecast <= deadline else "late"


def _falls_below(
    agreements: Iterable[Agreement], target: int, day: date
) -> date | None:
    """Find the first later day on which a unit that is met has too few, by known ends."""
    steps = history(agreements, day, date.max)
    if steps[0].designated < target:
        return None
    return next((step.day for step in steps if step.designated < target), None)


def standings(
    targets: Mapping[str, int], designated: Mapping[str, int]
) -> tuple[Standing, ...]:
    """Compare each unit with its target, in the order of the targets.

    The target is a floor (不低于): a surplus in one unit does not fill the gap
    of another.
    """
    return tuple(
        standing(unit, target, designated.get(unit, 0))
        for unit, target in targets.items()
    )


def standing(unit: str, target: int, designated: int) -> Standing:
    """Compare one unit with its target.

    >>> standing("苍南县", 3, 2).gap
    1
    """
    if target < 0 or designated < 0:
        raise ValueError(f"expected counts, got {target}, {designated} for {unit}")
    gap = max(0, target - designated)
    return Standing(unit, target, designated, gap, gap == 0)
