"""What the client makes of answers, and what it sends."""

import json
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.gateway import BookedOtherwise, Charge, ChargeDeclined, Unanswered
from dispensing.gateway.national import Seal, amounts, files, load_region
from dispensing.gateway.national.client import NationalGateway, charge_input
from dispensing.gateway.national.region import BadRegion, read_region
from dispensing.gateway.national.speaking import Speaker
from dispensing.signing import SM2, signing_key
from fixtures import cast
from tests.world import NOON

SHOP = cast.LUCHENG_PHARMACY
MSGID = f"{SHOP}202509151200000001"
REGION = replace(load_region("national"), sign_in=False)
CHARGE = Charge(
    msgid=MSGID,
    person_no=cast.alice.person_no,
    scheme="resident",
    outlet_code=SHOP,
    total_fen=1260,
    fund_fen=441,
    account_fen=100,
    mutual_aid_fen=19,
    at=NOON,
)
SETLINFO = {
    "setl_id": "1",
    "psn_no": cast.alice.person_no,
    "medins_setl_id": MSGID,
    "medfee_sumamt": "12.60",
    "fulamt_ownpay_amt": "0.00",
    "overlmt_selfpay": "0.60",
    "preselfpay_amt": "2.00",
    "inscp_scp_amt": "10.00",
    "fund_pay_sumamt": "4.41",
    "acct_pay": "1.00",
    "acct_mulaid_pay": "0.19",
    "psn_cash_pay": "7.00",
}
LINE = {
    "feedetl_sn": "1",
    "det_item_fee_sumamt": "12.60",
    "fulamt_ownpay_amt": "0",
    "overlmt_amt": "0.60",
    "preselfpay_amt": "2.00",
    "inscp_scp_amt": "10.00",
}


