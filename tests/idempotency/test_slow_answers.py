"""A request that is slower than its lease, and the same one that came again meanwhile."""

import pytest

from tests import world
from tests.idempotency.test_client_keys import key
from web import client_keys, db
from web.client_keys import REPLAYED


@pytest.fixture
def overtaken(platform, later, monkeypatch):
    """Let a request be so slow to keep its answer that the same one comes again meanwhile."""
    answered, hospital = client_keys._answer, platform.program("hospital")
    raw, once, second = world.message(), key(), []

    def slow(act):
        found = answered(act)
        if not second:
            second.append(None)
            db.close_sessions()
            later(seconds=31)
            with platform.app.app_context():
                second[0] = send()
        return found

    def send():
        return hospital.ask("POST", "/prescriptions", raw, headers=once)

    monkeypatch.setattr(client_keys, "_answer", slow)
    return lambda: (send(), second[0])


def test_who_is_slower_than_its_lease_gives_the_answer_that_was_kept(overtaken):
    first, second = overtaken()
    assert second.status_code == 200  # the prescription was there already
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.headers[REPLAYED] == "true"


def test_a_slow_answer_is_kept_where_the_other_one_let_the_key_go(
    overtaken, monkeypatch
):
    answered = client_keys._answer
    finals = [False, True]  # the second request ends before the first

    def unsure(act):
        return answered(act)[0], finals.pop(0)

    monkeypatch.setattr(client_keys, "_answer", unsure)
    first, second = overtaken()
    assert (first.status_code, second.status_code) == (201, 200)
    again, _ = overtaken()
    assert (again.status_code, again.data) == (201, first.data)
