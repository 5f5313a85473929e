"""What a platform may say that is no answer: texts, names and amounts that nobody can rely on."""

import json
from dataclasses import replace

import pytest

from dispensing.gateway import BookedOtherwise, ChargeDeclined, Unanswered
from dispensing.gateway.national import files
from tests.gateway.street import Street
from tests.gateway.test_client import (
    CHARGE,
    LINE,
    MSGID,
    REGION,
    SETLINFO,
    gateway,
    no,
    settled,
    yes,
)


def test_an_answer_that_says_a_name_twice_alike_is_read():
    raw = json.dumps(settled()).replace('"setl_id": "1"', '"setl_id":"1","setl_id":"1"')
    made, _ = gateway(raw.encode())
    assert made.charge(CHARGE).setl_id == "1"


def test_two_amounts_under_one_name_are_no_answer():
    twice = '"psn_cash_pay":"1.00","psn_cash_pay":"7.00"'
    raw = json.dumps(settled()).replace('"psn_cash_pay": "7.00"', twice)
    made, _ = gateway(raw.encode())
    with pytest.raises(Unanswered):
        made.charge(CHARGE)


@pytest.mark.parametrize("text", ["\0", "S\0001", "\ud800", "S\udfff"])
def test_a_text_that_no_database_keeps_is_no_answer(text):
    """It could never be written down: its settlement would stay open for ever."""
    for answer in (settled(setl_id=text), no(f"拒绝{text}"), yes({text: "1"})):
        made, _ = gateway(answer)
        with pytest.raises(Unanswered):
            made.charge(CHARGE)
    raw = json.dumps(settled(setl_id="S\ud800"), ensure_ascii=False)
    made, _ = gateway(raw.encode("utf-8", "surrogatepass"))
    with pytest.raises(Unanswered):
        made.charge(CHARGE)


def test_a_file_of_lines_with_a_character_that_no_database_keeps_is_no_file():
    with pytest.raises(Unanswered):
        files.unpack(files.pack("I000000001\tS\0001\n", "lines.txt"))


def test_a_refusal_that_never_ends_is_cut():
    made, _ = gateway(no("拒" * 100_000))
    with pytest.raises(ChargeDeclined) as told:
        made.charge(CHARGE)
    assert len(str(told.value)) == 500


@pytest.mark.parametrize("told", [None, ""])
def test_an_amount_that_is_left_empty_is_none(told):
    made, _ = gateway(settled(acct_pay="1.19", acct_mulaid_pay=told))
    assert made.charge(replace(CHARGE, account_fen=119, mutual_aid_fen=0)).setl_id


@pytest.mark.parametrize("told", [[], {}, False, True, "0x0", "0_0", "０", "1e0", "-"])
def test_what_is_no_number_is_no_amount_not_even_nothing(told):
    made, _ = gateway(settled(acct_pay="1.19", acct_mulaid_pay=told))
    with pytest.raises(Unanswered):
        made.charge(replace(CHARGE, account_fen=119, mutual_aid_fen=0))


def test_no_part_of_a_bill_or_of_a_line_is_less_than_nothing():
    less = {"fulamt_ownpay_amt": "-1.00", "overlmt_selfpay": "1.60"}
    made, _ = gateway(settled(**less))
    with pytest.raises(BookedOtherwise):
        made.charge(CHARGE)
    line = LINE | {"fulamt_ownpay_amt": "-1.00", "overlmt_amt": "1.60"}
    made, _ = gateway(yes({"setlinfo": SETLINFO, "detlcutinfo": [line]}))
    with pytest.raises(BookedOtherwise):
        made.charge(CHARGE)


def test_the_lines_together_must_be_the_bill():
    half = {name: "0" for name in LINE} | {
        "det_item_fee_sumamt": "6.30",
        "inscp_scp_amt": "6.30",
    }
    made, _ = gateway(yes({"setlinfo": SETLINFO, "detlcutinfo": [half, half]}))
    assert made.charge(CHARGE).setl_id == "1"
    made, _ = gateway(yes({"setlinfo": SETLINFO, "detlcutinfo": [half]}))
    with pytest.raises(BookedOtherwise):
        made.charge(CHARGE)


def test_a_booking_that_is_asked_for_tells_whose_it_is():
    region = replace(REGION, by="message", infno="5260")
    made, _ = gateway(settled(psn_no="I000000009"), region=region)
    receipt = made.query(MSGID)
    assert receipt is not None and receipt.person_no == "I000000009"


def test_a_booking_of_another_person_is_taken_back_and_never_posted(
    street: Street, monkeypatch
):
    rx = street.received()
    street.fault("garbage", infno="2102")
    assert street.settle(rx).state == "unknown"
    query = street.desk.gateway.query

    def lying(msgid):
        receipt = query(msgid)
        return receipt and replace(receipt, person_no="I000000009")

    monkeypatch.setattr(street.desk.gateway, "query", lying)
    assert street.recover() == 1
    assert street.state(rx) == "void"
    assert "amount_differs" in street.events(rx)
    assert street.booked() == {}
    monkeypatch.undo()
    assert street.settle(rx, batch=2).state == "posted"
    street.audit()
