"""A promise (送达承诺) in words: the same on the patient's page, the counter's and the board."""

from flask import Flask

from routing.promise import Happened, Promise
from routing.service.promising import PromiseView
from web.measures import minutes
from web.pages import dates
from web.promise_words import PARTIES, WHYS
from web.words import say

FACTS = {
    "order_packed": "药店备好药",
    "order_out": "出发",
    "attempt_failed": "上门未送成",
    "order_handed_over": "送达",
    "order_returned": "退回药店",
    "delay_explained": "登记的原因",
}


def init_app(app: Flask) -> None:
    """Let every face say a promise in the same words."""
    app.jinja_env.globals.update(
        promise_line=promise_line, fact_line=fact_line, party=party
    )


def promise_line(told: PromiseView, is_foretold: bool = False) -> str:
    """Say how a promise stands, or will stand at the door, and by whom and why it was broken."""
    found = told.promise
    until = dates.when(found.until)
    if is_foretold and found.state == "late":
        late = minutes(found.late_s)
        said = say("承诺 {until} 前送到，预计晚 {n} 分钟", until=until, n=late)
        return f"{said}{say('：')}{blame(found)}"
    if found.state == "cancelled":
        return say("配送已取消")
    if found.state == "open":
        return say("承诺 {until} 前送到", until=until)
    if found.state == "kept":
        return say("承诺 {until} 前送到，已按时送达", until=until)
    return f"{_missed(found, until)}{say('：')}{blame(found)}"


def blame(found: Promise) -> str:
    """Say by whom a promise was broken and why."""
    why = say(WHYS[found.why])
    said = f"{why}{say('：')}{found.words}" if found.words else why
    return f"{say(PARTIES[found.by or 'other'])}{say('（')}{said}{say('）')}"


def party(by: str) -> str:
    """Name who broke a promise."""
    return say(PARTIES[by])


def fact_line(fact: Happened) -> str:
    """Say one fact that it rests on, and when it was recorded."""
    words = say(FACTS.get(fact.kind, fact.kind))
    detail = say(WHYS[fact.detail]) if fact.detail in WHYS else ""
    said = ""
    if fact.said_at is not None:
        at = dates.when(fact.said_at)
        said = say("（配送员手机记的时间是 {at}，时钟不可靠）", at=at)
    return " ".join(filter(None, (dates.when(fact.at), words, detail, said)))


def _missed(found: Promise, until: str) -> str:
    if found.done_at is None and found.state == "broken":
        return say("承诺 {until} 前送到，没有送成", until=until)
    late = minutes(found.late_s)
    if found.state == "late":
        return say("承诺 {until} 前送到，已晚 {n} 分钟", until=until, n=late)
    return say("承诺 {until} 前送到，晚了 {n} 分钟", until=until, n=late)
