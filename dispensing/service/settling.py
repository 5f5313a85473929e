"""Settle once: the intent is on disk before money moves, and a lost answer is never charged again.

pending -> posted | void | unknown; unknown -> posted | void, by asking the platform with the
original message number (msgid). Where it knows nothing, the number is barred there, and it is
written down before that no late answer may post it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from dispensing.codes import Decoded
from dispensing.desk import Desk, Work
from dispensing.errors import (
    Conflict,
    Declined,
    DomainError,
    NotFound,
    StillRunning,
    Words,
)
from dispensing.gateway import BookedOtherwise, ChargeDeclined, Receipt, Unanswered
from dispensing.prescription import step
from dispensing.service import booking
from dispensing.service.approving import Party, asking_second
from dispensing.service.code_reading import spend_presented, spending
from dispensing.service.concluding import bar_differing, post_booked
from dispensing.service.holding import (
    LIVE,
    OPEN,
    latest_settlement,
    live_settlement,
    locked_settlement,
    named_settlement,
    settlement_of,
)
from dispensing.service.opening import (
    Opened,
    Presented,
    open_settlement,
    read_code,
)
from dispensing.service.parts import reject_other_lines
from dispensing.service.platform_words import reject_doubted
from dispensing.service.posting import post
from dispensing.service.receiving import note
from dispensing.service.recording import values_of
from dispensing.service.stocking import after_void
from dispensing.service.suspecting import AlreadySold, suspect
from dispensing.service.views import SettledView
from dispensing.service.writing import Values
from dispensing.tables import SettlementRow
from pharmacies.stock import NoPartLeft

_CHARGE_TAKES_AT_MOST = timedelta(seconds=30)  # an older pending one was cut off


def settle(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    scanned_code: str,
    trace_codes: Mapping[int, Sequence[str]],
    override: str | None,
    tender: str,
    by: str,
    now: datetime,
    voucher: str = "e_code",
    uncoded: Mapping[int, Sequence[str]] | None = None,
    shown_fen: int | None = None,
    secret: str | None = None,
    filling: int | None = None,
    lines: Mapping[int, int] | None = None,
) -> SettledView:
    """Settle a prescription once, however often the counter asks.

    `scanned_code` is the patient's insurance code, or the ID number read from the card
    where `voucher` is card. A case for review needs `override`, the pharmacist's reason.
    `uncoded` has the batches of packs without a code (无码库存), by line. A code that was
    sold before is refused, and raised as a suspicion. `shown_fen` is what the patient was
    told to pay: another sum is not charged. An insurance code is spent by being presented,
    also where nothing comes of it. `secret` is that of the pharmacy's claim, where it has
    one at hand. `lines` has the packs that are taken now, where it is not everything that is
    open; `filling` numbers what follows a first filling.
    """
    reject_doubted(
        session,
        desk,
        prescription_id=prescription_id,
        outlet_code=outlet_code,
        now=now,
    )
    work = Work(session, desk, now)
    presented = Presented(
        voucher=voucher,
        scanned_code=scanned_code,
        trace_codes=trace_codes,
        override=override,
        tender=tender,
        by=by,
        uncoded=uncoded or {},
        shown_fen=shown_fen,
        secret=secret,
        filling=filling,
        lines=lines,
    )
    code = read_code(work, outlet_code, presented)
    asking = asking_second(session, Party(by, "counter"), now)
    with asking, spending(work, code, prescription_id):
        opened = _open(work, prescription_id, outlet_code, presented, code=code)
    if isinstance(opened, str):
        session.rollback()
        spend_presented(work, code, prescription_id)
        return _answer_again(work, opened, outlet_code, lines)
    return _charge(work, opened)


def resolve(
    session: Session,
    desk: Desk,
    *,
    settlement_id: UUID,
    outlet_code: str,
    now: datetime,
) -> SettledView:
    """Find out what became of a settlement whose answer was lost; a settled one stays as it is."""
    row = named_settlement(session, settlement_id, outlet_code)
    if row.state not in LIVE:
        return settled_view(row)
    return _finish(Work(session, desk, now), row, outlet_code)


def settlement(session: Session, prescription_id: UUID) -> SettledView:
    """Return a prescription's latest settlement, or raise NotFound."""
    row = latest_settlement(session, prescription_id)
    if row is None:
        raise NotFound("结算记录", "settlement")
    return settled_view(row)


def find_out(work: Work, msgid: str) -> SettledView:
    """Ask the platform what became of a charge: post it, or bar its number and void it."""
    try:
        receipt = work.desk.gateway.query(msgid)
    except BookedOtherwise as error:
        return take_back(work, msgid, str(error))
    except Unanswered:
        return mark_unknown(work, msgid)
    if receipt is not None:
        found = _conclude(work, msgid, receipt)
        if found.state not in OPEN:
            return found
    return bar(work, msgid)


def take_back(work: Work, msgid: str, why: str) -> SettledView:
    """Note that the platform has booked other amounts, and reverse its charge there."""
    row, _ = locked_settlement(work.session, msgid)
    if row.state in {"pending", "unknown"} and not row.barred:
        bar_differing(work, row, why)
    work.session.commit()
    return bar(work, msgid)


def bar(work: Work, msgid: str) -> SettledView:
    """Bar the number of a charge that the platform does not know, and void the settlement."""
    try:
        if _bar(work, msgid):
            work.desk.gateway.reverse(msgid)
    except Unanswered:
        return mark_unknown(work, msgid)
    return _conclude(work, msgid, None)


