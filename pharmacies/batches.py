"""Which batches (批次) a line takes: first expired first out (近效期先出), and why others not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

# Why what is on hand may not go out, the weightiest first.
REASONS = {
    "recalled": "已召回",
    "expired": "已过有效期",
    "too_short": "有效期不足疗程",
    "reserved": "已为其他患者预留",
    "none": "没有库存",
}
# What a reason rests on; that a medicine must last as long as it is taken is our reading.
BASIS = {
    "recalled": ("药品管理法（2019年修订）", "第八十二条", ""),
    "expired": ("药品管理法（2019年修订）", "第九十八条", ""),
    "too_short": (
        "药品管理法（2019年修订）",
        "第九十八条",
        "条文只说超过有效期的药品；本程序的解读：到疗程最后一天都不得过期。",
    ),
    "reserved": ("", "", ""),
    "none": ("", "", ""),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """What an outlet has of one batch; `expires_on` is its last day, None where unknown."""

    medicine_code: str
    batch: str
    expires_on: date | None
    on_hand: int
    reserved: int = 0
    recalled: bool = False

    @property
    def free(self) -> int:
        """Tell what nobody has set aside."""
        return max(0, self.on_hand - self.reserved)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line that takes stock: how much, for how many days, and what was scanned of it.

    `scanned` has the packs of each batch that the counter holds in its hand.
    """

    line_no: int
    medicine_code: str
    quantity: int
    supply_days: int
    scanned: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What a line takes of one batch; `held` of it is set aside, the rest the books lack."""

    line_no: int
    medicine_code: str
    batch: str
    quantity: int
    held: int


class Shortage(Exception):
    """The outlet has not enough that may go out; `reason` is one of REASONS."""

    def __init__(self, wanted: Wanted, free: int, reason: str, batch: str = "") -> None:
        self.wanted, self.free, self.reason, self.batch = wanted, free, reason, batch
        super().__init__(f"{wanted.medicine_code}: {free} of {wanted.quantity}")


def last_day_of(today: date, supply_days: int) -> date:
    """Tell the last day of a treatment that begins today.

    >>> last_day_of(date(2025, 9, 15), 28)
    datetime.date(2025, 10, 12)
    """
    return today + timedelta(days=max(1, supply_days) - 1)


def unfit(batch: Batch, today: date, supply_days: int) -> str | None:
    """Tell why a batch may not go out for a treatment: its last day must outlast it."""
    if batch.recalled:
        return "recalled"
    if batch.expires_on is None:
        return None
    if batch.expires_on < today:
        return "expired"
    if batch.expires_on < last_day_of(today, supply_days):
        return "too_short"
    return None


def in_order(batches: Iterable[Batch]) -> list[Batch]:
    """Order batches as they go out: the earliest last day first, unknown days last."""
    return sorted(batches, key=lambda one: (one.expires_on or date.max, one.batch))


def are_kept(batches: Sequence[Batch]) -> bool:
    """Tell whether an outlet's books know what it has of a medicine.

    They do where something is on hand, or a batch that was received is used up. Where
    receipts were never entered, nothing can be said.
    """
    total = sum(one.on_hand for one in batches)
    named = any(one.batch for one in batches)
    return total > 0 or (named and total == 0)


def choose(
    lines: Iterable[Wanted],
    batches: Iterable[Batch],
    *,
    today: date,
    own: Mapping[tuple[str, str], int] | None = None,
    strict: bool = False,
) -> tuple[Part, ...]:
    """Choose the batches of each line, first expired first out.

    What was scanned comes from the batch that was scanned. `own` is what is set aside for
    these lines already, by medicine and batch. Raises Shortage where what there is may not
    go out, or is set aside for others. What the books lack altogether goes out of the batch
    without a name, below 0: the counter has it in its hand; with `strict` it is a Shortage
    where the books are kept, and else left out.
    """
    shelf: dict[str, list[Batch]] = {}
    for one in in_order(batches):
        shelf.setdefault(one.medicine_code, []).append(one)
    own = own or {}
    free = {
        (code, one.batch): one.free + own.get((code, one.batch), 0)
        for code, found in shelf.items()
        for one in found
    }
    asked = _Asked(free, own, today, strict)
    return tuple(
        part
        for line in lines
        for part in _of_line(line, shelf.get(line.medicine_code, []), asked)
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is free for whoever asks, of which so much is their own; on which day."""

    free: dict[tuple[str, str], int]  # taken from, line by line
    own: Mapping[tuple[str, str], int]
    today: date
    strict: bool


def _of_line(line: Wanted, batches: Sequence[Batch], asked: _Asked) -> list[Part]:
    taken: dict[str, list[int]] = {}  # quantity and held, by batch
    left = line.quantity
    known = {one.batch: one for one in batches}
    for name, scanned in line.scanned.items():
        packs = min(scanned, left)
        one = known.get(name) or Batch(line.medicine_code, name, None, 0)
        _reject_scanned(line, one, packs, asked)
        if name in known:  # what the books lack of it stays without a name
            packs = min(packs, asked.free[line.medicine_code, name])
        _take(taken, (line.medicine_code, name), packs, asked)
        left -= packs
    for one in batches:
        if unfit(one, asked.today, line.supply_days) is None:
            packs = min(left, asked.free[line.medicine_code, one.batch])
            _take(taken, (line.medicine_code, one.batch), packs, asked)
            left -= packs
    if left:
        why = _why_short(line, batches, asked)
        if why is not None:
            raise Shortage(line, line.quantity - left, why)
        if not asked.strict:
            _take(taken, (line.medicine_code, ""), left, asked)
    return [
        Part(line.line_no, line.medicine_code, name, quantity, held)
        for name, (quantity, held) in taken.items()
        if quantity
    ]


def _take(
    taken: dict[str, list[int]], key: tuple[str, str], packs: int, asked: _Asked
) -> None:
    held = min(packs, asked.free.get(key, 0))
    if held:
        asked.free[key] -= held
    sums = taken.setdefault(key[1], [0, 0])
    sums[0] += packs
    sums[1] += held


def _reject_scanned(line: Wanted, one: Batch, packs: int, asked: _Asked) -> None:
    """Raise Shortage where a scanned batch may not go out, or is set aside for others."""
    key = line.medicine_code, one.batch
    there = asked.free.get(key, 0)
    why = unfit(one, asked.today, line.supply_days)
    if why is None and there < packs and one.reserved > asked.own.get(key, 0):
        why = "reserved"
    if why is not None:
        raise Shortage(line, there if why == "reserved" else 0, why, one.batch)


def _why_short(line: Wanted, batches: Sequence[Batch], asked: _Asked) -> str | None:
    """Tell what keeps the rest of a line on the shelf, None where nothing is there."""
    found = set()
    for one in batches:
        why = unfit(one, asked.today, line.supply_days)
        own = asked.own.get((line.medicine_code, one.batch), 0)
        if why is not None and one.on_hand > 0:
            found.add(why)
        elif why is None and one.reserved > own:
            found.add("reserved")
    if "reserved" in found:
        return "reserved"
    if not found and asked.strict and are_kept(batches):
        return "none"
    return next((why for why in REASONS if why in found), None)
