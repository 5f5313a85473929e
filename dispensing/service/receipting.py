"""Issue receipts (结算凭证): written and signed when first asked for, the same bytes ever after.

Nothing here runs inside a settlement. The facts are read and let go before the signature is
made, so that a slow algorithm keeps nobody waiting for the database.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.assess import assess
from dispensing.checks import Finding
from dispensing.days import day_of
from dispensing.desk import Desk, Reader, Work
from dispensing.errors import Conflict, NotFound, Words
from dispensing.receipts import (
    AMOUNTS,
    KINDS,
    Act,
    Check,
    Checked,
    Signed,
    Statement,
    sign,
)
from dispensing.records import from_record
from dispensing.replay import Kept, differences
from dispensing.service.decisions import record_of
from dispensing.service.people import name_of, person_row, record_read
from dispensing.service.texts import TextMissing, rules_kept
from dispensing.signing import SigningKey
from dispensing.tables import (
    AssessmentRow,
    EventRow,
    PrescriptionRow,
    ReceiptRow,
    SettlementRow,
    VerdictRow,
)
from dispensing.vault import mask_name
from pharmacies import service as pharmacies

log = logging.getLogger(__name__)

Signer = Callable[[], SigningKey]
_POSTED = ("posted", "reversing", "reversed")
_SWEPT = timedelta(days=2)  # older ones are issued when somebody asks
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as it was issued: its text as a record, its signature, its printed token."""

    id: str
    settlement_id: UUID
    kind: str
    issued_at: datetime
    receipt: Mapping[str, Any]
    jws: str
    token: str
    key_id: str

    @property
    def file(self) -> dict[str, Any]:
        """Give what is handed out and can be verified: text, signature and token."""
        return {"receipt": self.receipt, "jws": self.jws, "token": self.token}


@dataclass(frozen=True, slots=True)
class ReceiptLink:
    """One receipt that may be asked for; it is issued when it is."""

    settlement_id: UUID
    kind: str
    on: date
    total_fen: int


def receipt(
    work: Work, signer: Signer, settlement_id: UUID, kind: str, *, reader: Reader
) -> ReceiptView:
    """Return the receipt of a settlement or of its reversal; the read is recorded.

    Raises Conflict where the settlement was not posted, or not reversed.
    """
    row = _issued(work, signer, settlement_id, kind)
    view = _view(row)
    person_no = _settlement(work.session, settlement_id).person_no
    record_read(work.session, person_no, reader, work.now)
    work.session.commit()
    return view


def receipts_of(
    session: Session, prescription_id: UUID, *, outlet_code: str | None = None
) -> tuple[ReceiptLink, ...]:
    """List the receipts that a prescription's settlements have a right to, the latest first."""
    query = select(SettlementRow).where(
        col(SettlementRow.prescription_id) == prescription_id,
        col(SettlementRow.state).in_(_POSTED),
    )
    rows = session.exec(query.order_by(col(SettlementRow.opened_at).desc()))
    return tuple(
        ReceiptLink(row.id, kind, row.on, row.total_fen)
        for row in rows
        # Not asked of the database: it might go through all that the outlet ever settled.
        if outlet_code in (None, row.outlet_code)
        for kind in (KINDS if row.state == "reversed" else KINDS[:1])
    )


def settlement_owners(session: Session, settlement_id: UUID) -> tuple[str, str, UUID]:
    """Tell whose settlement it is: the person, the outlet, the prescription."""
    row = _settlement(session, settlement_id)
    return row.person_no, row.outlet_code, row.prescription_id


def receipt_standing(session: Session, receipt_id: str) -> str | None:
    """Tell what became of a receipt's settlement since; None where it is not known here."""
    row = session.get(ReceiptRow, receipt_id)
    return None if row is None else _settlement(session, row.settlement_id).state


