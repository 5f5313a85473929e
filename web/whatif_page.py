"""The comparison of two policies as lines, as a table, and as a page that stands alone."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dispensing.conditions import chinese
from dispensing.few import PEOPLE_MIN
from dispensing.money import yuan
from pharmacies.places import AREAS
from pharmacies.table_cells import cell

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
_AREAS = MappingProxyType(
    {
        **AREAS,
        "211202": "银州区",
        "211204": "清河区",
        "211221": "铁岭县",
        "211223": "西丰县",
        "211224": "昌图县",
        "211281": "调兵山市",
        "211282": "开原市",
        "340621": "濉溪县",
        "530902": "临翔区",
        "530921": "凤庆县",
        "530922": "云县",
        "530923": "永德县",
        "530924": "镇康县",
        "530925": "双江县",
        "530926": "耿马县",
        "530927": "沧源县",
    }
)
_MORE, _LESS = "#1d4ed8", "#c2410c"
_STYLE = (
    "body{font:16px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a}h1{margin-bottom:0}h2{margin:2.2rem 0 0}figure{margin:0}"
    ".sums{display:flex;flex-wrap:wrap;gap:1rem;padding:0;list-style:none}"
    ".sums li{flex:1 1 13rem;border:1px solid #ccc;border-radius:.5rem;padding:.6rem 1rem}"
    ".sums b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}"
    ".note,figcaption{color:#555;font-size:.9rem}svg{width:100%;height:auto}"
    "figcaption span{white-space:nowrap}"
    f".more{{color:{_MORE}}}.less{{color:{_LESS}}}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}"
    "td,th{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #ccc;"
    "white-space:nowrap;font-variant-numeric:tabular-nums}th{font-weight:600;"
    "line-height:1.3;vertical-align:bottom}th small{display:block;font-weight:400}"
    "td:first-child,th:first-child{text-align:left}"
)
_HEAD = (
    ("", ""),
    ("人数", "people"),
    ("自付减少", "pay less"),
    ("自付增加", "pay more"),
    ("原基金支出（元）", "fund before, yuan"),
    ("新基金支出（元）", "fund after, yuan"),
    ("变化（元）", "change, yuan"),
    ("变化", "change"),
)
_NOTES = (
    "人数按各人在该组全部就诊中的自付合计比较：某人可能在一组少付、在另一组多付（例如限额更早用完），"
    "合计仍然少付。 People are counted by what they pay themselves in the group over the whole"
    " book: the same person may pay less in one group and more in another, where a cap is"
    " used up earlier, and less over all.",
    f"不到{PEOPLE_MIN}人的组合并计算，各组人数都不少于{PEOPLE_MIN}人。 Groups of fewer than"
    f" {PEOPLE_MIN} people are put together.",
    "不予支付的费用全部算作自付。 A refused line costs the patient its whole price.",
)
_WIDTH, _BAR, _LEFT, _LABEL = 960, 28, 230, 130


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
    rows = [{k: cell(v) for k, v in asdict(one).items()} for one in found.effects]
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def page(found: "Comparison", before: str, after: str) -> str:
    """Draw the comparison as one page: no script, no other file, no other host."""
    words = f"{escape(before)} → {escape(after)}"
    parts = [
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>政策比较 {words}</title><style>{_STYLE}</style></head><body>",
        f"<h1>政策比较 What if</h1><p>{words}</p>",
        _sums(found.total),
        f"<p>{found.lines:,} 行，其中 {found.left_out:,} 行因参数未定等没有金额，未计入。"
        f" {found.left_out:,} of {found.lines:,} lines have no amount and are left out.</p>",
        *(f'<p class="note">{note}</p>' for note in _NOTES),
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


def _sums(total: "Effect") -> str:
    """Say what changes for all in three boxes."""
    fund = f"{_money(total.fund_before_fen)} → {_money(total.fund_after_fen)}"
    boxes = (
        (
            "基金支出变化（元） fund, yuan",
            _signed(total.fund_change_fen),
            f"{fund}（{_percent(total)}）",
        ),
        ("自付减少 pay less", f"{total.better:,} 人", f"共 of {total.people:,}"),
        ("自付增加 pay more", f"{total.worse:,} 人", f"共 of {total.people:,}"),
    )
    items = "".join(
        f'<li>{name}<b>{value}</b><span class="note">{small}</span></li>'
        for name, value, small in boxes
    )
    return f'<ul class="sums">{items}</ul>'


def _chart(effects: "tuple[Effect, ...]", title: str) -> str:
    """Draw a bar for each group: what the fund pays more (right) or less (left)."""
    changes = [one.fund_change_fen for one in effects]
    most, least = max([0, *changes]), min([0, *changes])
    sides = (most > 0 or least == 0) + (least < 0)
    room = _WIDTH - _LEFT - _LABEL * sides
    scale = (most - least) or 1
    zero = _LEFT + (_LABEL + room * -least // scale if least < 0 else 0)
    height = _BAR * len(effects) + 10
    bars = [
        _bar(
            one,
            top=5 + _BAR * no,
            zero=zero,
            length=abs(one.fund_change_fen) * room // scale,
        )
        for no, one in enumerate(effects)
    ]
    return (
        "<figure><figcaption>基金支出变化（元） change of what the fund pays, yuan："
        '<span class="more">■ 多付 more</span> <span class="less">■ 少付 less</span>'
        f'</figcaption><svg xmlns="http://www.w3.org/2000/svg" role="img"'
        f' viewBox="0 0 {_WIDTH} {height}"><title>{title}: 基金支出变化（元）</title>'
        f"{''.join(bars)}"
        f'<line x1="{zero}" x2="{zero}" y1="0" y2="{height}" stroke="#333"/></svg></figure>'
    )


def _bar(one: "Effect", *, top: int, zero: int, length: int) -> str:
    more = one.fund_change_fen >= 0
    x, colour = (zero, _MORE) if more else (zero - length, _LESS)
    at, anchor = (zero + length + 6, "start") if more else (zero - length - 6, "end")
    y = top + 16
    return (
        f'<text x="{_LEFT - 12}" y="{y}" font-size="14" text-anchor="end">{_name(one)}</text>'
        f'<rect x="{x}" y="{top + 2}" width="{length}" height="19" fill="{colour}"/>'
        f'<text x="{at}" y="{y}" text-anchor="{anchor}" font-size="13">'
        f"{_signed(one.fund_change_fen)}</text>"
    )


def _table(effects: "tuple[Effect, ...]") -> str:
    rows = [
        (
            _name(one),
            f"{one.people:,}",
            f"{one.better:,}",
            f"{one.worse:,}",
            _money(one.fund_before_fen),
            _money(one.fund_after_fen),
            _signed(one.fund_change_fen),
            _percent(one),
        )
        for one in effects
    ]
    head = "".join(
        f"<th>{printed}<small>{plain}</small></th>" for printed, plain in _HEAD
    )
    body = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _name(one: "Effect") -> str:
    if one.value == "together":
        return "合并的小组 together"
    if one.by == "disease":
        return escape(chinese(one.value))
    if one.by == "area":
        return escape(f"{_AREAS.get(one.value, '')} {one.value}".strip())
    return escape(_VENUES.get(one.value, one.value))


def _money(amount_fen: int) -> str:
    whole, part = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{whole:,}.{part:02d}"


def _signed(amount_fen: int) -> str:
    return f"+{_money(amount_fen)}" if amount_fen > 0 else _money(amount_fen)


def _percent(one: "Effect") -> str:
    """Tell the change in hundredths with one decimal, or nothing where nothing was paid."""
    if not one.fund_before_fen:
        return "–"
    return f"{one.fund_change_fen / one.fund_before_fen:+.1%}"
