"""The steps of a prescription at a counter: which are done, which is now, and its key."""

from dataclasses import dataclass

from dispensing.service.views import PrescriptionView
from web.shown import Assessed
from web.words import say

Track = tuple[tuple[str, str, str], ...]
TO_SETTLE = frozenset({"received", "reversed"})
# Held by a settlement: nothing may be settled meanwhile.
HELD = frozenset({"posted", "pending", "unknown", "reversing"})
_OPEN = frozenset({"pending", "unknown", "reversing"})
_OVER = frozenset({"revoked", "lapsed", "review_refused"})
_AWAITED = frozenset({"awaiting_review", "awaiting_second_review"})


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a prescription stands on the desk: what is to be done now, and all steps."""

    now: str  # check, refused, review, settle, ask, hand, pack, wait, done or over
    track: Track


def stand(rx: PrescriptionView, assessed: Assessed | None) -> Desk:
    """Tell what a counter does next with a prescription."""
    now = _now(rx, assessed)
    names = [("check", "核验", "Alt+1")]
    if rx.life.reviews or rx.life.stage in {*_AWAITED, "review_refused"}:
        names.append(("review", "审方", "Alt+2"))
    names += [("settle", "结算", "Alt+3"), ("hand", "交付", "Alt+5")]
    at = _PLACE.get(now, "hand")
    order = [slug for slug, _, _ in names]
    begun = order.index(at) if at in order else 0
    done = now in {"wait", "done"}
    return Desk(
        now,
        tuple(
            (say(words), _stands(place, begun, now, done=done), hotkey)
            for place, (_, words, hotkey) in enumerate(names)
        ),
    )


_PLACE = {
    "check": "check",
    "refused": "check",
    "over": "check",
    "review": "review",
    "settle": "settle",
    "ask": "settle",
}


def _stands(place: int, begun: int, now: str, *, done: bool) -> str:
    if place < begun or done:
        return "done"
    if place > begun:
        return "todo"
    return "bad" if now in {"refused", "over"} else "now"


def _now(rx: PrescriptionView, assessed: Assessed | None) -> str:
    if rx.life.stage in _OVER:
        return "over"
    if rx.settlement is not None and rx.settlement.state in _OPEN:
        return "ask"
    if rx.state == "settled":
        return _handing(rx)
    if rx.state not in TO_SETTLE:
        return "done"
    return _before_settlement(rx, assessed)


def _handing(rx: PrescriptionView) -> str:
    if rx.order is None or rx.order.state in {"cancelled", "returned"}:
        return "hand"
    return "pack" if rx.order.state == "placed" else "wait"


def _before_settlement(rx: PrescriptionView, assessed: Assessed | None) -> str:
    if assessed is None or assessed.split is None:
        return "check" if assessed is None else "refused"
    if assessed.decision == "refused":
        return "refused"
    return "review" if rx.life.stage in _AWAITED else "settle"
