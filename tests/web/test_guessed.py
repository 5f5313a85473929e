"""What an account may try out is counted for all workers, and told where it ends."""

import json
import logging

from dispensing import access
from fixtures import cast
from tests.codes.test_faces import HELPER, SHOWN, shared
from tests.platform import PASSWORD, Platform, csrf, platform, sent
from web import accounts, brake, create_app, db, guessed

__all__ = ["platform"]


def events(caplog):
    told = [each for each in caplog.records if each.name == "yaoda.security"]
    return [json.loads(each.message) for each in told]


def test_two_workers_count_guesses_of_one_persons_number_together(platform):
    wrong = {"person_no": cast.bob.person_no, "id_number": cast.alice.id_number}
    other = Platform(create_app(platform.app.extensions["settings"]))
    first, second = platform.program("alice"), other.program("alice")
    for each in (first, second, first, second, first)[: guessed.RELATIVES_MAX]:
        assert each.ask("POST", "/family-aid", wrong).status_code == 422
    for each in (first, second):
        held = each.ask("POST", "/family-aid", wrong)
        assert (
            held.status_code == 429
            and 0 < int(held.headers["Retry-After"]) <= brake.WAIT_S_MAX
        )
    other.app.extensions["engine"].dispose()


def test_a_code_that_wrong_helpers_have_closed_is_told(platform, caplog):
    caplog.set_level(logging.INFO)
    made = shared(platform, sent(platform), share_with="helper", helper=HELPER, days=1)
    clerk = platform.program("counter")
    asked = {"scanned": made["text"], "helper": {**SHOWN, "phone_tail": "9999"}}
    for _ in range(access.REFUSED_MAX):
        assert clerk.ask("POST", "/presentations", asked).status_code == 409
    assert "braked" not in {each["event"] for each in events(caplog)}
    right = {**asked, "helper": SHOWN}
    assert clerk.ask("POST", "/presentations", right).json["type"].endswith("locked")
    (line,) = [each for each in events(caplog) if each["event"] == "braked"]
    assert line["brakes"] == ["access-locked"] and made["text"] not in str(line)


def test_a_wait_for_a_token_says_how_long(platform):
    client = platform.app.test_client()
    wrong = {"username": "alice", "password": "guess"}
    found = [client.post("/api/tokens", json=wrong) for _ in range(11)][-1]
    assert found.status_code == 429 and 0 < int(found.headers["Retry-After"]) <= 60


def test_one_household_is_one_address(platform):
    client = platform.app.test_client()
    platform.app.extensions["brakes"]["address"].failures_max = 3
    answers = [
        client.post(
            "/api/tokens",
            json={"username": f"nobody{last}", "password": "guess"},
            environ_base={"REMOTE_ADDR": f"2001:db8::{last}"},
        ).status_code
        for last in range(1, 5)
    ]
    assert answers == [401] * 3 + [429]


def test_accounts_that_try_one_persons_number_wait_together(platform, monkeypatch):
    monkeypatch.setattr(guessed, "PERSON_FACTOR", 1)
    wrong = {"person_no": cast.charlie.person_no, "id_number": cast.alice.id_number}
    alice, bob = platform.program("alice"), platform.program("bob")
    for each in (alice, bob, alice, bob, alice)[: guessed.RELATIVES_MAX]:
        assert each.ask("POST", "/family-aid", wrong).status_code == 422
    right = {**wrong, "id_number": cast.charlie.id_number}
    assert bob.ask("POST", "/family-aid", right).status_code == 429
    other = {**wrong, "person_no": cast.alice.person_no}
    assert bob.ask("POST", "/family-aid", other).status_code != 429, "of another person"


def test_clerks_that_try_one_patients_card_wait_together(platform, monkeypatch):
    monkeypatch.setattr(guessed, "PERSON_FACTOR", 1)
    rx = sent(platform)
    platform.program("counter").post(f"/prescriptions/{rx}/claim", {})
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        word, outlet = accounts.hashed(PASSWORD), cast.LUCHENG_PHARMACY
        clerk = accounts.NewAccount("clerk", "clerk", ("counter",), outlet, word)
        accounts.add_accounts(session, [clerk])
    tried = [wrong_card(platform.person(who), rx) for who in 5 * ("counter", "clerk")]
    assert tried == 10 * [422]
    assert wrong_card(platform.person("clerk"), rx) == 429, "five of its own alone"


def wrong_card(person, rx):
    card = {
        "id_number": cast.bob.id_number,
        "csrf_token": csrf(person.get("/account").text),
    }
    return person.post(f"/counter/prescriptions/{rx}/account", data=card).status_code
