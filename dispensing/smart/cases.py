"""A case of smart audit: the outlet is heard and may appeal, and two officers decide. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dispensing.days import later

State = Literal[
    "heard", "unanswered", "answered", "decided", "appealed", "closed", "recovered"
]
KINDS = (
    *("answered", "decided", "accepted", "appealed"),
    *("ruled", "booked", "published"),
)
OUTCOMES = ("confirmed", "partly", "unfounded")
# No text names a time limit: both are our own convention, told as such on the pages.
ANSWER_DAYS = 10
APPEAL_DAYS = 15


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a case: each kind at most once."""

    kind: str
    on: date
    outcome: str = ""
    recover_fen: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands on a day, by when somebody has to act, and what holds of it now."""

    state: State
    due: date | None
    outcome: str
    recover_fen: int


def answer_by(on: date) -> date:
    """Tell until which day the outlet answers.

    >>> answer_by(date(2025, 9, 15))
    datetime.date(2025, 9, 25)
    """
    return later(on, ANSWER_DAYS)


def standing(turns: Iterable[Turn], answer_until: date, today: date) -> Standing:
    """Tell how a case stands: nobody is decided on unheard, nothing is final under appeal.

    >>> day = date(2025, 9, 15)
    >>> standing((), day, day).state, standing((), day, later(day, 1)).state
    ('heard', 'unanswered')
    """
    told = {one.kind: one for one in turns}
    decided, ruled = told.get("decided"), told.get("ruled")
    if decided is None:
        if "answered" in told:
            return Standing("answered", None, "", 0)
        late = today > answer_until
        return Standing("unanswered" if late else "heard", answer_until, "", 0)
    last = ruled or decided
    appeal_until = later(decided.on, APPEAL_DAYS)
    if "booked" in told:
        return Standing("recovered", None, last.outcome, last.recover_fen)
    if ruled or "accepted" in told:
        return Standing("closed", None, last.outcome, last.recover_fen)
    if "appealed" in told:
        return Standing("appealed", None, last.outcome, last.recover_fen)
    state: State = "closed" if today > appeal_until else "decided"
    return Standing(state, appeal_until, last.outcome, last.recover_fen)


def fits(outcome: str, recover_fen: int, stake_fen: int) -> bool:
    """Tell whether an outcome goes with what is to be recovered.

    >>> fits("unfounded", 0, 500), fits("unfounded", 1, 500), fits("confirmed", 501, 500)
    (True, False, False)
    """
    if outcome not in OUTCOMES:
        return False
    if outcome == "unfounded":
        return recover_fen == 0
    return 0 <= recover_fen <= stake_fen


def shared(
    recover_fen: int, room_fen: Mapping[str, int], stakes_fen: Mapping[str, int]
) -> dict[str, int] | None:
    """Share a recovery over the claims of a case, each within what is left of its fund payment.

    First what is at stake in each, in the order of the claims, then whatever room there is.
    None where the claims together have not so much room.

    >>> shared(700, {"a": 500, "b": 900}, {"a": 300, "b": 300})
    {'a': 400, 'b': 300}
    >>> shared(1500, {"a": 500, "b": 900}, {"a": 300, "b": 300}) is None
    True
    """
    left, given = recover_fen, dict.fromkeys(sorted(room_fen), 0)
    for claim in given:
        given[claim] = min(left, stakes_fen[claim], room_fen[claim])
        left -= given[claim]
    for claim in given:
        more = min(left, room_fen[claim] - given[claim])
        given[claim] += more
        left -= more
    return None if left else {claim: fen for claim, fen in given.items() if fen}
