"""Where a prescription stands, told to people: what holds it up, and what comes next."""

from dataclasses import dataclass

from dispensing.service.listing import ListedView
from dispensing.service.views import PrescriptionView
from web.pages.dates import on, when
from web.words import say

Listed = PrescriptionView | ListedView  # by itself, or in a list
_NEW_ONE = "需要用药时，请联系医生重新开处方。"
# By stage of docs/life.md: how grave, what it is, and what the reader does next.
STILL = {
    "awaiting_review": (
        "warn",
        "药师还没有审方，审方通过后才能结算。",
        "到药店后，请店里的药师审方。",
    ),
    "awaiting_second_review": (
        "warn",
        "还差一位药师复核，复核通过后才能结算。",
        "到药店后，请店里的药师复核。",
    ),
    "review_refused": (
        "bad",
        "药师审方没有通过，这张处方不能配药。",
        "请联系开方医生，由医生撤销后重新开处方。",
    ),
    "revoked": ("bad", "医院已经撤销这张处方，不能再配药。", _NEW_ONE),
    "lapsed": ("bad", "这张处方已经过期，不能再配药。", _NEW_ONE),
}
STOPPED = {
    "review_refused": (
        "bad",
        "药师审方没有通过，这张处方不能配药。",
        "请患者联系开方医生，由医生撤销后重新开处方。",
    ),
    "revoked": (
        "bad",
        "医院已经撤销这张处方，不要配药。",
        "请患者联系开方医生；已备好的药请放回货架。",
    ),
    "lapsed": (
        "bad",
        "这张处方已经过期，不要配药。",
        "请患者联系医生重新开处方。",
    ),
}
_WANTED = (
    "warn",
    "药店已请医生改方，这张处方里的药本店暂时配不齐。",
    "请等医生的新处方，或换一家有药的药店。",
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reader must know before going on: how grave, what, and what to do next."""

    tone: str  # good, warn or bad, as the style sheet names them
    words: str
    next_step: str


def for_patient(rx: Listed) -> Notice | None:
    """Tell a patient what holds the prescription up, or None where nothing does."""
    if rx.life.stage in STILL:
        return _still(*STILL[rx.life.stage])
    if rx.life.stage == "claimed":
        return _claimed(rx)
    if rx.life.stage == "part_dispensed":
        words = say("还有药没有取完：{left}。", left=_left(rx))
        return Notice("warn", words, say("{day} 以前再来取。", day=on(rx.valid_until)))
    if rx.life.stage == "repeatable":
        return _repeatable(rx)
    if rx.state == "received" and rx.last_event.kind == "substitution_wanted":
        return _still(*_WANTED)
    return None


def for_counter(rx: PrescriptionView) -> Notice | None:
    """Tell a counter that nothing may be handed out on this prescription, and why."""
    found = STOPPED.get(rx.life.stage)
    return _still(*found) if found else None


def _still(tone: str, words: str, next_step: str) -> Notice:
    return Notice(tone, say(words), say(next_step))


def _claimed(rx: Listed) -> Notice:
    assert rx.life.claimed_until is not None
    words = say(
        "{outlet}正在为您备药，{until} 以前只能在这家药店取。",
        outlet=rx.life.claimed_by_name,
        until=when(rx.life.claimed_until),
    )
    next_step = say("带身份证或社保卡去取；想换一家，请这家药店先退回处方。")
    return Notice("warn", words, next_step)


def _repeatable(rx: Listed) -> Notice | None:
    if rx.life.next_on is None:
        return None
    left = rx.life.fillings_left
    words = say("可以续取，最早 {day}，还剩 {n} 次。", day=on(rx.life.next_on), n=left)
    return Notice("good", words, say("到那天以后，再到药店出示医保码。"))


def _left(rx: Listed) -> str:
    packs = [f"{line.name} × {line.open_packs}" for line in rx.lines if line.open_packs]
    return "；".join(packs)
