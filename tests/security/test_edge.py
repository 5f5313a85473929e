"""The edge: headers of every answer, cookies over TLS, forgery, proxies, what is not shown."""

import re
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.platform import PASSWORD, csrf, open_platform
from tests.serving import serving
from web import limits, listening
from web.db import SAFE_METHODS
from web.headers import HEADERS
from web.settings import Settings

TLS = "https://yaoda.example"


@pytest.fixture
def over_tls(sqlite_url, tmp_path):
    """Open the platform as it is behind TLS, with what is shown by default."""
    opened = open_platform(sqlite_url, tmp_path, https=True, openapi="signed-in")
    yield opened
    opened.app.extensions["engine"].dispose()


@pytest.fixture
def browser(over_tls):
    """Sign the pharmacist in over TLS."""
    client = over_tls.app.test_client()
    form = client.get("/login", base_url=TLS).text
    sent = {"username": "counter", "password": PASSWORD, "csrf_token": csrf(form)}
    answer = client.post("/login", data=sent, base_url=TLS)
    assert answer.status_code == 302
    return client


def test_every_answer_carries_every_header(over_tls, browser):
    asked = (
        *(("GET", "/login"), ("GET", "/"), ("GET", "/nothing"), ("DELETE", "/login")),
        *(("GET", "/counter"), ("GET", "/static/base.css"), ("GET", "/healthz")),
        *(("POST", "/api/presentations"), ("GET", "/api/no"), ("TRACE", "/")),
    )
    for method, path in asked:
        with browser.open(path, method=method, base_url=TLS) as answer:
            for name, value in HEADERS.items():
                assert answer.headers[name] == value, (path, name)
            kept = answer.headers["Strict-Transport-Security"]
            assert kept == "max-age=31536000; includeSubDomains"
            told = answer.headers.get("Content-Type", "")
            assert "charset=utf-8" in told or not told.startswith("text/"), path


def test_nothing_may_be_loaded_from_elsewhere_or_written_into_a_page():
    policy = HEADERS["Content-Security-Policy"]
    rules = dict(each.split(maxsplit=1) for each in policy.split("; "))
    assert not re.search(r"unsafe|http|data:|\*", policy)
    for name in ("object-src", "base-uri", "frame-src", "frame-ancestors"):
        assert rules[name] == "'none'"
    assert {"form-action", "script-src", "default-src"} <= rules.keys()


def test_cookies_over_tls_are_this_hosts_alone(browser):
    browser.post("/language/en", base_url=TLS)
    answer = browser.get("/login", base_url=TLS)
    kept = [each for each in browser._cookies.values()]
    assert {"__Host-yaoda", "__Host-yaoda_language"} <= {each.key for each in kept}
    assert all(each.key.startswith("__Host-") for each in kept)
    for each in kept:
        assert each.secure and each.http_only and each.path == "/"
        assert each.same_site == "Lax" and each.origin_only
    assert answer.status_code in {200, 302}
    assert 'lang="en"' in browser.get("/counter", base_url=TLS).text


def test_whatever_a_session_does_needs_its_token(over_tls, browser):
    """A form of another site has the cookie and not the token (CSRF)."""
    tried = 0
    for rule in over_tls.app.url_map.iter_rules():
        view = over_tls.app.view_functions[rule.endpoint]
        unsafe = (rule.methods or set()) - SAFE_METHODS
        roles = getattr(view, "login_roles", ())
        if not unsafe or "counter" not in roles:
            continue
        path = re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000001", rule.rule)
        path = re.sub(r"<int:\w+>", "1", path)
        path = re.sub(r"<any\((\w+).*?\):\w+>", r"\1", path)
        path = re.sub(r"<[^>]+>", "P33030200001", path)
        for method in unsafe:
            answer = browser.open(path, method=method, base_url=TLS, json={})
            tried += 1
            assert answer.status_code == 400, (method, path, answer.status_code)
    assert tried > 40


def test_the_interface_is_described_to_who_is_signed_in(over_tls, browser, monkeypatch):
    monkeypatch.setattr(over_tls.app, "_get_spec", lambda _: {"openapi": "3.1.0"})
    visitor = over_tls.app.test_client()
    assert visitor.get("/openapi.json", base_url=TLS).status_code == 401
    assert browser.get("/openapi.json", base_url=TLS).json["openapi"] == "3.1.0"


def test_the_server_hears_the_largest_file_that_a_view_takes():
    assert max(limits.BYTES_MAX.values()) <= listening.HEARD_BYTES_MAX


@pytest.mark.parametrize(
    ("proxy", "told", "seen"),
    [
        (None, "203.0.113.7", "127.0.0.1 http"),
        ("192.0.2.1", "203.0.113.7", "127.0.0.1 http"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7 https"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7 https"),
    ],
)
def test_only_the_proxy_is_believed_who_asks(proxy, told, seen):
    def app(environ, start):
        start("200 OK", [("Content-Type", "text/plain")])
        left = [name for name in environ if "FORWARDED" in name and "HOST" in name]
        who = f"{environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']}"
        return [" ".join([who, *left]).encode()]

    with serving(app, proxy=proxy) as address:
        line = HTTPConnection(urlsplit(address).netloc, timeout=10)
        said = {
            "X-Forwarded-For": told,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "evil.example",
            "Forwarded": "for=10.0.0.1",
        }
        line.request("GET", "/", headers=said)
        assert line.getresponse().read().decode() == seen
        line.close()


def test_defaults_are_closed():
    usual = Settings(_env_file=None)
    assert (usual.openapi, usual.proxy) == ("signed-in", None)
    assert usual.notice_networks == "" and not usual.notice_http
