"""National prescriptions asked about (D005, D006, D007), withdrawn (D004), and reviewed."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from dispensing.desk import Desk, Reader, Work
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.intake.national import write
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
from dispensing.sealed import at
from dispensing.service import reading, revoking
from dispensing.service.national_taking import (
    Call,
    own_row,
    rx_of_row,
    standing,
    uploaded,
)
from dispensing.service.receiving import prescription_row
from dispensing.service.reviewing import Review as PharmacistsReview
from dispensing.service.reviewing import write_review
from dispensing.service.standing import reject_stranger
from dispensing.service.takings import Takings, takings_of
from dispensing.service.views import PrescriptionView, ReviewView
from dispensing.tables import NationalReviewRow, NationalRxRow
from pharmacies import service as pharmacies

# The codes of our own tables (no values are published).
_NOT_REVIEWED, _PASSED, _REFUSED = "0", "1", "2"
_VERDICTS = {_PASSED: "passed", _REFUSED: "refused"}
_UNUSED, _SETTLED, _TAKEN, _TAKEN_IN_PART = "0", "1", "2", "3"
_PAID = ("settled", "ordered", "on_the_road", "reversing")
_AWAITING = ("awaiting_review", "awaiting_second_review")
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
    reviewed = _review_code(view)
    used = _used_code(view, takings_of(session, view.id))
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
    """Tell whether enough pharmacists have agreed, and what the last one said (D006)."""
    row, view = _asked(session, desk, call, asked, reader=reader)
    now = standing(call.region, row.hi_rxno, view.state)
    reviews = [one for one in view.life.reviews if one.stands]
    last = reviews[-1] if reviews else None
    code = _review_code(view)
    return ReviewResult(
        hi_rxno=row.hi_rxno,
        rx_stas_codg=now.rx_stas_codg,
        rx_stas_name=now.rx_stas_name,
        rx_chk_stas_codg=code,
        rx_chk_stas_name=call.region.name_of("rx_chk_stas_codg", code),
        rx_chk_opnn=(last.opinion or None) if last else None,
        rx_chk_time=_reviewed_at(session, row, last) if last else None,
        phar_code=last.pharmacist_code if last else None,
        phar_name=last.pharmacist_name if last else None,
    )


def dispensing_result(
    session: Session, desk: Desk, call: Call, asked: Query, *, reader: Reader
) -> DispensingResult:
    """Tell where a prescription was filled and who paid what; the read is recorded (D007).

    What was paid is the sum of all its settlements that stand, parts and further fillings;
    time and place are those of the last one.
    """
    row, view = _asked(session, desk, call, asked, reader=reader)
    now = standing(call.region, row.hi_rxno, view.state)
    found = takings_of(session, view.id)
    used = _used_code(view, found)
    paid, last = found.paid, found.last
    outlet = pharmacies.outlet(session, last.outlet_code) if last else None
    return DispensingResult(
        hi_rxno=row.hi_rxno,
        rx_stas_codg=now.rx_stas_codg,
        rx_stas_name=now.rx_stas_name,
        rx_used_stas_codg=used,
        rx_used_stas_name=call.region.name_of("rx_used_stas_codg", used),
        setl_time=last.settled_at if last else None,
        fixmedins_code=outlet.code if outlet else None,
        fixmedins_name=outlet.name if outlet else None,
        medfee_sumamt=_yuan(paid.total_fen) if last else None,
        fund_pay_sumamt=_yuan(paid.fund_fen) if last else None,
        psn_part_amt=_yuan(paid.total_fen - paid.fund_fen) if last else None,
        acct_pay=_yuan(paid.account_fen) if last else None,
        psn_cash_pay=_yuan(paid.cash_fen) if last else None,
        lines=tuple(_taken_lines(view, found)),
    )


def take_review(
    session: Session, desk: Desk, call: Call, review: Review
) -> ReviewTaken:
    """Take a dispensing pharmacy's review in, once; it is asked for with D006 (CFYYJG106)."""
    _require_own(call, "review", review.fixmedins_code)
    said = _said(call, review)
    row = session.get(NationalRxRow, review.hi_rxno)
    if row is None:
        raise NotFound("医保处方编号", "prescription number")
    reviewed = prescription_row(session, uploaded(session, row).id, lock=True)
    sent = json.dumps(
        write(call.region, "review", review), ensure_ascii=False, sort_keys=True
    )
    digest = hashlib.sha256(sent.encode()).hexdigest()
    known = _same_review(session, call.issuer, digest)
    if known is not None:
        return _taken(known)
    reject_stranger(reviewed, call.issuer)
    work = Work(session, desk, call.now)
    # The pharmacist is who the message names: a pharmacy has one account for all of them.
    write_review(work, reviewed, said, outlet_code=call.issuer, by=review.phar_code)
    number = f"{call.issuer}{secrets.randbelow(10**18):018d}"
    place = at(NationalReviewRow, "message_sealed", number)
    kept = NationalReviewRow(
        rx_chk_biz_sn=number,
        hi_rxno=row.hi_rxno,
        prescription_id=reviewed.id,
        outlet_code=call.issuer,
        digest=digest,
        status=review.rx_chk_stas_codg,
        message_sealed=desk.vault.seal(sent, place),
        reviewed_at=review.rx_chk_time,
        at=call.now,
    )
    session.add(kept)
    session.commit()
    return _taken(kept)


