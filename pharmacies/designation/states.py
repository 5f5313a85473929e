"""In which state of its life a designation is on a day, out of what is written about it.

The state is not a column: agreements, their suspensions and the last act of an application
are kept, and the state of any day follows from them. So an agreement runs out at midnight
though nobody writes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pharmacies.designation.agreement import Agreement

# Each with its Chinese name and what it means, in the order of a life.
STATES = {
    "none": ("未申请", "never applied for, or the application was withdrawn"),
    "applied": ("已受理", "an application is to be examined"),
    "accepted": ("评估合格", "examined and found fit; the agreement is to be signed"),
    "refused": ("评估不合格", "examined and found unfit, with a reason"),
    "agreed": ("已签约", "signed; its first day is to come"),
    "in_force": ("有效", "the agreement is in force"),
    "suspended": ("已中止", "the agreement does not count for a time"),
    "ended": ("已终止", "run out, terminated, or left by the pharmacy"),
}
# What the last act of an application has made of it; what is not here has used it up.
APPLICATION = {
    "apply": "applied",
    "supplement": "applied",
    "accept": "accepted",
    "refuse": "refused",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is written about one kind of designation of one outlet."""

    agreements: Sequence[Agreement]
    last_application: str | None = None  # the last act of an application, or its use


def agreement_on(agreements: Sequence[Agreement], day: date) -> Agreement | None:
    """Return the agreement that a day falls in, else the next to come, else the last."""
    in_order = sorted(agreements, key=lambda each: each.begins)
    live = (each for each in in_order if each.ends is None or day <= each.ends)
    return next(live, in_order[-1] if in_order else None)


def state_of(known: Known, day: date) -> str:
    """Tell the state of a designation on a day."""
    agreement = agreement_on(known.agreements, day)
    is_over = agreement is None or (agreement.ends is not None and agreement.ends < day)
    if agreement is not None and not is_over:
        if day < agreement.begins:
            return "agreed"
        return "in_force" if agreement.in_force(day) else "suspended"
    applied = APPLICATION.get(known.last_application or "")
    return applied or ("none" if agreement is None else "ended")
