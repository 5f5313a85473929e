"""The whole platform in a test: a fresh database with the small world, and its callers."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from passlib.hash import argon2
from sqlalchemy import inspect
from sqlmodel import Session
from typer.testing import CliRunner, Result
from werkzeug.test import TestResponse

from dispensing.ciphers import AES
from dispensing.desk import Desk
from dispensing.signing import base64url
from fixtures import cast
from tests import world
from tests.remembering import (
    Templates,
    compile_routes_once,
    fill_once,
    read_overlay_once,
)
from web import accounts, auth, cli, create_app, db
from web.jobs import Jobs
from web.jobs.port import JOBS
from web.jobs.running import jobs_of
from web.keys import Keys
from web.settings import Settings

ROOT = Path(__file__).parent.parent
OVERLAY = ROOT / "fixtures" / "wenzhou" / "overlay.toml"
compile_routes_once()
read_overlay_once(OVERLAY)
argon2.parallelism = 1  # with so little memory its threads cost more than the hash
TEMPLATES = Templates()

PASSWORD = "a long enough password"
COURIER = "C33030000101"
CALLERS = {
    "alice": ("patient", cast.alice.person_no),
    "bob": ("patient", cast.bob.person_no),
    "counter": ("counter", cast.LUCHENG_PHARMACY),
    "second-counter": ("counter", world.SECOND_PHARMACY),
    "centre": ("counter", cast.COMMUNITY_CENTRE),
    "hospital": ("hospital", cast.HOSPITAL),
    "internet-hospital": ("hospital", cast.INTERNET_HOSPITAL),
    "dispatcher": ("dispatch", cast.CARRIER),
    "other-dispatcher": ("dispatch", "C330300009"),
    "courier": ("courier", COURIER),
    "second-courier": ("courier", "C33030000102"),
    "bureau": ("bureau", "330300"),
    "health": ("health", "330300"),
}
# Who stands at a counter decides as well, if it is not a clerk.
ROLES = {"counter": accounts.WITH["pharmacist"], "clerk": ("counter",)}


@dataclass(frozen=True, slots=True)
class Program:
    """One API client: a caller's token, and answers as they come."""

    client: FlaskClient
    token: str | None

    def ask(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> TestResponse:
        """Send one request with the token."""
        headers = {"Authentication-Token": self.token} if self.token else {}
        kept = {"headers": {**headers, **more.pop("headers", {})}, **more}
        if body is not None:
            kept["json"] = body
        return self.client.open(f"/api{path}", method=method, **kept)

    def get(self, path: str) -> Any:
        """Return what is read, or fail."""
        return said(self.ask("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        """Return what a successful act answers, or fail."""
        return said(self.ask("POST", path, body))

    def put(self, path: str, body: Any = None) -> Any:
        """Return what a successful write answers, or fail."""
        return said(self.ask("PUT", path, body))


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform under test."""

    app: APIFlask

    def program(self, name: str | None) -> Program:
        """Open an API client for one of the callers, or for a visitor."""
        client = self.app.test_client(use_cookies=False)
        if name is None:
            return Program(client, None)
        with self.app.test_request_context():
            token = auth.token_for(name, PASSWORD)
        assert token is not None
        return Program(client, token)

    def person(self, name: str) -> FlaskClient:
        """Sign one of the callers in with a browser's cookies."""
        client = self.app.test_client()
        form = client.get("/login").text
        sent = {"username": name, "password": PASSWORD, "csrf_token": csrf(form)}
        assert client.post("/login", data=sent).status_code == 302
        return client


def said(response: TestResponse) -> Any:
    """Return a successful answer's JSON."""
    assert response.status_code < 300, response.text
    return response.json


def csrf(page: str) -> str:
    """Find the token that a page's forms carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a page's form as its reader would, following where it leads."""
    home = client.get("/", follow_redirects=True).text
    sent = {"csrf_token": csrf(home), **fields}
    return client.post(path, data=sent, follow_redirects=True)


def settings_for(url: str, folder: Path, **changes: Any) -> Settings:
    """Make the settings of a test platform: its own keys, noon of the sample day."""
    usual = {
        "var_dir": folder / "var",
        "database_url": url,
        "overlay": OVERLAY,
        "approvals": world.APPROVALS,
        "clock_start": world.NOON,
        "password_memory_kib": 64,
        "sessions_max": 100,
        "requests_minute_max": 0,  # one caller asks for many
        "openapi": "open",
    }
    return Settings(**{**usual, **changes})


def open_platform(url: str, folder: Path, **changes: Any) -> Platform:
    """Open the platform on an empty database and let the world and its callers in.

    `changes` are settings.
    """
    engine = db.open_engine(url)
    if not inspect(engine).has_table("outlet"):
        db.create_all(engine)
    settings = settings_for(url, folder, **changes)
    give_keys(settings.secrets_dir)
    app = create_app(settings, engine)
    # What another process approved is looked for by the clock: queries are counted here.
    app.extensions["desk"].approved.ticks = lambda: 0
    app.jinja_env.bytecode_cache = TEMPLATES
    with app.app_context(), db.open_session(engine) as session:
        fill_once(session, "platform", lambda: _let_in(session, app.extensions["desk"]))
    return Platform(app)


def give_keys(folder: Path) -> None:
    """Give every platform of the tests the same keys: then its first rows are the same."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        for part in fields(Keys):
            secret = sha256(f"{part.name} of the tests".encode()).digest()
            (folder / part.name).write_bytes(secret)
            (folder / part.name).chmod(0o600)
        give_vault(folder / "vault")


def give_vault(folder: Path) -> None:
    """Give every vault of the tests the same keys."""
    folder.mkdir(mode=0o700)
    for name in ("seal-0001", "index-0001", "fingerprint"):
        secret = base64url(sha256(f"{name} of the tests".encode()).digest())
        algorithm = AES if name == "seal-0001" else "hmac-sha256"
        kept = {"algorithm": algorithm, "secret": secret, "made_at": ""}
        (folder / f"{name}.json").write_text(json.dumps(kept))


def _let_in(session: Session, desk: Desk) -> None:
    world.populate(session, desk)
    password = accounts.hashed(PASSWORD)
    accounts.add_accounts(
        session,
        [
            accounts.NewAccount(name, name, ROLES.get(role, (role,)), subject, password)
            for name, (role, subject) in CALLERS.items()
        ],
    )


@pytest.fixture
def platform(sqlite_url: str, tmp_path: Path) -> Iterator[Platform]:
    """Open the platform with the small world."""
    opened = open_platform(sqlite_url, tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


def commands(platform: Platform, monkeypatch: Any) -> Callable[..., Result]:
    """Let commands work on this platform, and give what runs one."""
    settings = platform.app.extensions["settings"]
    monkeypatch.setattr("web.commands.opened.settings", lambda **_: settings)
    monkeypatch.setattr("web.commands.opened.create_app", lambda _: platform.app)
    return lambda *words: CliRunner().invoke(cli.app, list(words))


def sent(platform: Platform, number: int = 1, **changes: Any) -> UUID:
    """Let the hospital send a prescription; return its id."""
    raw = world.message(number, **changes)
    return UUID(platform.program("hospital").post("/prescriptions", raw)["id"])


def codes(batch: int = 1) -> dict[str, list[str]]:
    """Make the trace codes of the usual three packs, as a scanner gives them."""
    return {str(no): list(c) for no, c in world.trace_codes(batch=batch).items()}


def settled(platform: Platform, number: int = 1, reason: str | None = None) -> UUID:
    """Bring a prescription as far as its settlement at the Lucheng counter."""
    rx = sent(platform, number)
    asked = settlement(platform, number)
    asked["override"] = {"reason": reason} if reason else None
    answer = platform.program("counter").put(f"/prescriptions/{rx}/settlement", asked)
    assert answer["state"] == "posted"
    return rx


def reversal(platform: Platform, rx: UUID) -> str:
    """Say where the settlement that holds a prescription is reversed."""
    held = platform.program("counter").get(f"/prescriptions/{rx}/settlement")
    return f"/settlements/{held['id']}/reversal"


def settlement(platform: Platform, batch: int = 1) -> dict[str, Any]:
    """Make what the counter sends to settle for alice."""
    wanted = {"purpose": "settle", "outlet": cast.LUCHENG_PHARMACY}
    code = platform.program("alice").post("/insurance-codes", wanted)
    return {"scanned_code": code["text"], "trace_codes": codes(batch)}


def delivery(**changes: Any) -> dict[str, Any]:
    """Make what a patient sends to order a delivery this afternoon."""
    usual = {
        "window_opens": "2025-09-15T14:00:00+08:00",
        "window_closes": "2025-09-15T17:00:00+08:00",
        "area": "330302",
        "address": cast.alice.address,
        "point": {"lon": cast.alice.point.lon, "lat": cast.alice.point.lat},
        "phone": cast.alice.phone,
    }
    return {**usual, **changes}


def order_form(**changes: str) -> dict[str, str]:
    """Fill in the page's form for a delivery to Alice's door."""
    filled = {
        "window": "2025-09-15 13:00-15:30",
        "area": "330302",
        "address": cast.alice.address,
        "phone": cast.alice.phone,
    }
    return filled | changes


def on_the_road(platform: Platform, number: int = 1) -> tuple[UUID, UUID, Program]:
    """Bring a prescription onto the road; return it, its order and the courier's client."""
    rx = settled(platform, number)
    order = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    platform.program("counter").post(f"/orders/{order['id']}/packing")
    dispatcher = platform.program("dispatcher")
    plan = planned(platform, dispatcher)
    assert not plan["unserved"]
    dispatcher.post(f"/plans/{plan['id']}/commitment")
    (route,) = plan["routes"]
    name = "courier" if route["courier_code"] == COURIER else "second-courier"
    rider = platform.program(name)
    rider.post(f"/routes/{route['id']}/departure")
    return rx, UUID(order["id"]), rider


WORKED_OFF_S = 60.0


class Idle(Event):
    """Tells a worker to stop as soon as it has nothing to do."""

    def wait(self, timeout: float | None = None) -> bool:
        """Stop instead of waiting."""
        self.set()
        return True


def work_off(platform: Platform) -> None:
    """Do the jobs that wait, as a worker beside the answers does."""
    jobs = jobs_of(platform.app)
    try:
        if platform.app.extensions["engine"].dialect.name == "sqlite":
            jobs.work(Idle())
        else:
            _work_off_beside(jobs)
    finally:
        jobs.close()
        platform.app.extensions.pop(JOBS)


def _work_off_beside(jobs: Jobs) -> None:
    """Let a worker of several machines do what waits; it is asked whether it has ended."""
    stop = Event()
    worker = Thread(target=jobs.work, args=(stop,), daemon=True)
    worker.start()
    until_s = monotonic() + WORKED_OFF_S
    while monotonic() < until_s:
        counts = jobs.counts()
        if not counts.waiting and not counts.running:
            break
        sleep(0.05)
    stop.set()
    worker.join(WORKED_OFF_S)
    assert not worker.is_alive()


def afternoon(**changes: Any) -> dict[str, Any]:
    """Make what a dispatcher sends to plan the afternoon."""
    usual = {
        "day": "2025-09-15",
        "slice_opens": "13:00:00",
        "slice_closes": "18:00:00",
        "seconds_max": 1,
        "seed": 1,
    }
    return {**usual, **changes}


def planned(platform: Platform, dispatcher: Program, **changes: Any) -> Any:
    """Let a worker plan the afternoon; return the draft."""
    asked = dispatcher.post("/plans", afternoon(**changes))
    return draft(platform, dispatcher, asked)


def draft(platform: Platform, dispatcher: Program, asked: Any) -> Any:
    """Let a worker do what was asked of the planner; return the draft."""
    work_off(platform)
    told = dispatcher.get(f"/plannings/{asked['id']}")
    assert told["state"] == "done", told
    return dispatcher.get(f"/plans/{told['plan_id']}")


def door_code(platform: Platform, order_id: UUID) -> str:
    """Read the six digits on alice's page."""
    page = platform.person("alice").get(f"/patient/orders/{order_id}").text
    found = re.search(r'class="digits">(\d{6})<', page)
    assert found, page
    return found[1]
