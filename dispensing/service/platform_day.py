"""What the platform has of one outlet's day, found by comparing: sums first, then lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dispensing.gateway import InsuranceGateway
from dispensing.gateway.statements import (
    EQUAL,
    INSURANCE_TYPES,
    OURS_ONLY,
    THEIRS_ONLY,
    Answer,
    Entry,
    Sums,
    read_answer,
    write_lines,
)
from dispensing.reconcile import Booking

SCHEMES = tuple(sorted(INSURANCE_TYPES))
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Total:
    """One scheme's sums of a day on both sides, and what 3201 said of ours."""

    scheme: str
    verdict: str
    ours: Sums
    theirs: Sums


@dataclass(frozen=True, slots=True)
class PlatformDay:
    """The platform's bookings of a day, and the numbers that are not the same as ours."""

    totals: tuple[Total, ...]
    bookings: tuple[Booking, ...]
    off: frozenset[str]


def platform_day(
    gateway: InsuranceGateway,
    ours: Sequence[Booking],
    *,
    outlet_code: str,
    day: date,
    thorough: bool,
) -> PlatformDay:
    """Compare our bookings of a day with the platform's; raises Unanswered.

    Where a scheme's sums are equal its lines are not asked for, unless `thorough`.
    """
    place = (outlet_code, day)
    told = [(scheme, _sums(ours, scheme, place)) for scheme in SCHEMES]
    verdicts = {scheme: gateway.compare_sums(sums) for scheme, sums in told}
    answers: list[Answer] = []
    for scheme, verdict in verdicts.items():
        if thorough or verdict != EQUAL:
            lines = write_lines(entry(one) for one in ours if one.scheme == scheme)
            text = gateway.compare_lines(outlet_code, scheme, day, lines)
            answers += _in_scheme(read_answer(text), scheme)
    theirs = _patched(ours, answers, place)
    totals = tuple(
        Total(scheme, verdicts[scheme], sums, _sums(theirs, scheme, place))
        for scheme, sums in told
    )
    off = frozenset(answer.entry.msgid for answer in answers)
    return PlatformDay(totals, theirs, off)


def platform_elsewhere(
    gateway: InsuranceGateway,
    found: PlatformDay,
    ours: Sequence[Booking],
    *,
    outlet_code: str,
    day: date,
    booked: frozenset[str] = frozenset(),
) -> tuple[Booking, ...]:
    """Find where else the platform has the numbers that are off: other days, other outlets.

    `ours` is all that we have of them. What was charged and reversed there at a time and
    place that it does not tell is given as both, and weighs nothing. What of theirs was `booked`
    as a difference keeps its weight: taking it back is told on the day on which it is.
    """
    off = found.off - booked
    days = {day - _DAY, day + _DAY, *(one.day for one in ours)} - {day}
    more = [
        booking
        for other in sorted(days)
        for scheme in SCHEMES
        for booking in _downloaded(gateway, outlet_code, scheme, other)
        if booking.msgid in off
    ]
    here = [one for one in found.bookings if one.msgid in off]
    for msgid in sorted(off):
        mine = [one for one in ours if one.msgid == msgid]
        more += _completed(
            gateway, [one for one in (*here, *more) if one.msgid == msgid], mine
        )
    return tuple(more)


def _completed(
    gateway: InsuranceGateway, theirs: Sequence[Booking], ours: Sequence[Booking]
) -> list[Booking]:
    """Complete what the platform has of one number by asking for it."""
    by_kind = {one.refund: one for one in theirs}
    charge, refund = by_kind.get(False), by_kind.get(True)
    known = {one.refund: one for one in ours}
    one = charge or refund or known.get(False)
    if one is None or (charge and refund):
        return []
    receipt = gateway.query(one.msgid)
    if receipt is not None and charge is None and known.get(False):
        return [
            replace(
                known[False],
                settlement_id="",
                outlet_code=receipt.outlet_code or one.outlet_code,
                day=receipt.on or one.day,
            )
        ]
    if receipt is None and charge is not None:
        return [_undone(charge, known.get(True))]
    if refund is not None and charge is None:
        return [_undone(refund, known.get(False))]
    return []


def _undone(one: Booking, at: Booking | None) -> Booking:
    """Give the other half of a charge and its refund, where ours has it if it has."""
    total_fen, fund_fen, account_fen = one.fen
    return replace(
        one,
        refund=not one.refund,
        day=at.day if at else one.day,
        total_fen=-total_fen,
        fund_fen=-fund_fen,
        account_fen=-account_fen,
    )


def _downloaded(
    gateway: InsuranceGateway, outlet_code: str, scheme: str, day: date
) -> Iterable[Booking]:
    """Fetch all lines of a day: compared with no line of ours, every one of theirs differs."""
    answers = read_answer(gateway.compare_lines(outlet_code, scheme, day, ""))
    return _patched((), _in_scheme(answers, scheme), (outlet_code, day))


def _patched(
    ours: Sequence[Booking], answers: Iterable[Answer], place: tuple[str, date]
) -> tuple[Booking, ...]:
    """Turn our bookings into the platform's by what it says is different."""
    found = {(one.msgid, one.refund, one.scheme): one for one in ours}
    outlet_code, day = place
    for answer in answers:
        entry = answer.entry
        key = (*entry.key, entry.scheme)
        if answer.verdict == OURS_ONLY:
            found.pop(key, None)
        elif answer.verdict == THEIRS_ONLY or key not in found:
            found[key] = _booking(entry, outlet_code, day)
        else:
            found[key] = replace(
                found[key],
                total_fen=entry.total_fen,
                fund_fen=entry.fund_fen,
                account_fen=entry.account_fen,
            )
    return tuple(found.values())


def _in_scheme(answers: Iterable[Answer], scheme: str) -> list[Answer]:
    """Say of each line under which scheme it was compared."""
    return [replace(one, entry=replace(one.entry, scheme=scheme)) for one in answers]


def _booking(entry: Entry, outlet_code: str, day: date) -> Booking:
    return Booking(
        msgid=entry.msgid,
        outlet_code=outlet_code,
        day=day,
        scheme=entry.scheme,
        person_no=entry.person_no,
        refund=entry.refund,
        total_fen=entry.total_fen,
        fund_fen=entry.fund_fen,
        account_fen=entry.account_fen,
    )


def entry(one: Booking) -> Entry:
    """Write a booking of ours as a line of 3202."""
    return Entry(
        msgid=one.msgid,
        person_no=one.person_no,
        scheme=one.scheme,
        refund=one.refund,
        total_fen=one.total_fen,
        fund_fen=one.fund_fen,
        account_fen=one.account_fen,
        setl_id=f"S{one.msgid}",
    )


def _sums(bookings: Iterable[Booking], scheme: str, place: tuple[str, date]) -> Sums:
    mine = [one for one in bookings if one.scheme == scheme]
    outlet_code, day = place
    return Sums(
        outlet_code=outlet_code,
        scheme=scheme,
        first_day=day,
        last_day=day,
        count=len(mine),
        total_fen=sum(one.total_fen for one in mine),
        fund_fen=sum(one.fund_fen for one in mine),
        account_fen=sum(one.account_fen for one in mine),
    )
