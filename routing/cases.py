"""What did not go as planned on the road: kinds of cases, and the one act that ends each.

The words are the same for the dispatcher, the courier, the pharmacy and the patient. Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.handover import FAILURE_WORDS, Failure

BREAKDOWN = "breakdown"
DAYS_AHEAD_MAX = 14  # for which a later window may be chosen

KIND_WORDS = {
    **{
        str(kind): (FAILURE_WORDS[kind], english)
        for kind, english in (
            (Failure.NOT_HOME, "nobody at home"),
            (Failure.REFUSED, "refused at the door"),
            (Failure.BROKEN_SEAL, "the seal was broken"),
            (Failure.WRONG_ADDRESS, "wrong address"),
            (Failure.TOO_WARM, "too warm on the way"),
            (Failure.LATE, "the agreed window has passed"),
        )
    },
    BREAKDOWN: ("车辆故障", "the vehicle broke down"),
}
STANDS_WORDS = {
    "open": ("等待调度处理", "waiting for the dispatcher"),
    "held": ("调度正在处理", "the dispatcher is seeing to it"),
    "ending": ("正在办理", "being carried out"),
    "retry": ("已改约再送", "to be delivered in another window"),
    "return": (
        "药品退回药店，费用退回",
        "returned to the pharmacy, amounts given back",
    ),
    "replan": ("改由别的配送员送", "planned for another courier"),
    "delivered": ("后来已送到", "delivered after all"),
    "closed": ("已办结，路线没有改", "settled, the route was left as it was"),
}
ACT_WORDS = {
    "opened": ("登记", "reported"),
    "again": ("再次登记", "reported again"),
    "taken": ("接手", "taken"),
    "let_go": ("放回", "given back"),
    "returning": ("开始退回", "return begun"),
    "replanning": ("开始重新计划", "re-planning begun"),
    "ended": ("办结", "ended"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The window in which a parcel is tried again; aware instants."""

    opens: datetime
    closes: datetime


def fault_of(window: Window, now: datetime) -> str | None:
    """Say what is wrong with a window to try again in, if anything.

    >>> from datetime import UTC
    >>> noon = datetime(2025, 9, 15, 4, tzinfo=UTC)
    >>> hour = timedelta(hours=1)
    >>> fault_of(Window(noon + hour, noon + 3 * hour), noon)
    >>> fault_of(Window(noon - 3 * hour, noon - hour), noon)
    'a window that is not over yet'
    """
    if window.closes <= window.opens:
        return "an end after its beginning"
    if window.closes <= now:
        return "a window that is not over yet"
    if window.closes > now + timedelta(days=DAYS_AHEAD_MAX):
        return f"a window within {DAYS_AHEAD_MAX} days"
    return None


def words_of(kind: str, stands: str) -> tuple[str, str]:
    """Say how a case stands, in both languages.

    >>> words_of("not_home", "open")
    ('收货人不在，等待调度处理', 'Nobody at home: waiting for the dispatcher')
    """
    (zh, en), (then_zh, then_en) = KIND_WORDS[kind], STANDS_WORDS[stands]
    return f"{zh}，{then_zh}", f"{en[0].upper()}{en[1:]}: {then_en}"
