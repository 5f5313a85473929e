"""The evidence of a delivery as a page to read: the same bytes for the same record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from dispensing.service.happened import COLD_FAULTS, COLD_VERDICTS, EVENT_WORDS
from web.measures import degrees, minutes
from web.promise_words import PARTIES, WHYS

# Not in the language of whoever downloads it: a file is one file for all.
_STATES = {
    "handed_over": ("已送达", "delivered"),
    "returned": ("已退回", "returned"),
    "cancelled": ("已取消", "cancelled"),
}
_PROMISE = {
    "kept": ("已兑现", "kept"),
    "broken": ("未兑现", "broken"),
    "cancelled": ("已取消", "cancelled"),
}
_HEAD = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
    "<title>药达配送证据 Evidence of a delivery</title></head><body>"
)
_FOOT = (
    "<p>本页随 evidence.json 一起签名，摘要见其中的 files。"
    "This page is signed with evidence.json, which has its digest under files.</p>"
    "<p>核验 Verify: yaoda evidence verify</p></body></html>\n"
)

Pairs = Sequence[tuple[str, str]]


def written(record: Mapping[str, Any]) -> bytes:
    """Write the page of a record, in Chinese with English beside it."""
    order = record["order"]
    body = [
        "<h1>药达配送证据 Evidence of a delivery</h1>",
        _pairs(_of_order(order, record)),
        "<h2>送达承诺 Promise</h2>",
        _pairs(_of_promise(record["promise"])),
        "<h2>经过 What happened</h2>",
        _table(
            ("时间 Time", "事项 What", "说明 Detail", "经手 By"),
            [
                (_at(it["at"]), _both(EVENT_WORDS[it["kind"]]), it["detail"], it["by"])
                for it in record["events"]
            ],
        ),
    ]
    if record["temperature"] is not None:
        body += ["<h2>冷链 Cold chain</h2>", _pairs(_of_warmth(record["temperature"]))]
    if record["decisions"]:
        body += ["<h2>药师决定 Decisions</h2>", _table(*_of_decisions(record))]
    if record["proofs"]:
        body += ["<h2>凭证 Proofs</h2>", _table(*_of_proofs(record))]
    return (_HEAD + "\n".join(body) + _FOOT).encode()


def _of_order(order: Mapping[str, Any], record: Mapping[str, Any]) -> Pairs:
    got = record["receiver"]
    who = "" if got is None else got["proxy"] or got["patient"]
    return (
        ("配送单 Order", order["id"]),
        ("状态 State", _both(_STATES[order["state"]])),
        ("药店 Outlet", f"{order['outlet']['name']} {order['outlet']['code']}"),
        ("配送公司 Carrier", f"{order['carrier']['name']} {order['carrier']['code']}"),
        ("区县 Area", order["area"]),
        ("时段 Window", " – ".join(map(_at, order["window"]))),
        ("收货 Received by", who),
        ("截至 As of", _at(record["as_of"])),
    )


def _of_promise(told: Mapping[str, Any]) -> Pairs:
    said = [
        ("承诺 Until", _at(told["until"])),
        ("结果 Result", _both(_PROMISE.get(told["state"], (told["state"],) * 2))),
    ]
    if told["by"]:
        why = f"{PARTIES[told['by']]}（{WHYS[told['why']]}{told['words'] and '：'}{told['words']}）"
        said += [
            ("晚了 Late", f"{minutes(told['late_s'])} 分钟 min"),
            ("原因 Why", why),
        ]
    return said


def _of_warmth(told: Mapping[str, Any]) -> Pairs:
    left = told["left_fridge_at"]
    return (
        ("离开冷藏柜 Left the fridge", _at(left) if left else "—"),
        ("离开时长 Out of the fridge", f"{minutes(told['out_s'])} 分钟 min"),
        ("高于 8.0°C Above", f"{minutes(told['above_s'])} 分钟 min"),
        ("低于 2.0°C Below", f"{minutes(told['below_s'])} 分钟 min"),
        (
            "最高 / 最低 Warmest / coldest",
            f"{degrees(told['warmest_dc'])} / {degrees(told['coldest_dc'])}",
        ),
        ("读数 Readings", str(told["readings"])),
        (
            "偏离 Faults",
            "；".join(_both(COLD_FAULTS[it]) for it in told["faults"]) or "—",
        ),
    )


def _of_decisions(record: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[Any]]:
    heads = ("时间 Time", "决定 Decision", "理由 Reason", "药师 Pharmacist")
    return heads, [
        (
            _at(it["at"]),
            _both(COLD_VERDICTS[it["verdict"]]),
            it["reason"],
            " ".join(it["pharmacist"]),
        )
        for it in record["decisions"]
    ]


def _of_proofs(record: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[Any]]:
    heads = ("时间 Time", "文件 File", "sha256")
    return heads, [(_at(it["at"]), it["file"], it["sha256"]) for it in record["proofs"]]


def _pairs(pairs: Pairs) -> str:
    rows = "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in pairs)
    return f"<dl>{rows}</dl>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _both(words: tuple[str, str]) -> str:
    return f"{words[0]} {words[1]}"


def _at(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"
