"""A prescription counts as its doctor wrote it: once, in its days, unless it was withdrawn."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from random import Random
from threading import Thread
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey
from sqlalchemy import Engine, text
from sqlmodel import select
from werkzeug.test import TestResponse

from dispensing.intake import signature
from dispensing.intake.message import canonical
from dispensing.intake.signatures import jose
from dispensing.service import admitting, opening, revoking
from dispensing.tables import PrescriptionRow
from fixtures import cast
from tests import world
from tests.intake import keys
from tests.platform import sent
from tests.security.acts import insurance_code, leave_out, settle
from tests.security.harness import Check, House, done, refused
from web import db, strict

Patch = pytest.MonkeyPatch
SENDS = ("POST", "/prescriptions")
ONLINE = "internet-hospital"
REFUSALS = {400, 409, 413, 415, 422}


def pay(house: House, rx: str, batch: int = 1) -> TestResponse:
    """Settle at the Lucheng pharmacy with a fresh code; a pharmacist has looked."""
    text_ = insurance_code(house, "settle")
    return settle(house, rx, text_, batch=batch, override={"reason": "药师已核对"})


def taken(house: House, message: dict[str, Any], sender: str = ONLINE) -> Any:
    """Let an institution send a message; nobody has to review it here."""
    return done(house.program(sender).ask(*SENDS, message))


def holds(house: House, number: int = 1) -> None:
    """Hold the usual signed prescription to be good, so that a refusal means something."""
    house.settings["review"] = "none"
    told = taken(house, world.internet_message(number))
    assert told["signature"] == "valid", told
    done(pay(house, told["id"], number))


def is_no_prescription(house: House, told: Any, reason: str | None) -> None:
    """Hold a message to be taken as not signed by its issuer, and not settled."""
    assert told["signature"] != "valid", told
    assert told["signature_reason"] == reason, told
    answer = pay(house, told["id"], 9)
    assert answer.status_code == 409, answer.text
    found = answer.json["assessment"]["findings"]  # type: ignore[index]
    (about,) = [each for each in found if each["check"] == "prescription.signature"]
    assert about["verdict"] == "refused", about


def forged(house: House) -> None:
    """Sign with a stranger's key in the name of a known one, and bring that key along."""
    holds(house)
    stranger = keys.private("Ed25519", "a stranger's key")
    raw = world.internet_message(2, valid_days=2)
    raw.pop("signature")
    plain = canonical({**raw, "signature": None})
    for more in ({}, {"jwk": stranger.as_dict(private=False)}):
        token = detached(plain, stranger, more)
        mark = {"key_id": world.KEY_ID, "jws": token}
        number = f"{cast.INTERNET_HOSPITAL}-20250915-{90 + len(more):04d}"
        sent_ = {**raw, "hosp_rx_no": number, "signature": mark}
        told = taken(house, sent_)
        assert told["signature"] == "invalid", told
        assert pay(house, told["id"], 9).status_code == 409


def detached(payload: bytes, key: OKPKey, more: dict[str, Any]) -> str:
    """Make a detached JWS whose header says more than it ought to."""
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    header = {"alg": "Ed25519", "kid": world.KEY_ID, **more}
    token = jws.serialize_compact(header, payload, key, registry=registry)
    head, _payload, tail = token.split(".")
    return f"{head}..{tail}"


def takes_the_key_it_is_given(patch: Patch) -> None:
    """Verify with the key that a signature brings along."""
    known = signature._verifies

    def lenient(signed: Any, public: Any) -> bool:
        head = signed.value.split(".")[0]
        told = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return "jwk" in told or known(signed, public)

    patch.setattr(signature, "_verifies", lenient)
    patch.setattr(jose, "_ALLOWED", {*jose._ALLOWED, "jwk"})


def altered(house: House) -> None:
    """Change a signed message: its amount, its person, its diagnosis, its days."""
    holds(house)
    good = world.internet_message(2)
    line = {**good["lines"][0], "quantity": 9}
    changes: tuple[dict[str, Any], ...] = (
        {"lines": [line]},
        {"diagnosis": "E11.900"},
        {"valid_days": 30},
        {"issued_at": "2025-09-15T09:12:00+08:00"},
    )
    for number, change in enumerate(changes):
        told = taken(house, {**world.internet_message(10 + number), **change})
        is_no_prescription(house, told, "altered")


