"""What matters for security is in the log: by a stable name, with a number, and no name."""

import json
import logging
from pathlib import Path

import pytest
from structlog import contextvars

from fixtures import cast
from tests.platform import PASSWORD, csrf, platform
from web import accounts, db, events
from web.jobs.tracing import carried, resumed

__all__ = ["platform"]
NOBODYS_PHONE = "19900009999"


@pytest.fixture
def told(caplog):
    """Give what was logged so far, line by line, and forget it."""
    caplog.set_level(logging.INFO)

    def read(area="security"):
        lines = [json.loads(each.message) for each in caplog.records if is_ours(each)]
        caplog.clear()
        return [each for each in lines if each.get("area") == area or not area]

    return read


def is_ours(record):
    return record.name in {"yaoda.security", "yaoda.web"}


def number(platform, name):
    with db.open_session(platform.app.extensions["engine"]) as session:
        return str(accounts.account_of(session, name).id)


def log_in(client, name, password=PASSWORD):
    form = csrf(client.get("/login").text)
    sent = {"username": name, "password": password, "csrf_token": form}
    return client.post("/login", data=sent)


def test_who_comes_and_goes_is_told_by_the_number_of_the_account(platform, told):
    own, client = number(platform, "alice"), platform.app.test_client()
    log_in(client, "alice")
    (came,) = told()
    assert (came["event"], came["account"]) == ("sign_in", own)
    assert len(came["request_id"]) == 32 and came["timestamp"].endswith("Z")
    client.get("/patient")
    (line,) = [each for each in told(area=None) if each["event"] == "answer"]
    assert line["account"] == own and line["rule"] == "/patient"
    form = csrf(client.get("/patient").text)
    client.post("/logout", data={"csrf_token": form})
    assert [each["event"] for each in told()] == ["sign_out"]


def test_a_failed_sign_in_names_neither_the_name_nor_the_password(platform, told):
    client = platform.app.test_client()
    log_in(client, "alice", "wrong-password-1")
    log_in(client, NOBODYS_PHONE, "wrong-password-2")
    body = {"username": "alice", "password": "wrong-password-3"}
    client.post("/api/tokens", json=body)
    known, unknown, program, refused = told()
    assert {each["event"] for each in (known, unknown, program)} == {"sign_in_failed"}
    assert known["account"] == program["account"] == number(platform, "alice")
    assert "account" not in unknown and refused["event"] == "refused"
    said = json.dumps([known, unknown, program, refused])
    for secret in ("alice", NOBODYS_PHONE, cast.alice.person_no, "wrong-password"):
        assert secret not in said


def test_refusals_brakes_and_forged_forms_are_told(platform, told):
    client = platform.person("alice")
    told()
    assert client.get("/bureau").status_code == 403
    (line,) = told()
    assert (line["event"], line["rule"]) == ("refused", "/bureau")
    assert line["account"] == number(platform, "alice")
    assert client.post("/account/sessions/end").status_code in {400, 404}
    assert client.post("/counter/find", data={"csrf_token": "no"}).status_code >= 400
    stranger = platform.app.test_client()
    for _ in range(12):
        log_in(stranger, "bob", "wrong-password")
    assert "braked" in {each["event"] for each in told()}


def test_a_key_is_told_when_it_opens_and_when_it_does_not(platform, told):
    client = platform.app.test_client()
    client.get("/api/breaches", headers={"X-API-Key": "yaoda_wrong_key"})
    first, second = told()
    assert (first["event"], second["event"]) == ("key_refused", "refused")
    assert "yaoda_wrong_key" not in json.dumps([first, second])


def test_the_number_of_a_request_goes_with_the_job_that_it_hands_in():
    with contextvars.bound_contextvars(request_id="a" * 32):
        kept = carried({"id": "7"})
    with resumed("siting", kept) as given:
        assert given == {"id": "7"}
        bound = contextvars.get_contextvars()
        assert (bound["request_id"], bound["job"]) == ("a" * 32, "siting")
    with resumed("sweep", {}) as given:
        assert given == {} and contextvars.get_contextvars().get("job") == "sweep"


def test_an_event_has_a_name_that_is_listed():
    page = Path(__file__).parents[2] / "docs" / "operating.md"
    listed = page.read_text("utf-8")
    assert all(f"| `{name}` |" in listed for name in events.NAMES)
    with pytest.raises(AssertionError):
        events.tell("something_else")
