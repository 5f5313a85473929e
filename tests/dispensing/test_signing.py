"""Signatures of the service: each algorithm by its own standard, and by a second implementation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from gmssl import sm2
from joserfc import jws as joserfc
from joserfc.jwk import OKPKey

from dispensing.signing import (
    ALGORITHMS,
    ED25519,
    SM2,
    PublicKey,
    base64url,
    from_base64url,
    jws,
    jws_key_id,
    jws_verifies,
    key_list,
    read_key_list,
    signing_key,
)

SECRET = bytes(range(1, 33))
AT = datetime(2025, 9, 15, 12, tzinfo=UTC)
# GB/T 32918.5-2017, appendix A.2: the example over the recommended curve.
STANDARD = {
    "secret": "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8",
    "x": "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020",
    "y": "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
    "r": "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3",
    "s": "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
}


@pytest.fixture(params=ALGORITHMS)
def key(request):
    return signing_key(request.param, SECRET)


def test_what_was_signed_verifies_and_nothing_else_does(key):
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert key.public.verifies(b"message", signature)
    assert not key.public.verifies(b"messagf", signature)
    assert not key.public.verifies(b"message", signature[:-1])
    for at in (0, 31, 32, 63):
        bent = bytearray(signature)
        bent[at] ^= 1
        assert not key.public.verifies(b"message", bytes(bent))
    for same in (b"\0", b"\xff"):
        assert not key.public.verifies(b"message", same * 64)


def test_the_example_of_the_standard_verifies():
    made = {name: bytes.fromhex(value) for name, value in STANDARD.items()}
    key = signing_key(SM2, made["secret"])
    assert key.public.public == made["x"] + made["y"]
    assert key.public.verifies(b"message digest", made["r"] + made["s"])
    assert not key.public.verifies(b"message digesT", made["r"] + made["s"])


def test_another_implementation_of_sm2_agrees_both_ways():
    key = signing_key(SM2, SECRET)
    other = sm2.CryptSM2(SECRET.hex(), key.public.public.hex())
    assert other.verify_with_sm3(key.sign(b"message").hex(), b"message")
    assert not other.verify_with_sm3(key.sign(b"message").hex(), b"messagf")
    theirs = bytes.fromhex(other.sign_with_sm3(b"message"))
    assert key.public.verifies(b"message", theirs)


def test_another_implementation_reads_the_ed25519_signature():
    key = signing_key(ED25519, SECRET)
    token = jws(b'{"a":1}', key, "thing")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public.public)}
    registry = joserfc.JWSRegistry(algorithms=[ED25519])
    public = OKPKey.import_key(jwk)
    read = joserfc.deserialize_compact(
        token, public, registry=registry, payload=b'{"a":1}'
    )
    assert read.headers() == {
        "alg": ED25519,
        "kid": key.public.key_id,
        "typ": "thing",
    }


def test_a_detached_signature_is_for_one_kind_one_payload_and_one_key(key):
    token = jws(b"{}", key, "thing")
    assert jws_key_id(token) == key.public.key_id
    assert jws_verifies(b"{}", token, key.public, "thing")
    assert not jws_verifies(b"{}", token, key.public, "other")
    assert not jws_verifies(b"{ }", token, key.public, "thing")
    other = signing_key(key.public.algorithm, SECRET[::-1]).public
    assert not jws_verifies(b"{}", token, other, "thing")
    head, _, signature = token.split(".")
    assert not jws_verifies(b"{}", f"{head}.e30.{signature}", key.public, "thing")


def test_the_list_of_keys_is_read_as_it_was_written():
    first = signing_key(ED25519, SECRET, valid_until=AT).public
    second = signing_key(SM2, SECRET, valid_from=AT - timedelta(hours=1)).public
    assert read_key_list(key_list([first, second])) == {
        first.key_id: first,
        second.key_id: second,
    }


def test_a_key_is_valid_from_its_first_instant_until_its_last():
    key = signing_key(ED25519, SECRET).public
    assert key.is_valid_at(AT)
    bound = replace(key, valid_from=AT, valid_until=AT + timedelta(seconds=1))
    assert bound.is_valid_at(AT)
    assert not bound.is_valid_at(AT - timedelta(microseconds=1))
    assert not bound.is_valid_at(AT + timedelta(seconds=1))


def test_a_list_of_keys_that_was_bent_is_refused():
    written = key_list([signing_key(ED25519, SECRET).public])
    (jwk,) = written["keys"]
    for bent in (
        {**jwk, "kid": "0" * 16},
        {**jwk, "x": base64url(bytes(32))},
        {**jwk, "alg": "none"},
        {**jwk, "valid_from": "2025-09-15T12:00:00"},
        {name: value for name, value in jwk.items() if name != "x"},
    ):
        with pytest.raises(ValueError):
            read_key_list({"keys": [bent]})
    for raw in ({}, {"keys": 1}, {"keys": [1]}, []):
        with pytest.raises(ValueError):
            read_key_list(raw)


def test_a_point_that_is_not_on_the_curve_verifies_nothing():
    signature = signing_key(SM2, SECRET).sign(b"message")
    assert not PublicKey(SM2, b"\x01" * 64).verifies(b"message", signature)


def test_text_that_spells_the_same_bytes_otherwise_is_refused():
    assert from_base64url(base64url(b"a")) == b"a"
    for text in ("YR", "YQ==", "Y Q", "Y+", "药"):
        with pytest.raises(ValueError):
            from_base64url(text)


def test_a_secret_is_never_shown_and_has_its_length():
    key = signing_key(ED25519, SECRET)
    assert SECRET.hex() not in repr(key) and str(SECRET) not in repr(key)
    with pytest.raises(ValueError, match="32 bytes"):
        signing_key(ED25519, SECRET[1:])
    with pytest.raises(ValueError, match="expected one of"):
        signing_key("RS256", SECRET)
