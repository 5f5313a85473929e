"""The second factor of staff: set up once, asked each time, good for one sign-in."""

import re
from time import time

import pytest
from passlib.totp import TOTP

from tests.platform import PASSWORD, commands, csrf, open_platform, send
from tests.web.test_sessions import sign_in
from web import db, second_factor, spoken


@pytest.fixture
def platform(sqlite_url, tmp_path):
    opened = open_platform(sqlite_url, tmp_path, second_factor="staff")
    yield opened
    opened.app.extensions["engine"].dispose()


def answer(client, code, follow=False):
    page = client.get("/second-factor").text
    sent = {"csrf_token": csrf(page), "code": code}
    return client.post("/second-factor", data=sent, follow_redirects=follow)


def digits(secret, step=0):
    return TOTP(key=secret, format="base32").generate(time() + 30 * step).token


def enrolled(platform, name="counter"):
    """Sign in for the first time; give the client, the secret and the recovery codes."""
    client = platform.app.test_client()
    assert sign_in(client, name).location == "/second-factor"
    page = client.get("/second-factor").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    done = answer(client, digits(secret, step=-1))
    codes = re.findall(r"<code>([a-z0-9-]{29})</code>", done.text)
    assert done.status_code == 200 and len(set(codes)) == 10
    return client, secret, codes


def test_staff_set_their_factor_up_and_are_asked_for_it_from_then_on(platform):
    client, secret, _ = enrolled(platform)
    assert client.get("/counter").status_code == 200
    again = platform.app.test_client()
    sign_in(again, "counter")
    assert "<svg" not in again.get("/second-factor").text
    assert answer(again, digits(secret)).location == "/"
    assert again.get("/counter").status_code == 200


def test_a_patient_is_asked_for_no_second_factor(platform):
    assert sign_in(platform.app.test_client()).location == "/"


def test_who_has_no_factor_can_only_set_one_up(platform):
    client = platform.app.test_client()
    sign_in(client, "counter")
    for path in ("/counter", "/account"):
        assert client.get(path).location.startswith("/login")
    assert client.get("/api/breaches").status_code == 401
    body = {"username": "counter", "password": PASSWORD}
    assert client.post("/api/tokens", json=body).status_code == 401


def test_the_same_digits_open_no_second_time(platform):
    _, secret, _ = enrolled(platform)
    code = digits(secret)
    first, second = platform.app.test_client(), platform.app.test_client()
    for client in (first, second):
        sign_in(client, "counter")
    assert answer(first, code).status_code == 302
    assert answer(second, code).status_code == 422
    assert second.get("/counter").status_code == 302


def test_a_recovery_code_opens_once(platform):
    _, _, codes = enrolled(platform)
    for status in (302, 422):
        client = platform.app.test_client()
        sign_in(client, "counter")
        assert answer(client, codes[0].upper()).status_code == status


def test_a_recovery_code_cannot_be_found_by_trying(platform):
    _, _, codes = enrolled(platform)
    signs = [spoken.plain(code) for code in codes]
    assert len(set(signs)) == len(codes)
    assert all(len(spoken.ALPHABET) ** len(one) > 2**112 for one in signs)


def test_a_token_wants_the_digits_as_well(platform):
    _, secret, _ = enrolled(platform)
    body = {"username": "counter", "password": PASSWORD, "code": digits(secret)}
    client = platform.app.test_client(use_cookies=False)
    assert client.post("/api/tokens", json=body).status_code == 201
    assert client.post("/api/tokens", json=body).status_code == 401


def test_guessed_digits_are_braked(platform):
    enrolled(platform)
    client = platform.app.test_client()
    sign_in(client, "counter")
    found = [answer(client, "000000").status_code for _ in range(11)]
    assert found == [422] * 10 + [429]


def test_an_administrator_takes_a_factor_away_with_a_reason(platform):
    client, _, _ = enrolled(platform)
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        second_factor.reset(session, "counter", reason="手机丢失", by=("yan", "admin"))
        kept = session.connection().exec_driver_sql(
            "SELECT by, detail FROM account_event WHERE kind = 'factor_reset'"
        )
        assert kept.all() == [("yan", "手机丢失")]
    assert client.get("/counter").status_code == 302
    enrolled(platform)


def test_the_database_holds_neither_the_secret_nor_the_codes(platform):
    _, secret, codes = enrolled(platform)
    with platform.app.extensions["engine"].connect() as connection:
        told = "".join(
            str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            for table in ("second_factor", "recovery_code")
        )
    assert secret not in told
    assert not any(code in told or code.replace("-", "") in told for code in codes)


def test_the_second_step_waits_for_ten_minutes_and_no_longer(platform):
    client = platform.app.test_client()
    sign_in(client, "counter")
    with client.session_transaction() as kept:
        kept["tf_since_s"] -= 601
    assert client.get("/second-factor").location == "/login"


def set_up(platform):
    """Let Alice set a second step up on her page; give her client and the secret."""
    client = platform.app.test_client()
    sign_in(client)
    page = client.get("/account/factor").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert send(client, "/account/factor", code="000000").status_code == 422
    done = send(client, "/account/factor", code=digits(secret, step=-1))
    assert len(set(re.findall(r"<code>([a-z0-9-]{29})</code>", done.text))) == 10
    return client, secret


def test_a_patient_may_add_a_second_step_and_turn_it_off(platform):
    client, secret = set_up(platform)
    again = platform.app.test_client()
    assert sign_in(again).location == "/second-factor"
    assert again.get("/patient").status_code == 302
    assert answer(again, digits(secret)).location == "/"
    send(client, "/account/factor/off")
    assert sign_in(platform.app.test_client()).location == "/"


def test_a_slip_of_the_counter_leads_back_to_the_password_alone(platform, monkeypatch):
    set_up(platform)
    said = commands(platform, monkeypatch)("users", "invite", "alice").stdout
    link = said.strip().removeprefix("http://127.0.0.1:8000")
    words = "four frogs sing at dusk"
    visitor = platform.app.test_client()
    visitor.post(link, data={"password": words, "again": words})
    assert sign_in(visitor, "alice", words).location == "/"


def test_staff_turn_no_second_step_off_on_the_patients_page(platform):
    client, _secret, _codes = enrolled(platform)
    assert client.get("/account/factor").status_code == 403
    assert send(client, "/account/factor/off").status_code == 403
