"""A difference of the day's books in plain words: what it is about, and what came of mending it."""

import re
from collections.abc import Callable, Mapping

from dispensing.gateway.statements import VERDICTS
from web.pages.showing import state
from web.words import say

_SHARES = re.compile(r"fund (\S+), account (\S+)")
_PLACE = re.compile(r"(here|there): (\S+)")
_LINE = re.compile(r"(\d+) (\S+)")
_BOOKED = re.compile(r"booked(?: at (?P<at>\S+))?(?: on (?P<on>\S+))?")
_PAID = re.compile(r"[a-z_]+ -?[0-9.]+(?: [a-z_]+ -?[0-9.]+)*")
AMOUNTS = {
    "total": "药费合计",
    "fund": "统筹基金支付",
    "account": "个人账户支付",
}
OUTCOMES = {
    "finished": "已查明并办结",
    "no answer": "平台没有答复",
    "not booked": "平台没有这一笔",
    "reversed there": "平台已冲正",
    "booked there": "平台已记账",
    "booked": "已登记",
    "at_outlet": "药还在店里",
    "returned": "药已退回",
    "reversed": "已冲正",
    "reversing": "冲正中",
    "posted": "已结算",
}


def verdict(code: str) -> str:
    """Say what the platform's statement (3201) found of an outlet's sums."""
    return say(VERDICTS[code]) if code in VERDICTS else code


def about(kind: str, detail: str, names: Mapping[str, str]) -> str:
    """Say what a difference is about; outlets go by their `names`.

    >>> about("amount", "account, total", {})
    '个人账户支付、药费合计'
    >>> about("outlet_swapped", "there: P33030200002", {"P33030200002": "第二药店"})
    '平台记在 第二药店'
    >>> about("till_method", "cash/mobile+bank_card", {})
    '本地 现金；对方 手机支付、银行卡'
    >>> about("stock_missing", "2 XC08CAA001A001010100001", {})
    '第 2 种 XC08CAA001A001010100001'
    """
    for kinds, said in _ABOUT.items():
        if kind.startswith(kinds):
            return said(detail, names)
    return _place(detail, names)


def outcome(text: str, names: Mapping[str, str]) -> str:
    """Say what came of mending a difference.

    >>> outcome("booked at P33030200002 on 2025-09-16", {})
    '平台已记账 P33030200002 2025-09-16'
    >>> outcome("cash 1.20 mobile 3.00", {})
    '现金 1.20 手机支付 3.00'
    >>> outcome("booked 4.41", {})
    '已登记 4.41'
    """
    if text in OUTCOMES:
        return say(OUTCOMES[text])
    booked = _BOOKED.fullmatch(text)
    if booked:
        where = (names.get(booked["at"], booked["at"]), booked["on"])
        return " ".join((say("平台已记账"), *filter(None, where)))
    if text.startswith("declined: "):
        return f"{say('平台拒绝')}{say('：')}{text.removeprefix('declined: ')}"
    if _PAID.fullmatch(text):
        return " ".join(
            word if word[-1].isdigit() else say(OUTCOMES.get(word, "")) or state(word)
            for word in text.split(" ")
        )
    return text


def _place(detail: str, names: Mapping[str, str]) -> str:
    told = _PLACE.fullmatch(detail)
    if told:
        side = say("本地记在") if told[1] == "here" else say("平台记在")
        return f"{side} {names.get(told[2], told[2])}"
    shares = _SHARES.fullmatch(detail)
    if shares:
        named = zip(("fund", "account"), shares.groups(), strict=True)
        return say("、").join(f"{say(AMOUNTS[name])} {yuan}" for name, yuan in named)
    return say(OUTCOMES[detail]) if detail in OUTCOMES else detail


def _amounts(detail: str, _names: Mapping[str, str]) -> str:
    return say("、").join(say(AMOUNTS.get(one, one)) for one in detail.split(", "))


def _methods(detail: str, _names: Mapping[str, str]) -> str:
    if not detail:
        return ""
    here, there = (
        say("、").join(
            say("无") if one == "-" else state(one) for one in side.split("+")
        )
        for side in detail.split("/")
    )
    return f"{say('本地')} {here}{say('；')}{say('对方')} {there}"


def _line(detail: str, _names: Mapping[str, str]) -> str:
    told = _LINE.fullmatch(detail)
    return f"{say('第 {no} 种', no=told[1])} {told[2]}" if told else detail


_ABOUT: Mapping[str, Callable[[str, Mapping[str, str]], str]] = {
    "amount": _amounts,
    "unknown": lambda detail, _names: state(detail),
    "scheme_swapped": lambda detail, _names: state(detail),
    "till_": _methods,
    "stock_": _line,
}