def signs_nothing_in_particular(patch: Patch) -> None:
    """Be content that there is a signature of a known key."""
    patch.setattr(signature, "_verifies", lambda *_: True)


def other_hospitals_key(house: House) -> None:
    """Sign with another institution's registered key, or send in its name."""
    holds(house)
    own = world.signed(world.message(2, record_no=None))
    told = taken(house, own, "hospital")
    is_no_prescription(house, told, "other_issuer")
    in_its_name = house.program("hospital").ask(*SENDS, world.internet_message(3))
    refused(in_its_name, "malformed", 422)


def any_known_key_will_do(patch: Patch) -> None:
    """Take the key of whichever institution."""
    standing = signature._standing

    def lenient(key: Any, issuer: str, at: Any) -> str | None:
        return standing(key, key.issuer if key else issuer, at)

    patch.setattr(signature, "_standing", lenient)


def unsigned(house: House) -> None:
    """Leave the signature of an e-prescription out."""
    holds(house)
    bare = {**world.internet_message(2), "signature": None}
    is_no_prescription(house, taken(house, bare), None)


def asks_for_no_signature(patch: Patch) -> None:
    """Settle without asking for a signature."""
    leave_out(patch, ["prescription.signature"])


def two_pharmacies_at_once(house: House) -> None:
    """Settle at a second pharmacy while the first one waits for the platform."""
    gateway: Any = house.desk.gateway
    rx = sent(house.platform)
    other = insurance_code(house, "settle", world.SECOND_PHARMACY)
    charge, answers = gateway.charge, []

    def second() -> None:
        answers.append(settle(house, rx, other, who="second-counter", batch=2))

    def meanwhile(asked: Any) -> Any:
        gateway.charge = charge
        act = Thread(target=second)  # a thread has no request of its own yet
        act.start()
        act.join()
        return charge(asked)

    gateway.charge = meanwhile
    first = pay(house, str(rx))
    refused(answers[0], "settled-elsewhere")
    done(first)
    with house.session() as session:
        live = "state IN ('posted', 'pending', 'unknown')"
        count = text(f"SELECT count(*) FROM settlement WHERE {live}")
        assert session.execute(count).scalar() == 1


def sees_no_other_settlement(patch: Patch) -> None:
    """Look for no other settlement before opening one, in a table without its index."""
    gather, opened = opening.gather, db.open_engine

    def forgetful(*asked: Any) -> Any:
        facts = gather(*asked)
        return replace(facts, live=None, rx=replace(facts.rx, state="received"))

    def bare(url: str, **more: Any) -> Engine:
        engine = opened(url, **more)
        with engine.begin() as connection:
            connection.execute(text("DROP INDEX IF EXISTS settlement_live"))
        return engine

    patch.setattr(opening, "gather", forgetful)
    patch.setattr("tests.platform.db.open_engine", bare)


def expired(house: House) -> None:
    """Come on the last day of a prescription, and a second after it."""
    rx, late = str(sent(house.platform)), str(sent(house.platform, 2))
    midnight = world.NOON.replace(day=18, hour=0)
    house.clock.at = midnight
    house.forward(seconds=-1)
    done(pay(house, rx))
    house.forward(seconds=1)
    answer = pay(house, late, 2)
    assert answer.status_code == 409, answer.text


def looks_at_no_day(patch: Patch) -> None:
    """Take a prescription on any day."""
    leave_out(patch, ["prescription.validity"])
    told = admitting.state_of
    patch.setattr(admitting, "state_of", lambda standing, _: told(standing, world.NOON))


def revoked_after_issue(house: House) -> None:
    """Withdraw a prescription that a pharmacy has already looked at."""
    rx = str(sent(house.platform))
    done(house.program("counter").ask("POST", f"/prescriptions/{rx}/checks", {}))
    why = {"reason": "剂量有误，已重开"}
    done(house.program("hospital").ask("POST", f"/prescriptions/{rx}/revocation", why))
    answer = pay(house, rx)
    assert answer.status_code == 409, answer.text
    assert house.desk.gateway.booked_fund_fen() == 0  # type: ignore[attr-defined]


