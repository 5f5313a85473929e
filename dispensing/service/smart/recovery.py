"""Book what a case takes back: once, within what the fund paid, with its rows in one act."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.errors import Conflict, Words
from dispensing.ledger import Transfer, recovery_transfer
from dispensing.service.booking import ledger_row
from dispensing.service.receiving import prescription_row
from dispensing.service.smart.case_views import AuditCase, turns_of, view
from dispensing.service.smart.cases import add_turn, case_row, done, permit
from dispensing.smart.cases import shared
from dispensing.tables import (
    LedgerRow,
    SettlementRow,
    SmartCaseClaimRow,
    SmartCaseRow,
    SmartRecoveryRow,
)

ENTRY = "recover"
TAKEN_BACK = Words(
    "这笔结算的基金支付已由审核案件追回，不能再冲正。",
    "A case has taken the fund's payment back: the settlement is not reversed any more.",
    "请在“审核案件”里查看，有疑问联系医保经办机构。",
    "Look at the cases of audit, and ask the bureau.",
)
NO_ROOM = Words(
    "基金对这些结算的支付已经冲正或追回，余额不足以追回这个数额。",
    "What the fund paid for these claims was reversed or taken back: not enough is left.",
    "请核对案件里的结算，按余额重新决定。",
    "Look at the claims of the case.",
)


def book(
    session: Session, case_id: UUID, *, place: str, role: str, by: str, now: datetime
) -> AuditCase:
    """Book the recovery of a closed case in the ledger; asking again books nothing more.

    The case and its settlements are locked: of two at once one books, the other sees it
    booked. Whoever is cut off leaves nothing or all of it.
    """
    row = case_row(session, case_id, place=place, outlet=None, lock=True)
    if "booked" in {one.kind for one in turns_of(session, row.id)}:
        return view(session, row, day_of(now))
    found = permit(session, row, "booked", day_of(now))
    settlements = _locked(session, row)
    room = {str(one.id): _room_fen(session, one) for one in settlements}
    given = shared(found.recover_fen, room, _stakes(session, row, room))
    if given is None:
        raise Conflict(NO_ROOM, code="no-room")
    for one in settlements:
        amount_fen = given.get(str(one.id), 0)
        if amount_fen:
            _take_back(session, row, one, amount_fen, by=by, now=now)
    add_turn(
        session,
        row,
        "booked",
        words="",
        role=role,
        by=by,
        now=now,
        recover_fen=sum(given.values()),
    )
    return done(session, row, day_of(now))


def recovered_fen(session: Session, settlement_id: UUID) -> int:
    """Sum what was taken back for a settlement, by whatever cases."""
    query = select(func.sum(SmartRecoveryRow.amount_fen)).where(
        col(SmartRecoveryRow.settlement_id) == settlement_id
    )
    return int(session.exec(query).one() or 0)


def taken_back() -> Conflict:
    """Say that a settlement is not reversed any more: a case has taken its payment back."""
    return Conflict(TAKEN_BACK, code="taken-back")


def owed_fen(session: Session, outlet_code: str) -> int:
    """Sum what an outlet was to give back to the fund."""
    query = select(func.sum(LedgerRow.amount_fen)).where(
        col(LedgerRow.outlet_code) == outlet_code, col(LedgerRow.entry) == ENTRY
    )
    return int(session.exec(query).one() or 0)


def _take_back(
    session: Session,
    row: SmartCaseRow,
    settlement: SettlementRow,
    amount_fen: int,
    *,
    by: str,
    now: datetime,
) -> None:
    move: Transfer = recovery_transfer(amount_fen)
    session.add(
        SmartRecoveryRow(
            case_id=row.id,
            settlement_id=settlement.id,
            amount_fen=amount_fen,
            by=by,
            at=now,
        )
    )
    session.add(ledger_row(settlement, ENTRY, move, by=by, on=day_of(now), now=now))


def _locked(session: Session, row: SmartCaseRow) -> Sequence[SettlementRow]:
    """Lock a case's settlements behind their prescriptions, as whoever reverses them does.

    What is not kept here has no room.
    """
    claims = select(SmartCaseClaimRow.claim).where(
        col(SmartCaseClaimRow.case_id) == row.id
    )
    ids = [found for one in session.exec(claims) if (found := _uuid(one))]
    query = select(SettlementRow).where(col(SettlementRow.id).in_(ids))
    for prescription_id in sorted({one.prescription_id for one in session.exec(query)}):
        prescription_row(session, prescription_id, lock=True)
    fresh = query.order_by(col(SettlementRow.id)).with_for_update()
    return session.exec(fresh.execution_options(populate_existing=True)).all()


def _room_fen(session: Session, one: SettlementRow) -> int:
    if one.state != "posted":
        return 0
    return max(0, one.fund_fen - recovered_fen(session, one.id))


def _stakes(
    session: Session, row: SmartCaseRow, room: dict[str, int]
) -> dict[str, int]:
    query = select(SmartCaseClaimRow).where(col(SmartCaseClaimRow.case_id) == row.id)
    return {
        one.claim: one.stake_fen for one in session.exec(query) if one.claim in room
    }


def _uuid(claim: str) -> UUID | None:
    try:
        return UUID(claim)
    except ValueError:
        return None
