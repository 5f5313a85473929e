"""What an account may try out is counted for all workers, and told where it ends."""

import json
import logging

from dispensing import access
from fixtures import cast
from tests.codes.test_faces import HELPER, SHOWN, shared
from tests.platform import Platform, platform, sent
from web import brake, create_app, guessed

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
