"""An insurance code (医保码) opens one act, at one counter, within its minute."""

import hashlib
import json
from dataclasses import replace
from io import BytesIO
from secrets import token_hex
from typing import Any

import numpy as np
import pytest
import zxingcpp
from itsdangerous import URLSafeSerializer
from PIL import Image
from werkzeug.test import TestResponse

from dispensing import insurance_code as codes
from dispensing.codes import keystrokes
from dispensing.gateway.sandbox import Faults
from dispensing.insurance_code import PREFIX
from dispensing.service import code_reading, opening, presenting
from fixtures import cast
from tests.platform import sent
from tests.security.acts import insurance_code, settle
from tests.security.harness import Check, House, done, refused

Patch = pytest.MonkeyPatch
BILL_FEN = 1260  # what alice pays for the usual three packs
SALT = "insurance-code"


def present(house: House, text: str, who: str = "counter") -> TestResponse:
    """Scan a code at a counter, to see the prescriptions."""
    return house.program(who).ask("POST", "/presentations", {"scanned": text})


def pay(house: House, text: str, *, number: int = 1, **more: Any) -> TestResponse:
    """Settle a prescription of its own with a code."""
    rx = sent(house.platform, number)
    return settle(house, rx, text, batch=number, **more)


def one_of(answer: TestResponse, *kinds: str) -> None:
    """Hold a refusal to be one of several."""
    assert answer.status_code == 409, (answer.status_code, answer.text)
    assert answer.json is not None
    assert answer.json["type"].removeprefix("urn:yaoda:problem:") in kinds, answer.text


def replay(house: House) -> None:
    """Scan one code twice, to fetch and to pay."""
    fetching, paying = insurance_code(house), insurance_code(house, "settle")
    done(present(house, fetching))
    done(pay(house, paying))
    house.forward(seconds=2)
    refused(present(house, fetching), "code-used")
    refused(pay(house, paying, number=2), "code-used")


def numbers_each_scan_anew(patch: Patch) -> None:
    """Take each scan of one code for a code of its own."""
    parse = codes._parse

    def lenient(key: bytes, text: str) -> Any:
        return replace(parse(key, text), nonce=token_hex())

    patch.setattr(codes, "_parse", lenient)


def second_pharmacy(house: House) -> None:
    """Carry a code to another pharmacy than the one it names."""
    fetching, paying = insurance_code(house), insurance_code(house, "settle")
    refused(present(house, fetching, "second-counter"), "code-other-outlet")
    refused(pay(house, paying, who="second-counter"), "code-other-outlet")
    done(present(house, fetching))  # it was not used up by that


def reads_any_outlet(patch: Patch) -> None:
    """Read a code as if it were for the outlet that asks."""
    strict = codes.read

    def lenient(key: bytes, text: str, **asked: Any) -> Any:
        named = codes._parse(key, text).outlet_code
        return strict(key, text, **{**asked, "outlet_code": named})

    patch.setattr(codes, "read", lenient)


def amount_changed(house: House) -> None:
    """Charge another sum than the patient was told."""
    wrong = pay(house, insurance_code(house, "settle"), patient_fen=BILL_FEN - 1)
    refused(wrong, "amount-changed")
    assert house.desk.gateway.booked_fund_fen() == 0  # type: ignore[attr-defined]
    paid = done(pay(house, insurance_code(house, "settle"), patient_fen=BILL_FEN))
    assert paid["total_fen"] - paid["fund_fen"] == BILL_FEN


def charges_what_comes_out(patch: Patch) -> None:
    """Charge whatever the rules say now."""
    patch.setattr(opening, "_hold_to_amount", lambda *_: None)


def expired_by_a_second(house: House) -> None:
    """Scan a code at the end of its minute, and a second later."""
    good, late = insurance_code(house), insurance_code(house)
    paying = insurance_code(house, "settle")
    house.forward(seconds=59)
    done(present(house, good))
    house.forward(seconds=1)
    refused(present(house, late), "code-expired")
    refused(pay(house, paying), "code-expired")
    house.forward(seconds=1)
    refused(present(house, late), "code-expired")