def issue_receipts(
    session: Session, desk: Desk, signer: Signer, *, now: datetime
) -> int:
    """Issue what recent settlements and reversals have no receipt of yet; tells how many.

    The sooner it is written, the surer the rules of its day can still be asked.
    """
    work, issued = Work(session, desk, now), 0
    for settlement_id, kind in _missing(session, day_of(now - _SWEPT)):
        try:
            _issued(work, signer, settlement_id, kind)
            issued += 1
        except Exception as error:
            session.rollback()
            kind_of = type(error).__name__  # its text may carry a person's data
            log.error("receipt of %s is not issued: %s", settlement_id, kind_of)
    return issued


def _missing(session: Session, since: date) -> list[tuple[UUID, str]]:
    """Find settlements, and reversals, of recent days without their receipt."""
    found: list[tuple[UUID, str]] = []
    for kind, states in zip(KINDS, (_POSTED, ("reversed",)), strict=True):
        has_one = select(ReceiptRow.id).where(
            col(ReceiptRow.settlement_id) == col(SettlementRow.id),
            col(ReceiptRow.kind) == kind,
        )
        query = (
            select(SettlementRow.id)
            .where(
                col(SettlementRow.on) >= since,
                col(SettlementRow.state).in_(states),
                ~has_one.exists(),
            )
            .order_by(col(SettlementRow.opened_at))
            .limit(_AT_ONCE)
        )
        found += [(settlement_id, kind) for settlement_id in session.exec(query)]
    session.rollback()
    return found


def _issued(work: Work, signer: Signer, settlement_id: UUID, kind: str) -> ReceiptRow:
    found = _find(work.session, settlement_id, kind)
    if found is not None:
        return found
    reverses = None
    if kind == "reversal":
        _reversal(work.session, _settlement(work.session, settlement_id))
        reverses = _issued(work, signer, settlement_id, KINDS[0]).id
    said = _statement(work, settlement_id, kind, reverses)
    work.session.rollback()  # nobody waits for the signature
    row = _row(said, sign(said, _key(signer, said.issued_at)))
    work.session.add(row)
    try:
        work.session.commit()
    except IntegrityError:
        # Somebody asked at the same moment: theirs is the receipt.
        work.session.rollback()
        found = _find(work.session, settlement_id, kind)
        assert found is not None
        return found
    return row


def _find(session: Session, settlement_id: UUID, kind: str) -> ReceiptRow | None:
    query = select(ReceiptRow).where(
        col(ReceiptRow.settlement_id) == settlement_id, col(ReceiptRow.kind) == kind
    )
    return session.exec(query).first()


def _key(signer: Signer, at: datetime) -> SigningKey:
    key = signer()
    if not key.public.is_valid_at(at):
        raise Conflict(
            Words(
                "签名密钥此刻还没有生效，不能出具凭证。",
                "The signing key is not valid at this instant; no receipt is issued.",
                "请联系平台运营方核对服务器时间。",
                "Ask the operator to look at the server's clock.",
            ),
            code="no-signing-key",
        )
    return key


def _row(said: Statement, signed: Signed) -> ReceiptRow:
    return ReceiptRow(
        id=signed.id,
        settlement_id=said.settlement_id,
        kind=said.kind,
        text=signed.text,
        jws=signed.jws,
        token=signed.token,
        key_id=signed.key_id,
        issued_at=said.issued_at,
    )


def _view(row: ReceiptRow) -> ReceiptView:
    return ReceiptView(
        id=row.id,
        settlement_id=row.settlement_id,
        kind=row.kind,
        issued_at=row.issued_at,
        receipt=json.loads(row.text),
        jws=row.jws,
        token=row.token,
        key_id=row.key_id,
    )


