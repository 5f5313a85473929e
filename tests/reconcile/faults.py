"""Faults of a day, each put into one thing of a clean one; each tells what must be found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from dispensing.reconcile import (
    Booking,
    Dispensed,
    HandedOver,
    Moved,
    TillLine,
)
from tests.reconcile.clean import DAY, METHODS, Town

# kind, event kind and event: what a fault must be found as, and nothing else.
Found = set[tuple[str, str, str]]
Fault = Callable[[Town, int], Found]


def one(kind: str, event: str, event_kind: str = "settlement") -> Found:
    return {(kind, event_kind, event)}


def charge(town: Town, at: int) -> Booking:
    """Pick one of our charges that was not reversed."""
    gone = {line.msgid for line in town.ours if line.refund}
    kept = [line for line in town.ours if line.msgid not in gone]
    return kept[at % len(kept)]


def reversed_charge(town: Town, at: int) -> Booking:
    """Pick one of our refunds."""
    refunds = [line for line in town.ours if line.refund]
    return refunds[at % len(refunds)]


def theirs_of(town: Town, line: Booking) -> int:
    """Find the platform's line of the same number."""
    return town.theirs.index(replace(line, settlement_id=""))


def _changed(town: Town, line: Booking, **changes: object) -> None:
    no = theirs_of(town, line)
    town.theirs[no] = replace(town.theirs[no], **changes)


def fund_off_by_a_fen(town: Town, at: int) -> Found:
    line = charge(town, at)
    _changed(town, line, fund_fen=line.fund_fen + 1)
    return one("amount", line.settlement_id)


def account_off_by_a_fen(town: Town, at: int) -> Found:
    line = charge(town, at)
    _changed(town, line, account_fen=line.account_fen - 1)
    return one("amount", line.settlement_id)


def total_off_by_a_fen(town: Town, at: int) -> Found:
    line = charge(town, at)
    _changed(town, line, total_fen=line.total_fen + 1)
    return one("amount", line.settlement_id)


def refund_off_by_a_fen(town: Town, at: int) -> Found:
    line = reversed_charge(town, at)
    _changed(town, line, fund_fen=line.fund_fen + 1)
    return one("amount", line.settlement_id)


def missing_there(town: Town, at: int) -> Found:
    line = charge(town, at)
    del town.theirs[theirs_of(town, line)]
    return one("missing_there", line.settlement_id)


def missing_here(town: Town, at: int) -> Found:
    line = charge(town, at)
    town.ours.remove(line)
    return one("missing_here", line.msgid, "message")


def charged_twice_under_another_number(town: Town, at: int) -> Found:
    line = charge(town, at)
    again = replace(line, msgid=f"{line.msgid}-again", settlement_id="")
    town.theirs.append(again)
    return one("doubled", again.msgid, "message")


def charged_twice_under_one_number(town: Town, at: int) -> Found:
    line = charge(town, at)
    town.theirs.append(replace(line, settlement_id=""))
    return one("doubled", line.msgid, "message")


def moved_to_the_next_day(town: Town, at: int) -> Found:
    line = charge(town, at)
    _changed(town, line, day=DAY + timedelta(days=1))
    return one("day_moved", line.settlement_id)


def refund_moved_to_the_day_before(town: Town, at: int) -> Found:
    line = reversed_charge(town, at)
    _changed(town, line, day=line.day - timedelta(days=1))
    return one("day_moved", line.settlement_id)


def swapped_pharmacy(town: Town, at: int) -> Found:
    line = charge(town, at)
    _changed(town, line, outlet_code="P33030299999")
    return one("outlet_swapped", line.settlement_id)


def swapped_scheme(town: Town, at: int) -> Found:
    line = charge(town, at)
    other = "employee" if line.scheme == "resident" else "resident"
    _changed(town, line, scheme=other)
    return one("scheme_swapped", line.settlement_id)


def reversed_here_only(town: Town, at: int) -> Found:
    line = reversed_charge(town, at)
    del town.theirs[theirs_of(town, line)]
    return one("reversed_here_only", line.settlement_id)


def reversed_there_only(town: Town, at: int) -> Found:
    line = reversed_charge(town, at)
    town.ours.remove(line)
    return one("reversed_there_only", line.settlement_id)


def till_wrong_method(town: Town, at: int) -> Found:
    outlet, no, line = _till_line(town, at)
    other = METHODS[(METHODS.index(line.method) + 1) % len(METHODS)]
    town.till[outlet][no] = replace(line, method=other)
    return one("till_method", _settlement(town, outlet, line.msgid))


def till_off_by_a_fen(town: Town, at: int) -> Found:
    outlet, no, line = _till_line(town, at)
    town.till[outlet][no] = replace(line, amount_fen=line.amount_fen + 1)
    return one("till_amount", _settlement(town, outlet, line.msgid))


def till_row_twice(town: Town, at: int) -> Found:
    outlet, _, line = _till_line(town, at)
    again = replace(line, line_no=len(town.till[outlet]) + 2)
    town.till[outlet].append(again)
    return one("till_doubled", str(again.line_no), "till_line")