def lives_a_second_longer(patch: Patch) -> None:
    """Let codes live for 61 seconds."""
    patch.setattr(codes, "LIFE", codes.LIFE * 61 // 60)


def of_the_future(house: House) -> None:
    """Scan a code that was made by a clock far ahead."""
    text = insurance_code(house)
    house.forward(seconds=-6)
    refused(present(house, text), "code-not-yet")
    house.forward(seconds=1)
    done(present(house, text))


def trusts_any_clock(patch: Patch) -> None:
    """Take codes of a clock that is an hour ahead."""
    patch.setattr(codes, "LEEWAY", codes.LEEWAY * 720)


def wrong_algorithm(house: House) -> None:
    """Sign a code with the right key by other algorithms, or by none."""
    key, text = house.desk.code_key, insurance_code(house)
    fields = URLSafeSerializer(key, salt=SALT).loads(text.removeprefix(PREFIX))
    other = (
        {"key_derivation": "concat"},
        {"key_derivation": "none"},
        {"digest_method": hashlib.md5},
        {"digest_method": hashlib.sha512},
    )
    for kind in other:
        made = URLSafeSerializer(key, salt=SALT, signer_kwargs=kind).dumps(fields)
        answer = present(house, PREFIX + str(made))
        one_of(answer, "code-forged", "code-misread")
    bare = text.rpartition(".")[0]
    for unsigned in (bare, f"{bare}.", f"{bare}.{'A' * 27}"):
        one_of(present(house, unsigned), "code-forged", "code-misread")


def takes_an_older_algorithm(patch: Patch) -> None:
    """Fall back to another algorithm where the usual one does not fit."""

    def lenient(key: bytes) -> URLSafeSerializer:
        return URLSafeSerializer(
            key, salt=SALT, fallback_signers=[{"key_derivation": "concat"}]
        )

    patch.setattr(codes, "_serializer", lenient)


def wrong_key(house: House) -> None:
    """Show a code that another installation has signed."""
    text = insurance_code(house)
    fields = URLSafeSerializer(house.desk.code_key, salt=SALT).loads(
        text.removeprefix(PREFIX)
    )
    for key, salt in ((b"x" * 32, SALT), (house.desk.code_key, "cookie-session")):
        made = PREFIX + str(URLSafeSerializer(key, salt=salt).dumps(fields))
        refused(present(house, made), "code-forged")
        refused(pay(house, made, number=len(salt)), "code-forged")


def reads_without_verifying(patch: Patch) -> None:
    """Read what a code says without looking at its signature."""

    class Believes(URLSafeSerializer):
        def loads(self, s: str | bytes, salt: str | bytes | None = None) -> Any:
            given = s if isinstance(s, bytes) else s.encode()
            return self.load_payload(given.rpartition(b".")[0])

    patch.setattr(
        codes, "_serializer", lambda key: Believes(key, salt="insurance-code")
    )


def truncated(house: House) -> None:
    """Cut a code off at many places."""
    text = insurance_code(house)
    for cut in (1, 2, 8, 27, 28, len(text) // 2, len(text) - 5, len(text) - 1):
        one_of(present(house, text[:-cut]), "code-misread", "code-forged")
    done(present(house, text))


def signature_by_its_beginning(patch: Patch) -> None:
    """Be content with the beginning of a signature."""

    class Lenient(URLSafeSerializer):
        def loads(self, s: str | bytes, salt: str | bytes | None = None) -> Any:
            given = s if isinstance(s, str) else s.decode()
            payload, _, signature = given.rpartition(".")
            whole = self.make_signer(salt).sign(payload.encode()).decode()
            long_enough = len(signature) >= 20
            good = long_enough and whole.rpartition(".")[2].startswith(signature)
            return super().loads(whole if good else s, salt)

    patch.setattr(codes, "_serializer", lambda key: Lenient(key, salt=SALT))
    patch.setattr(
        keystrokes, "_insurance_code", lambda t: keystrokes.Scan(t, "insurance_code")
    )


def screenshot_after_use(house: House) -> None:
    """Photograph a code, let its owner use it, then show the picture."""
    text = insurance_code(house)
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture = BytesIO()
    pixels = np.array(drawn.to_image(scale=8, add_quiet_zones=True))
    Image.fromarray(pixels).save(picture, "PNG")
    done(present(house, text))
    house.forward(seconds=10)
    picture.seek(0)
    clerk = house.program("counter")
    read = clerk.ask("POST", "/codes/decode", data={"picture": (picture, "a.png")})
    (seen,) = done(read)
    assert seen["text"] == text
    refused(present(house, seen["text"]), "code-used")


def takes_a_picture_for_a_double(patch: Patch) -> None:
    """Take what is shown again within a minute for one scan that was read twice."""
    patch.setattr(presenting, "_DOUBLE", codes.LIFE)


def used_but_payment_failed(house: House) -> None:
    """Try again with a code whose payment was declined."""
    gateway: Any = house.desk.gateway
    text = insurance_code(house, "settle")
    gateway._faults = Faults(declined_persons=frozenset({cast.alice.person_no}))
    failed = pay(house, text)
    assert failed.status_code == 409, failed.text
    assert json.loads(failed.text)["type"] != "urn:yaoda:problem:code-used"
    gateway._faults = Faults()
    house.forward(seconds=2)
    refused(pay(house, text, number=2), "code-used")
    assert gateway.booked_fund_fen() == 0
    done(pay(house, insurance_code(house, "settle"), number=3))


def spends_only_what_was_paid(patch: Patch) -> None:
    """Leave a code unspent where nothing comes of its payment."""
    patch.setattr(opening, "_spent", lambda *_: ())
    patch.setattr(code_reading, "spend_presented", lambda *_: None)


CHECKS = (
    Check("replay", ("9.1.1", "2.3.1"), replay, numbers_each_scan_anew),
    Check("second-pharmacy", ("9.2.3",), second_pharmacy, reads_any_outlet),
    Check("amount-changed", ("2.2.3", "2.3.2"), amount_changed, charges_what_comes_out),
    Check(
        "expired-by-a-second", ("9.2.1",), expired_by_a_second, lives_a_second_longer
    ),
    Check("of-the-future", ("9.2.1",), of_the_future, trusts_any_clock),
    Check("wrong-algorithm", ("9.1.2",), wrong_algorithm, takes_an_older_algorithm),
    Check("wrong-key", ("9.1.1", "9.1.3"), wrong_key, reads_without_verifying),
    Check("truncated", ("9.1.1",), truncated, signature_by_its_beginning),
    Check(
        "screenshot-after-use",
        ("2.3.1",),
        screenshot_after_use,
        takes_a_picture_for_a_double,
    ),
    Check(
        "used-but-payment-failed",
        ("2.3.3",),
        used_but_payment_failed,
        spends_only_what_was_paid,
    ),
)