def is_running(row: SettlementRow, now: datetime) -> bool:
    """Tell whether a settlement is being charged at this moment, by either one's clock."""
    return row.state == "pending" and abs(now - row.opened_at) < _CHARGE_TAKES_AT_MOST


def settled_view(row: SettlementRow) -> SettledView:
    """Turn a row into the value that services answer with."""
    return _view(values_of(row))


def _view(row: Values) -> SettledView:
    return SettledView(**{name: row[name] for name in _SHOWN})


_SHOWN = tuple(SettledView.__dataclass_fields__)


def _open(
    work: Work,
    prescription_id: UUID,
    outlet_code: str,
    presented: Presented,
    *,
    code: Decoded | DomainError | None,
) -> Opened | str:
    """Open a settlement, once more where two counters met over one row."""
    for last_try in (False, True):
        try:
            return open_settlement(
                work, prescription_id, outlet_code, presented, code=code
            )
        except (IntegrityError, NoPartLeft) as error:
            # A row that two counters make at once (the outlet's first message number)
            # is there at the second try; a pack sold twice is not cured by trying again.
            work.session.rollback()
            sold = suspect(
                work,
                prescription_id,
                presented.trace_codes,
                outlet_code=outlet_code,
                by=presented.by,
            )
            if sold:
                raise AlreadySold(sold) from error
            if last_try:
                raise _lost_race(work.session, prescription_id) from error
    raise AssertionError("the last try returns or raises")


def _charge(work: Work, opened: Opened) -> SettledView:
    """Ask the platform to book; no lock is held meanwhile."""
    charge = opened.charge
    try:
        receipt = work.desk.gateway.charge(charge)
    except ChargeDeclined as error:
        _conclude(work, charge.msgid, None)
        raise Declined(str(error)) from error
    except BookedOtherwise as error:
        return take_back(work, charge.msgid, str(error))
    except Unanswered:
        return mark_unknown(work, charge.msgid)
    posted = post(work.session, [(opened.posting, receipt)], work.now)
    if posted is None:
        # It was barred meanwhile, or a sweep was first: it is looked at under its lock.
        work.session.rollback()
        return _conclude(work, charge.msgid, receipt)
    work.session.commit()
    return _view(posted[0])


def _answer_again(
    work: Work, msgid: str, outlet_code: str, lines: Mapping[int, int] | None
) -> SettledView:
    """Answer a request that came second, where it is for the same packs."""
    first = settlement_of(work.session, msgid)
    if first.outlet_code == outlet_code:
        reject_other_lines(work.session, first, lines)
    return _finish(work, first, outlet_code)


def _finish(work: Work, row: SettlementRow, outlet_code: str) -> SettledView:
    """Answer a repeated request: the first answer, or what the platform says of it."""
    if row.outlet_code != outlet_code:
        raise _settled_elsewhere()
    if row.state in {"posted", "reversing"}:
        return settled_view(row)
    if is_running(row, work.now):
        raise StillRunning(int(_CHARGE_TAKES_AT_MOST.total_seconds()))
    msgid = row.msgid
    work.session.rollback()
    return find_out(work, msgid)


def _conclude(work: Work, msgid: str, receipt: Receipt | None) -> SettledView:
    """Post or void a settlement once; whoever comes second finds it done.

    A barred one is not posted: its charge is reversed at the platform, or about to be.
    """
    if receipt is not None:
        post_booked(work, {msgid: receipt})
        return settled_view(settlement_of(work.session, msgid))
    row, prescription = locked_settlement(work.session, msgid)
    if row.state in {"pending", "unknown"}:
        year = booking.locked_year(work.session, row)
        booking.release(year, row, work.now)
        after_void(work.session, prescription, work.now)
        prescription.state = step(prescription.state, "received")
        _note_state(work, row)
    view = settled_view(row)
    work.session.commit()
    return view


def _bar(work: Work, msgid: str) -> bool:
    """Write down that no answer may post a settlement any more; false where one did before."""
    row, _ = locked_settlement(work.session, msgid)
    still_open = row.state in {"pending", "unknown"}
    if still_open:
        row.barred = True
    work.session.commit()
    return still_open


def mark_unknown(work: Work, msgid: str) -> SettledView:
    """Say that nobody knows what became of a charge: the platform does not answer."""
    row, _ = locked_settlement(work.session, msgid)
    if row.state == "pending":
        row.state, row.changed_at = "unknown", work.now
        _note_state(work, row)
    view = settled_view(row)
    work.session.commit()
    return view


def _note_state(work: Work, row: SettlementRow) -> None:
    event = note(
        row.prescription_id, work.now, row.state, by=row.by, detail=row.outlet_code
    )
    work.session.add(event)


def _lost_race(session: Session, prescription_id: UUID) -> Conflict:
    """Say which unique thing another counter took first."""
    if live_settlement(session, prescription_id) is not None:
        return StillRunning(int(_CHARGE_TAKES_AT_MOST.total_seconds()))
    return Conflict(
        Words(
            "扫到的码正在另一处使用。",
            "A scanned code is in use elsewhere at this moment.",
            "请稍候重新扫码。",
            "Wait a moment and scan again.",
        ),
        code="in-use-elsewhere",
    )


def _settled_elsewhere() -> Conflict:
    return Conflict(
        Words(
            "这张处方已在另一家药店结算。",
            "This prescription is held by a settlement at another outlet.",
            "请到原药店取药，或由原药店冲正后再来。",
            "Collect it there, or ask that outlet to reverse its settlement.",
        ),
        code="settled-elsewhere",
    )