def _statement(
    work: Work, settlement_id: UUID, kind: str, reverses: str | None
) -> Statement:
    session = work.session
    row = _settlement(session, settlement_id)
    act = _reversal(session, row) if kind == "reversal" else _posting(session, row)
    rx = session.get(PrescriptionRow, row.prescription_id)
    answer = session.get(AssessmentRow, row.assessment_id)
    assert rx is not None and answer is not None
    checked, labels = _checked(work, answer, row.override)
    sign_of = -1 if kind == "reversal" else 1
    return Statement(
        kind=kind,
        issued_at=work.now.replace(microsecond=0),
        settlement_id=row.id,
        msgid=row.msgid,
        platform_no=row.receipt,
        on=row.on,
        act=act,
        reverses=reverses,
        outlet_code=row.outlet_code,
        outlet_name=pharmacies.outlet(session, row.outlet_code).name,
        prescription_no=rx.hosp_rx_no,
        issuer=rx.issuer,
        patient=_masked_name(work, row.person_no),
        voucher=row.voucher,
        tender=row.tender,
        amounts={name: sign_of * getattr(row, name) for name in AMOUNTS},
        checked=checked,
        rules=dict(answer.versions),
        labels=labels,
    )


def _posting(session: Session, row: SettlementRow) -> Act:
    """Say when it was posted: by the first such event since it was opened."""
    if row.state not in _POSTED:
        raise _no_receipt(
            "这笔结算没有入账，没有凭证。", "The settlement is not posted."
        )
    found = _event(session, row, "posted")
    return Act(found.at if found else row.opened_at, row.by)


def _reversal(session: Session, row: SettlementRow) -> Act:
    if row.state != "reversed":
        raise _no_receipt("这笔结算没有冲正。", "The settlement is not reversed.")
    found = _event(session, row, "reversed")
    who = found.by if found else "system"
    return Act(found.at if found else row.changed_at, who, row.reversal_reason)


def _event(session: Session, row: SettlementRow, kind: str) -> EventRow | None:
    query = select(EventRow).where(
        col(EventRow.prescription_id) == row.prescription_id,
        col(EventRow.kind) == kind,
        col(EventRow.at) >= row.opened_at,
    )
    return session.exec(query.order_by(col(EventRow.id)).limit(1)).first()


def _checked(
    work: Work, row: AssessmentRow, override: str | None
) -> tuple[Checked, tuple[str, ...]]:
    """Ask the rules of that day again; where they are no longer the same, tell what was kept."""
    query = select(VerdictRow).where(col(VerdictRow.assessment_id) == row.id)
    verdicts = {each.check_id: each.verdict for each in work.session.exec(query)}
    found, labels = _asked_again(work.session, work.desk, row, verdicts)
    checks = tuple(
        Check(each.check, each.verdict, each.document, each.clause)
        for each in found or ()
    )
    if found is None:
        kept = sorted(verdicts.items())
        checks = tuple(Check(check, verdict, "", "") for check, verdict in kept)
    complete = found is not None
    checked = Checked(row.id, row.at, row.decision, override, checks, complete)
    return checked, labels


def _asked_again(
    session: Session, desk: Desk, row: AssessmentRow, verdicts: Mapping[str, str]
) -> tuple[tuple[Finding, ...] | None, tuple[str, ...]]:
    dispensing = from_record(record_of(desk.vault, row))
    try:
        rules = rules_kept(session, desk, row)
    except TextMissing:
        return None, ()
    answer = assess(dispensing, rules)
    kept = Kept(row.decision, verdicts, row.split)
    if dict(rules.versions) != row.versions or differences(kept, answer):
        return None, ()
    return answer.findings, answer.labels


def _settlement(session: Session, settlement_id: UUID) -> SettlementRow:
    row = session.get(SettlementRow, settlement_id)
    if row is None:
        raise NotFound("结算记录", "settlement")
    return row


def _no_receipt(zh: str, en: str) -> Conflict:
    words = Words(zh, en, "请先查询结算结果。", "Ask for the result of it first.")
    return Conflict(words, code="no-receipt")


def _masked_name(work: Work, person_no: str) -> str:
    return mask_name(name_of(work.desk.vault, person_row(work.session, person_no)))
