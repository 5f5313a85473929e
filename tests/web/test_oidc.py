"""Sign-in by an institution's own provider: works first, then everything that must not."""

from contextlib import contextmanager

import pytest
from joserfc.jwk import ECKey

from fixtures import cast
from tests.platform import PASSWORD, commands, csrf, open_platform
from tests.serving import serving
from tests.web.provider import CLIENT, SECRET, Provider, shared
from tests.web.test_sessions import sign_in
from web import accounts, db
from web.oidc import links
from web.oidc.providers import read_providers
from web.pages import fresh

FILE = """[[providers]]
slug = "hospital"
name = "市医院统一登录"
issuer = "{issuer}"
client_id = "{client}"
secret_file = "{secret}"
roles = ["counter", "pharmacist"]
subjects = ["{outlet}"]
second_factor_amr = ["otp"]
networks = "127.0.0.0/8"
plain_http = true
"""


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def platform(sqlite_url, tmp_path, provider):
    with serving(provider.app()) as issuer:
        provider.issuer = issuer
        secret, settings = tmp_path / "secret", tmp_path / "oidc.toml"
        secret.write_text(SECRET)
        settings.write_text(
            FILE.format(
                issuer=issuer,
                client=CLIENT,
                secret=secret,
                outlet=cast.LUCHENG_PHARMACY,
            )
        )
        opened = open_platform(
            sqlite_url,
            tmp_path,
            oidc=settings,
            address="https://yaoda.example",
            second_factor="staff",
        )
        yield opened
        opened.app.extensions["engine"].dispose()


@contextmanager
def work(platform):
    app = platform.app
    with app.app_context(), db.open_session(app.extensions["engine"]) as session:
        yield session


@pytest.fixture
def linked(platform, provider):
    with work(platform) as session:
        account = accounts.account_of(session, "counter")
        links.link(
            session,
            account,
            provider.issuer,
            "u-1001",
            by=("admin", "admin"),
            now=platform.app.extensions["clock"].now(),
        )
    provider.claims["amr"] = ["pwd", "otp"]
    return platform.app.test_client()


def come_back(browser, provider, wanted="/counter", **changes):
    """Go to the provider by the link of the sign-in page, and come back."""
    sent = browser.get(f"/oidc/hospital?next={wanted}")
    assert sent.status_code == 302, sent.text
    path, told = provider.sign_in(sent.location, **changes)
    assert path == "/oidc/hospital/back"
    return browser.get(path, query_string=told)


def test_who_is_linked_signs_in_by_the_provider(linked, provider):
    assert "改用市医院统一登录" in linked.get("/login").text
    back = come_back(linked, provider)
    assert (back.status_code, back.location) == (302, "/counter")
    assert linked.get("/counter").status_code == 200
    asked = provider.asked
    assert asked["code_challenge_method"] == "S256" and asked["scope"] == "openid"
    assert asked["redirect_uri"] == "https://yaoda.example/oidc/hospital/back"
    out = {"csrf_token": csrf(linked.get("/account").text)}
    linked.post("/logout", data=out)
    assert linked.get("/counter").status_code == 302


def test_without_a_second_factor_of_the_provider_ours_is_asked(linked, provider):
    provider.claims["amr"] = ["pwd"]
    assert come_back(linked, provider).location.startswith("/second-factor")
    assert linked.get("/counter").status_code == 302


BAD = {
    "forged": lambda one: setattr(one, "signs_with", ECKey.generate_key("P-256")),
    "none": lambda one: one.header.update(alg="none"),
    "shared": lambda one: (
        one.header.update(alg="HS256"),
        setattr(one, "signs_with", shared(SECRET)),
    ),
    "nonce": lambda one: one.claims.update(nonce="another"),
    "no nonce": lambda one: one.claims.update(nonce=None),
    "audience": lambda one: one.claims.update(aud="another"),
    "azp": lambda one: one.claims.update(aud=[CLIENT, "b"], azp="b"),
    "expired": lambda one: one.claims.update(exp=1),
    "issuer": lambda one: one.claims.update(iss="https://other.example"),
    "no subject": lambda one: one.claims.update(sub=""),
    "unlinked": lambda one: one.claims.update(sub="u-1002"),
}


@pytest.mark.parametrize("wrong", BAD)
def test_a_token_that_does_not_hold_signs_nobody_in(linked, provider, wrong):
    BAD[wrong](provider)
    back = come_back(linked, provider)
    assert back.status_code == 403 and "u-100" not in back.text
    assert linked.get("/counter").status_code == 302


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "another"},
        {"state": ""},
        {"iss": "https://other.example"},
        {"error": "access_denied"},
        {"code": ""},
    ],
)
def test_who_comes_back_with_something_else_is_not_let_in(linked, provider, changes):
    back = come_back(linked, provider, **changes)
    assert back.status_code == 403 and "请从登录页重新开始" in back.text


def test_a_state_works_once_and_in_its_own_browser(platform, linked, provider):
    sent = linked.get("/oidc/hospital")
    path, told = provider.sign_in(sent.location)
    stranger = platform.app.test_client()
    assert stranger.get(path, query_string=told).status_code == 403
    assert linked.get(path, query_string=told).status_code == 302
    assert linked.get(path, query_string=told).status_code == 403


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil"]
)
def test_it_leads_nowhere_else(linked, provider, wanted):
    assert come_back(linked, provider, wanted).location == "/"


