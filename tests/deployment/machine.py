"""A machine for the trial: nginx, the service, PostgreSQL and a certificate, in one folder."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlencode

from tests import world
from tests.databases import start_postgres
from tests.platform import OVERLAY, PASSWORD, ROOT, csrf, open_platform
from web import db, migrating

NAME = "yaoda.example"
WAIT_S = 600
LIMIT = 10  # failures of a name before it waits (YAODA_LOGINS_FAILED_MAX)


@dataclass
class Trial:
    """Where everything is, and who has signed in."""

    folder: Path
    tls: int
    plain: int
    upstream: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, **more: str
    ) -> tuple[int, dict[str, str], str]:
        """Ask over TLS, with the cookies of this trial; give status, headers and text."""
        headers = {"Host": NAME, "Accept": "text/html", **more}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = urlencode(form) if form is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line = self.line()
        line.request(method, path, body, headers)
        answer = line.getresponse()
        told = dict(answer.getheaders())
        for each in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
        text = answer.read().decode()
        line.close()
        return answer.status, told, text

    def line(self) -> HTTPSConnection:
        """Open a line that trusts the trial's own authority alone."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        line = HTTPSConnection("127.0.0.1", self.tls, timeout=60, context=context)
        line._create_connection = lambda *_a, **_k: socket.create_connection(  # type: ignore[attr-defined]
            ("127.0.0.1", self.tls), 60
        )
        line.host = NAME  # by which the certificate is held
        return line

    def sign_in(self, name: str, password: str) -> int:
        """Sign in as a browser does; give the status."""
        self.cookies.clear()
        form = csrf(self.ask("GET", "/login")[2])
        sent = {"username": name, "password": password, "csrf_token": form}
        return self.ask("POST", "/login", sent)[0]


@contextmanager
def workers(trial: Trial) -> Iterator[str]:
    """Serve the small world by two workers on PostgreSQL."""
    data = trial.folder / "pg"
    data.mkdir()
    server = start_postgres(data)
    server.create("yaoda")
    url = server.url("yaoda")
    engine = db.open_engine(url)
    migrating.create(engine)
    engine.dispose()
    open_platform(url, trial.folder).app.extensions["engine"].dispose()
    environ = {
        "YAODA_DATABASE_URL": url,
        "YAODA_OVERLAY": str(OVERLAY),
        "YAODA_CLOCK_START": world.NOON.isoformat(),
        "YAODA_PASSWORD_MEMORY_KIB": "64",
        "YAODA_SECOND_FACTOR": "off",
        "YAODA_LOGINS_FAILED_MAX": str(LIMIT),
    }
    try:
        with _served(trial, ["serve", "--workers", "2"], environ):
            yield PASSWORD
    finally:
        server.stop()


@contextmanager
def demo(trial: Trial) -> Iterator[str]:
    """Play the demo, and serve it."""
    with _served(trial, ["demo"], {}) as told:
        found = re.search(r"password: (\S+)", told)
        assert found, told
        yield found[1]


@contextmanager
def _served(trial: Trial, words: list[str], more: dict[str, str]) -> Iterator[str]:
    told = trial.folder / "told"
    environ = {
        **os.environ,
        **_settings(),
        "YAODA_VAR_DIR": str(trial.folder / "var"),
        "YAODA_PORT": str(trial.upstream),
        **more,
    }
    command = [sys.executable, "-P", "-m", "web.cli", *words]
    with told.open("w") as out:
        running = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _until(lambda: _answers(trial.upstream) or running.poll() is not None)
        assert running.poll() is None, told.read_text()
        yield told.read_text()
    finally:
        running.terminate()
        running.wait(60)


def _settings() -> dict[str, str]:
    """Read deploy/yaoda.env, but for places of a real machine."""
    kept = ("YAODA_HOST", "YAODA_HTTPS", "YAODA_PROXY", "YAODA_ADDRESS")
    lines = (ROOT / "deploy" / "yaoda.env").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line[:1] not in {"#", ""})
    return {name: value for name, value in pairs if name in kept}


@contextmanager
def nginx(trial: Trial) -> Iterator[None]:
    """Run nginx with the file of deploy/, its ports and places changed."""
    text = (ROOT / "deploy" / "nginx" / "yaoda.conf").read_text()
    for a, b in (
        ("127.0.0.1:8000", f"127.0.0.1:{trial.upstream}"),
        ("listen 443", f"listen 127.0.0.1:{trial.tls}"),
        ("listen 80;", f"listen 127.0.0.1:{trial.plain};"),
        ("/etc/yaoda/tls/", f"{trial.folder}/"),
        ("/var/log/nginx/", f"{trial.folder}/"),
    ):
        assert a in text, a
        text = text.replace(a, b)
    whole = trial.folder / "nginx.conf"
    whole.write_text(
        f"pid {trial.folder}/nginx.pid; error_log {trial.folder}/error.log;\n"
        f"events {{}}\nhttp {{ client_body_temp_path {trial.folder}/body;\n"
        f"proxy_temp_path {trial.folder}/proxy;\n{text}\n}}\n"
    )
    running = subprocess.Popen(["nginx", "-c", whole, "-g", "daemon off;"])
    try:
        _until(lambda: _answers(trial.plain))
        yield
    finally:
        running.terminate()
        running.wait(30)


def certify(folder: Path) -> None:
    """Make an authority, and a certificate for the name."""
    openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
    openssl += ["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", f"/CN={NAME}"]
    openssl += ["-addext", f"subjectAltName=DNS:{NAME}"]
    out = ["-keyout", folder / "key.pem", "-out", folder / "fullchain.pem"]
    subprocess.run([*openssl, *out], check=True, capture_output=True)
    shutil.copy(folder / "fullchain.pem", folder / "ca.pem")


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _until(look: Callable[[], object]) -> None:
    end = monotonic() + WAIT_S
    while not look():
        assert monotonic() < end, "waited too long"
        sleep(0.2)