def till_row_missing(town: Town, at: int) -> Found:
    outlet, no, line = _till_line(town, at)
    del town.till[outlet][no]
    return one("till_missing", _settlement(town, outlet, line.msgid))


def till_row_of_nobody(town: Town, at: int) -> Found:
    outlet, _, _ = _till_line(town, at)
    extra = TillLine(len(town.till[outlet]) + 2, "nobody", "cash", 500)
    town.till[outlet].append(extra)
    return one("till_extra", str(extra.line_no), "till_line")


def stock_short_by_a_pack(town: Town, at: int) -> Found:
    outlet, no, move = _movement(town, at)
    town.moved[outlet][no] = replace(move, quantity=move.quantity - 1)
    return one("stock_amount", move.settlement_id)


def stock_not_moved(town: Town, at: int) -> Found:
    outlet, no, move = _movement(town, at)
    del town.moved[outlet][no]
    return one("stock_missing", move.settlement_id)


def stock_moved_twice(town: Town, at: int) -> Found:
    outlet, _, move = _movement(town, at)
    again = replace(move, movement_id="again")
    town.moved[outlet].append(again)
    return one("stock_doubled", "again", "movement")


def stock_moved_for_no_settlement(town: Town, at: int) -> Found:
    outlet, _, move = _movement(town, at)
    stray = replace(move, movement_id="stray", settlement_id="gone")
    town.moved[outlet].append(stray)
    return one("stock_extra", "stray", "movement")


def a_pack_lost_at_the_count(town: Town, at: int) -> Found:
    outlet, _, move = _movement(town, at)
    count = Moved("count", "", 0, move.medicine_code, -1, "counted")
    town.moved[outlet].append(count)
    return one("stock_counted", "count", "movement")


def handed_over_twice(town: Town, at: int) -> Found:
    outlet, _, done = _handover(town, at)
    town.handed_over[outlet].append(replace(done, event_id="again"))
    return one("handover_doubled", "again", "handover")


def handed_over_without_settlement(town: Town, at: int) -> Found:
    outlet, _, _ = _handover(town, at)
    stray = HandedOver("stray", DAY, "another", "", None)
    town.handed_over[outlet].append(stray)
    return one("handover_unsettled", "stray", "handover")


def settled_and_never_handed_over(town: Town, at: int) -> Found:
    return _left(town, at, "at_outlet", "handover_missing")


def returned_and_not_reversed(town: Town, at: int) -> Found:
    return _left(town, at, "returned", "return_unreversed")


def _left(town: Town, at: int, outcome: str, kind: str) -> Found:
    outlet, no, done = _handover(town, at)
    del town.handed_over[outlet][no]
    all_ = town.dispensed[outlet]
    where = next(
        no for no, d in enumerate(all_) if d.settlement_id == done.settlement_id
    )
    all_[where] = Dispensed(done.settlement_id, done.msgid or "", outcome)
    return one(kind, done.settlement_id)


def _till_line(town: Town, at: int) -> tuple[str, int, TillLine]:
    """Pick a line of something over 0 that was not paid back on the day."""
    outlet = sorted(town.till)[at % len(town.till)]
    lines = town.till[outlet]
    numbers = [line.msgid for line in lines]
    once = [
        no
        for no, line in enumerate(lines)
        if line.amount_fen > 1 and numbers.count(line.msgid) == 1
    ]
    no = once[at % len(once)]
    return outlet, no, lines[no]


def _movement(town: Town, at: int) -> tuple[str, int, Moved]:
    outlet = sorted(town.moved)[at % len(town.moved)]
    moves = town.moved[outlet]
    ids = [move.settlement_id for move in moves]
    once = [no for no, move in enumerate(moves) if ids.count(move.settlement_id) == 1]
    no = once[at % len(once)]
    return outlet, no, moves[no]


def _handover(town: Town, at: int) -> tuple[str, int, HandedOver]:
    outlet = sorted(town.handed_over)[at % len(town.handed_over)]
    no = at % len(town.handed_over[outlet])
    return outlet, no, town.handed_over[outlet][no]


def _settlement(town: Town, outlet: str, msgid: str) -> str:
    return next(one.settlement_id for one in town.taken[outlet] if one.msgid == msgid)


FAULTS: tuple[Fault, ...] = (
    fund_off_by_a_fen,
    account_off_by_a_fen,
    total_off_by_a_fen,
    refund_off_by_a_fen,
    missing_there,
    missing_here,
    charged_twice_under_another_number,
    charged_twice_under_one_number,
    moved_to_the_next_day,
    refund_moved_to_the_day_before,
    swapped_pharmacy,
    swapped_scheme,
    reversed_here_only,
    reversed_there_only,
    till_wrong_method,
    till_off_by_a_fen,
    till_row_twice,
    till_row_missing,
    till_row_of_nobody,
    stock_short_by_a_pack,
    stock_not_moved,
    stock_moved_twice,
    stock_moved_for_no_settlement,
    a_pack_lost_at_the_count,
    handed_over_twice,
    handed_over_without_settlement,
    settled_and_never_handed_over,
    returned_and_not_reversed,
)
