"""What a hospital asks of its national prescriptions, and what pharmacists reviewed."""

from decimal import Decimal

import pytest
from sqlmodel import func, select

from dispensing import service
from dispensing.desk import Reader
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.intake.national import write
from dispensing.tables import NationalReviewRow, PrescriptionRow, ReadRow, RecordRow
from fixtures import cast
from tests import world
from tests.intake import examples
from tests.intake.examples import understood
from tests.intake.national_calls import (
    NATIONAL,
    add_key,
    call,
    numbered,
    sign_request,
    signed,
    twenty,
    uploaded,
)

READER = Reader("hospital", "hospital", "处方中心查询")


@pytest.fixture
def number(street, desk) -> str:
    """Give the number of a signed and uploaded prescription."""
    add_key(street)
    fields = twenty(numbered(street, desk))
    signed(street, desk, sign_request(fields))
    return uploaded(street, desk, fields).hi_rxno


def query(number, issuer=cast.HOSPITAL):
    """Make a query for a number."""
    raw = {**examples.QUERY, "hiRxno": number, "fixmedinsCode": issuer}
    return understood("query", raw)


def revocation(number, **changes):
    """Make a withdrawal of a number."""
    return understood("revoke", {**examples.REVOKE, "hiRxno": number, **changes})


def review(number, **changes):
    """Make a pharmacist's review of a number."""
    told = {**examples.REVIEW["rx_chk_up_info"], "hi_rxno": number, **changes}
    return understood("review", told)


def settle(street, desk) -> None:
    """Let the Lucheng counter settle the prescription."""
    rx = street.exec(select(PrescriptionRow)).one()
    code = service.issue_code(
        street,
        desk,
        person_no=cast.alice.person_no,
        outlet_code=cast.LUCHENG_PHARMACY,
        purpose="settle",
        now=world.NOON,
    )
    service.settle(
        street,
        desk,
        prescription_id=rx.id,
        outlet_code=cast.LUCHENG_PHARMACY,
        voucher="e_code",
        scanned_code=code.text,
        trace_codes=world.trace_codes(),
        override=None,
        tender="cash",
        by="counter",
        now=world.NOON,
    )


def test_the_content_is_what_was_sent_with_its_states(street, desk, number):
    found = service.national_content(street, desk, call(), query(number), reader=READER)
    written = write(NATIONAL, "content", found)
    assert {name: written[name] for name in examples.RX} == examples.RX
    assert (written["rxStasCodg"], written["rxChkStasCodg"]) == ("1", "0")
    assert written["rxUsedStasCodg"] == "0"


def test_each_query_is_recorded_as_a_read(street, desk, number):
    for ask in (
        service.national_content,
        service.national_review_result,
        service.national_dispensing_result,
    ):
        ask(street, desk, call(), query(number), reader=READER)
    assert street.exec(select(func.count()).select_from(ReadRow)).one() == 3


def test_a_withdrawn_prescription_is_revoked_once(street, desk, number):
    for _ in range(2):
        answer = service.withdraw_national(street, call(), revocation(number))
        assert (answer.rx_stas_codg, answer.rx_stas_name) == ("3", "撤销")


def test_a_settled_prescription_is_not_withdrawn(street, desk, number):
    settle(street, desk)
    with pytest.raises(Conflict):
        service.withdraw_national(street, call(), revocation(number))


def test_what_was_paid_is_told_in_yuan(street, desk, number):
    before = service.national_dispensing_result(
        street, desk, call(), query(number), reader=READER
    )
    assert (before.rx_used_stas_codg, before.medfee_sumamt) == ("0", None)
    settle(street, desk)
    after = service.national_dispensing_result(
        street, desk, call(), query(number), reader=READER
    )
    assert (after.rx_used_stas_codg, after.fixmedins_code) == (
        "1",
        cast.LUCHENG_PHARMACY,
    )
    assert after.medfee_sumamt == Decimal("12.60")
    paid = (after.fund_pay_sumamt, after.acct_pay, after.psn_cash_pay)
    assert sum(paid) == after.medfee_sumamt
    assert [line.take_drug_flag for line in after.lines] == ["0"]
    assert write(NATIONAL, "dispensing_result", after)["medfeeSumamt"] == 12.6


def test_a_review_is_taken_once_and_told(street, desk, number):
    there = call(cast.LUCHENG_PHARMACY)
    first = service.take_national_review(street, desk, there, review(number))
    again = service.take_national_review(street, desk, there, review(number))
    assert first == again
    assert (first.msg_code, len(first.rx_chk_biz_sn)) == ("0", 30)
    told = service.national_review_result(
        street, desk, call(), query(number), reader=READER
    )
    assert (told.rx_chk_stas_codg, told.rx_chk_stas_name) == ("1", "审核通过")
    assert (told.phar_name, told.rx_chk_opnn) == ("王药师", "审核通过")
    count = select(func.count()).select_from(NationalReviewRow)
    assert street.exec(count).one() == 1
    record = street.exec(
        select(RecordRow).where(RecordRow.kind == "national_review.1")
    ).one()
    assert (record.person_no, record.subject) == (
        cast.alice.person_no,
        first.rx_chk_biz_sn,
    )


def test_what_was_only_pre_checked_is_not_there_yet(street, desk):
    number = numbered(street, desk).hi_rxno
    with pytest.raises(NotFound):
        service.national_content(street, desk, call(), query(number), reader=READER)
    with pytest.raises(NotFound):
        service.withdraw_national(street, call(), revocation(number))


def test_another_institution_asks_in_vain(street, desk, number):
    other = call(cast.COMMUNITY_CENTRE)
    asked = query(number, cast.COMMUNITY_CENTRE)
    with pytest.raises(NotFound):
        service.national_content(street, desk, other, asked, reader=READER)
    with pytest.raises(Malformed):
        service.national_content(
            street, desk, call(), query(number, cast.COMMUNITY_CENTRE), reader=READER
        )
    assert street.exec(select(func.count()).select_from(ReadRow)).one() == 0


def test_a_review_of_another_pharmacys_name_is_refused(street, desk, number):
    with pytest.raises(Malformed):
        service.take_national_review(
            street, desk, call(world.SECOND_PHARMACY), review(number)
        )
