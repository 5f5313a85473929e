"""The timeline of a plan: one lane of blocks for each courier, drawn as SVG on the server.

A block is a hand-over, or the pickups at one counter one after the other. What a colour says
stands in a sign and in words as well. Positions are attributes, so that no style is needed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from markupsafe import Markup, escape

from dispensing.days import CHINA
from routing.service import Coming
from routing.service.board import Board, BoardStop, Lane
from routing.service.views import ArrivalView
from web.chart import colour
from web.measures import minutes
from web.words import language, say

MINUTE_PX = 4
HIGH_PX = 62
BLOCK_Y, BLOCK_HIGH = 16, 28
NARROW_PX = 14  # a block is never narrower, so that it can be seen and hit
KEPT_MAX = 600  # lanes, each of some kilobytes
ETA_Y, ETA_HIGH = 49, 4  # when a parcel is expected now, below its block
_HOUR = timedelta(hours=1)
_SIGNS = {"done": "✓", "locked": "◆", "cold": "❄"}


@dataclass(frozen=True, slots=True)
class Axis:
    """From which whole hour until which one the lanes go, and where the present hour is."""

    begins: datetime
    ends: datetime
    now: datetime

    @property
    def wide(self) -> int:
        """Return how wide a lane is."""
        return self.x(self.ends)

    @property
    def now_x(self) -> int | None:
        """Return where the present hour is, if it is on the lanes."""
        return self.x(self.now) if self.begins <= self.now <= self.ends else None

    def x(self, at: datetime) -> int:
        """Return where an instant is."""
        return int((at - self.begins).total_seconds() * MINUTE_PX / 60)


def axis_of(board: Board, now: datetime) -> Axis:
    """Lay the hours of a plan out, whole ones at both ends."""
    begins, ends = (each.astimezone(CHINA) for each in board.spans)
    begins = begins.replace(minute=0, second=0, microsecond=0)
    ends = ends.replace(minute=0, second=0, microsecond=0) + _HOUR
    return Axis(begins, ends, now.astimezone(CHINA))


def hours(axis: Axis) -> Markup:
    """Draw the hours above the lanes."""
    ticks = []
    at = axis.begins
    while at < axis.ends:
        ticks.append(
            f'<line x1="{axis.x(at)}" x2="{axis.x(at)}" y1="0" y2="24"/>'
            f'<text x="{axis.x(at) + 4}" y="16">{at:%H:%M}</text>'
        )
        at += _HOUR
    return Markup(
        f'<svg class="hours" width="{axis.wide}" height="24" aria-hidden="true">'
        f"{''.join(ticks)}</svg>"
    )


def timeline(board: Board, axis: Axis, coming: Coming | None, here: str) -> str:
    """Draw every courier's lane under its head; `here` is the address of the plan."""
    return "".join(_row(lane, axis, coming, here) for lane in board.lanes)


def chosen(timeline: str, courier_code: str) -> Markup:
    """Mark the lane whose stops are listed, in a timeline that was drawn for everybody."""
    who = f'<a class="who" data-who="{courier_code}"'
    return Markup(timeline.replace(who, f'{who} aria-current="true"', 1))


def expected(board: Board, axis: Axis, coming: Coming) -> Markup:
    """Draw when the parcels ahead are expected now, for every lane by itself."""
    drawn = "".join(_etas(lane, axis, coming) for lane in board.routes)
    return Markup(f"<svg>{drawn}</svg>")


def lane_of(board: Board, order_id: UUID) -> Lane | None:
    """Return the lane that hands an order over."""
    return next(
        (
            lane
            for lane in board.routes
            if any(it.order_id == order_id for it in lane.stops)
        ),
        None,
    )


