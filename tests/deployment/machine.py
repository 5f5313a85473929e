"""A machine for the trial: nginx, the service, PostgreSQL and a certificate, in one folder."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from secrets import token_urlsafe
from time import monotonic, sleep
from urllib.parse import urlencode, urlsplit

from dispensing.days import CHINA
from fixtures.sample import reader
from tests import world
from tests.databases import start_postgres
from tests.platform import OVERLAY, PASSWORD, ROOT, csrf, open_platform
from web import db, migrating
from web.demo import MORNING_AFTER

NAME = "yaoda.example"
NGINX = ROOT / "deploy" / "nginx"
# As Debian installs it, as far as it meets ours: it speaks old TLS, and compresses pages.
DEBIAN = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes auto;
events {{ worker_connections 768; }}
http {{
    sendfile on;
    tcp_nopush on;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    access_log {folder}/access.log;
    gzip on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    include {folder}/yaoda.conf;
}}
"""
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
    environ: dict[str, str] = field(default_factory=dict)
    played: Path | None = None  # the folder of a demo that was played before
    pictures: Path | None = None  # where a browser's pictures go
    signed: dict[str, dict[str, str]] = field(default_factory=dict)  # by a browser

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

    def line(self, origin: str = "127.0.0.1") -> HTTPSConnection:
        """Open a line that trusts the trial's own authority alone, from an address of loopback."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        line = HTTPSConnection("127.0.0.1", self.tls, timeout=60, context=context)
        line._create_connection = lambda *_a, **_k: socket.create_connection(  # type: ignore[attr-defined]
            ("127.0.0.1", self.tls), 60, (origin, 0)
        )
        line.host = NAME  # by which the certificate is held
        return line

    def sign_in(self, name: str, password: str) -> int:
        """Sign in as a browser does, or go on as one that has; give the status."""
        self.cookies.clear()
        if name in self.signed:
            self.cookies.update(self.signed[name])
            return 302
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
    """Play the demo, or take one that was played, and serve it as the deployment does."""
    var = trial.folder / "var"
    if trial.played is None:
        _yaoda({"YAODA_VAR_DIR": str(var)}, "demo", "--no-serve")
    else:
        shutil.copytree(trial.played, var / "demo")
    environ = {**_settings(), **_as_played(var / "demo")}
    password = token_urlsafe(12)
    with _served(trial, ["serve"], environ):
        trial.environ = environ
        yield password


def _as_played(folder: Path) -> dict[str, str]:
    """Give the settings by which a played demo goes on, the morning after."""
    morning = datetime.combine(
        reader.about().day + timedelta(days=1), MORNING_AFTER, CHINA
    )
    return {
        "YAODA_VAR_DIR": str(folder),
        "YAODA_DATABASE_URL": f"sqlite:///{folder}/demo.db",
        "YAODA_OVERLAY": str(reader.FOLDER / "overlay.toml"),
        "YAODA_APPROVALS": str(reader.FOLDER / "approvals.toml"),
        "YAODA_BASEMAP": str(reader.FOLDER / "districts.geojson"),
        "YAODA_CLOCK_START": morning.isoformat(),
        "YAODA_GATEWAY": str(folder / "platform.db"),
    }


def _yaoda(more: dict[str, str], *words: str) -> str:
    """Run a command of the application; give what it told."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "web.cli", *words],
        cwd=ROOT,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def yaoda(trial: Trial, *words: str) -> str:
    """Run a command on what the trial serves."""
    return _yaoda(trial.environ, *words)


def invite(trial: Trial, name: str) -> str:
    """Give the path of a link by which an account sets its password, once."""
    return urlsplit(yaoda(trial, "users", "invite", name).strip()).path


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
    """Run nginx with the files of deploy/ in Debian's own, their ports and places changed."""
    changed = {
        "127.0.0.1:8000": f"127.0.0.1:{trial.upstream}",
        "listen 443": f"listen 127.0.0.1:{trial.tls}",
        "listen 80;": f"listen 127.0.0.1:{trial.plain};",
        "/etc/yaoda/nginx": str(trial.folder),
        "/etc/yaoda/tls/": f"{trial.folder}/",
        "/var/log/nginx/": f"{trial.folder}/",
    }
    for path in sorted(NGINX.rglob("*.*")):
        text = path.read_text("utf-8")
        for a, b in changed.items():
            text = text.replace(a, b)
        (trial.folder / path.name).write_text(text, "utf-8")
    whole = trial.folder / "nginx.conf"
    whole.write_text(DEBIAN.format(folder=trial.folder), "utf-8")
    running = subprocess.Popen(["nginx", "-c", whole, "-g", "daemon off;"])
    try:
        _until(lambda: _answers(trial.plain))
        yield
    finally:
        running.terminate()
        running.wait(30)


def certify(folder: Path) -> None:
    """Make an authority, and a certificate for the name by it."""
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
    new += ["-pkeyopt", "ec_paramgen_curve:P-256"]
    ca = [*new, "-subj", "/CN=Trial authority", "-keyout", "ca.key", "-out", "ca.pem"]
    own = [*new, "-subj", f"/CN={NAME}", "-CA", "ca.pem", "-CAkey", "ca.key"]
    own += ["-addext", f"subjectAltName=DNS:{NAME}"]
    own += ["-addext", "basicConstraints=critical,CA:FALSE"]
    own += ["-keyout", "key.pem", "-out", "fullchain.pem"]
    for command in (ca, own):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


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
