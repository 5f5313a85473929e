"""The comparison of two policies as lines, as a table, and as a page that stands alone."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dispensing.conditions import chinese
from dispensing.money import yuan

if TYPE_CHECKING:
    from dispensing.bulk.whatif import Comparison, Effect

_TITLES = {
    "area": "按地区 By area",
    "disease": "按病种 By disease",
    "venue": "按机构 By outlet",
}
_VENUES = {
    "primary": "基层 primary",
    "level2": "二级 level 2",
    "level3": "三级 level 3",
    "pharmacy": "药店 pharmacy",
}
_STYLE = (
    "body{font:16px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;text-align:right;"
    "border-bottom:1px solid #ccc}td:first-child,th:first-child{text-align:left}"
    "svg{width:100%;height:auto}"
)
_WIDTH, _BAR, _LEFT, _LABEL = 960, 26, 230, 130


def table(found: "Comparison") -> Iterator[str]:
    """Tell the comparison line by line, amounts in yuan."""
    yield "by\tvalue\tpeople\tbetter\tworse\tfund before\tfund after\tchange"
    for one in found.effects:
        cells = (one.by, one.value or "-", one.people, one.better, one.worse)
        money = map(
            yuan, (one.fund_before_fen, one.fund_after_fen, one.fund_change_fen)
        )
        yield "\t".join([*map(str, cells), *money])
    yield f"{found.lines} lines, {found.left_out} left out (no amount in one of the two)"


def csv_text(found: "Comparison") -> str:
    """Write the comparison as CSV, amounts in fen."""
    out = io.StringIO()
    rows = [asdict(one) for one in found.effects]
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def page(found: "Comparison", before: str, after: str) -> str:
    """Draw the comparison as one page: no script, no other file, no other host."""
    total = found.total
    words = f"{escape(before)} → {escape(after)}"
    parts = [
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">',
        f"<title>政策比较 {words}</title><style>{_STYLE}</style></head><body>",
        f"<h1>政策比较 What if</h1><p>{words}</p>",
        f"<p>基金支出 Fund: {yuan(total.fund_before_fen)} → {yuan(total.fund_after_fen)} 元"
        f"（{_signed(total.fund_change_fen)}）。{total.people} 人中 {total.better} 人自付减少，"
        f"{total.worse} 人自付增加。 Of {total.people} people {total.better} pay less and"
        f" {total.worse} pay more.</p>",
        f"<p>{found.lines} 行，其中 {found.left_out} 行因参数未定等没有金额，未计入。"
        f" {found.left_out} of {found.lines} lines have no amount and are left out.</p>",
    ]
    for by, title in _TITLES.items():
        effects = found.of(by)
        parts += [f"<h2>{title}</h2>", _chart(effects, title), _table(effects)]
    return "".join([*parts, "</body></html>"])


def write(path: Path, text: str) -> None:
    """Write a file: whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _chart(effects: "tuple[Effect, ...]", title: str) -> str:
    """Draw a bar for each group: what the fund pays more (right) or less (left)."""
    most = max((abs(one.fund_change_fen) for one in effects), default=0) or 1
    half = (_WIDTH - _LEFT - 2 * _LABEL) // 2
    zero = _LEFT + _LABEL + half
    height = _BAR * len(effects) + 10
    bars = [
        _bar(
            one,
            top=5 + _BAR * no,
            zero=zero,
            length=abs(one.fund_change_fen) * half // most,
        )
        for no, one in enumerate(effects)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' role="img"><title>{title}: 基金支出变化（元）</title>'
        f'<line x1="{zero}" x2="{zero}" y1="0" y2="{height}" stroke="#333"/>'
        f"{''.join(bars)}</svg>"
    )


def _bar(one: "Effect", *, top: int, zero: int, length: int) -> str:
    more = one.fund_change_fen >= 0
    x, colour = (zero, "#0b6e4f") if more else (zero - length, "#c2410c")
    at, anchor = (zero + length + 6, "start") if more else (zero - length - 6, "end")
    y = top + 16
    return (
        f'<text x="{_LEFT - 12}" y="{y}" text-anchor="end" font-size="14">{_name(one)}</text>'
        f'<rect x="{x}" y="{top + 2}" width="{length}" height="18" fill="{colour}"/>'
        f'<text x="{at}" y="{y}" text-anchor="{anchor}" font-size="13">'
        f"{_signed(one.fund_change_fen)}</text>"
    )


def _table(effects: "tuple[Effect, ...]") -> str:
    head = (
        "",
        "人数 people",
        "减少 better",
        "增加 worse",
        "原基金 before",
        "新基金 after",
    )
    rows = [
        (
            _name(one),
            one.people,
            one.better,
            one.worse,
            yuan(one.fund_before_fen),
            yuan(one.fund_after_fen),
        )
        for one in effects
    ]
    body = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><tr>{''.join(f'<th>{one}</th>' for one in head)}</tr>{body}</table>"


def _name(one: "Effect") -> str:
    if one.by == "disease":
        return escape(chinese(one.value))
    return escape(_VENUES.get(one.value, one.value))


def _signed(amount_fen: int) -> str:
    return f"+{yuan(amount_fen)}" if amount_fen > 0 else yuan(amount_fen)
