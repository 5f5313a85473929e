"""What a patient was promised (送达承诺), whether it was kept, and by whom it was broken. Pure.

The promise is the window that the patient chose, or so many hours from the order where none
was chosen. No text names a span; the supervision of timeliness (送药时效性) is W23, 三（三）.
Why it was broken is told from what was recorded, with the facts that it rests on: what a
person entered comes first, then what was found at the door, then the stage that lost most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["open", "late", "kept", "broken", "cancelled"]
Party = Literal["pharmacy", "carrier", "road", "patient", "address", "other"]

# What an entered reason begins with, in an event "delay_explained".
ENTERED = ("weather", "traffic", "patient", "pharmacy", "other")
_OF_DOOR: dict[str, Party] = {
    "not_home": "patient",
    "refused": "patient",
    "wrong_address": "address",
    "broken_seal": "carrier",
    "too_warm": "carrier",
}
_AT_DOOR = ("attempt_failed", "order_handed_over", "order_returned")
_OF_ENTRY: dict[str, Party] = {"patient": "patient", "pharmacy": "pharmacy"}


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that was recorded of an order: packed, out, attempt_failed, handed_over ...

    A visit that was told of later is of when it happened. Where the phone's clock could not be
    trusted, `at` is when it was told and `said_at` what that clock said.
    """

    at: datetime
    kind: str
    detail: str = ""
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The way of one order: what was promised, what was planned, what was recorded."""

    placed_at: datetime
    window_opens: datetime
    until: datetime
    facts: tuple[Happened, ...]
    planned_leave_at: datetime | None = None
    planned_arrive_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """Whether a promise was kept; where not, by whom it was broken, why, and what that rests on.

    `why` is not_home, refused, wrong_address, broken_seal, too_warm, packed_late, left_late,
    planned_late, road, or what a person entered (then `words` has their words).
    """

    state: State
    until: datetime
    done_at: datetime | None
    late_s: int
    by: Party | None = None
    why: str = ""
    words: str = ""
    facts: tuple[Happened, ...] = ()


def judge(course: Course, now: datetime) -> Promise:
    """Tell whether a promise was kept, is open, or by whom it was broken and why."""
    done = _last(course.facts, "order_handed_over")
    back = _last(course.facts, "order_returned")
    if done is None and back is None and _last(course.facts, "order_cancelled"):
        return Promise("cancelled", course.until, None, 0)
    ended = done or back
    at = ended.at if ended else now
    late = late_s(course.until, at)
    if not late and ended is None:
        return Promise("open", course.until, None, 0)
    if not late and done is not None:
        return Promise("kept", course.until, done.at, 0, facts=(done,))
    state: State = "late" if ended is None else "broken"
    by, why, words, facts = _why(course, at)
    rests_on = tuple(sorted({*facts, *filter(None, (ended,))}, key=lambda it: it.at))
    return Promise(
        state, course.until, done.at if done else None, late, by, why, words, rests_on
    )


def late_s(until: datetime, at: datetime) -> int:
    """Tell by how many whole seconds something was later than promised, 0 where it was not."""
    return max(0, int(_apart(until, at)))


_Why = tuple[Party, str, str, tuple[Happened, ...]]


def _why(course: Course, at: datetime) -> _Why:
    entered = _last(course.facts, "delay_explained")
    if entered is not None:
        kind, _, words = entered.detail.partition(":")
        return _OF_ENTRY.get(kind, "other"), kind, words.strip(), (entered,)
    for fact in course.facts:
        # A visit after the promise was broken has not broken it; a return always ends it.
        in_time = fact.kind == "attempt_failed" and fact.at <= course.until
        if (in_time or fact.kind == "order_returned") and fact.detail in _OF_DOOR:
            return _OF_DOOR[fact.detail], fact.detail, "", (fact,)
    visits = (fact.at for fact in course.facts if fact.kind in _AT_DOOR)
    return _slowest(course, next(visits, at))


def _slowest(course: Course, at: datetime) -> _Why:
    """Name the stage that lost most: packing, leaving, the road; the earlier one of equals."""
    # The first of each: the later ones follow a visit, or bring a parcel back.
    packed = next((it for it in course.facts if it.kind == "order_packed"), None)
    left = next((it for it in course.facts if it.kind == "order_out"), None)
    packed_at = packed.at if packed else at
    left_at = left.at if left else at
    leave_by = max(course.planned_leave_at or course.window_opens, packed_at)
    ride_s = _apart(course.planned_leave_at, course.planned_arrive_at)
    lost: dict[str, tuple[float, Party]] = {
        "packed_late": (_apart(course.window_opens, packed_at), "pharmacy"),
        "left_late": (_apart(leave_by, left_at), "carrier"),
        "road": (_apart(left_at, at) - ride_s if left and ride_s else 0.0, "road"),
    }
    why = max(lost, key=lambda name: lost[name][0])
    rests_on = tuple(filter(None, (packed, left)))
    if lost[why][0] <= 0:
        return "carrier", "planned_late", "", rests_on
    return lost[why][1], why, "", rests_on


def _apart(begins: datetime | None, ends: datetime | None) -> float:
    if begins is None or ends is None:
        return 0.0
    return (ends - begins).total_seconds()


def _last(facts: Sequence[Happened], kind: str) -> Happened | None:
    return next((fact for fact in reversed(facts) if fact.kind == kind), None)
