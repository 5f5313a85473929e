"""Run the deployment of deploy/ on this machine, and tell what held.

`python -m tests.deployment.trial`; it wants `nginx` and `openssl` on the path.

nginx with a certificate of an authority made on the spot stands before two workers on
PostgreSQL, or with `--demo` before the played demo, which a browser then looks at. Everything
lies in a folder that is removed, but for the pictures.
"""

import argparse
import json
import shutil
import socket
import ssl
import tempfile
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from time import monotonic, sleep
from warnings import catch_warnings

from tests import world
from tests.deployment import edge, faces, machine, stolen
from tests.deployment.machine import (
    LIMIT,
    NAME,
    Trial,
    certify,
    free_port,
    nginx,
    workers,
)
from tests.platform import csrf
from web.headers import HEADERS, HTTPS_ONLY
from web.receipts import TRIES_MAX


def main() -> None:
    """Run the trial."""
    given = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="yaoda-trial-"))
    folder.chmod(0o755)
    trial = Trial(folder, free_port(), free_port(), free_port())
    trial.played, trial.pictures = given.played, given.pictures
    demo = given.demo or given.played is not None
    try:
        certify(folder)
        with machine.demo(trial) if demo else workers(trial) as password, nginx(trial):
            for check in OF_DEMO if demo else OF_WORKERS:
                begun = monotonic()
                told = check(trial, password)
                print(f"held in {monotonic() - begun:4.1f} s: {told}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run deploy-trial")
    parser.add_argument("--demo", action="store_true", help="play the demo, serve it")
    parser.add_argument("--played", type=Path, help="serve a demo that was played")
    parser.add_argument("--pictures", type=Path, help="a folder for screenshots")
    given = parser.parse_args()
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
    return given


