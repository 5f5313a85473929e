"""Cases of smart audit: opened once, the outlet heard, decided on by two, ruled on if appealed."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.approvals import Needed
from dispensing.audit import pooling_area
from dispensing.days import day_of
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.approving import (
    Party,
    ask_second,
    changed_since,
    content_of,
    use,
)
from dispensing.service.smart.case_views import (
    OF_SAMPLE,
    AuditCase,
    claims_of,
    standing_of,
    turns_of,
    view,
    without_names,
)
from dispensing.service.smart.runs import alarm_row, evidence_of
from dispensing.smart import cases
from dispensing.tables import (
    ProposalRow,
    SmartCaseClaimRow,
    SmartCaseRow,
    SmartFindingRow,
    SmartSampleClaimRow,
    SmartTurnRow,
)

NOT_NOW = Words(
    "这个案件现在不能这样处理。",
    "This cannot be done with the case now.",
    "请刷新页面，看案件现在的状态。",
    "Refresh the page and see how the case stands.",
)
OPENED_BEFORE = Words(
    "这些结算已经在同一规则的另一个案件里。",
    "These claims are in a case of the same rule already.",
    "请打开已有的案件。",
    "Open the case that is there.",
)
_MAY: Mapping[str, tuple[str, ...]] = {
    "answered": ("heard", "unanswered"),
    "decided": ("answered", "unanswered"),
    "accepted": ("decided",),
    "appealed": ("decided",),
    "ruled": ("appealed",),
    "booked": ("closed",),
    "published": ("closed", "recovered"),
}


def open_case(
    session: Session, alarm_id: str, *, words: str, place: str, by: str, now: datetime
) -> AuditCase:
    """Open the case of an alarm once; asking again gives the same case."""
    alarm = alarm_row(session, alarm_id, place)
    there = select(SmartCaseRow).where(col(SmartCaseRow.alarm_id) == alarm_id)
    row = session.exec(there).first()
    if row is not None:
        return view(session, row, day_of(now))
    fund: dict[str, list[int]] = {}
    for one in evidence_of(alarm):
        sums = fund.setdefault(one.claim, [0, 0])
        sums[0] += one.fund_fen
        sums[1] += one.stake_fen
    row = SmartCaseRow(
        outlet_code=alarm.outlet_code,
        rule=alarm.rule,
        alarm_id=alarm.id,
        stake_fen=alarm.stake_fen,
        words=words,
        answer_by=cases.answer_by(day_of(now)),
        by=by,
        at=now,
    )
    about = f"{alarm.rule}|{alarm.subject}"
    try:
        return _opened(session, row, {c: (f, s) for c, (f, s) in fund.items()}, about)
    except Conflict:
        found = session.exec(there).first()  # another officer was first
        if found is None:
            raise
        return view(session, found, day_of(now))


def open_case_of_sample(
    session: Session,
    sample_id: UUID,
    claim: str,
    *,
    words: str,
    place: str,
    by: str,
    now: datetime,
) -> AuditCase:
    """Open the case of a claim that was found wrong in a sample; once."""
    drawn = session.get(SmartSampleClaimRow, (sample_id, claim))
    found = session.exec(
        select(SmartFindingRow).where(
            col(SmartFindingRow.sample_id) == sample_id,
            col(SmartFindingRow.claim) == claim,
        )
    ).first()
    if drawn is None or (found and place and found.place != place):
        raise NotFound("这笔样本", "claim of the sample")
    if found is None or not found.wrong_fen:
        raise not_now()
    there = select(SmartCaseRow).where(
        col(SmartCaseRow.sample_id) == sample_id,
        col(SmartCaseRow.sample_claim) == claim,
    )
    row = session.exec(there).first()
    if row is not None:
        return view(session, row, day_of(now))
    row = SmartCaseRow(
        outlet_code=drawn.outlet_code,
        rule=OF_SAMPLE,
        sample_id=sample_id,
        sample_claim=claim,
        stake_fen=found.wrong_fen,
        words=words,
        answer_by=cases.answer_by(day_of(now)),
        by=by,
        at=now,
    )
    amounts = {claim: (drawn.fund_fen, found.wrong_fen)}
    return _opened(session, row, amounts, f"{OF_SAMPLE}|{claim}")


def case(
    session: Session, case_id: UUID, *, place: str, outlet: str | None, today: date
) -> AuditCase:
    """Give one case of an area, or of an outlet; NotFound for another's."""
    return view(session, case_row(session, case_id, place=place, outlet=outlet), today)


def listed(
    session: Session, *, place: str, outlet: str | None, today: date
) -> tuple[AuditCase, ...]:
    """List the cases of an area, or of an outlet, the latest first."""
    query = select(SmartCaseRow).order_by(
        col(SmartCaseRow.at).desc(), col(SmartCaseRow.id)
    )
    if outlet is not None:
        query = query.where(col(SmartCaseRow.outlet_code) == outlet)
    elif place:
        query = query.where(col(SmartCaseRow.outlet_code).like(f"_{place}%"))
    return tuple(view(session, row, today) for row in session.exec(query.limit(300)))


def answer(
    session: Session,
    case_id: UUID,
    kind: str,
    words: str,
    *,
    outlet: str,
    role: str,
    by: str,
    now: datetime,
) -> AuditCase:
    """Answer, accept or appeal as the outlet; asking again gives the case as it stands."""
    assert kind in {"answered", "accepted", "appealed"}, kind
    row = case_row(session, case_id, place="", outlet=outlet, lock=True)
    if kind in {one.kind for one in turns_of(session, row.id)}:
        return view(session, row, day_of(now))
    permit(session, row, kind, day_of(now))
    add_turn(session, row, kind, words=words, role=role, by=by, now=now)
    return done(session, row, day_of(now))


