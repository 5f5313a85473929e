"""Signing in and staying signed in: sessions, cookies, forms, guesses, the second factor."""

import re
from datetime import timedelta
from time import time

import pytest
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from tests.platform import PASSWORD, csrf, send
from tests.security.harness import Check, House
from web import auth, brake, guessing, second_factor, sessions
from web.accounts import Account

Patch = pytest.MonkeyPatch


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD) -> TestResponse:
    """Send the form of the sign-in page."""
    fields = {"username": name, "password": password}
    token = csrf(client.get("/login").text)
    return client.post("/login", data={**fields, "csrf_token": token})


def invented(house: House) -> None:
    """Put a number into a cookie that the platform would have signed."""
    client = house.visitor()
    with house.app.test_request_context():
        found = house.app.extensions["accounts"].find_user(username="alice")
    with client.session_transaction() as kept:
        kept[sessions.NUMBER], kept["_user_id"] = "0" * 32, found.fs_uniquifier
    assert client.get("/patient").status_code == 302


def signed_out(house: House) -> None:
    """Copy a cookie, sign out, and bring the copy."""
    client = house.person("alice")
    with client.session_transaction() as kept:
        copy = dict(kept)
    send(client, "/logout")
    with client.session_transaction() as kept:
        kept.update(copy)
    assert client.get("/patient").status_code == 302


def lifetime(house: House) -> None:
    """Use a session every hour for a day and one more hour."""
    client = house.person("alice")
    for _ in range(24):
        house.forward(hours=1)
        client.get("/patient")
    house.forward(hours=1)
    assert client.get("/patient").status_code == 302


def idle(house: House) -> None:
    """Leave a counter alone for a quarter of an hour."""
    client = house.person("counter")
    house.forward(minutes=14)
    assert client.get("/counter").status_code == 200
    house.forward(minutes=15)
    assert client.get("/counter").status_code == 302


def unattended(house: House) -> None:
    """Let a page that nobody looks at ask for what is new."""
    client = house.person("counter")
    for _ in range(4):
        house.forward(minutes=4)
        client.get("/live/since?topics=desk")
    assert client.get("/counter").status_code == 302


def renewed(house: House) -> None:
    """Compare the numbers of two sign-ins in one browser."""
    client, found = house.visitor(), []
    for _ in range(2):
        sign_in(client, "alice")
        with client.session_transaction() as kept:
            found.append(kept[sessions.NUMBER])
        send(client, "/logout")
    assert found[0] != found[1]
    assert all(re.fullmatch("[0-9a-f]{32}", number) for number in found)


def cookies(house: House) -> None:
    """Look at every cookie of a sign-in over TLS."""
    house.settings["https"] = True
    client = house.app.test_client()
    page = client.get("/login", base_url="https://localhost")
    fields = {"username": "alice", "password": PASSWORD, "csrf_token": csrf(page.text)}
    done = client.post("/login", data=fields, base_url="https://localhost")
    told = page.headers.getlist("Set-Cookie") + done.headers.getlist("Set-Cookie")
    assert told
    for cookie in told:
        assert cookie.startswith("__Host-") and "Domain" not in cookie
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(
            cookie.split("; ")
        )


def forged(house: House) -> None:
    """Send a form of another site, with the cookies of who is signed in."""
    client = house.person("alice")
    assert client.post("/account/sessions/end-all").status_code == 400
    assert client.get("/patient").status_code == 200


def guessed(house: House) -> None:
    """Guess a password until it is enough, then send the right one."""
    client = house.visitor()
    bodies = [{"username": "alice", "password": f"guess {no}"} for no in range(11)]
    found = [client.post("/api/tokens", json=body).status_code for body in bodies]
    assert found == [401] * 10 + [429]
    right = {"username": "alice", "password": PASSWORD}
    assert client.post("/api/tokens", json=right).status_code == 429


def locked_out(house: House) -> None:
    """Guess as a stranger, and let the owner sign in where the owner did before."""
    own, stranger = house.person("alice"), house.visitor()
    send(own, "/logout")
    for number in range(12):
        sign_in(stranger, "alice", f"guess {number}")
    assert "尝试次数过多" in sign_in(stranger, "alice").text
    assert sign_in(own, "alice").status_code == 302
    house.forward(seconds=600)
    assert sign_in(stranger, "alice").status_code == 302


def _enrolled(house: House) -> str:
    """Set the counter's second factor up, and give its secret."""
    house.settings["second_factor"] = "staff"
    client = house.visitor()
    sign_in(client, "counter")
    page = client.get("/second-factor").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret, "staff are led to set a second factor up"
    found = secret[1].replace(" ", "")
    assert _step(client, found, -1).status_code == 200
    return found


