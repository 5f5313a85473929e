"""Mend a difference: ask, send again, take back, or book it with a reason; then look again.

Each act is tied to its difference. What it books falls on the day that is being reconciled,
which is still open; a closed day is not mended.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from dispensing.days import start_of
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, NotFound, Words
from dispensing.gateway import Charge, ChargeDeclined, Unanswered
from dispensing.money import yuan
from dispensing.reconcile import KINDS, REASONS, shares_fen
from dispensing.reconcile.takings import by_method
from dispensing.service.closing_days import reject_closed
from dispensing.service.day_books import till_lines
from dispensing.service.day_views import RunView
from dispensing.service.reconciling import reconcile
from dispensing.service.recovering import finish
from dispensing.service.reversing import begin_reversal, finish_reversal
from dispensing.service.tendering import tender
from dispensing.service.uploads import hurry
from dispensing.tables import (
    DifferenceEventRow,
    DifferenceRow,
    FoundRow,
    LedgerRow,
    PersonRow,
    ReconcileRunRow,
    SettlementRow,
)
from pharmacies import service as pharmacies
from pharmacies.movements import Act, SoldLine
from pharmacies.places import pooling_area

BOOKED_SIGN = {  # how much of what we booked the platform owes more
    "missing_there": -1,
    "reversed_there_only": -1,
    "reversed_here_only": 1,
}
_DECIDES = ("retry", "reverse", "book")  # asking changes nothing


def mend(
    session: Session,
    desk: Desk,
    *,
    difference_id: UUID,
    fix: str,
    reason: str,
    by: str,
    now: datetime,
    outlet_code: str | None = None,
    area: str | None = None,
) -> RunView:
    """Mend one difference in the way that its kind offers, and reconcile its day again.

    `fix` is query, retry, reverse or book, which needs a coded reason. An outlet names
    itself; a bureau may mend any of its pooling `area` (统筹区), all where none is named.
    """
    row = session.get(DifferenceRow, difference_id)
    if (
        row is None
        or (outlet_code is not None and row.outlet_code != outlet_code)
        or (area is not None and pooling_area(row.outlet_code[1:7]) != area)
    ):
        raise NotFound("对账差异", "difference")
    code, day = row.outlet_code, row.day
    reject_closed(session, code, day, hold=False)  # each act holds what it needs
    if fix not in KINDS[row.kind].fixes or (fix == "book" and reason not in REASONS):
        raise _no_such_fix()
    if fix in _DECIDES:
        _reject_past(session, row)
    outcome = _ACTS[fix](Work(session, desk, now), row, by)
    _note(session, difference_id, fix, reason, outcome=outcome, by=by, now=now)
    return reconcile(
        session, desk, outlet_code=code, day=day, by=by, now=now, thorough=True
    )


def _query(work: Work, row: DifferenceRow, by: str) -> str:
    """Ask what the platform has; a settlement left open is finished by it."""
    settlement = _settlement(work.session, row)
    msgid, state = row.msgid or "", settlement.state if settlement else ""
    work.session.rollback()
    if row.kind == "unknown":
        done = finish(work, msgid, state)
        return "finished" if done else "no answer"
    try:
        receipt = work.desk.gateway.query(msgid)
    except Unanswered:
        return "no answer"
    if receipt is None:
        return "not booked"
    where = f" at {receipt.outlet_code}" if receipt.outlet_code else ""
    return f"booked{where}" + (f" on {receipt.on}" if receipt.on else "")


def _retry(work: Work, row: DifferenceRow, by: str) -> str:
    """Send again what the platform lacks: the charge, or the reversal, by its own number."""
    if row.kind == "till_method":
        return _by_till(work, row, by)
    if row.kind.startswith("stock_"):
        return _move_stock(work, row, by)
    settlement = _settlement(work.session, row)
    assert settlement is not None
    if row.kind == "upload_missing":
        return hurry(work.session, settlement.id, by=by, now=work.now)
    return _tell_again(work, row, settlement)


def _tell_again(work: Work, row: DifferenceRow, settlement: SettlementRow) -> str:
    charge = _charge(work.session, settlement)
    at = start_of(row.day) + timedelta(days=1, seconds=-1)
    kind, msgid = row.kind, settlement.msgid
    work.session.rollback()
    try:
        if kind == "reversed_here_only":
            work.desk.gateway.reverse(msgid, at)
            return "reversed there"
        work.desk.gateway.charge(charge)
    except ChargeDeclined as error:
        return f"declined: {error}"
    except Unanswered:
        return "no answer"
    return "booked there"


def _reverse(work: Work, row: DifferenceRow, by: str) -> str:
    """Take back: our settlement on both sides, or what only the platform has."""
    settlement = _settlement(work.session, row)
    if settlement is not None and settlement.outlet_code != row.outlet_code:
        raise _settled_elsewhere(settlement.outlet_code)
    msgid, kind, day = row.msgid or "", row.kind, row.day
    if settlement is None or settlement.state not in {"posted", "reversing"}:
        work.session.rollback()
        try:
            work.desk.gateway.reverse(msgid, work.now)
        except Unanswered:
            return "no answer"
        return "reversed there"
    begin_reversal(work, settlement.id, settlement.outlet_code, "wrong_entry")
    work.session.commit()
    # The platform has taken it back on that day: so do our books.
    on = day if kind == "reversed_there_only" else None
    return finish_reversal(work, msgid, by, on).state


def _book(work: Work, row: DifferenceRow, by: str) -> str:
    """Book the difference as one: what the platform owes more or less, with its reason."""
    reject_closed(work.session, row.outlet_code, row.day)
    _reject_past(work.session, row)  # once more, now that nobody else mends it
    owed_fen = _owed_fen(work.session, row)
    if not owed_fen:
        return "booked"
    debit, credit = "receivable", "difference"
    if owed_fen < 0:
        debit, credit = credit, debit
    work.session.add(
        LedgerRow(
            entry="difference",
            debit=debit,
            credit=credit,
            amount_fen=abs(owed_fen),
            outlet_code=row.outlet_code,
            year=row.day.year,
            on=row.day,
            at=work.now,
            by=by,
        )
    )
    return f"booked {yuan(owed_fen)}"


def _owed_fen(session: Session, row: DifferenceRow) -> int:
    """Tell how much more than our books say the platform owes the outlet.

    What only the platform has is owed, too, until it is taken back there.
    """
    if row.kind == "amount":
        return 0 if row.detail == "total" else row.theirs - row.ours
    sign = BOOKED_SIGN.get(row.kind, 0)
    if row.kind == "outlet_swapped":
        sign = 1 if row.theirs > row.ours else -1  # a refund weighs the other way
    settlement = _settlement(session, row) if sign else None
    if settlement is None:
        return shares_fen(row.detail)
    parts = (settlement.fund_fen, settlement.account_fen, settlement.mutual_aid_fen)
    return sign * sum(parts)


def _reject_past(session: Session, row: DifferenceRow) -> None:
    """Raise Conflict where a difference was booked, or is gone from the day's last run."""
    done = select(DifferenceEventRow.id).where(
        col(DifferenceEventRow.difference_id) == row.id,
        col(DifferenceEventRow.kind) == "book",
    )
    if session.exec(done).first() is not None:
        raise _booked_before()
    last = select(func.max(ReconcileRunRow.id)).where(
        col(ReconcileRunRow.outlet_code) == row.outlet_code,
        col(ReconcileRunRow.day) == row.day,
    )
    found = session.get(FoundRow, (session.exec(last).one(), row.id))
    if found is None:
        raise _mended_before()