class Scripted:
    """Gives the answers that it was given, and keeps what was sent."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def send(self, body):
        self.sent.append(json.loads(body))
        answer = self.answers.pop(0)
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


class Counted:
    def __init__(self):
        self.last = 0

    def draw(self, institution, now):
        self.last += 1
        return f"{institution}20250915120000{9000 + self.last:04d}"


def gateway(*answers, region=REGION, seal=None, now=NOON):
    made = object.__new__(NationalGateway)
    made._region = region
    script = Scripted(*answers)
    made.speaker = Speaker(
        script, Counted(), region, seal=seal or Seal(region.kind), now=lambda: now
    )
    return made, script


def yes(output=None, **changes):
    return {
        "infcode": "0",
        "inf_refmsgid": "330300202509151200000000000001",
        "respond_time": "20250915120000123",
        "err_msg": "",
        "output": {} if output is None else output,
        **changes,
    }


def no(words):
    return yes(infcode=-1, err_msg=words)


def settled(**changes):
    return yes({"setlinfo": {**SETLINFO, **changes}, "detlcutinfo": [LINE]})


def test_a_charge_that_is_booked_as_asked_gives_its_receipt():
    made, script = gateway(settled())
    receipt = made.charge(CHARGE)
    assert (receipt.setl_id, receipt.booked_fen) == ("1", (1260, 441, 119))
    (sent,) = script.sent
    assert sent["msgid"] == MSGID
    assert sent["infno"] == "2102"
    assert sent["insuplc_admdvs"] == "330302"
    assert sent["fixmedins_code"] == SHOP
    assert sent["inf_time"] == "2025-09-15 12:00:00"
    assert sent["input"]["druginfo"]["medfee_sumamt"] == "12.60"
    assert sent["input"]["druginfo"]["insutype"] == "390"
    assert sent["input"]["druginfo"]["med_type"] == "41"


def test_amounts_may_come_as_numbers():
    told = {name: float(SETLINFO[name]) for name in amounts.PAYERS}
    made, _ = gateway(settled(**told, medfee_sumamt=12.6))
    assert made.charge(CHARGE).booked_fen == (1260, 441, 119)


@pytest.mark.parametrize(
    "changes",
    [
        {"fund_pay_sumamt": "4.42", "psn_cash_pay": "6.99"},
        {"acct_pay": "1.19", "acct_mulaid_pay": "0.00"},
        {"fund_pay_sumamt": "4.42"},
        {"psn_cash_pay": "6.99"},
        {"inscp_scp_amt": "10.01"},
        {"psn_cash_pay": "-7.00", "fund_pay_sumamt": "18.41"},
    ],
)
def test_whatever_is_booked_otherwise_is_told_apart_from_no_answer(changes):
    made, _ = gateway(settled(**changes))
    with pytest.raises(BookedOtherwise):
        made.charge(CHARGE)


def test_the_parts_of_a_line_must_be_its_amount():
    line = {**LINE, "overlmt_amt": "0.61"}
    made, _ = gateway(yes({"setlinfo": SETLINFO, "detlcutinfo": [line]}))
    with pytest.raises(BookedOtherwise):
        made.charge(CHARGE)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>502</html>",
        b"[]",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"infcode": NaN}',
        yes(infcode="1"),
        yes(infcode=None),
        yes(inf_refmsgid="1"),
        yes(inf_refmsgid="330300202513401200000000000001"),
        yes(respond_time="2025-09-15 12:00"),
        yes([1]),
        yes(),
        yes({"setlinfo": []}),
        settled(setl_id=""),
        settled(medins_setl_id=f"{MSGID[:-1]}2"),
        settled(psn_no="I000000009"),
        settled(medfee_sumamt="12.605"),
        settled(medfee_sumamt="1e9999"),
        settled(medfee_sumamt="twelve"),
        settled(medfee_sumamt=True),
        no("系统异常"),
        no("处理超时，请稍后查询"),
        no("msgid 重复"),
    ],
)
def test_what_is_no_whole_answer_is_never_a_refusal(answer):
    made, _ = gateway(answer)
    with pytest.raises(Unanswered):
        made.charge(CHARGE)


@pytest.mark.parametrize("setl_id", [None, "", [], {}, True, "x" * 41])
def test_a_booking_that_is_asked_for_needs_its_number_too(setl_id):
    region = replace(REGION, by="message", infno="5260")
    made, _ = gateway(settled(setl_id=setl_id), region=region)
    with pytest.raises(Unanswered, match="setl_id"):
        made.query(MSGID)


def test_a_sign_in_that_gives_no_number_leaves_no_charge_unknown():
    made, script = gateway(yes({"signinoutb": []}), region=load_region("national"))
    with pytest.raises(ChargeDeclined):
        made.charge(CHARGE)
    assert [sent["infno"] for sent in script.sent] == ["9001"]


@pytest.mark.parametrize("how", [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA])
def test_a_file_that_was_damaged_on_its_way_is_no_file(how):
    packed = BytesIO()
    with ZipFile(packed, "w", how) as archive:
        archive.writestr("lines.txt", "".join(map(str, range(200))))
    damaged = bytearray(packed.getvalue())
    damaged[60:70] = b"\xff" * 10
    with pytest.raises(Unanswered):
        files.unpack(b64encode(bytes(damaged)).decode())


def test_files_are_packed_small():
    text = "0\t1\n" * 10_000
    assert len(files.pack(text, "lines.txt")) < len(text) // 10


def test_a_refusal_is_told_in_the_platforms_words():
    made, _ = gateway(no("参保状态异常"))
    with pytest.raises(ChargeDeclined, match="参保状态异常"):
        made.charge(CHARGE)


def test_the_second_verdict_counts_too():
    made, _ = gateway(yes({"retRslt": "0", "msgRslt": "库存不足"}))
    with pytest.raises(ChargeDeclined, match="库存不足"):
        made.charge(CHARGE)


def test_a_money_message_is_sent_once_whatever_comes_back():
    made, script = gateway(b"", yes())
    with pytest.raises(Unanswered):
        made.charge(CHARGE)
    assert len(script.sent) == 1


def test_an_unknown_number_is_not_taken_as_reversed_while_it_may_be_on_its_way():
    made, _ = gateway(no("交易不存在"), now=NOON + timedelta(seconds=60))
    with pytest.raises(Unanswered):
        made.reverse(MSGID)
    made, _ = gateway(no("交易不存在"), now=NOON + timedelta(seconds=181))
    made.reverse(MSGID)


def test_a_number_that_was_reversed_before_is_reversed():
    made, script = gateway(no("该结算已冲正"))
    made.reverse(MSGID, NOON)
    assert script.sent[0]["input"]["data"]["omsgid"] == MSGID


@pytest.mark.parametrize("kind", ["SM3", "SM2"])
def test_the_input_is_signed_and_the_answers_signature_held_against_it(kind):
    ours, theirs = (signing_key(SM2, bytes([no]) * 32) for no in (1, 2))
    region = replace(REGION, kind=kind, replies=True)
    seal = Seal(kind, ours, theirs.public)
    platform = Seal(kind, theirs, ours.public)
    good = settled()
    good["cainfo"] = platform.sign(good["output"])
    made, script = gateway(good, region=region, seal=seal)
    assert made.charge(CHARGE).setl_id == "1"
    sent = script.sent[0]
    assert sent["signtype"] == kind
    assert platform.verifies(sent["input"], sent["cainfo"])
    assert not platform.verifies({**sent["input"], "x": 1}, sent["cainfo"])
    for spoilt in ("", "AAAA", good["cainfo"][::-1]):
        made, _ = gateway({**good, "cainfo": spoilt}, region=region, seal=seal)
        with pytest.raises(Unanswered):
            made.charge(CHARGE)


def test_another_implementation_finds_the_same_digest():
    from gmssl import func, sm3

    value = {"b": "1.00", "a": ["药"]}
    canonical = '{"a":["药"],"b":"1.00"}'.encode()
    assert Seal("SM3").sign(value) == sm3.sm3_hash(func.bytes_to_list(canonical))


def test_names_that_drift_are_written_as_the_region_does_and_both_are_read():
    region = replace(
        REGION,
        fields={
            "insuplc_admdvs": "insuplcAdmdvs",
            "psn_no": "psnNo",
            "acct_mulaid_pay": "acctMulaidPay",
        },
    )
    output = settled()["output"]
    drifted = region.outgoing(output)
    assert "psnNo" in drifted["setlinfo"]
    for said in (output, drifted):
        made, script = gateway(yes(said), region=region)
        assert made.charge(CHARGE).booked_fen == (1260, 441, 119)
        assert script.sent[0]["insuplcAdmdvs"] == "330302"
        assert script.sent[0]["input"]["druginfo"]["psnNo"] == CHARGE.person_no


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "none"', 'kind = "RSA"', "signing.kind"),
        ('unknown = "refuses"', 'unknown = "forgets"', "reversal.unknown"),
        ("sign_in = true", 'sign_in = "yes"', "envelope.sign_in is no bool"),
        ("late_s_max = 180", "late = 180", "reversal.late"),
        ('by = "statement"', 'by = "message"', "query.infno"),
        ("replies = false", "replies = true", "signing.replies"),
        ("[fields]", '[fields]\na = "x"\nb = "x"', "fields"),
        ("[fields]", "[other]", "[other] is not known"),
    ],
)
def test_a_region_that_is_not_fit_is_told_by_its_key(old, new, said):
    from dispensing.gateway.national.region import FOLDER

    text = (FOLDER / "national.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(BadRegion) as told:
        read_region(text.replace(old, new, 1), "here")
    assert said in str(told.value)


def test_a_vouchers_number_is_in_no_words_of_a_charge():
    charge = replace(CHARGE, voucher="card", voucher_no=cast.alice.id_number)
    assert cast.alice.id_number not in repr(charge)
    info = charge_input(charge, REGION)["druginfo"]
    assert (info["mdtrt_cert_type"], info["mdtrt_cert_no"]) == (
        "02",
        cast.alice.id_number,
    )


@given(st.integers(-(10**13), 10**13))
def test_every_amount_is_read_as_it_was_written(fen):
    text = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    assert amounts.fen_of(text, "x") == fen
    assert amounts.fen_of(Decimal(text), "x") == fen


@given(st.dictionaries(st.sampled_from(sorted(SETLINFO)), st.text() | st.integers()))
def test_no_answer_breaks_the_client(changes):
    made, _ = gateway(settled(**changes))
    with suppress(Unanswered, ChargeDeclined):
        assert made.charge(CHARGE).booked_fen == CHARGE.asked_fen


ASKING = replace(REGION, by="message", infno="5260", unknown="bars")


def test_a_charge_that_the_platform_has_had_already_is_asked_for():
    made, script = gateway(no("msgid 重复"), settled(), region=ASKING)
    assert made.charge(CHARGE).booked_fen == (1260, 441, 119)
    assert [sent["infno"] for sent in script.sent] == ["2102", "5260"]


@pytest.mark.parametrize(
    "told",
    [
        no("交易不存在"),
        settled(fund_pay_sumamt="4.42", psn_cash_pay="6.99"),
        no("处理中，请勿重复提交"),
    ],
)
def test_what_is_not_booked_as_asked_under_a_repeated_number_stays_open(told):
    made, _ = gateway(no("msgid 重复"), told, region=ASKING)
    with pytest.raises(Unanswered):
        made.charge(CHARGE)


def test_a_reversal_that_the_platform_has_had_already_is_through_where_nothing_is_booked():
    made, script = gateway(no("重复冲正"), no("交易不存在"), region=ASKING)
    made.reverse(MSGID)
    assert [sent["infno"] for sent in script.sent] == ["2601", "5260"]
    made, _ = gateway(no("重复冲正"), settled(), region=ASKING)
    with pytest.raises(Unanswered):
        made.reverse(MSGID)
    may_come = replace(ASKING, unknown="refuses")
    made, _ = gateway(no("重复冲正"), no("交易不存在"), region=may_come)
    with pytest.raises(Unanswered):
        made.reverse(MSGID)