def _row(lane: Lane, axis: Axis, coming: Coming | None, here: str) -> str:
    code, name = lane.courier.code, escape(lane.courier.name)
    route = f' data-route="{lane.route_id}"' if lane.route_id else ""
    number = (
        '<svg class="swatch" width="26" height="20" aria-hidden="true">'
        f'<rect width="26" height="20" rx="4" fill="{colour(lane.number - 1)}"/>'
        f'<text x="13" y="15">{lane.number}</text></svg>'
    )
    return (
        f'<div class="lane" data-courier="{code}" data-name="{name}"{route}>'
        f'<a class="who" data-who="{code}" href="{here}?courier={code}#route">{number}'
        f"{name}<small>{_head(lane, coming)}</small></a>{_drawn(lane, axis, coming)}</div>"
    )


def _head(lane: Lane, coming: Coming | None) -> str:
    if lane.route_id is None:
        return say("空闲")
    said = [
        say("{n} 件", n=lane.parcels),
        f"{lane.distance_m / 1000:.1f} {say('公里')}",
    ]
    if lane.late:
        said.append(f'<b class="late">{say("晚 {n} 单", n=lane.late)}</b>')
    if lane.changed:
        said.append(say("有改动"))
    words = _late_words(lane, coming) if coming else ""
    return f'{" · ".join(said)} <b class="late" data-expected>{words}</b>'


def _drawn(lane: Lane, axis: Axis, coming: Coming | None) -> str:
    """Draw one courier's blocks; each is a button with its words."""
    now = axis.now_x
    line = (
        f'<line class="now" x1="{now}" x2="{now}" y1="0" y2="{HIGH_PX}"/>'
        if now is not None
        else ""
    )
    named = escape(say("{name} 的站点", name=lane.courier.name))
    return (
        f'<svg class="blocks" role="group" aria-label="{named}"'
        f' width="{axis.wide}" height="{HIGH_PX}">'
        f"{_kept(lane, axis.begins, axis.ends, language())}"
        f"{_etas(lane, axis, coming) if coming else ''}{line}</svg>"
    )


def _etas(lane: Lane, axis: Axis, coming: Coming) -> str:
    """Draw when each parcel ahead of a lane is expected: a span, and a sign where it is late."""
    found = [
        coming.arrivals[it.order_id]
        for it in lane.ahead
        if it.kind == "dropoff" and it.order_id and it.order_id in coming.arrivals
    ]
    words = escape(_late_words(lane, coming))
    return (
        f'<g class="etas" data-courier="{lane.courier.code}" data-late="{words}">'
        f"{''.join(_eta(it, axis) for it in found)}</g>"
    )


def _eta(arrival: ArrivalView, axis: Axis) -> str:
    """Draw a tick in the middle of a span; the span itself shows for what is chosen or late."""
    begins, ends = (
        min(axis.x(at), axis.wide - NARROW_PX) for at in (arrival.early, arrival.late)
    )
    middle = (begins + ends) / 2
    said = [
        str(arrival.order_id)[:8],
        say(
            "预计到达 {early}–{late}",
            early=_hour(arrival.early),
            late=_hour(arrival.late),
        ),
    ]
    late, sign = "", ""
    if arrival.late_s:
        said.append(say("晚 {n} 分钟", n=minutes(arrival.late_s)))
        late, sign = " late", f'<text x="{middle:g}" y="{HIGH_PX - 1}">!</text>'
    return (
        f'<g class="eta{late}" data-order="{arrival.order_id}">'
        f"<title>{escape(' · '.join(said))}</title>"
        f'<rect class="span" x="{begins}" y="{ETA_Y}" height="{ETA_HIGH}" rx="2"'
        f' width="{max(NARROW_PX, ends - begins)}"/>'
        f'<rect class="tick" x="{middle - 2:g}" y="{ETA_Y - 2}" width="4"'
        f' height="{ETA_HIGH + 4}" rx="1"/>{sign}</g>'
    )


def _late_words(lane: Lane, coming: Coming) -> str:
    arrivals = (coming.arrivals.get(it.order_id) for it in lane.ahead if it.order_id)
    late = {it.order_id for it in arrivals if it and it.late_s}
    return say("预计晚 {n} 单", n=len(late)) if late else ""