def _by_till(work: Work, row: DifferenceRow, by: str) -> str:
    """Take over how the till says that the patient's share was paid."""
    settlement = _settlement(work.session, row)
    assert settlement is not None
    _, lines = till_lines(work.session, row.outlet_code, row.day)
    parts = by_method(line for line in lines if line.msgid == settlement.msgid)
    tender(
        work.session,
        settlement_id=settlement.id,
        outlet_code=settlement.outlet_code,
        parts=parts,
        by=by,
        now=work.now,
        on=row.day,
    )
    return " ".join(f"{method} {yuan(fen)}" for method, fen in sorted(parts.items()))


def _move_stock(work: Work, row: DifferenceRow, by: str) -> str:
    """Write what a settlement's line lacks in the stock, or take back what is too much."""
    reject_closed(work.session, row.outlet_code, row.day)
    settlement = _settlement(work.session, row)
    assert settlement is not None
    line_no, medicine_code = row.detail.split(" ", 1)
    act = Act(
        row.outlet_code,
        row.day,
        work.now,
        by,
        settlement.id,
        row.id,
        "reconciled",
    )
    lacking = row.ours - row.theirs
    pharmacies.correct(
        work.session, act, SoldLine(int(line_no), medicine_code, lacking)
    )
    return f"{-lacking:+d}"


