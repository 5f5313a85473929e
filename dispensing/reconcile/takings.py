"""What patients paid, by our books, against the outlet's own till file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from dispensing.reconcile.difference import Difference


@dataclass(frozen=True, slots=True)
class Taken:
    """What a settlement brought into the till by one method, or gave back (below 0)."""

    settlement_id: str
    msgid: str
    method: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class TillLine:
    """One line of the till's file; `line_no` counts from 1 with the headings."""

    line_no: int
    msgid: str
    method: str
    amount_fen: int


def compare_till(
    taken: Iterable[Taken],
    lines: Iterable[TillLine],
    *,
    outlet_code: str,
    day: date,
    settlements: Mapping[str, str] | None = None,
) -> list[Difference]:
    """Compare what was taken on a day with the till's file, settlement by settlement.

    `settlements` gives the settlement of a number that took nothing on that day.
    """
    ids = dict(settlements or {})
    ours: dict[str, Counter[str]] = {}
    for one in taken:
        ids[one.msgid] = one.settlement_id
        ours.setdefault(one.msgid, Counter())[one.method] += one.amount_fen
    theirs: dict[str, list[TillLine]] = {}
    for line in lines:
        theirs.setdefault(line.msgid, []).append(line)
    found = []
    for msgid in sorted(ours.keys() | theirs.keys()):
        kind = _kind(_some(ours.get(msgid, Counter())), theirs.get(msgid, []))
        if kind is None:
            continue
        name, line_no = kind
        of_line = line_no is not None and (name == "till_doubled" or msgid not in ids)
        found.append(
            Difference(
                kind=name,
                outlet_code=outlet_code,
                day=day,
                event_kind="till_line" if of_line else "settlement",
                event_id=str(line_no) if of_line else ids[msgid],
                msgid=msgid,
                ours=ours.get(msgid, Counter()).total(),
                theirs=sum(line.amount_fen for line in theirs.get(msgid, [])),
                detail=_methods(ours.get(msgid, Counter()), theirs.get(msgid, [])),
            )
        )
    return found


def by_method(lines: Iterable[TillLine]) -> dict[str, int]:
    """Sum the lines of one number by method, in fen; what is nothing is left out."""
    found: Counter[str] = Counter()
    for line in lines:
        found[line.method] += line.amount_fen
    return _some(found)


def _kind(ours: dict[str, int], lines: list[TillLine]) -> tuple[str, int | None] | None:
    """Name the difference and the line that it stands on; None where there is none."""
    theirs = by_method(lines)
    if ours == theirs:
        return None
    last = lines[-1].line_no if lines else None
    if not theirs and not lines:
        return "till_missing", None
    again = _again(lines)
    if again is not None:
        once = [line for line in lines if line.line_no != again.line_no]
        if by_method(once) == ours:
            return "till_doubled", again.line_no
    if not ours:
        return "till_extra", last
    if sum(ours.values()) == sum(theirs.values()):
        return "till_method", last
    return "till_amount", last


def _again(lines: list[TillLine]) -> TillLine | None:
    """Find a line that says the same as an earlier one."""
    seen = set()
    for line in lines:
        said = line.method, line.amount_fen
        if said in seen:
            return line
        seen.add(said)
    return None


def _some(found: Mapping[str, int]) -> dict[str, int]:
    return {method: fen for method, fen in found.items() if fen}


def _methods(ours: Mapping[str, int], lines: list[TillLine]) -> str:
    here, there = sorted(_some(ours)), sorted(by_method(lines))
    return "" if here == there else f"{'+'.join(here) or '-'}/{'+'.join(there) or '-'}"
