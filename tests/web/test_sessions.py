"""Signing in and out: one end for each session, no way out of the site, few guesses."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from pathlib import Path
from urllib.parse import unquote

from tests.platform import PASSWORD, csrf, open_platform, send
from tests.security.harness import HeldClock
from web import auth, brake, sessions
from web.paths import is_own
from web.settings import Settings

STATIC = Path(sessions.__file__).parent / "static"
# Forms that somebody sends, what is looked for while somebody types, parts of a page.
ACTS = r'method: "POST"|dataset\.find|caches\.match|fetch\((request|HOME)'

ELSEWHERE = (
    "//a.example",
    "///a.example",
    "/\\a.example",
    "\\\\a.example",
    "/\t/a.example",
    "/\n/a.example",
    " //a.example",
    "\x19//a.example",
    "https://a.example/",
    "https:a.example",
    "javascript:alert(1)",
    "http://[",
    "/patient\r\nX-Other: 1",
)


def sign_in(client, name="alice", password=PASSWORD, **more):
    fields = {"username": name, "password": password, **more}
    token = csrf(client.get("/login").text)
    return client.post("/login", data={**fields, "csrf_token": token})


def stored(platform):
    with platform.app.extensions["engine"].connect() as connection:
        found = connection.exec_driver_sql("SELECT * FROM sign_in_session")
        return str(found.all())


def uniquifier(platform, name):
    with platform.app.test_request_context():
        found = platform.app.extensions["accounts"].find_user(username=name)
    return found.fs_uniquifier


def test_no_page_leads_out_of_the_site(platform):
    for address in ELSEWHERE:
        assert not is_own(address)
        client = platform.app.test_client()
        answer = client.post("/language/en", data={"here": address})
        assert answer.location == "/"
        kept = sign_in(client, next=address)
        assert kept.status_code == 200 and kept.location is None
        assert sign_in(client).location == "/"


def test_a_path_of_this_site_is_kept_through_the_sign_in(platform):
    client = platform.app.test_client()
    answer = sign_in(client, next="/patient/readers?x=1")
    assert answer.location == "/patient/readers?x=1"


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(platform):
    client = platform.app.test_client()
    answer = client.post("/patient/sharing")
    assert unquote(answer.location) == "/login?next=/patient/sharing"
    assert "回到刚才要去的页面" in client.get("/login?next=/patient/sharing").text
    # What can only be sent has no page to come back to.
    answer = client.post("/patient/sharing/agents")
    assert unquote(answer.location) == "/login?next=/"


def test_a_copy_of_a_cookie_does_not_outlive_the_sign_out(platform):
    client = platform.person("alice")
    other = platform.person("alice")
    with client.session_transaction() as kept:
        copy = dict(kept)
    send(client, "/logout")
    with client.session_transaction() as kept:
        kept.update(copy)
    assert client.get("/patient").status_code == 302
    assert other.get("/patient").status_code == 200


def test_a_session_ends_after_its_hours_however_often_it_is_used(platform):
    clock = platform.app.extensions["clock"] = HeldClock()
    client = platform.person("alice")
    for _ in range(24):
        assert client.get("/patient").status_code == 200
        clock.at += timedelta(hours=1)
    assert client.get("/patient").status_code == 302


def test_a_session_of_staff_ends_when_it_lies_unused(platform):
    clock = platform.app.extensions["clock"] = HeldClock()
    client = platform.person("counter")
    for _ in range(3):
        clock.at += timedelta(minutes=14)
        assert client.get("/counter").status_code == 200
    clock.at += timedelta(minutes=15)
    assert client.get("/counter").status_code == 302


def test_what_a_page_asks_by_itself_is_no_use_of_it(platform):
    clock = platform.app.extensions["clock"] = HeldClock()
    client = platform.person("counter")
    for _ in range(3):
        clock.at += timedelta(minutes=4)
        client.get("/counter", headers={sessions.BACKGROUND: "1"})
        assert client.get("/live/since?topics=desk").status_code < 300
    clock.at += timedelta(minutes=3)
    assert client.get("/counter").status_code == 302


def test_a_courier_rides_for_a_shift_without_looking_at_the_phone(platform):
    clock = platform.app.extensions["clock"] = HeldClock()
    client = platform.person("courier")
    clock.at += timedelta(hours=11, minutes=59)
    assert client.get("/courier").status_code == 200
    clock.at += timedelta(minutes=1)
    assert client.get("/courier").status_code == 302


def test_who_has_two_roles_has_the_shorter_session():
    settings = Settings()
    assert sessions.seconds_of(settings, frozenset({"patient"})) == (86_400, 86_400)
    both = sessions.seconds_of(settings, frozenset({"patient", "courier", "counter"}))
    assert both == (43_200, 900)


def test_the_number_of_a_session_is_new_at_each_sign_in(platform):
    client = platform.person("alice")
    with client.session_transaction() as kept:
        before = kept[sessions.NUMBER]
    send(client, "/logout")
    sign_in(client)
    with client.session_transaction() as kept:
        assert kept[sessions.NUMBER] != before
    assert before not in stored(platform)


def test_a_number_that_was_put_into_a_cookie_opens_nothing(platform):
    client = platform.app.test_client()
    with client.session_transaction() as kept:
        kept[sessions.NUMBER] = "0" * 32
        kept["_user_id"] = uniquifier(platform, "alice")
    assert client.get("/patient").status_code == 302


def test_every_question_of_a_script_says_so_or_is_a_persons_act():
    """A script that asks by itself must not keep a session alive."""
    told = []
    for path in sorted(STATIC.rglob("*.js")):
        for call in re.findall(r"(?<![.\w])fetch\([^;]*;", path.read_text("utf-8")):
            if "Yaoda-Background" not in call and not re.search(ACTS, call):
                told.append((path.name, call))
    assert told == []


def test_an_account_is_signed_in_at_so_many_places_and_the_longest_unused_ends(
    sqlite_url, tmp_path
):
    platform = open_platform(sqlite_url, tmp_path, sessions_max=2)
    clock = platform.app.extensions["clock"] = HeldClock()
    first, second = platform.person("alice"), platform.person("alice")
    clock.at += timedelta(minutes=2)
    assert first.get("/patient").status_code == 200
    third, another = platform.person("alice"), platform.person("bob")
    opened = [each.get("/patient").status_code for each in (first, second, third)]
    assert opened == [200, 302, 200]
    assert another.get("/patient").status_code == 200
    assert "同时最多登录 2 处" in first.get("/account").text
    platform.app.extensions["engine"].dispose()


def test_nobody_is_remembered_beyond_the_session(platform):
    answer = sign_in(platform.app.test_client(), remember="y")
    assert answer.status_code == 302
    assert "remember" not in "".join(answer.headers.getlist("Set-Cookie"))


def test_signing_out_without_the_token_asks_again(platform):
    client = platform.person("alice")
    answer = client.post("/logout")
    assert "还没有退出" in answer.text
    assert client.get("/patient").status_code == 200
    assert client.get("/logout").status_code == 405


def test_a_token_in_the_address_opens_nothing(platform):
    token = platform.program("bureau").token
    client = platform.app.test_client(use_cookies=False)
    assert client.get(f"/api/quota?auth_token={token}").status_code == 401


def test_the_doors_take_forms_only(platform):
    bodies = (b"[1]", b'"x"', b"1", b"{", b"null")
    for client in (platform.app.test_client(), platform.person("bob")):
        for path, body in product(("/login", "/logout", "/change"), bodies):
            answer = client.post(path, data=body, content_type="application/json")
            assert answer.status_code == 415
            assert answer.content_type == "application/problem+json"


def test_the_library_shows_no_page_of_its_own(platform):
    alice = platform.person("alice")
    for path in ("/verify", "/register", "/reset", "/confirm"):
        assert alice.get(path).status_code == 404


def test_guesses_sent_at_once_do_not_slip_past_the_brake(platform):
    def guess(number: int) -> int:
        body = {"username": "alice", "password": f"guess {number}"}
        client = platform.app.test_client()
        return client.post("/api/tokens", json=body).status_code

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(guess, range(24)))
    assert answers.count(401) == 10
    assert answers.count(429) == 14


def test_a_borrowed_session_cannot_guess_the_password(platform):
    client = platform.person("alice")
    new = "another long password"
    wrong = {"password": "guess", "new_password": new, "new_password_confirm": new}
    pages = [send(client, "/change", **wrong).text for _ in range(11)]
    assert "密码没有修改" in pages[9]
    assert "尝试次数过多" in pages[10]
    right = send(client, "/change", **{**wrong, "password": PASSWORD})
    assert "尝试次数过多" in right.text
    assert (right.status_code, right.headers["Retry-After"].isdigit()) == (429, True)
    platform.person("alice")  # the owner still signs in


def test_who_guesses_on_a_phone_that_lies_about_closes_no_sign_in(platform):
    client = platform.person("alice")
    with client.session_transaction() as kept:
        kept["fs_paa"] = 0.0
    asked = [send(client, "/account/again", secret="guess") for _ in range(11)]
    assert [each.status_code for each in asked] == [422] * 10 + [429]
    assert "尝试次数过多" in asked[10].text
    assert 0 < int(asked[10].headers["Retry-After"]) <= brake.WAIT_S_MAX
    out = client.post(
        "/patient/closing/sure", data={"password": PASSWORD, "csrf_token": form(client)}
    )
    assert out.status_code == 429 and "Retry-After" in out.headers
    with platform.app.app_context():
        assert auth.factor_brake().admits("alice")
    platform.person("alice")


def form(client):
    return csrf(client.get("/patient").text)


def test_a_closed_account_costs_a_guess_as_long_as_an_open_one(platform, monkeypatch):
    from web.accounts import Account

    compared = []
    verify = Account.verify_and_update_password
    monkeypatch.setattr(
        Account,
        "verify_and_update_password",
        lambda self, password: compared.append(self.username) or verify(self, password),
    )
    engine = platform.app.extensions["engine"]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET active = 0")
    body = {"username": "alice", "password": PASSWORD}
    answer = platform.app.test_client().post("/api/tokens", json=body)
    assert answer.status_code == 401
    assert compared == ["alice"]


def test_over_tls_every_cookie_stays_on_tls(platform):
    platform.app.config["SESSION_COOKIE_SECURE"] = True
    client = platform.app.test_client()
    set_cookies = [
        client.get("/login").headers["Set-Cookie"],
        client.post("/language/en").headers["Set-Cookie"],
    ]
    for cookie in set_cookies:
        assert re.search("(?i)secure", cookie) and "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