def propose_decision(
    session: Session,
    case_id: UUID,
    *,
    outcome: str,
    recover_fen: int,
    reason: str,
    place: str,
    by: Party,
    now: datetime,
) -> None:
    """Ask for a decision, or the ruling on an appeal; always raises SecondNeeded."""
    row = case_row(session, case_id, place=place, outlet=None)
    if not cases.fits(outcome, recover_fen, sum(_funds(session, row))):
        raise Malformed([FieldError("recover_fen", "0 to what the fund has paid")])
    state = standing_of(session, row, day_of(now)).state
    kind = "ruled" if state == "appealed" else "decided"
    permit(session, row, kind, day_of(now))
    content = {
        "case_id": str(row.id),
        "act": kind,
        "outlet_code": row.outlet_code,
        "outcome": outcome,
        "recover_fen": recover_fen,
    }
    needed = Needed(
        "case", pooling_area(row.outlet_code), content, _basis(session, row), reason
    )
    raise ask_second(session, needed, by=by, now=now)


def carry_decision(
    session: Session, proposal: ProposalRow, *, by: str, now: datetime
) -> None:
    """Write the approved decision down; the caller commits it with the approval."""
    said = content_of(proposal)
    row = case_row(session, UUID(said["case_id"]), place="", outlet=None, lock=True)
    if _basis(session, row) != proposal.basis:
        raise changed_since()
    permit(session, row, said["act"], day_of(now))
    add_turn(
        session,
        row,
        said["act"],
        words=proposal.reason,
        role=proposal.role,
        by=proposal.by,
        second=by,
        outcome=said["outcome"],
        recover_fen=said["recover_fen"],
        now=now,
    )
    use(session, proposal, by=proposal.by, now=now)


def publish(
    session: Session, case_id: UUID, *, place: str, role: str, by: str, now: datetime
) -> AuditCase:
    """Publish a case that was confirmed as a typical one: no person, no outlet is named (C10)."""
    row = case_row(session, case_id, place=place, outlet=None, lock=True)
    if "published" in {one.kind for one in turns_of(session, row.id)}:
        return view(session, row, day_of(now))
    found = permit(session, row, "published", day_of(now))
    if found.outcome not in ("confirmed", "partly"):
        raise not_now()
    add_turn(session, row, "published", words="", role=role, by=by, now=now)
    return done(session, row, day_of(now))


def typical(session: Session, *, today: date) -> tuple[AuditCase, ...]:
    """List what was published, as everybody may read it: without people, outlets and claims."""
    published = select(SmartTurnRow.case_id).where(
        col(SmartTurnRow.kind) == "published"
    )
    query = select(SmartCaseRow).where(col(SmartCaseRow.id).in_(published))
    rows = session.exec(query.order_by(col(SmartCaseRow.at).desc()).limit(100))
    return tuple(without_names(view(session, row, today)) for row in rows)


def case_row(
    session: Session,
    case_id: UUID,
    *,
    place: str,
    outlet: str | None,
    lock: bool = False,
) -> SmartCaseRow:
    """Find the row of a case, locked where asked: two who act on it do so one after another."""
    row = session.get(SmartCaseRow, case_id, with_for_update=lock)
    mine = row is not None and (
        (outlet is None or row.outlet_code == outlet)
        and (not place or pooling_area(row.outlet_code) == place)
    )
    if row is None or not mine:
        raise NotFound("这个案件", "case")
    return row


def permit(
    session: Session, row: SmartCaseRow, kind: str, today: date
) -> cases.Standing:
    """Hold an act to how the case stands."""
    found = standing_of(session, row, today)
    if found.state not in _MAY[kind]:
        raise not_now()
    return found


def add_turn(
    session: Session,
    row: SmartCaseRow,
    kind: str,
    *,
    words: str,
    role: str,
    by: str,
    now: datetime,
    second: str | None = None,
    outcome: str | None = None,
    recover_fen: int = 0,
) -> None:
    """Write down what becomes of a case; the caller commits."""
    session.add(
        SmartTurnRow(
            case_id=row.id,
            outlet_code=row.outlet_code,
            kind=kind,
            role=role,
            words=words,
            outcome=outcome,
            recover_fen=recover_fen,
            by=by,
            second=second,
            at=now,
        )
    )


def done(session: Session, row: SmartCaseRow, today: date) -> AuditCase:
    """Commit an act; where another did the same in this instant, the case is as that left it."""
    case_id = row.id
    try:
        session.flush()
        found = view(session, row, today)
        session.commit()
    except IntegrityError:
        session.rollback()
        return view(session, session.get_one(SmartCaseRow, case_id), today)
    return found


def not_now() -> Conflict:
    """Say that a case does not allow what was asked."""
    return Conflict(NOT_NOW, code="case-not-now")


def _opened(
    session: Session,
    row: SmartCaseRow,
    amounts: Mapping[str, tuple[int, int]],
    about: str,
) -> AuditCase:
    session.add(row)
    try:
        session.flush()
        for claim, (fund_fen, stake_fen) in sorted(amounts.items()):
            session.add(
                SmartCaseClaimRow(
                    case_id=row.id,
                    claim=claim,
                    about=about,
                    fund_fen=fund_fen,
                    stake_fen=stake_fen,
                )
            )
        session.flush()
        found = view(session, row, day_of(row.at))
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise Conflict(OPENED_BEFORE, code="case-opened-before") from error
    return found


def _funds(session: Session, row: SmartCaseRow) -> list[int]:
    return [one.fund_fen for one in claims_of(session, row.id)]


def _basis(session: Session, row: SmartCaseRow) -> str:
    """Name what a decision rests on: what was said before it."""
    return ",".join(one.kind for one in turns_of(session, row.id))
