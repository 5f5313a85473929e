"""National prescriptions asked about (D005, D006, D007), withdrawn (D004), and reviewed."""

import hashlib
import json
import secrets
from dataclasses import fields
from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.desk import Desk, Reader
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.intake.national import Region, read, write
from dispensing.intake.national.domain import spelt
from dispensing.intake.national.messages import (
    Content,
    DispensingResult,
    Query,
    Review,
    ReviewResult,
    ReviewTaken,
    Revoke,
    Rx,
    Standing,
    TakenLine,
)
from dispensing.service import reading, revoking
from dispensing.service.national_taking import (
    Call,
    own_row,
    rx_of_row,
    standing,
    uploaded,
)
from dispensing.service.views import PrescriptionView
from dispensing.tables import NationalReviewRow, NationalRxRow
from pharmacies import service as pharmacies

# Our states in the codes of our own table (no values are published).
_USED = {
    "settled": "1",
    "ordered": "1",
    "on_the_road": "1",
    "dispensed": "2",
    "part_dispensed": "3",
}
_REVIEW_DONE = ("0", "1")  # msg_code and flag of a review that was taken


def withdraw(session: Session, call: Call, asked: Revoke) -> Standing:
    """Withdraw an uploaded prescription that is not settled; again changes nothing (D004)."""
    row = own_row(session, call.issuer, asked.hi_rxno)
    _require_own(call, "revoke", asked.fixmedins_code)
    state = revoking.revoke(
        session,
        prescription_id=uploaded(session, row).id,
        issuer=call.issuer,
        reason=f"{asked.undo_rea} ({asked.undo_dr_name} {asked.dr_code})",
        now=call.now,
    )
    return standing(call.region, asked.hi_rxno, state)


def content(
    session: Session, desk: Desk, call: Call, asked: Query, *, reader: Reader
) -> Content:
    """Give a prescription as it was sent, with its states; the read is recorded (D005)."""
    row, view = _asked(session, desk, call, asked, reader=reader)
    rx = rx_of_row(desk, row)
    now = standing(call.region, row.hi_rxno, view.state)
    reviewed = _review_code(session, row)
    used = _used_code(view)
    return Content(
        **{one.name: getattr(rx, one.name) for one in fields(Rx)},
        hi_rxno=row.hi_rxno,
        rx_trace_code=row.rx_trace_code,
        rx_stas_codg=now.rx_stas_codg,
        rx_stas_name=now.rx_stas_name,
        rx_chk_stas_codg=reviewed,
        rx_chk_stas_name=call.region.name_of("rx_chk_stas_codg", reviewed),
        rx_used_stas_codg=used,
        rx_used_stas_name=call.region.name_of("rx_used_stas_codg", used),
    )


def review_result(
    session: Session, desk: Desk, call: Call, asked: Query, *, reader: Reader
) -> ReviewResult:
    """Give the last review that a pharmacy sent; 0 where there is none (D006)."""
    row, view = _asked(session, desk, call, asked, reader=reader)
    now = standing(call.region, row.hi_rxno, view.state)
    last = _last_review(session, row)
    review = _review_of(desk, call.region, last) if last else None
    code = last.status if last else "0"
    return ReviewResult(
        hi_rxno=row.hi_rxno,
        rx_stas_codg=now.rx_stas_codg,
        rx_stas_name=now.rx_stas_name,
        rx_chk_stas_codg=code,
        rx_chk_stas_name=call.region.name_of("rx_chk_stas_codg", code),
        rx_chk_opnn=review.rx_chk_opnn if review else None,
        rx_chk_time=review.rx_chk_time if review else None,
        phar_code=review.phar_code if review else None,
        phar_name=review.phar_name if review else None,
    )


