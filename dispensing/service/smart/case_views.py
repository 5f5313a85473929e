"""Cases of smart audit as they are shown: what they rest on, how they stand, what came of them."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.smart import cases
from dispensing.smart.rules import rule
from dispensing.tables import (
    SmartCaseClaimRow,
    SmartCaseRow,
    SmartRecoveryRow,
    SmartTurnRow,
)

OF_SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class AuditTurn:
    """One thing that became of a case."""

    kind: str
    role: str
    words: str
    outcome: str | None
    recover_fen: int
    by: str
    second: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditedClaim:
    """One claim of a case: what the fund paid, what is at stake, what was taken back."""

    claim: str
    fund_fen: int
    stake_fen: int
    recovered_fen: int


@dataclass(frozen=True, slots=True)
class AuditCase:
    """One case: what it rests on, how it stands, and by when who has to act."""

    id: UUID
    outlet_code: str
    rule: str
    zh: str
    en: str
    clause: str
    quote: str
    alarm_id: str | None
    stake_fen: int
    words: str
    state: str
    due: date | None
    outcome: str
    recover_fen: int
    recovered_fen: int
    published: bool
    claims: tuple[AuditedClaim, ...]
    turns: tuple[AuditTurn, ...]
    answer_by: date
    at: datetime


def view(session: Session, row: SmartCaseRow, today: date) -> AuditCase:
    """Show a case as it stands on a day."""
    said = None if row.rule == OF_SAMPLE else rule(row.rule)
    found = standing_of(session, row, today)
    claims = claims_of(session, row.id)
    turns = turns_of(session, row.id)
    return AuditCase(
        id=row.id,
        outlet_code=row.outlet_code,
        rule=row.rule,
        zh=said.zh if said else "抽样检查",
        en=said.en if said else "Spot check",
        clause=f"{said.document} {said.clause}" if said else "lincang-2024 二（五）10",
        quote=said.quote if said else "定期抽查医保医师“两病”认定和诊疗服务工作",
        alarm_id=row.alarm_id,
        stake_fen=row.stake_fen,
        words=row.words,
        state=found.state,
        due=found.due,
        outcome=found.outcome,
        recover_fen=found.recover_fen,
        recovered_fen=sum(one.recovered_fen for one in claims),
        published=any(one.kind == "published" for one in turns),
        claims=claims,
        turns=tuple(_turn(one) for one in turns),
        answer_by=row.answer_by,
        at=row.at,
    )


def turns_of(session: Session, case_id: UUID) -> list[SmartTurnRow]:
    """List what became of a case, the first first."""
    query = select(SmartTurnRow).where(col(SmartTurnRow.case_id) == case_id)
    return list(session.exec(query.order_by(col(SmartTurnRow.id))))


def standing_of(session: Session, row: SmartCaseRow, today: date) -> cases.Standing:
    """Tell how a case stands on a day."""
    turns = (
        cases.Turn(one.kind, day_of(one.at), one.outcome or "", one.recover_fen)
        for one in turns_of(session, row.id)
    )
    return cases.standing(turns, row.answer_by, today)


def without_names(one: AuditCase) -> AuditCase:
    """Leave out whom and where a case is about."""
    return replace(one, outlet_code="", words="", claims=(), turns=(), alarm_id=None)


def claims_of(session: Session, case_id: UUID) -> tuple[AuditedClaim, ...]:
    """List the claims of a case, and what was taken back of each."""
    query = select(SmartCaseClaimRow).where(col(SmartCaseClaimRow.case_id) == case_id)
    taken = select(SmartRecoveryRow).where(col(SmartRecoveryRow.case_id) == case_id)
    back = {str(one.settlement_id): one.amount_fen for one in session.exec(taken)}
    return tuple(
        AuditedClaim(one.claim, one.fund_fen, one.stake_fen, back.get(one.claim, 0))
        for one in session.exec(query.order_by(col(SmartCaseClaimRow.claim)))
    )


def _turn(one: SmartTurnRow) -> AuditTurn:
    return AuditTurn(
        kind=one.kind,
        role=one.role,
        words=one.words,
        outcome=one.outcome,
        recover_fen=one.recover_fen,
        by=one.by,
        second=one.second,
        at=one.at,
    )
