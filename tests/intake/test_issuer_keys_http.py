"""Institutions' keys over HTTP and on the command line; times of a prescription to the second."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from dispensing import service
from dispensing.errors import Conflict
from fixtures import cast
from tests import world
from tests.intake import keys
from tests.platform import platform
from tests.world import NOON
from web.cli import app

__all__ = ["platform"]
KEYS = "/issuer-keys"


def form(**changes):
    usual = {
        "key_id": "internet-2026",
        "issuer": cast.INTERNET_HOSPITAL,
        "public_jwk": keys.public_jwk("SM2"),
        "valid_from": "2025-09-15",
        "valid_until": "2026-12-31",
        "replaces": None,
        "replaced_until": None,
        "signature": None,
    }
    return {**usual, **changes}


def test_the_bureau_registers_and_revokes_a_key(platform):
    bureau = platform.program("bureau")
    assert bureau.post(KEYS, form())["algorithm"] == "SM2"
    listed = bureau.get(f"{KEYS}?issuer={cast.INTERNET_HOSPITAL}")
    assert {one["key_id"] for one in listed} == {world.KEY_ID, "internet-2026"}
    asked = {"key_id": world.KEY_ID, "reason": "compromise", "note": "服务器失窃"}
    done = bureau.post(f"{KEYS}/revocations", asked)
    assert done["key"]["standing"] == "revoked"
    told = bureau.get(f"{KEYS}/history?issuer={cast.INTERNET_HOSPITAL}")
    assert [one["kind"] for one in told] == ["added", "revoked"]
    assert told[1]["detail"]["note"] == "服务器失窃"


def test_an_institution_replaces_its_own_key_with_the_old_ones_signature(platform):
    program = platform.program("internet-hospital")
    asked = world.signed(form(replaces=world.KEY_ID, replaced_until="2025-09-30"))
    assert program.post(KEYS, asked)["standing"] == "valid"
    bent = {**asked, "key_id": "another", "valid_until": "2030-12-31"}
    refused = program.ask("POST", KEYS, bent)
    assert (refused.status_code, refused.json["type"]) == (
        409,
        "urn:yaoda:problem:key-not-proven",
    )
    unsigned = program.ask("POST", KEYS, form(key_id="k2"))
    assert unsigned.status_code == 422


def test_nobody_reaches_another_institutions_keys(platform):
    other = platform.program("hospital")
    for asked in (
        ("GET", f"{KEYS}?issuer={cast.INTERNET_HOSPITAL}", None),
        ("POST", KEYS, world.signed(form())),
        (
            "POST",
            f"{KEYS}/revocations",
            {"key_id": world.KEY_ID, "reason": "cessation"},
        ),
    ):
        assert other.ask(*asked).status_code == 404
    assert platform.program("counter").ask("POST", KEYS, form()).status_code == 403


def test_a_prescription_tells_why_its_signature_does_not_count(platform):
    raw = {**world.internet_message(1), "valid_days": 2}
    program = platform.program("internet-hospital")
    told = program.post("/prescriptions", raw)
    assert (told["signature"], told["signature_reason"]) == ("invalid", "altered")
    counter = platform.program("counter")
    checked = counter.post(
        f"/prescriptions/{told['id']}/checks",
        {"voucher": "card"},
    )
    assert "可能被改动过" in json.dumps(checked, ensure_ascii=False)


def test_a_hospital_sees_its_keys_on_its_page(platform):
    page = platform.person("internet-hospital").get("/hospital").text
    assert world.KEY_ID in page and "有效" in page
    asked = {"key_id": world.KEY_ID, "reason": "cessation"}
    platform.program("bureau").post(f"{KEYS}/revocations", asked)
    assert "已吊销" in platform.person("internet-hospital").get("/hospital").text


@pytest.mark.parametrize(("seconds", "taken"), [(300, True), (301, False)])
def test_a_prescription_is_issued_at_most_five_minutes_ahead(
    street, desk, seconds, taken
):
    at = (NOON + timedelta(seconds=seconds)).isoformat()
    raw = world.message(issued_at=at)
    if taken:
        assert service.receive(street, desk, raw, now=NOON).created
        return
    with pytest.raises(Conflict) as raised:
        service.receive(street, desk, raw, now=NOON)
    assert raised.value.code == "issued-ahead"
    street.rollback()
    later = NOON + timedelta(seconds=1)
    assert service.receive(street, desk, raw, now=later).created


@pytest.mark.parametrize(("seconds", "state"), [(-1, "received"), (0, "lapsed")])
def test_a_prescription_that_comes_a_second_after_its_last_day_has_lapsed(
    street, desk, seconds, state
):
    midnight = (NOON + timedelta(days=3)).replace(hour=0)
    at = midnight + timedelta(seconds=seconds)
    received = service.receive(street, desk, world.message(), now=at)
    assert received.state == state
    again = service.receive(street, desk, world.message(), now=at)
    assert (again.created, again.state) == (False, state)


def test_keys_are_listed_added_and_revoked_on_the_command_line(
    tmp_path, monkeypatch, sqlite_url
):
    from web import db

    engine = db.open_engine(sqlite_url)
    with db.open_session(engine) as session:
        world.populate(session, world.open_desk())
    engine.dispose()
    monkeypatch.setenv("YAODA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_CLOCK_START", NOON.isoformat())
    file = tmp_path / "key.json"
    file.write_text(json.dumps(form()))
    run = CliRunner().invoke
    added = run(app, ["issuer-keys", "add", str(file)])
    assert added.output.startswith("internet-2026 H33030200090 SM2 2025-09-15 to")
    gone = run(app, ["issuer-keys", "revoke", world.KEY_ID, "--reason", "cessation"])
    assert "revoked as of 2025-09-15 12:0" in gone.output
    later = NOON + timedelta(hours=1)
    monkeypatch.setenv("YAODA_CLOCK_START", later.isoformat())
    listed = run(app, ["issuer-keys", "list", "--issuer", cast.INTERNET_HOSPITAL])
    assert [line.split()[6] for line in listed.output.splitlines()] == [
        "revoked",
        "valid",
    ]
