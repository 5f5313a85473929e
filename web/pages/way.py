"""Where a prescription is on its way to the patient, in plain words: what, since when, and next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dispensing.service.listing import ListedOrder
from dispensing.service.views import OrderView, PrescriptionView
from web.pages import standing
from web.pages.dates import on, when
from web.pages.showing import hour
from web.pages.standing import Listed
from web.words import say

Step = tuple[str, str, str]  # words, when, and one of done, now, todo, bad
Named = Callable[[str], str]  # the name of an outlet by its code
OVER = ("dispensed", "revoked", "lapsed")
_ENDED = ("returned", "cancelled")


@dataclass(frozen=True, slots=True)
class Way:
    """How a prescription stands for the patient, and the one thing to do next.

    `act` is what the page offers first: present, order, track, rate, or nothing.
    """

    tone: str
    words: str
    since: datetime
    next_step: str
    act: str = ""


def way_of(rx: Listed, named: Named) -> Way:
    """Tell in plain words how a prescription stands, and what its patient does next.

    A return of the courier does not end it: what is settled waits at the pharmacy again.
    """
    since = rx.last_event.at
    told = standing.for_patient(rx)
    for find in (_over, _brought, _at_pharmacy):
        if found := find(rx, named, since):
            return found
    if told is not None:  # a pharmacist is asked, holds it, or has packs left to give
        act = "" if rx.life.stage == "claimed" else "present"
        return Way(told.tone, told.words, since, told.next_step, act)
    return _open(rx, since)


def steps_of(rx: PrescriptionView, named: Named) -> tuple[Step, ...]:
    """List the way of a prescription, each step with when it was done."""
    order = rx.order if is_ordered(rx) else None
    checked = rx.assessment.at if rx.assessment else None
    paid = rx.settlement if rx.settlement and rx.settlement.state == "posted" else None
    at = named(paid.outlet_code) if paid else ""
    handed = rx.life.stage == "dispensed" or (order and order.state == "handed_over")
    steps = [
        (say("收到处方"), when(rx.events[0].at), True),
        (say("核对"), when(checked) if checked else "", checked is not None),
        (
            say("在药店结算"),
            f"{at} {when(paid.changed_at)}" if paid else "",
            bool(paid),
        ),
    ]
    if order:
        steps += _order_steps(order)
    ended = order.ended_at if order and order.ended_at else rx.events[-1].at
    steps.append((say("到您手里"), when(ended) if handed else "", bool(handed)))
    if checked and not paid and rx.decision == "refused":
        return _refused(steps)
    if rx.life.stage in ("revoked", "lapsed", "review_refused"):
        done = [(words, when, "done") for words, when, is_done in steps if is_done]
        stopped = say(_STOPPED[rx.life.stage])
        return (*done, (stopped, when(rx.events[-1].at), "bad"))
    return marked(steps)


def order_steps(order: OrderView) -> tuple[Step, ...]:
    """List the way of a parcel."""
    ended = order.ended_at
    if order.state in _ENDED:
        placed = (say("已预约"), when(order.placed_at), "done")
        words = say("药已退回药店") if order.state == "returned" else say("预约已取消")
        return (placed, (words, when(ended) if ended else "", "bad"))
    is_there = order.state == "handed_over"
    return marked(
        [
            (say("已预约"), when(order.placed_at), True),
            *_order_steps(order),
            (say("到您手里"), when(ended) if is_there and ended else "", is_there),
        ]
    )


def is_ordered(rx: Listed) -> bool:
    """Tell whether a delivery is under way, or was made."""
    return _live_order(rx) is not None


def marked(steps: list[tuple[str, str, bool]]) -> tuple[Step, ...]:
    """Say of each step whether it is done, the one of now, or still to come.

    >>> marked([("a", "", True), ("b", "", False), ("c", "", False)])
    (('a', '', 'done'), ('b', '', 'now'), ('c', '', 'todo'))
    """
    now = next((at for at, step in enumerate(steps) if not step[2]), len(steps))
    return tuple(
        (words, when, "done" if at < now else "now" if at == now else "todo")
        for at, (words, when, _) in enumerate(steps)
    )


def _refused(steps: list[tuple[str, str, bool]]) -> tuple[Step, ...]:
    """Tell that the check is where it stopped, and what would have come after it."""
    received, (_, checked, _), *rest = marked(steps)
    stopped = (say("核对没有通过"), checked, "bad")
    return (received, stopped, *((words, at, "todo") for words, at, _ in rest))


_STOPPED = {
    "revoked": "医院已撤销",
    "lapsed": "已过期",
    "review_refused": "药师没有通过",
}


def _over(rx: Listed, named: Named, since: datetime) -> Way | None:
    if rx.life.stage in _STOPPED:
        told = standing.for_patient(rx)
        assert told is not None
        return Way("bad", told.words, since, told.next_step)
    if rx.life.stage == "dispensed":
        return _yours(since)
    return None


def _yours(since: datetime) -> Way:
    next_step = say("按医嘱用药；用得怎么样，可以评价。")
    return Way("good", say("药已到您手里。"), since, next_step, "rate")


def _brought(rx: Listed, named: Named, since: datetime) -> Way | None:
    order = _live_order(rx)
    if order is None:
        return None
    if order.state == "handed_over":
        return _yours(since)
    span = f"{when(order.window_opens)}–{hour(order.window_closes)}"
    if order.state == "out":
        words = say("药正在送来。")
        next_step = say("约好 {span} 送到。请在家等，收到药再说收货码。", span=span)
        return Way("info", words, since, next_step, "track")
    words = say("药在{outlet}，会送到您家。", outlet=named(order.outlet_code))
    return Way("info", words, since, say("约好 {span} 送到。", span=span), "track")


def _at_pharmacy(rx: Listed, named: Named, since: datetime) -> Way | None:
    held = rx.settlement
    if held is None or held.state in ("void", "reversed"):
        return None
    at = named(held.outlet_code)
    if held.state in ("pending", "unknown", "reversing"):
        words = say("{outlet}正在结算，结果还没有确认。", outlet=at)
        return Way("warn", words, since, say("请等几分钟再看，不要再付一次。"))
    if rx.state == "settled":
        words = say("药在{outlet}，等您来取。", outlet=at)
        next_step = say("带身份证或社保卡去药店取，也可以预约送药上门。")
        return Way("info", words, since, next_step, "order")
    return None


def _open(rx: Listed, since: datetime) -> Way:
    last = on(rx.valid_until)
    decision = rx.decision
    if decision == "refused":
        next_step = say("看看为什么，需要改什么。")
        return Way("bad", say("核对没有通过，现在不能结算。"), since, next_step, "why")
    next_step = say("{day} 以前到药店出示医保码。", day=last)
    if rx.last_event.kind == "reversed":
        words = say("上次的结算已经退掉，药还可以再取。")
        return Way("info", words, since, next_step, "present")
    if decision == "review":
        words = say("有一处要请药店的药师看过才能结算。")
        return Way("warn", words, since, next_step, "why")
    checked = decision == "accepted"
    words = say("已核对，等您来取。") if checked else say("处方已收到，等您选药店。")
    return Way("info", words, since, next_step, "present")


def _live_order(rx: Listed) -> OrderView | ListedOrder | None:
    return rx.order if rx.order and rx.order.state not in _ENDED else None


def _order_steps(order: OrderView) -> list[tuple[str, str, bool]]:
    stages = ("placed", "packed", "planned", "out", "handed_over")
    at = stages.index(order.state) if order.state in stages else 0
    span = f"{when(order.window_opens)}–{hour(order.window_closes)}"
    packed = when(order.packed_at) if order.packed_at else ""
    return [
        (say("药店备好药"), packed, at >= 1),
        (say("安排好配送员"), span, at >= 2),
        (say("正在送来"), "", at >= 4),
    ]
