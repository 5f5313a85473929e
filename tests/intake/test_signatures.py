"""Signatures of three kinds: what counts, and why the rest does not."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from gmssl import sm2 as other_sm2
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws

from dispensing.intake.signature import REASONS, Policy, verdict
from dispensing.intake.signatures import openssl, sm2
from dispensing.intake.signatures.keys import (
    ED25519,
    ES256,
    SM2,
    BadKey,
    jwk_of_sm2,
    read_key,
    text_of,
)
from dispensing.phrases import WHY
from dispensing.signing import base64url
from tests.intake import keys

PAYLOAD = '{"a":"处方"}'.encode()
AT = datetime(2025, 9, 15, 4, 0, tzinfo=UTC)
ISSUER = "H33030200001"


def told(signed, key, **changes):
    usual = {"issuer": ISSUER, "signed_at": AT, "received_at": AT}
    found = verdict(signed, key, **{**usual, **changes})
    assert (found.state == "valid") == (found.reason is None)
    return found.reason or found.state


def token(head, signature=b"\0" * 64):
    text = head if isinstance(head, str) else json.dumps(head)
    return f"{base64url(text.encode())}..{base64url(signature)}"


@pytest.mark.parametrize("kind", keys.KINDS)
def test_a_signature_of_the_issuers_key_counts(kind):
    assert told(keys.signed(kind, PAYLOAD), keys.known(kind)) == "valid"


@pytest.mark.parametrize("kind", (ED25519, ES256))
def test_another_library_reads_our_tokens_alike(kind):
    made = keys.signed(kind, PAYLOAD)
    registry = jws.JWSRegistry(algorithms=[kind])
    key = keys.private(kind)
    jws.deserialize_compact(made.value, key, registry=registry, payload=PAYLOAD)


@pytest.mark.parametrize("kind", keys.KINDS)
def test_each_changed_bit_of_a_message_is_altered(kind):
    made = keys.signed(kind, PAYLOAD)
    for at in (0, 5, len(PAYLOAD) - 1):
        bent = bytearray(PAYLOAD)
        bent[at] ^= 1
        changed = replace(made, payload=bytes(bent))
        assert told(changed, keys.known(kind)) == "altered"


@pytest.mark.parametrize("kind", keys.KINDS)
def test_another_key_of_the_same_kind_is_altered(kind):
    made = keys.signed(kind, PAYLOAD, word="another key")
    assert told(made, keys.known(kind)) == "altered"


def test_an_unknown_key_and_one_of_another_institution_do_not_count():
    made = keys.signed(ED25519, PAYLOAD)
    assert told(made, None) == "unknown_key"
    other = keys.known(ED25519, issuer="H33030200002")
    assert told(made, other) == "other_issuer"


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2024-12-31T23:59:59+08:00", "not_yet_valid"),
        ("2025-01-01T00:00:00+08:00", "valid"),
        ("2024-12-31T16:00:00+00:00", "valid"),  # the new year in China
        ("2025-12-31T23:59:59+08:00", "valid"),
        ("2025-12-31T16:00:00+00:00", "expired"),
        ("2026-01-01T00:00:00+08:00", "expired"),
    ],
)
def test_a_key_signs_on_its_days_in_china_to_the_second(at, reason):
    made, when = keys.signed(ED25519, PAYLOAD), datetime.fromisoformat(at)
    assert told(made, keys.known(ED25519), signed_at=when) == reason


@pytest.mark.parametrize(
    ("seconds", "reason"), [(-1, "revoked"), (0, "revoked"), (1, "valid")]
)
def test_what_was_signed_before_the_revocation_counts_and_the_rest_does_not(
    seconds, reason
):
    at = AT + timedelta(seconds=seconds)
    key = keys.known(ED25519, revoked_at=at, revocation_reason="superseded")
    assert told(keys.signed(ED25519, PAYLOAD), key) == reason


@pytest.mark.parametrize(
    ("why", "hours", "reason"),
    [
        ("superseded", 24, "valid"),
        ("superseded", 25, "late_after_revocation"),
        ("cessation", 23, "valid"),
        (None, 24, "valid"),
        ("compromise", -1, "valid"),
        ("compromise", 1, "late_after_revocation"),
    ],
)
def test_what_comes_late_is_believed_for_a_day_but_never_after_a_theft(
    why, hours, reason
):
    told_at = AT + timedelta(hours=3)
    key = keys.known(
        ED25519,
        revoked_at=AT + timedelta(hours=2),
        revocation_told_at=told_at,
        revocation_reason=why,
    )
    made = keys.signed(ED25519, PAYLOAD)
    received = told_at + timedelta(hours=hours)
    assert told(made, key, received_at=received) == reason
    strict = Policy(late_h_max=0)
    late = received > told_at
    expected = "late_after_revocation" if late else "valid"
    assert told(made, key, received_at=received, policy=strict) == expected


@pytest.mark.parametrize(
    "claimed", ["none", "HS256", "ES256", "RS256", "SM2", "EdDSAA"]
)
def test_the_key_chooses_the_algorithm_never_the_token(claimed):
    public = keys.public_jwk(ED25519)["x"].encode()
    made = keys.signed(ED25519, PAYLOAD)
    for signature in (b"", b"\0" * 64, public):
        other = token({"alg": claimed, "kid": "k"}, signature)
        found = replace(made, algorithm=claimed, value=other)
        assert told(found, keys.known(ED25519)) == "wrong_algorithm"
        # A reader that believed the key's name would still not believe the token.
        lying = replace(made, value=other)
        assert told(lying, keys.known(ED25519)) in {"altered", "unreadable"}


@pytest.mark.parametrize(
    "head",
    [
        '{"alg":"Ed25519","alg":"none","kid":"k"}',
        '{"alg":"Ed25519","kid":"k","crit":["b64"],"b64":false}',
        '{"alg":"Ed25519","kid":"k","b64":false}',
        '{"alg":"Ed25519","kid":"k","jwk":{}}',
        '{"alg":"Ed25519","kid":"k","jku":"https://a"}',
        '{"alg":"Ed25519","kid":"another"}',
        '{"alg":7}',
        "[]",
        "",
        "nonsense",
        "[" * 1400,
    ],
)
def test_a_header_that_could_be_read_in_two_ways_is_unreadable(head):
    made = keys.signed(ED25519, PAYLOAD)
    found = replace(made, value=token(head))
    assert told(found, keys.known(ED25519)) == "unreadable"


def test_the_older_name_of_the_algorithm_is_the_same_algorithm():
    key = keys.private(ED25519)
    head = base64url(json.dumps({"alg": "EdDSA", "kid": "k"}).encode())
    signature = key.get_op_key("sign").sign(f"{head}.{base64url(PAYLOAD)}".encode())
    found = keys.signed(ED25519, PAYLOAD)
    older = replace(found, value=f"{head}..{base64url(signature)}")
    assert told(older, keys.known(ED25519)) == "valid"


# GB/T 32918.5-2017, appendix A.2: the example over the recommended curve.
EXAMPLE = {
    "x": "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020",
    "y": "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
    "r": "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3",
    "s": "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
}


def test_the_example_of_the_standard_verifies_in_both_ways():
    made = {name: bytes.fromhex(value) for name, value in EXAMPLE.items()}
    point, raw = made["x"] + made["y"], made["r"] + made["s"]
    numbers = int.from_bytes(made["r"], "big"), int.from_bytes(made["s"], "big")
    assert sm2.verifies(point, sm2.USER, b"message digest", raw)
    assert sm2.verifies(point, sm2.USER, b"message digest", sm2.as_der(raw))
    assert sm2.verifies_slowly(point, sm2.USER, b"message digest", numbers)
    assert not sm2.verifies(point, b"another user", b"message digest", raw)


def test_another_implementation_of_sm2_agrees_both_ways():
    secret = keys.secret("sm2")
    point = sm2.public_point(secret)
    other = other_sm2.CryptSM2(secret.hex(), point.hex())
    theirs = bytes.fromhex(other.sign_with_sm3(PAYLOAD))
    assert sm2.verifies(point, sm2.USER, PAYLOAD, theirs)
    assert other.verify_with_sm3(sm2.sign(secret, PAYLOAD).hex(), PAYLOAD)


@given(payload=st.binary(max_size=200), bit=st.integers(0, 511))
@settings(max_examples=5)
def test_the_fast_and_the_slow_way_answer_alike(payload, bit):
    secret = keys.secret("sm2")
    point, raw = sm2.public_point(secret), bytearray(sm2.sign(secret, payload))
    for changed in (False, True):
        if changed:
            raw[bit // 8] ^= 1 << bit % 8
        halves = bytes(raw[:32]), bytes(raw[32:])
        numbers = tuple(int.from_bytes(half, "big") for half in halves)
        slow = sm2.verifies_slowly(point, sm2.USER, payload, numbers)
        assert (
            sm2.verifies(point, sm2.USER, payload, bytes(raw)) == slow == (not changed)
        )


def test_without_openssl_the_slow_way_answers(monkeypatch):
    monkeypatch.setattr(openssl, "verifier", lambda: None)
    assert told(keys.signed(SM2, PAYLOAD), keys.known(SM2)) == "valid"
    assert told(keys.signed(SM2, PAYLOAD, word="b"), keys.known(SM2)) == "altered"


def test_sm2_comes_as_der_or_as_two_numbers_and_in_no_other_form():
    made = keys.signed(SM2, PAYLOAD)
    raw = b64decode(made.value)
    der = sm2.as_der(raw)
    for form, reason in (
        (der, "valid"),
        (raw + b"\0", "altered"),
        (der + b"\0", "altered"),
        (b"", "altered"),
        (b"\x30\x06\x02\x01\x00\x02\x01\x00", "altered"),
        (b"\0" * 64, "altered"),
        (b"\xff" * 64, "altered"),
    ):
        found = replace(made, value=b64encode(form).decode())
        assert told(found, keys.known(SM2)) == reason
    assert told(replace(made, value="%%"), keys.known(SM2)) == "unreadable"


def test_a_key_of_sm2_may_have_a_users_name_of_its_own():
    secret = keys.secret("sm2")
    named = replace(
        keys.known(SM2), public=text_of(jwk_of_sm2(secret, "温州互联网医院"))
    )
    raw = sm2.sign(secret, PAYLOAD, "温州互联网医院".encode())
    made = replace(keys.signed(SM2, PAYLOAD), value=b64encode(raw).decode())
    assert told(made, named) == "valid"
    assert told(keys.signed(SM2, PAYLOAD, word="sm2"), named) == "altered"


@pytest.mark.parametrize("kind", keys.KINDS)
def test_a_public_key_is_read_and_tells_its_algorithm(kind):
    assert read_key(keys.public_jwk(kind)).algorithm == kind


@pytest.mark.parametrize(
    ("kind", "change", "where"),
    [
        (ED25519, {"d": "AAAA"}, "d"),
        (ED25519, {"x": "AAAA"}, "x"),
        (ED25519, {"x": 7}, "x"),
        (ED25519, {"crv": "Ed448"}, "crv"),
        (ED25519, {"kty": ["OKP"]}, "crv"),
        (ED25519, {"alg": "HS256"}, "alg"),
        (ED25519, {"use": "enc"}, "use"),
        (ED25519, {"x5u": "https://a"}, "x5u"),
        (ED25519, {"uid": "a"}, "uid"),
        (ES256, {"y": base64url(b"\1" * 32)}, "x"),
        (SM2, {"y": base64url(b"\1" * 32)}, "x"),
        (SM2, {"x": base64url(b"\xff" * 32)}, "x"),
        (SM2, {"x": base64url(b"\0" * 32), "y": base64url(b"\0" * 32)}, "x"),
        (SM2, {"uid": ""}, "uid"),
        (SM2, {"uid": "x" * 129}, "uid"),
    ],
)
def test_what_is_no_public_key_is_refused_by_its_member(kind, change, where):
    with pytest.raises(BadKey) as raised:
        read_key({**keys.public_jwk(kind), **change})
    assert str(raised.value).startswith(f"{where}: ")


def test_every_reason_has_words_in_both_languages():
    for reason in REASONS:
        zh, en = WHY[f"signature.{reason}"]
        assert zh and en