def test_a_provider_that_is_down_is_told_with_the_next_step(linked, provider):
    provider.is_down = True
    down = linked.get("/oidc/hospital")
    assert down.status_code == 503 and "可以用账号和密码登录" in down.text


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://other.example"},
        {"jwks_uri": None},
        {"authorization_endpoint": 7},
        {"issuer": "x" * 300_000},
    ],
)
def test_a_provider_that_says_something_odd_of_itself_is_not_asked(
    linked, provider, about
):
    provider.about = about
    assert linked.get("/oidc/hospital").status_code == 503


def test_keys_that_changed_are_asked_for_again_after_a_while(
    platform, linked, provider, monkeypatch
):
    assert come_back(linked, provider).status_code == 302
    provider.key = ECKey.generate_key("P-256")
    other = platform.app.test_client()
    assert come_back(other, provider).status_code == 403
    monkeypatch.setattr("web.oidc.flow.LEEWAY_S", 0)
    assert come_back(other, provider).status_code == 302


def test_an_account_that_is_off_or_beyond_the_provider_is_refused(
    platform, linked, provider
):
    with work(platform) as session:
        accounts.switch(session, "counter", active=False)
    assert come_back(linked, provider).status_code == 403
    with work(platform) as session:
        accounts.switch(session, "counter", active=True)
        other = accounts.account_of(session, "second-counter")
        now = platform.app.extensions["clock"].now()
        links.link(session, other, provider.issuer, "u-2", by=("a", "admin"), now=now)
    assert come_back(linked, provider).status_code == 302
    provider.claims["sub"] = "u-2"
    assert come_back(platform.app.test_client(), provider).status_code == 403


def signed_in(platform, name="counter"):
    platform.app.extensions["settings"].__dict__["second_factor"] = "off"
    browser = platform.app.test_client()
    sign_in(browser, name)
    return browser


def test_an_account_links_and_unlinks_its_own_identity(platform, provider):
    browser = signed_in(platform)
    asked = come_back(browser, provider)
    assert "u-1001" in asked.text
    token = {"csrf_token": csrf(asked.text)}
    assert browser.post("/oidc/hospital/link", data=token).status_code == 302
    assert "解除绑定" in browser.get("/account").text
    other = platform.app.test_client()
    assert come_back(other, provider).location == "/counter"
    browser.post("/oidc/hospital/unlink", data=token)
    assert come_back(platform.app.test_client(), provider).status_code == 403


def test_no_account_beyond_the_provider_links_an_identity(platform, provider):
    for name in ("alice", "hospital"):
        assert come_back(signed_in(platform, name), provider).status_code == 403


def test_one_identity_opens_one_account(platform, linked, provider):
    browser = signed_in(platform)
    token = {"csrf_token": csrf(come_back(browser, provider).text)}
    again = browser.post("/oidc/hospital/link", data=token)
    assert again.status_code == 409 and "已经绑定" in again.text


def test_an_administrator_links_by_command(platform, provider, monkeypatch):
    run = commands(platform, monkeypatch)
    done = run("users", "link", "counter", provider.issuer, "u-1001")
    assert done.exit_code == 0, done.output
    assert run("users", "unlink", "counter", provider.issuer).exit_code == 0
    assert run("users", "link", "nobody", provider.issuer, "u").exit_code != 0


def test_a_file_that_is_not_right_is_refused(tmp_path):
    wrong = tmp_path / "oidc.toml"
    for text in (
        "[[providers]]\nslug = 'A'",
        "x = 1",
        FILE.replace("pharmacist", "patient"),
    ):
        wrong.write_text(text)
        with pytest.raises(ValueError):
            read_providers(wrong)


def test_what_changes_the_doors_asks_for_the_password_again(platform, monkeypatch):
    browser = signed_in(platform)
    token = {"csrf_token": csrf(browser.get("/account").text)}
    monkeypatch.setattr(fresh, "FRESH_S", -1)
    for path in ("sessions/end", "sessions/end-all", "codes"):
        asked = browser.post(f"/account/{path}", data=token)
        assert asked.location == "/account/again", path
    wrong = browser.post("/account/again", data={**token, "secret": "wrong"})
    assert wrong.status_code == 422
    right = browser.post("/account/again", data={**token, "secret": PASSWORD})
    assert right.location == "/account"


def test_who_links_gives_the_password_first_and_is_led_on(
    platform, provider, monkeypatch
):
    browser = signed_in(platform)
    monkeypatch.setattr(fresh, "FRESH_S", -1)
    asked = browser.get("/oidc/hospital")
    assert asked.location == "/account/again?next=/oidc/hospital"
    monkeypatch.setattr(fresh, "FRESH_S", 600)
    given = {"csrf_token": csrf(browser.get("/account").text), "secret": PASSWORD}
    led = browser.post(asked.location, data=given)
    assert led.location == "/oidc/hospital"
    assert browser.get(led.location).location.startswith(provider.issuer)
    away = browser.post("/account/again?next=//a.example", data=given)
    assert away.location == "/account"
