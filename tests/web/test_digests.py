"""What signs cookies, forms, tokens and codes: SHA-256, with secrets of 128 bits and more."""

import base64
from datetime import UTC, datetime

from dispensing import insurance_code, qr
from tests.platform import PASSWORD, csrf, platform

__all__ = ["platform"]
SIGNS = 43  # of 32 bytes in base64url; SHA-1 has 27


def test_cookies_forms_and_tokens_are_signed_by_sha256(platform):
    client = platform.app.test_client()
    form = csrf(client.get("/login").text)
    sent = {"username": "counter", "password": PASSWORD, "csrf_token": form}
    assert client.post("/login", data=sent).status_code == 302
    kept = {each.key: each.value for each in client._cookies.values()}
    assert {"yaoda", "yaoda_known"} <= kept.keys()
    signed = [form, *kept.values(), platform.program("counter").token]
    for each in signed:
        assert len(each.rpartition(".")[2]) == SIGNS, each


def test_a_cookie_of_before_opens_nothing_and_breaks_nothing(platform):
    client = platform.person("counter")
    (kept,) = [each for each in client._cookies.values() if each.key == "yaoda"]
    old = kept.value.rpartition(".")[0] + "." + "A" * 27
    client.set_cookie("yaoda", old)
    client.set_cookie("yaoda_known", "W10." + "A" * 27)
    assert client.get("/counter").location.startswith("/login")


def test_a_code_has_a_nonce_of_128_bits_and_a_picture_that_a_desk_reads():
    text, code = insurance_code.issue(
        b"k" * 32,
        person_no="I000000001",
        purpose="download",
        outlet_code="P33030200001",
        now=datetime(2025, 9, 15, 4, tzinfo=UTC),
        agent_no="I000000002",
        operator="second-counter",
    )
    raw = base64.urlsafe_b64decode(code.nonce + "==")
    assert len(raw) == 16
    assert len(text.rpartition(".")[2]) == insurance_code.SIGNATURE_SIGNS == SIGNS
    assert qr.modules(text) <= 57  # version 10; receipts are read up to 11
