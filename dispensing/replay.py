"""Time travel: an old decision asked again, and every difference told to the fen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dispensing.assess import Assessment
from dispensing.money import yuan
from dispensing.records import AMOUNTS, split_record


@dataclass(frozen=True, slots=True)
class Kept:
    """What was said on the day: the decision, what did not pass, the amounts."""

    decision: str
    verdicts: Mapping[str, str]
    split: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is said otherwise now; `line` is the medicine, empty for the bill."""

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
        if kept.get(name) != now[name]:
            before = kept.get(name)
            written = "none" if before is None else yuan(before)
            yield Difference(name.removesuffix("_fen"), line, written, yuan(now[name]))


def _there(split: Mapping[str, Any] | None) -> str:
    return "none" if split is None else yuan(split["total_fen"])