def _said(call: Call, review: Review) -> PharmacistsReview:
    verdict = _VERDICTS.get(review.rx_chk_stas_codg)
    if verdict is None:
        where = spelt(call.region, "review", "rx_chk_stas_codg")
        raise Malformed([FieldError(where, "1 (passed) or 2 (refused)")])
    return PharmacistsReview(
        verdict, review.phar_code, review.phar_name, review.rx_chk_opnn
    )


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


def _used_code(view: PrescriptionView, found: Takings) -> str:
    if any(found.taken_packs.values()):
        return _TAKEN_IN_PART if any(found.left_packs.values()) else _TAKEN
    return _SETTLED if view.life.stage in _PAID else _UNUSED


def _taken_lines(view: PrescriptionView, found: Takings) -> Iterator[TakenLine]:
    """Tell of each line what was handed out, and beside it what was not."""
    for line in view.lines:
        for flag, packs in (("1", found.taken_packs), ("0", found.left_packs)):
            if packs[line.no]:
                yield TakenLine(
                    med_list_codg=line.medicine_code,
                    drug_genname=line.name,
                    drug_cnt=Decimal(packs[line.no]),
                    take_drug_flag=flag,
                )


def _review_code(view: PrescriptionView) -> str:
    reviews = [one for one in view.life.reviews if one.stands]
    if any(one.verdict == "refused" for one in reviews):
        return _REFUSED
    enough = reviews and view.life.stage not in _AWAITING
    return _PASSED if enough else _NOT_REVIEWED


def _reviewed_at(session: Session, row: NationalRxRow, last: ReviewView) -> datetime:
    """Tell the time that a pharmacy's message gives; without a message, when it was entered."""
    query = select(NationalReviewRow.reviewed_at).where(
        col(NationalReviewRow.hi_rxno) == row.hi_rxno,
        col(NationalReviewRow.outlet_code) == last.outlet_code,
        col(NationalReviewRow.at) == last.at,
    )
    return session.exec(query).first() or last.at


def _same_review(
    session: Session, outlet_code: str, digest: str
) -> NationalReviewRow | None:
    query = select(NationalReviewRow).where(
        col(NationalReviewRow.outlet_code) == outlet_code,
        col(NationalReviewRow.digest) == digest,
    )
    return session.exec(query).first()


def _taken(row: NationalReviewRow) -> ReviewTaken:
    code, flag = _REVIEW_DONE
    return ReviewTaken(msg_code=code, flag=flag, rx_chk_biz_sn=row.rx_chk_biz_sn)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