_ACTS: dict[str, Callable[[Work, DifferenceRow, str], str]] = {
    "query": _query,
    "retry": _retry,
    "reverse": _reverse,
    "book": _book,
}


def _settlement(session: Session, row: DifferenceRow) -> SettlementRow | None:
    """Return the settlement that a difference is tied to, if we have it."""
    if row.event_kind == "settlement":
        return session.get(SettlementRow, UUID(row.event_id))
    query = select(SettlementRow).where(col(SettlementRow.msgid) == (row.msgid or ""))
    return session.exec(query).first()


def _charge(session: Session, row: SettlementRow) -> Charge:
    return Charge(
        msgid=row.msgid,
        person_no=row.person_no,
        scheme=session.get_one(PersonRow, row.person_no).scheme,
        outlet_code=row.outlet_code,
        total_fen=row.total_fen,
        fund_fen=row.fund_fen,
        account_fen=row.account_fen,
        mutual_aid_fen=row.mutual_aid_fen,
        at=row.opened_at,
    )


def _note(
    session: Session,
    difference_id: UUID,
    fix: str,
    reason: str,
    *,
    outcome: str,
    by: str,
    now: datetime,
) -> None:
    """Tie what was done to the difference; a difference is booked once."""
    row = session.get_one(DifferenceRow, difference_id)
    session.add(
        DifferenceEventRow(
            difference_id=row.id,
            outlet_code=row.outlet_code,
            kind=fix,
            reason=reason,
            outcome=outcome,
            at=now,
            by=by,
        )
    )
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise _booked_before() from error


def _no_such_fix() -> Conflict:
    return Conflict(
        Words(
            "这类差异不能这样处理，或没有选择原因。",
            "This kind of difference is not mended like that, or no reason was given.",
            "请选择页面上列出的处理方式；登记差异须选原因。",
            "Choose one of the ways that are offered; booking needs a reason.",
        ),
        code="no-such-fix",
    )


def _mended_before() -> Conflict:
    return Conflict(
        Words(
            "上次对账已经没有这条差异。",
            "The last comparison of the day does not have this difference any more.",
            "请刷新页面，按最近一次对账的结果处理。",
            "Refresh the page and mend what the last comparison has found.",
        ),
        code="mended-before",
    )


def _settled_elsewhere(outlet_code: str) -> Conflict:
    return Conflict(
        Words(
            f"这笔结算由 {outlet_code} 办理，不能在这里冲正。",
            f"{outlet_code} has made this settlement; it is not reversed from here.",
            "请由该机构冲正，或登记差异。",
            "Ask that outlet to reverse it, or book the difference.",
        ),
        code="settled-elsewhere",
    )


def _booked_before() -> Conflict:
    return Conflict(
        Words(
            "这条差异已经登记过。",
            "This difference was booked before.",
            "请刷新页面。",
            "Refresh the page.",
        ),
        code="booked-before",
    )