def revokes_in_words_only(patch: Patch) -> None:
    """Note that a prescription was withdrawn, and leave it as it is."""
    patch.setattr(revoking, "step", lambda state, _to: state)


def malformed(house: House) -> None:
    """Send a hundred messages that are none; each is refused, and nothing is kept."""
    program, chance = house.program("hospital"), Random(1)
    good = world.dumps(world.message()).encode()
    for number in range(100):
        spoil = SPOILERS[number % len(SPOILERS)]
        headers = {"Content-Type": "application/json"}
        raw = spoil(good, chance)
        answer = program.ask(*SENDS, data=raw, headers=headers)
        assert answer.status_code in REFUSALS, (spoil, raw[:200], answer.text)
        assert answer.content_type == "application/problem+json"
    with house.session() as session:
        assert not session.exec(select(PrescriptionRow)).all()
    done(program.ask(*SENDS, world.message()))


def _cut(good: bytes, chance: Random) -> bytes:
    return good[: chance.randrange(len(good) - 1)]


def _bend(good: bytes, chance: Random) -> bytes:
    """Put bytes that are not UTF-8 somewhere."""
    at = chance.randrange(len(good))
    return good[:at] + bytes([chance.randrange(0xF8, 0x100)]) + good[at:]


def _deep(good: bytes, chance: Random) -> bytes:
    depth = chance.choice((20, 1_000, 20_000))
    return b'{"lines":' + b"[" * depth + b"]" * depth + b"}"


def _double(good: bytes, chance: Random) -> bytes:
    return b'{"source": "external", ' + good.lstrip()[1:]


def _number(good: bytes, chance: Random) -> bytes:
    kinds = (b"NaN", b"-1", b"1e400", b"9" * 400, b"3.5", b"true", b"null", b'"3"')
    return good.replace(b'"quantity": 3', b'"quantity": ' + chance.choice(kinds))


def _field(good: bytes, chance: Random) -> bytes:
    raw = json.loads(good)
    name = chance.choice(["insured", "lines", "doctor", "disease", "issued_at"])
    raw[name] = chance.choice([None, [], {}, 0, "", "\0", "x" * 5_000, [[]], -1])
    return json.dumps(raw).encode()


def _more(good: bytes, chance: Random) -> bytes:
    name = chance.choice(["state", "id", "__class__", "signature_state", "area"])
    return json.dumps({**json.loads(good), name: "settled"}).encode()


def _surrogate(good: bytes, chance: Random) -> bytes:
    return good.replace(b"I10.x00", b"\\ud800")


def _other(good: bytes, chance: Random) -> bytes:
    return chance.choice([b"", b"null", b"[]", b'"x"', b"0", b"<xml/>", b"\xff\xfe{}"])


SPOILERS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_cut, _bend, _deep, _double, _number),
    *(_field, _more, _surrogate, _other),
)


def parses_like_everybody(patch: Patch) -> None:
    """Parse JSON as the standard library does."""
    patch.setattr(strict, "parse", lambda raw, **_: json.loads(raw))


CHECKS = (
    Check("forged", ("9.1.3", "处方管理办法 3"), forged, takes_the_key_it_is_given),
    Check("altered", ("9.1.1",), altered, signs_nothing_in_particular),
    Check(
        "other-hospitals-key", ("9.1.3",), other_hospitals_key, any_known_key_will_do
    ),
    Check("unsigned", ("9.1.2",), unsigned, asks_for_no_signature),
    Check(
        "two-pharmacies-at-once",
        ("2.3.4", "15.4.2"),
        two_pharmacies_at_once,
        sees_no_other_settlement,
    ),
    Check("expired", ("9.2.1", "处方管理办法 18"), expired, looks_at_no_day),
    Check(
        "revoked-after-issue", ("2.3.1",), revoked_after_issue, revokes_in_words_only
    ),
    Check(
        "a-hundred-malformed",
        ("1.5.2", "2.2.1", "16.5.3"),
        malformed,
        parses_like_everybody,
    ),
)