def tls_holds(trial: Trial, _password: str) -> str:
    """Refuse old TLS, another name and the clear."""
    old = ssl.create_default_context(cafile=str(trial.folder / "ca.pem"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    with catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    place = ("127.0.0.1", trial.tls)
    with socket.create_connection(place, 30) as raw, suppress(ssl.SSLError, OSError):
        old.wrap_socket(raw, server_hostname=NAME)
        raise AssertionError("TLS 1.1 was spoken")
    line = trial.line()
    line.request("GET", "/healthz", headers={"Host": NAME})
    spoken = line.sock.version()
    assert line.getresponse().read()
    line.close()
    clear = HTTPConnection("127.0.0.1", trial.plain, timeout=30)
    for path, status in (("/login", 301), ("/api/tokens", 403)):
        clear.request("GET", path, headers={"Host": NAME})
        answer = clear.getresponse()
        answer.read()
        assert answer.status == status, (path, answer.status)
    return f"{spoken} is spoken, TLS 1.1 is not; in the clear pages lead on, programs are refused"


def headers_hold(trial: Trial, _password: str) -> str:
    """Hold every header on answers of every kind."""
    for path in ("/login", "/nothing", "/static/base.css", "/api/prescriptions/1"):
        _, told, _ = trial.ask("GET", path)
        for name, value in HEADERS.items():
            assert told[name] == value, (path, name, told.get(name))
        assert told["Strict-Transport-Security"] == HTTPS_ONLY
        assert told["Server"] == "nginx", told["Server"]
    assert trial.ask("GET", "/openapi.json")[0] == 401
    assert trial.ask("TRACE", "/login")[0] == 405
    return f"{len(HEADERS) + 1} headers on pages, errors, files and the interface"


def sign_in_holds(trial: Trial, password: str) -> str:
    """Sign in over TLS, by a cookie of this host alone."""
    assert trial.sign_in("counter", password) == 302
    assert "__Host-yaoda" in trial.cookies
    assert all(name.startswith("__Host-") for name in trial.cookies), trial.cookies
    assert trial.ask("GET", "/counter")[0] == 200
    assert trial.ask("GET", "/openapi.json")[0] == 200
    return f"a page behind the sign-in; cookies: {', '.join(trial.cookies)}"


def stream_passes(trial: Trial, password: str) -> str:
    """Hear the beginning of a stream through nginx at once."""
    trial.sign_in("counter", password)
    begun = monotonic()
    line, first = _listening(trial)
    line.close()
    return f"server-sent events: {first!r} after {monotonic() - begun:.2f} s"


def limits_hold(trial: Trial, _password: str) -> str:
    """Refuse what is too large, at nginx and at the service."""
    sizes = []
    for path, kib in (("/api/tokens", 300), ("/login", 70 * 1024)):
        line = trial.line()
        line.putrequest("POST", path, skip_host=True)
        line.putheader("Host", NAME)
        line.putheader("Content-Type", "application/json")
        line.putheader("Content-Length", str(kib * 1024))
        line.endheaders()
        if kib < 1024:
            line.send(b" " * kib * 1024)
        answer = line.getresponse()
        assert answer.status == 413, (path, answer.status)
        sizes.append(f"{kib} KiB")
        line.close()
    return f"413 for {' (the service) and '.join(sizes)} (nginx)"


def proxy_alone_is_believed(trial: Trial, _password: str) -> str:
    """Let nobody say who asks: guesses under many invented addresses are one asker's."""
    statuses = []
    for number in range(TRIES_MAX + 1):
        said = {"X-Forwarded-For": f"198.51.100.{number}"}
        form = {"text": "YD1.x", "csrf_token": csrf(trial.ask("GET", VERIFY)[2])}
        statuses.append(trial.ask("POST", VERIFY, form, **said)[0])
    assert statuses[-1] == 429, statuses
    return f"{TRIES_MAX} receipts tried under invented addresses, then {statuses[-1]}"


VERIFY = "/receipts/verify"


def news_of_another_worker(trial: Trial, password: str) -> str:
    """Hear on several streams what one worker did: all of them, whoever keeps them."""
    trial.sign_in("counter", password)
    lines = [_listening(trial)[0] for _ in range(6)]
    sent = world.dumps(world.message(77)).encode()
    other = Trial(trial.folder, trial.tls, trial.plain, trial.upstream)
    rx = _as_program(other, "hospital", password, "/api/prescriptions", sent)
    checked = f"/api/prescriptions/{rx['id']}/checks"
    begun = monotonic()
    _as_program(other, "counter", password, checked, b'{"voucher": "card"}')
    heard = [_next_event(each) for each in lines]
    for each in lines:
        each.close()
    assert all("desk" in each for each in heard), heard
    return f"6 of 6 streams heard of another's act within {monotonic() - begun:.1f} s"


def braked_together(trial: Trial, _password: str) -> str:
    """Count wrong passwords over the workers."""
    words = b'{"username": "bob", "password": "wrong-password"}'
    statuses = []
    for _ in range(4 * LIMIT):
        statuses.append(_posted(trial, "/api/tokens", words, {})[0])
        if statuses[-1] == 429:
            break
        sleep(2)  # as fast as nginx lets one address try
    return f"{statuses.count(401)} wrong passwords of one name, then {statuses[-1]}"


CHECKS: tuple[Callable[[Trial, str], str], ...] = (
    tls_holds,
    headers_hold,
    sign_in_holds,
    stream_passes,
    limits_hold,
    proxy_alone_is_believed,
)
OF_WORKERS = (*CHECKS, news_of_another_worker, braked_together, *edge.CHECKS)
OF_DEMO = (faces.faces_open, *CHECKS, *edge.CHECKS, *stolen.CHECKS)


def _listening(trial: Trial) -> tuple[HTTPSConnection, str]:
    line = trial.line()
    cookies = "; ".join(f"{k}={v}" for k, v in trial.cookies.items())
    line.request("GET", "/live?topics=desk", headers={"Host": NAME, "Cookie": cookies})
    answer = line.getresponse()
    assert answer.status == 200, answer.status
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    line.heard = answer  # type: ignore[attr-defined]
    return line, answer.readline().decode().strip()


def _next_event(line: HTTPSConnection) -> str:
    """Read on until something changed; the server says now and then that it is there."""
    while True:
        told: str = line.heard.readline().decode()  # type: ignore[attr-defined]
        if told.startswith("data:") and "desk" in told:
            return told


def _posted(
    trial: Trial, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, str]:
    line = trial.line()
    kept = {"Host": NAME, "Content-Type": "application/json", **headers}
    line.request("POST", path, body, kept)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


def _as_program(
    trial: Trial, name: str, password: str, path: str, body: bytes
) -> dict[str, str]:
    words = json.dumps({"username": name, "password": password}).encode()
    status, text = _posted(trial, "/api/tokens", words, {})
    assert status < 300, text
    held = {"Authentication-Token": json.loads(text)["token"]}
    status, text = _posted(trial, path, body, held)
    assert status < 300, text
    found: dict[str, str] = json.loads(text)
    return found


if __name__ == "__main__":
    main()
