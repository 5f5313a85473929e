"""Receipts: genuine as issued, refused with the reason when anything about them is otherwise."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing import qr, receipts
from dispensing.days import CHINA
from dispensing.receipts import (
    AMOUNTS,
    Act,
    Check,
    Checked,
    Claims,
    NotGenuine,
    Statement,
    token,
)
from dispensing.signing import ED25519, SM2, signing_key

AT = datetime(2025, 9, 15, 12, tzinfo=CHINA)
KEY = signing_key(ED25519, b"r" * 32)
KEYS = {KEY.public.key_id: KEY.public}
SETTLEMENT = UUID(int=7)
FEN = st.integers(0, 2**40 - 1)


def statement(**changes) -> Statement:
    usual = Statement(
        kind="settlement",
        issued_at=AT,
        settlement_id=SETTLEMENT,
        msgid="P33030200001202509151200000001",
        platform_no="S1",
        on=date(2025, 9, 15),
        act=Act(AT, "counter"),
        reverses=None,
        outlet_code="P33030200001",
        outlet_name="鹿城大药房",
        prescription_no="H33030200002-20250915-0001",
        issuer="H33030200002",
        patient="陈**",
        voucher="e_code",
        tender="cash",
        amounts=dict.fromkeys(AMOUNTS, 0)
        | {"total_fen": 1260, "fund_fen": 756, "cash_fen": 504},
        checked=Checked(
            UUID(int=8),
            AT,
            "accepted",
            None,
            (Check("insured.active", "passed", "条例", "第十五条"),),
            True,
        ),
        rules={"national": "0" * 64, "wenzhou-2019": "1" * 64},
        labels=("示例数据",),
    )
    return replace(usual, **changes)


def issued(key=KEY, **changes) -> tuple[str, str]:
    """Sign a receipt; give its file and its token."""
    said = statement(**changes)
    made = receipts.sign(said, key)
    file = {"receipt": said.record(), "jws": made.jws, "token": made.token}
    return json.dumps(file, ensure_ascii=False), made.token


def reason(text: str, keys=KEYS) -> str:
    with pytest.raises(NotGenuine) as refused:
        receipts.verify(text, keys)
    return refused.value.reason


@pytest.mark.parametrize("algorithm", [ED25519, SM2])
def test_a_receipt_is_genuine_as_token_as_address_and_as_file(algorithm):
    key = signing_key(algorithm, b"r" * 32)
    keys = {key.public.key_id: key.public}
    file, printed = issued(key)
    held = receipts.verify(file, keys)
    assert held.receipt["outlet"]["name"] == "鹿城大药房"
    address = f"https://yaoda.example/receipts/verify#{printed}"
    wrapped = f"  {printed[:100]}\n{printed[100:]}\r\n"
    for text in (printed, address, wrapped):
        assert receipts.verify(text, keys).claims == held.claims
    claims = held.claims
    assert (claims.fund_fen, claims.cash_fen, claims.total_fen) == (756, 504, 1260)
    assert (claims.outlet_code, claims.on) == ("P33030200001", date(2025, 9, 15))
    assert "12.60 yuan" in receipts.headline(claims).en


@given(FEN, FEN, FEN, FEN, st.sampled_from(token.KINDS))
def test_a_token_says_every_amount_to_the_fen(fund, account, mutual, cash, kind):
    sign = -1 if kind == "reversal" else 1
    said = Claims(
        key_id=KEY.public.key_id,
        kind=kind,
        settlement_id=SETTLEMENT,
        receipt_id="ab" * 16,
        outlet_code="P33030200001",
        on=date(2025, 9, 15),
        issued_at=AT,
        rules="cd" * 8,
        fund_fen=sign * fund,
        account_fen=sign * account,
        mutual_aid_fen=sign * mutual,
        cash_fen=sign * cash,
    )
    written = token.write(said, KEY)
    assert len(written) == token.TOKEN_CHARS
    assert receipts.verify(written, KEYS).claims == said


def test_the_printed_code_is_small_enough_for_a_narrow_roll():
    _, printed = issued()
    assert qr.modules(printed) <= 53  # version 9
    address = "https://yaoda.wenzhou.example.cn"
    assert qr.modules(f"{address}/receipts/verify#{printed}") <= 61  # version 11


def test_the_text_names_no_patient_disease_or_medicine():
    file, _ = issued()
    said = json.loads(file)["receipt"]
    assert said["patient"] == "陈**"
    assert not {"disease", "lines", "person_no", "id_number"} & set(said)


def test_the_receipt_of_a_reversal_names_the_one_it_takes_back():
    amounts = {name: -fen for name, fen in statement().amounts.items()}
    file, printed = issued(kind="reversal", reverses="ab" * 16, amounts=amounts)
    assert receipts.verify(printed, KEYS).claims.total_fen == -1260
    assert receipts.verify(file, KEYS).receipt["reverses"] == "ab" * 16


def test_one_bit_changed_anywhere_in_a_token_is_refused():
    _, printed = issued()
    raw, found = printed.encode("ascii"), set()
    for at in range(len(raw)):
        for bit in range(8):
            bent = bytearray(raw)
            bent[at] ^= 1 << bit
            found.add(reason(bytes(bent).decode("latin-1")))
    # A # in it begins an address, and a space in it is one character less.
    assert found == {"altered", "unknown_key", "not_a_receipt", "cut_off"}


def test_one_bit_changed_anywhere_in_a_file_is_refused():
    file, _ = issued()
    raw = file.encode()
    step = 1 if len(raw) < 3000 else 7
    for at in range(0, len(raw), step):
        bent = bytearray(raw)
        bent[at] ^= 1 << (at % 8)
        try:
            text = bytes(bent).decode()
        except UnicodeDecodeError:
            continue  # no text at all; the command says so
        said = reason(text)
        assert said in {"altered", "unknown_key", "not_a_receipt", "cut_off"}, text[at:]


@pytest.mark.parametrize("name", ["fund_fen", "cash_fen", "total_fen"])
def test_an_amount_that_was_changed_by_one_fen_is_altered(name):
    file, _ = issued()
    told = json.loads(file)
    told["receipt"]["amounts"][name] += 1
    assert reason(json.dumps(told)) == "altered"


def test_a_token_of_another_receipt_does_not_fit_a_file():
    file, _ = issued()
    _, other = issued(settlement_id=UUID(int=9))
    told = json.loads(file) | {"token": other}
    assert reason(json.dumps(told)) == "altered"


def test_what_stands_twice_or_besides_is_altered():
    file, _ = issued()
    twice = file.replace('"patient":', '"patient": "王**", "patient":')
    assert reason(twice) == "altered"
    assert reason(json.dumps({**json.loads(file), "note": "paid"})) == "altered"


def test_what_is_cut_off_says_so():
    file, printed = issued()
    for text in (printed[:-1], printed[:40], "YD", file[:-1], file[: len(file) // 2]):
        assert reason(text) == "cut_off", text


def test_what_is_no_receipt_says_so():
    for text in (
        "",
        "#",
        "hello",
        "https://example.com/",
        "{}",
        '{"a": 1}',
        "{[",
        "药",
    ):
        assert reason(text) in {"not_a_receipt", "cut_off"}, text
    assert reason("[" * 100_000) == "not_a_receipt"
    assert reason('{"receipt":' * 100_000 + "}") in {"altered", "not_a_receipt"}


def test_an_unknown_key_and_one_out_of_its_days_are_told_apart():
    _, printed = issued()
    file, _ = issued()
    for text in (printed, file):
        assert reason(text, {}) == "unknown_key"
        ended = replace(KEY.public, valid_until=AT)
        assert reason(text, {ended.key_id: ended}) == "key_outside_validity"
        begins = replace(KEY.public, valid_from=AT + timedelta(seconds=1))
        assert reason(text, {begins.key_id: begins}) == "key_outside_validity"
        fits = replace(KEY.public, valid_from=AT, valid_until=AT + timedelta(seconds=1))
        assert receipts.verify(text, {fits.key_id: fits}).claims.fund_fen == 756


def test_another_key_under_the_same_name_does_not_verify():
    _, printed = issued()
    other = signing_key(ED25519, b"o" * 32).public
    assert reason(printed, {KEY.public.key_id: other}) == "altered"


def test_every_reason_has_its_words():
    for words in receipts.REASONS.values():
        assert words.zh and words.en and words.next_zh and words.next_en
