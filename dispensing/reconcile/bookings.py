"""Our bookings against the platform's, line by line (账账相符)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from dispensing.reconcile.difference import Difference, shares_told

Key = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Booking:
    """A charge, or its refund with amounts below 0, as one side has it.

    `settlement_id` is empty where only the platform knows of it. `account_fen` is the own
    account and family aid together, as the platform counts (acct_pay).
    """

    msgid: str
    outlet_code: str
    day: date
    scheme: str
    person_no: str
    refund: bool
    total_fen: int
    fund_fen: int
    account_fen: int
    settlement_id: str = ""

    @property
    def fen(self) -> tuple[int, int, int]:
        """Give the three amounts that are compared."""
        return self.total_fen, self.fund_fen, self.account_fen

    @property
    def alike(self) -> tuple[object, ...]:
        """Tell what two charges of the same thing have in common beside the number."""
        return self.outlet_code, self.day, self.person_no, self.refund, self.fen


@dataclass(frozen=True, slots=True)
class Open:
    """A settlement whose outcome, or whose reversal's outcome, is not known yet."""

    settlement_id: str
    msgid: str
    outlet_code: str
    day: date
    state: str
    total_fen: int


_AMOUNTS = ("total", "fund", "account")


def compare_bookings(
    ours: Iterable[Booking], theirs: Iterable[Booking], still_open: Iterable[Open] = ()
) -> list[Difference]:
    """Compare both sides by message number, over any outlets and days.

    A difference is told where each side has the line, so a moved or swapped one is told at
    both places, of one event. What a side has charged and refunded in full weighs nothing,
    and where both sides' lines of a number weigh nothing there is no difference.
    """
    waiting = {one.msgid: one for one in still_open}
    mine, twice_here = _by_key(ours)
    yours, twice_there = _by_key(theirs)
    found = [_unknown(one) for one in waiting.values()]
    for one, again in ((twice_here, False), (twice_there, True)):
        found += [_doubled(line, there=again) for line in one]
    known = {line.alike for key, line in yours.items() if key in mine}
    for key in mine.keys() | yours.keys():
        if key[0] in waiting:
            continue
        here, there = mine.get(key), yours.get(key)
        if here is not None and there is not None:
            alike = here.fen == there.fen and _place(here) == _place(there)
            if not alike and not _taken_back(here, mine, yours):
                found += _unlike(here, there)
        elif not _cancels(key[0], mine, yours):
            found.append(_one_sided(here, there, known, mine.get((key[0], not key[1]))))
    return sorted(found, key=_order)


def _by_key(lines: Iterable[Booking]) -> tuple[dict[Key, Booking], list[Booking]]:
    """Sort lines by number; a second one of the same number is set apart."""
    found: dict[Key, Booking] = {}
    again = []
    for line in lines:
        if found.setdefault((line.msgid, line.refund), line) is not line:
            again.append(line)
    return found, again


def _place(line: Booking) -> tuple[str, date, str]:
    return line.outlet_code, line.day, line.scheme


def _cancels(
    msgid: str, mine: Mapping[Key, Booking], yours: Mapping[Key, Booking]
) -> bool:
    """Tell whether each side has nothing of a number left: no line, or charge and refund."""
    for side in (mine, yours):
        lines = [side.get((msgid, refund)) for refund in (False, True)]
        weights = [line.fen for line in lines if line is not None]
        if any(map(sum, zip(*weights, strict=True))):
            return False
    return True


def _taken_back(
    here: Booking, mine: Mapping[Key, Booking], yours: Mapping[Key, Booking]
) -> bool:
    """Tell whether an unlike line is of no weight any more: both sides have taken it back.

    A refund that is unlike by itself, where the charges agree, is told.
    """
    if not _cancels(here.msgid, mine, yours):
        return False
    key = here.msgid, not here.refund
    other, others = mine.get(key), yours.get(key)
    agree = other and others and _place(other) == _place(others)
    return not here.refund or not agree


def _unlike(here: Booking, there: Booking) -> Iterator[Difference]:
    """Tell in what the two sides' lines of one number differ."""
    if here.outlet_code != there.outlet_code:
        yield from _moved("outlet_swapped", here, there, there.outlet_code)
    elif here.day != there.day:
        yield from _moved("day_moved", here, there, there.day.isoformat())
    elif here.scheme != there.scheme:
        yield _told("scheme_swapped", here, here, there, detail=there.scheme)
    if here.fen != there.fen:
        yield _amount(here, there)


def _moved(
    kind: str, here: Booking, there: Booking, where: str
) -> Iterator[Difference]:
    yield _told(kind, here, here, None, detail=f"there: {where}")
    back = here.outlet_code if kind == "outlet_swapped" else here.day.isoformat()
    yield _told(
        kind,
        there,
        None,
        there,
        detail=f"here: {back}",
        settlement_id=here.settlement_id,
    )


def _amount(here: Booking, there: Booking) -> Difference:
    named = zip(_AMOUNTS, here.fen, there.fen, strict=True)
    off = [(name, ours, theirs) for name, ours, theirs in named if ours != theirs]
    # What the insurance owes goes before the total, all of it in one amount.
    owed = [one for one in off if one[0] != "total"]
    ours = sum(one[1] for one in owed or off)
    theirs = sum(one[2] for one in owed or off)
    detail = ", ".join(
        one[0] for one in (*owed, *(one for one in off if one not in owed))
    )
    return Difference(
        "amount",
        here.outlet_code,
        here.day,
        "settlement",
        here.settlement_id,
        here.msgid,
        ours,
        theirs,
        detail,
    )


def _one_sided(
    here: Booking | None,
    there: Booking | None,
    known: set[tuple[object, ...]],
    other: Booking | None,
) -> Difference:
    """Tell of a line that one side lacks; `other` is our charge of a refund, or the reverse."""
    if here is not None:
        kind = "reversed_here_only" if here.refund else "missing_there"
        return _told(kind, here, here, None)
    assert there is not None
    kind = "reversed_there_only" if there.refund else "missing_here"
    if kind == "missing_here" and there.alike in known:
        kind = "doubled"
    return _told(
        kind,
        there,
        None,
        there,
        detail=shares_told(there.fund_fen, there.account_fen),
        settlement_id=other.settlement_id if other else "",
    )


def _doubled(line: Booking, *, there: bool) -> Difference:
    return _told("doubled", line, None if there else line, line if there else None)


def _told(
    kind: str,
    at: Booking,
    here: Booking | None,
    there: Booking | None,
    *,
    detail: str = "",
    settlement_id: str = "",
) -> Difference:
    known = settlement_id or at.settlement_id or (here.settlement_id if here else "")
    return Difference(
        kind=kind,
        outlet_code=at.outlet_code,
        day=at.day,
        event_kind="settlement" if known else "message",
        event_id=known or at.msgid,
        msgid=at.msgid,
        ours=here.total_fen if here else 0,
        theirs=there.total_fen if there else 0,
        detail=detail,
    )


def _unknown(one: Open) -> Difference:
    return Difference(
        "unknown",
        one.outlet_code,
        one.day,
        "settlement",
        one.settlement_id,
        one.msgid,
        one.total_fen,
        0,
        one.state,
    )


def _order(one: Difference) -> tuple[object, ...]:
    return one.day, one.outlet_code, one.msgid or "", one.kind, one.event_id
