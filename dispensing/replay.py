"""Time travel: an old decision asked again, and every difference told to the fen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from dispensing.assess import Assessment
from dispensing.money import yuan
from dispensing.packs.telling import value_of
from dispensing.policy import Figure, Rules
from dispensing.records import AMOUNTS, split_record


@dataclass(frozen=True, slots=True)
class Kept:
    """What was said on the day: the decision, what did not pass, the amounts."""

    decision: str
    verdicts: Mapping[str, str]
    split: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is said otherwise; `line` is the medicine, empty for the bill."""

    what: str
    line: str
    kept: str
    now: str

    def __str__(self) -> str:
        where = f"{self.line}: {self.what}" if self.line else self.what
        return f"{where}: kept {self.kept}, now {self.now}"


def differences(kept: Kept, now: Assessment) -> tuple[Difference, ...]:
    """Compare an answer with what was kept: decision, each check, each amount in yuan."""
    found = []
    if kept.decision != now.decision:
        found.append(Difference("decision", "", kept.decision, now.decision))
    verdicts = {finding.check: finding.verdict for finding in now.problems}
    for check in sorted({*kept.verdicts, *verdicts}):
        before, after = kept.verdicts.get(check), verdicts.get(check)
        if before != after:
            found.append(Difference(check, "", before or "passed", after or "passed"))
    return (*found, *_amounts(kept.split, split_record(now.split)))


def changed_texts(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Name the documents, and the overlay, that are not what they were."""
    names = sorted({*before, *now})
    return tuple(name for name in names if before.get(name) != now.get(name))


def changed_figures(before: Rules, now: Rules) -> tuple[str, ...]:
    """Name the figures that are otherwise in two sets of rules: the value, or its words."""
    names = sorted({*before.figures, *now.figures})
    told = (_told(before.figures.get(name), now.figures.get(name)) for name in names)
    return tuple(
        f"{name}: {said}" for name, said in zip(names, told, strict=True) if said
    )


def _told(before: Figure | None, now: Figure | None) -> str:
    """Tell a figure that changed: old and new value, or that its words are others."""
    if before is None or now is None:
        left = "none" if before is None else value_of(before)
        return f"{left} → {'none' if now is None else value_of(now)}"
    if (before.value, before.left_to) != (now.value, now.left_to):
        return " → ".join(value_of(one) or "none" for one in _otherwise(before, now))
    old, new = before.cited, now.cited
    if (old.clause, old.quote, old.says) != (new.clause, new.quote, new.says):
        words = [f"{one.clause} {one.quote or one.says}".strip() for one in (old, new)]
        return f"{value_of(now)}, its words: {words[0]} → {words[1]}"
    return ""


def _otherwise(before: Figure, now: Figure) -> tuple[Figure, Figure]:
    """Leave out of two tables the rows that are the same."""
    if not (isinstance(before.value, tuple) and isinstance(now.value, tuple)):
        return before, now
    left = tuple(one for one in before.value if one not in now.value)
    right = tuple(one for one in now.value if one not in before.value)
    return replace(before, value=cast("Any", left)), replace(
        now, value=cast("Any", right)
    )


def _amounts(
    kept: Mapping[str, Any] | None, now: Mapping[str, Any] | None
) -> Iterator[Difference]:
    if kept is None or now is None:
        if kept is not now:
            yield Difference("split", "", _there(kept), _there(now))
        return
    yield from _each("", kept, now)
    if len(kept["lines"]) != len(now["lines"]):
        numbers = str(len(kept["lines"])), str(len(now["lines"]))
        yield Difference("lines", "", *numbers)
        return
    for before, after in zip(kept["lines"], now["lines"], strict=True):
        yield from _each(after["name"], before, after)


def _each(
    line: str, kept: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in AMOUNTS:
        # A part of the bill that the program did not know that day was nought.
        before = kept.get(name, 0)
        if before != now[name]:
            what = name.removesuffix("_fen")
            yield Difference(what, line, yuan(before), yuan(now[name]))


def _there(split: Mapping[str, Any] | None) -> str:
    return "none" if split is None else yuan(split["total_fen"])
