"""What nginx itself answers, holds back and lets through, asked over TLS."""

import gzip
import json
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from time import monotonic

from tests.deployment.machine import NAME, Trial
from web.headers import HEADERS, HTTPS_ONLY

ELSEWHERE = "127.0.0.2"  # not the address that counters are for
HEADER_S, BODY_S = 15, 30  # of deploy/nginx/yaoda.conf


def answers_of_its_own(trial: Trial, _password: str) -> str:
    """Hold what nginx answers by itself: a document for programs, a page for people."""
    long = {"X-Long": "x" * 9000}
    asked: tuple[tuple[str, str, dict[str, str], int], ...] = (
        ("GET", "/api/no", long, 431),
        ("GET", "/login", long, 431),
        ("GET", "/api/" + "x" * 9000, {}, 414),
        ("POST", "/api/prescriptions", {"Content-Length": str(70 << 20)}, 413),
        ("POST", "/login", {"Content-Length": str(70 << 20)}, 413),
    )
    for method, path, headers, status in asked:
        answer, text = plain(trial, method, path, headers)
        assert answer.status == status, (path[:20], answer.status)
        # An address that is too long is not read, so nobody knows whose it was.
        _is_told(answer, text, "/" if status == 414 else path)
    return f"{len(asked)} refusals of nginx: documents and pages, with every header"


def in_the_clear(trial: Trial, _password: str) -> str:
    """Lead pages on to TLS and refuse programs, with no word of TLS in a clear header."""
    line = HTTPConnection("127.0.0.1", trial.plain, timeout=30)
    line.request("GET", "/patient?x=1", headers={"Host": NAME})
    answer = line.getresponse()
    answer.read()
    assert answer.headers["Location"] == f"https://{NAME}/patient?x=1"
    line.request("POST", "/api/tokens", b"{}", headers={"Host": NAME})
    answer = line.getresponse()
    document = json.loads(answer.read())
    assert (answer.status, document["status"]) == (403, 403)
    assert "Strict-Transport-Security" not in answer.headers
    return "301 with the address for pages, 403 as a document for programs"


def inner_pages(trial: Trial, _password: str) -> str:
    """Let nobody from outside read counters and health; another name hears nothing."""
    told = []
    for path in ("/metrics", "/healthz", "/readyz"):
        away, text = plain(trial, "GET", path, {}, origin=ELSEWHERE)
        _is_told(away, text, path)
        told.append(away.status)
        here, _ = plain(trial, "GET", path, {})
        assert away.status == 403, (path, away.status)
        # What came through a proxy is not this machine: the service itself says no.
        assert here.status == (404 if path == "/metrics" else 200), here.status
    line = trial.line()
    line.request("GET", "/", headers={"Host": "other.example"})
    try:
        line.getresponse()
        raise AssertionError("another name was answered")
    except (ConnectionError, ssl.SSLError, OSError):
        pass
    return f"from {ELSEWHERE}: {told}; another name: the line ends"


def compression(trial: Trial, _password: str) -> str:
    """Find files compressed, and nothing that holds what is secret beside what was sent."""
    asks = {"Accept-Encoding": "gzip, deflate, br, zstd"}
    for path in ("/login", "/login?next=/counter", "/api/prescriptions/1", "/"):
        answer, _ = plain(trial, "GET", path, asks)
        assert answer.headers.get("Content-Encoding") is None, path
    sizes = []
    for path in ("/static/vendor/htmx.js", "/static/design/base.css"):
        line = trial.line()
        line.request("GET", path, headers={"Host": NAME, **asks})
        answer = line.getresponse()
        body = answer.read()
        assert answer.headers["Content-Encoding"] == "gzip", path
        assert answer.headers["Vary"] == "Accept-Encoding"
        sizes.append(f"{len(gzip.decompress(body))} as {len(body)} bytes")
        line.close()
    return f"pages and documents as they are; files gzipped ({', '.join(sizes)})"