@lru_cache(maxsize=KEPT_MAX)
def _kept(lane: Lane, begins: datetime, ends: datetime, _language: str) -> str:
    """Draw a lane once for all who look, and again only where it has changed."""
    axis = Axis(begins, ends, begins)
    blocks = "".join(_block(*each, axis) for each in _blocks(lane.stops))
    return f"{_shift(lane, axis)}{blocks}"


def _shift(lane: Lane, axis: Axis) -> str:
    """Draw from when until when the courier is at work."""
    hours = (lane.courier.shift_begins, lane.courier.shift_ends)
    begins, ends = (datetime.combine(axis.begins.date(), it, CHINA) for it in hours)
    left, right = max(0, axis.x(begins)), min(axis.wide, axis.x(ends))
    return (
        f'<rect class="shift" x="{left}" y="4" width="{max(0, right - left)}"'
        f' height="{HIGH_PX - 8}"/>'
    )


def _blocks(stops: Sequence[BoardStop]) -> Iterator[tuple[int, tuple[BoardStop, ...]]]:
    """Give the blocks of a route: pickups at one counter together, each hand-over alone."""

    def together(stop: BoardStop) -> tuple[object, ...]:
        if stop.kind != "pickup":
            return (stop.no,)
        is_done = stop.done_at is not None
        return (stop.kind, stop.outlet_code, is_done)

    shown = [it for it in stops if it.order_id is not None]
    for _, found in groupby(shown, together):
        block = tuple(found)
        yield block[0].no, block


def _block(no: int, stops: tuple[BoardStop, ...], axis: Axis) -> str:
    first, last = stops[0], stops[-1]
    x = axis.x(first.start_at)
    wide = max(NARROW_PX, axis.x(last.depart_at) - x)
    signs = _signs(stops)
    orders = " ".join(str(it.order_id) for it in stops)
    middle = x + wide / 2
    inside = f"+{len(stops)}" if first.kind == "pickup" else str(no)
    above = "".join(_SIGNS.get(it, "") for it in signs)
    late = first.late_s
    if late:
        above = say("晚{n}", n=-(-late // 60)) + above
    window = (
        f' data-opens="{axis.x(first.opens)}" data-closes="{axis.x(first.closes)}"'
        if first.opens and first.closes and first.kind == "dropoff"
        else ""
    )
    return (
        f'<g role="button" tabindex="-1" class="{first.kind} {" ".join(signs)}"'
        f' data-orders="{orders}" data-no="{no}"{window}>'
        f"<title>{escape(_said(no, stops))}</title>"
        f'<rect x="{x}" y="{BLOCK_Y}" width="{wide}" height="{BLOCK_HIGH}" rx="3"/>'
        f'<text x="{middle:g}" y="{BLOCK_Y + 18}">{inside}</text>'
        f'<text class="above" x="{middle:g}" y="12">{above}</text></g>'
    )


def _signs(stops: Sequence[BoardStop]) -> list[str]:
    first = stops[0]
    told = {
        "late": first.late_s > 0,
        "done": first.done_at is not None,
        "locked": any(it.locked for it in stops) and first.done_at is None,
        "cold": any(it.storage == "cold" for it in stops),
    }
    return [name for name, holds in told.items() if holds]


def _said(no: int, stops: Sequence[BoardStop]) -> str:
    """Say a block in words: what, whose, when, in which window, how late, what else."""
    first, last = stops[0], stops[-1]
    if first.kind == "pickup":
        what = say("第 {no} 站 取药 {n} 件", no=no, n=len(stops))
    else:
        what = say("第 {no} 站 送达 {order}", no=no, order=str(first.order_id)[:8])
    said = [what, f"{_hour(first.start_at)}–{_hour(last.depart_at)}"]
    if first.kind == "dropoff" and first.opens and first.closes:
        said.append(say("时段 {a}–{b}", a=_hour(first.opens), b=_hour(first.closes)))
    signs = _signs(stops)
    if "late" in signs:
        said.append(say("晚 {n} 分钟", n=-(-first.late_s // 60)))
    words = {"cold": say("冷藏"), "locked": say("已锁定"), "done": say("已完成")}
    return " · ".join([*said, *(words[it] for it in signs if it in words)])


def _hour(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M}"
