"""Hold alarms against the truth of a made-up book: what was found, what was missed, by rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dispensing.smart.alarms import Alarm


@dataclass(frozen=True, slots=True)
class Judged:
    """How one rule did on one book; `true` are alarms about somebody with planted fraud."""

    rule: str
    planted: int
    found: int
    alarms: int
    true: int


def entity_of(rule: str, subject: str) -> str:
    """Name whom an alarm is about, without the medicine.

    >>> entity_of("duplicate", "P1|A10BA02"), entity_of("doctor_outlet", "S1|H1|D1")
    ('P1', 'H1|D1')
    """
    parts = subject.split("|")
    if rule == "doctor_outlet":
        return "|".join(parts[1:])
    return subject if rule == "auxiliary" else parts[0]


def judged(
    alarms: Iterable[Alarm], truth: Mapping[str, set[str]]
) -> tuple[Judged, ...]:
    """Count by rule: planted subjects, how many of them an alarm of the rule names, alarms.

    An alarm is true where its subject has planted fraud of any kind: who buys to sell on
    is rightly found by the rule of repeated dispensing, too.
    """
    guilty = set().union(*truth.values())
    told: dict[str, list[str]] = {rule: [] for rule in truth}
    for one in alarms:
        told.setdefault(one.rule, []).append(entity_of(one.rule, one.subject))
    return tuple(
        Judged(
            rule,
            planted=len(truth.get(rule, ())),
            found=len(truth.get(rule, set()) & set(named)),
            alarms=len(named),
            true=sum(one in guilty for one in named),
        )
        for rule, named in sorted(told.items())
    )