def slow_clients(trial: Trial, _password: str) -> str:
    """Cut off who sends a header, or a body, drop by drop; others are answered meanwhile."""
    beginning = f"POST /login HTTP/1.1\r\nHost: {NAME}\r\n".encode()
    body = beginning + b"Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\nx"
    with ThreadPoolExecutor(24) as threads:
        heads = [threads.submit(_held, trial, beginning) for _ in range(20)]
        bodies = [threads.submit(_held, trial, body) for _ in range(4)]
        begun = monotonic()
        assert plain(trial, "GET", "/login", {})[0].status == 200
        answered_s = monotonic() - begun
        headers_s = max(each.result() for each in heads)
        bodies_s = max(each.result() for each in bodies)
    assert headers_s < HEADER_S + 10 and bodies_s < BODY_S + 10, (headers_s, bodies_s)
    return (
        f"20 half headers cut off within {headers_s:.0f} s, 4 half bodies within"
        f" {bodies_s:.0f} s; another was answered in {answered_s:.2f} s meanwhile"
    )


def cookies_hold(trial: Trial, _password: str) -> str:
    """Hold each cookie that is set: of this host, over TLS, out of reach of scripts."""
    answer, _ = plain(trial, "POST", "/language/en", {})
    line = trial.line()
    line.request("GET", "/login", headers={"Host": NAME})
    more = line.getresponse()
    more.read()
    told = [
        each
        for one in (answer, more)
        for each in one.headers.get_all("Set-Cookie") or ()
    ]
    assert told
    for each in told:
        assert each.startswith("__Host-"), each
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in each, (word, each)
        assert "Domain" not in each
    line.close()
    return f"{len(told)} cookies: __Host-, Secure, HttpOnly, SameSite=Lax"


def log_names_nobody(trial: Trial, _password: str) -> str:
    """Find no address, page or query in nginx's logs, and a request id in every line."""
    assert not (trial.folder / "yaoda-error.log").read_text()
    lines = (trial.folder / "yaoda.log").read_text().splitlines()
    for each in lines:
        kept = json.loads(each)
        assert kept["request_id"] and "/login" not in each and "127.0.0." not in each
    return f"{len(lines)} lines, each with a request id, none with a page or an address"


CHECKS = (
    answers_of_its_own,
    in_the_clear,
    inner_pages,
    compression,
    cookies_hold,
    slow_clients,
    log_names_nobody,
)


def plain(
    trial: Trial,
    method: str,
    path: str,
    headers: dict[str, str],
    origin: str = "127.0.0.1",
) -> tuple[HTTPResponse, str]:
    """Ask as a stranger; a length may be said of a body that is not sent."""
    line = trial.line(origin)
    line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": NAME, "Accept": "text/html", **headers}.items():
        line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer, text


def _is_told(answer: HTTPResponse, text: str, path: str) -> None:
    for name, value in HEADERS.items():
        assert answer.headers.get_all(name) == [value], (path[:20], name)
    assert answer.headers["Strict-Transport-Security"] == HTTPS_ONLY
    assert answer.headers["Server"] == "nginx"
    kind = answer.headers["Content-Type"]
    if path.startswith("/api/"):
        assert kind.startswith("application/problem+json"), kind
        document = json.loads(text)
        assert document["status"] == answer.status
        assert document["detail"] and document["next"]
        assert document["request_id"] == answer.headers["X-Request-ID"]
    else:
        assert kind == "text/html; charset=utf-8", kind
        assert re.search(r"<h1>[^<]+。</h1>", text) and "下一步" in text


def _held(trial: Trial, beginning: bytes) -> float:
    """Send a beginning and no more; give after how many seconds the line was cut."""
    line = trial.line()
    line.connect()
    line.sock.sendall(beginning)
    begun = monotonic()
    line.sock.settimeout(60)
    while line.sock.recv(4096):
        pass
    line.close()
    return monotonic() - begun
