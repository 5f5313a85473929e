"""The hand-over at the door."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.identity import is_id_number
from routing.handover import (
    FAILURE_WORDS,
    REFUSAL_WORDS,
    WRONG_CODES_MAX,
    Due,
    Failure,
    HandedOver,
    Presented,
    Proxy,
    Refusal,
    Refused,
    code_matches,
    hand_over,
    handover_code,
    may_try_again,
)

AT = datetime(2025, 9, 15, 2, 30, tzinfo=UTC)
SECRET = bytes(range(32))
ALICE_ID = "33030219560312401X"
BOB_ID = "330302198207074018"
CODE = handover_code(SECRET, "order-1")
DUE = Due(order_id="order-1", code=CODE, patient_id_number=ALICE_ID, cold=False)
INSULIN = replace(DUE, cold=True)
SHOWN = Presented(code=CODE, seal_intact=True)
BOB = Proxy(name="bob", id_number=BOB_ID, patient_id_number=ALICE_ID)


def refusals(due: Due, presented: Presented) -> tuple[Refusal, ...]:
    outcome = hand_over(due, presented, at=AT)
    return outcome.refusals if isinstance(outcome, Refused) else ()


def test_alice_gets_her_parcel_with_her_code():
    assert hand_over(DUE, SHOWN, at=AT) == HandedOver("order-1", AT, None, None)


def test_bob_collects_for_alice_with_both_identity_numbers():
    outcome = hand_over(DUE, replace(SHOWN, proxy=BOB), at=AT)
    assert outcome == HandedOver("order-1", AT, BOB, None)


@pytest.mark.parametrize("temperature_dc", [20, 51, 80])
def test_insulin_between_two_and_eight_degrees_is_handed_over(temperature_dc):
    shown = replace(SHOWN, temperature_dc=temperature_dc)
    outcome = hand_over(INSULIN, shown, at=AT)
    assert outcome == HandedOver("order-1", AT, None, temperature_dc)


@pytest.mark.parametrize("temperature_dc", [-5, 19, 81])
def test_insulin_outside_two_to_eight_degrees_is_refused(temperature_dc):
    outcome = hand_over(INSULIN, replace(SHOWN, temperature_dc=temperature_dc), at=AT)
    assert isinstance(outcome, Refused)
    assert outcome.refusals == (Refusal.TEMPERATURE_OUTSIDE,)
    assert outcome.failure is Failure.TOO_WARM
    assert outcome.wrong_codes == 0


def test_insulin_without_a_reading_is_refused():
    assert refusals(INSULIN, SHOWN) == (Refusal.TEMPERATURE_MISSING,)


def test_a_broken_seal_is_refused():
    outcome = hand_over(DUE, replace(SHOWN, seal_intact=False), at=AT)
    assert isinstance(outcome, Refused)
    assert (outcome.refusals, outcome.failure) == (
        (Refusal.SEAL_BROKEN,),
        Failure.BROKEN_SEAL,
    )


@pytest.mark.parametrize(
    ("proxy", "refusal"),
    [
        (replace(BOB, name="  "), Refusal.PROXY_NAMELESS),
        (replace(BOB, id_number="330302198207074011"), Refusal.PROXY_ID_INVALID),
        (replace(BOB, id_number="330302198213074011"), Refusal.PROXY_ID_INVALID),
        (replace(BOB, id_number=""), Refusal.PROXY_ID_INVALID),
        (replace(BOB, id_number=ALICE_ID.lower()), Refusal.PROXY_IS_PATIENT),
        (replace(BOB, patient_id_number=BOB_ID), Refusal.PATIENT_ID_WRONG),
    ],
)
def test_a_proxy_without_both_identities_is_refused(proxy, refusal):
    assert refusals(DUE, replace(SHOWN, proxy=proxy)) == (refusal,)


def test_everything_missing_is_told_at_once():
    shown = Presented(CODE, seal_intact=False, proxy=replace(BOB, name=""))
    assert refusals(INSULIN, shown) == (
        Refusal.PROXY_NAMELESS,
        Refusal.SEAL_BROKEN,
        Refusal.TEMPERATURE_MISSING,
    )


def test_five_wrong_codes_lock_even_the_right_one():
    due, wrong = DUE, f"{(int(CODE) + 1) % 1_000_000:06}"
    for count in range(1, WRONG_CODES_MAX + 1):
        outcome = hand_over(due, replace(SHOWN, code=wrong), at=AT)
        assert isinstance(outcome, Refused)
        assert outcome.wrong_codes == count
        due = replace(due, wrong_codes=outcome.wrong_codes)
    assert Refusal.CODE_LOCKED in outcome.refusals
    assert refusals(due, SHOWN) == (Refusal.CODE_LOCKED,)


def test_a_new_issue_is_a_new_code():
    assert handover_code(SECRET, "order-1", issue=2) != CODE
    assert handover_code(SECRET, "order-2") != CODE
    assert handover_code(SECRET, "order-1") == CODE


@given(st.binary(min_size=16, max_size=40), st.text(min_size=1), st.integers(1, 9))
def test_every_code_has_six_digits_and_matches_itself(secret, order_id, issue):
    code = handover_code(secret, order_id, issue=issue)
    assert len(code) == 6
    assert code.isdigit()
    assert code_matches(code, f" {code}\n")
    assert not code_matches(code, code[:-1])


def test_full_width_digits_do_not_match():
    assert not code_matches("123456", "１２３４５６")


def test_a_weak_secret_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        handover_code(b"short", "order-1")


@pytest.mark.parametrize("code", ["12345", "1234567", "12345x", "１２３４５６"])
def test_a_code_that_is_none_is_refused(code):
    with pytest.raises(ValueError, match="6 digits"):
        replace(DUE, code=code)


def test_an_instant_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        hand_over(DUE, SHOWN, at=AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("failure", "cold", "again"),
    [
        (Failure.NOT_HOME, False, True),
        (Failure.REFUSED, False, True),
        (Failure.WRONG_ADDRESS, False, True),
        (Failure.BROKEN_SEAL, False, False),
        (Failure.TOO_WARM, False, False),
        (Failure.NOT_HOME, True, False),
    ],
)
def test_only_a_sound_parcel_goes_out_again(failure, cold, again):
    assert may_try_again(failure, cold=cold) is again


def test_every_failure_and_refusal_has_chinese_words():
    assert set(FAILURE_WORDS) == set(Failure)
    assert set(REFUSAL_WORDS) == set(Refusal)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (ALICE_ID, True),
        (ALICE_ID[:-1] + "1", False),
        (ALICE_ID[:-1], False),
        ("33030219560231401X", False),
        ("３３０３０２１９５６０３１２４０１X", False),
    ],
)
def test_identity_numbers_are_checked_by_digit_and_birthday(text, valid):
    assert is_id_number(text) is valid