def _step(client: FlaskClient, secret: str, ahead: int = 0) -> TestResponse:
    factor = TOTP(key=secret, format="base32")
    code = factor.generate(time() + 30 * ahead).token
    page = client.get("/second-factor").text
    sent = {"csrf_token": csrf(page), "code": code}
    return client.post("/second-factor", data=sent)


def one_factor(house: House) -> None:
    """Have the password of one of the staff, and nothing else."""
    house.settings["second_factor"] = "staff"
    client = house.visitor()
    sign_in(client, "counter")
    assert client.get("/counter").status_code == 302
    body = {"username": "counter", "password": PASSWORD}
    assert client.post("/api/tokens", json=body).status_code == 401


def replayed(house: House) -> None:
    """Read the digits over somebody's shoulder and enter them once more."""
    secret = _enrolled(house)
    client, other = house.visitor(), house.visitor()
    for one in (client, other):
        sign_in(one, "counter")
    assert _step(client, secret).status_code == 302
    assert _step(other, secret).status_code == 422
    assert other.get("/counter").status_code == 302


def _scripts_read_cookies(patch: Patch) -> None:
    usual = auth._config
    patch.setattr(
        auth, "_config", lambda *of: {**usual(*of), "SESSION_COOKIE_HTTPONLY": False}
    )


def _lasting(longest: timedelta, unused: timedelta) -> tuple[int, int]:
    return int(longest.total_seconds()), int(unused.total_seconds())


LONG, SHIFT = timedelta(days=400), timedelta(hours=12)
CHECKS = (
    Check(
        "a number that nobody was given opens nothing",
        ("ASVS 7.2.1",),
        invented,
        lambda patch: patch.setattr(sessions, "_look", lambda: None),
    ),
    Check(
        "a copy of a cookie ends with the sign-out",
        ("ASVS 7.4.1",),
        signed_out,
        lambda patch: patch.setattr(sessions, "_leave", lambda *_, **__: None),
    ),
    Check(
        "a session ends after its hours however it is used",
        ("ASVS 7.3.2", "NIST SP 800-63B-4 AAL2"),
        lifetime,
        lambda patch: patch.setattr(
            sessions, "seconds_of", lambda *_: _lasting(LONG, LONG)
        ),
    ),
    Check(
        "a session of staff ends where it lies unused",
        ("ASVS 7.3.1", "GB/T 22239 8.1.4.1"),
        idle,
        lambda patch: patch.setattr(
            sessions, "seconds_of", lambda *_: _lasting(SHIFT, SHIFT)
        ),
    ),
    Check(
        "what a page asks by itself keeps no session alive",
        ("ASVS 7.3.1",),
        unattended,
        lambda patch: patch.setattr(sessions, "_is_used", lambda: True),
    ),
    Check(
        "each sign-in has a number of its own",
        ("ASVS 7.2.4", "ASVS 7.2.3"),
        renewed,
        lambda patch: patch.setattr(sessions, "token_hex", lambda n: "1" * 2 * n),
    ),
    Check(
        "cookies are of this host, over TLS, and for no script",
        ("ASVS 3.3.1", "ASVS 3.3.4"),
        cookies,
        _scripts_read_cookies,
    ),
    Check(
        "a form of another site does nothing",
        ("ASVS 3.5.1",),
        forged,
        lambda patch: patch.setattr(CSRFProtect, "protect", lambda _: None),
    ),
    Check(
        "who guesses passwords waits",
        ("ASVS 6.3.1", "GB/T 22239 8.1.4.1"),
        guessed,
        lambda patch: patch.setattr(brake, "admit", lambda *_: True),
    ),
    Check(
        "a stranger's guesses do not keep the owner out",
        ("ASVS 6.1.1",),
        locked_out,
        lambda patch: patch.setattr(guessing, "_known", list),
    ),
    Check(
        "a password alone opens nothing of the staff's",
        ("ASVS 6.3.3", "GB/T 22239 8.1.4.1"),
        one_factor,
        lambda patch: patch.setattr(
            Account, "check_tf_required", lambda *_, **__: (False, [])
        ),
    ),
    Check(
        "digits open one sign-in",
        ("ASVS 6.5.1", "NIST SP 800-63B-4 AAL2"),
        replayed,
        lambda patch: patch.setattr(second_factor, "_use_step", lambda *_: True),
    ),
)