def dispensing_result(
    session: Session, desk: Desk, call: Call, asked: Query, *, reader: Reader
) -> DispensingResult:
    """Tell where a prescription was filled and who paid what; the read is recorded (D007)."""
    row, view = _asked(session, desk, call, asked, reader=reader)
    now = standing(call.region, row.hi_rxno, view.state)
    used = _used_code(view)
    held = view.settlement
    posted = held if held is not None and held.state == "posted" else None
    outlet = pharmacies.outlet(session, posted.outlet_code) if posted else None
    taken = "1" if view.state == "dispensed" else "0"
    return DispensingResult(
        hi_rxno=row.hi_rxno,
        rx_stas_codg=now.rx_stas_codg,
        rx_stas_name=now.rx_stas_name,
        rx_used_stas_codg=used,
        rx_used_stas_name=call.region.name_of("rx_used_stas_codg", used),
        setl_time=posted.changed_at if posted else None,
        fixmedins_code=outlet.code if outlet else None,
        fixmedins_name=outlet.name if outlet else None,
        medfee_sumamt=_yuan(posted.total_fen) if posted else None,
        fund_pay_sumamt=_yuan(posted.fund_fen) if posted else None,
        psn_part_amt=_yuan(posted.total_fen - posted.fund_fen) if posted else None,
        acct_pay=_yuan(posted.account_fen + posted.mutual_aid_fen) if posted else None,
        psn_cash_pay=_yuan(posted.cash_fen) if posted else None,
        lines=tuple(
            TakenLine(
                med_list_codg=line.medicine_code,
                drug_genname=line.name,
                drug_cnt=Decimal(line.quantity),
                take_drug_flag=taken,
            )
            for line in view.lines
        ),
    )


def take_review(
    session: Session, desk: Desk, call: Call, review: Review
) -> ReviewTaken:
    """Take a dispensing pharmacy's review in, once; it is asked for with D006 (CFYYJG106)."""
    _require_own(call, "review", review.fixmedins_code)
    row = session.get(NationalRxRow, review.hi_rxno)
    if row is None:
        raise NotFound("医保处方编号", "prescription number")
    reviewed = uploaded(session, row)
    sent = json.dumps(
        write(call.region, "review", review), ensure_ascii=False, sort_keys=True
    )
    digest = hashlib.sha256(sent.encode()).hexdigest()
    known = _same_review(session, call.issuer, digest)
    if known is not None:
        return _taken(known)
    kept = NationalReviewRow(
        rx_chk_biz_sn=f"{call.issuer}{secrets.randbelow(10**18):018d}",
        hi_rxno=row.hi_rxno,
        prescription_id=reviewed.id,
        outlet_code=call.issuer,
        digest=digest,
        status=review.rx_chk_stas_codg,
        message_sealed=desk.vault.seal(sent),
        reviewed_at=review.rx_chk_time,
        at=call.now,
    )
    session.add(kept)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        known = _same_review(session, call.issuer, digest)
        if known is None:
            raise
        return _taken(known)
    return _taken(kept)


def _asked(
    session: Session, desk: Desk, call: Call, asked: Query, *, reader: Reader
) -> tuple[NationalRxRow, PrescriptionView]:
    row = own_row(session, call.issuer, asked.hi_rxno)
    _require_own(call, "query", asked.fixmedins_code)
    number = uploaded(session, row).id
    view = reading.prescription(session, desk, number, reader=reader, now=call.now)
    return row, view


def _require_own(call: Call, node: str, code: str) -> None:
    if code != call.issuer:
        where = spelt(call.region, node, "fixmedins_code")
        raise Malformed([FieldError(where, "the institution of this account")])


def _used_code(view: PrescriptionView) -> str:
    return _USED.get(view.state, "0")


def _review_code(session: Session, row: NationalRxRow) -> str:
    last = _last_review(session, row)
    return last.status if last else "0"


def _last_review(session: Session, row: NationalRxRow) -> NationalReviewRow | None:
    query = select(NationalReviewRow).where(
        col(NationalReviewRow.hi_rxno) == row.hi_rxno
    )
    latest = (col(NationalReviewRow.at).desc(), col(NationalReviewRow.rx_chk_biz_sn))
    return session.exec(query.order_by(*latest).limit(1)).first()


def _same_review(
    session: Session, outlet_code: str, digest: str
) -> NationalReviewRow | None:
    query = select(NationalReviewRow).where(
        col(NationalReviewRow.outlet_code) == outlet_code,
        col(NationalReviewRow.digest) == digest,
    )
    return session.exec(query).first()


def _review_of(desk: Desk, there: Region, row: NationalReviewRow) -> Review:
    review: Review = read(
        there, "review", json.loads(desk.vault.open(row.message_sealed))
    ).value
    return review


def _taken(row: NationalReviewRow) -> ReviewTaken:
    code, flag = _REVIEW_DONE
    return ReviewTaken(msg_code=code, flag=flag, rx_chk_biz_sn=row.rx_chk_biz_sn)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
