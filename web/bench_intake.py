"""How many verified e-prescriptions are taken in a second, beside the bare signature check.

For each kind of signature, in one run: the check alone; `take_in` in process on SQLite and
on PostgreSQL, one after another; and the whole platform over HTTP. Repeats are interleaved.
"""

import gc
import os
import random
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from itertools import count
from json import dumps, loads
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from joserfc.jwk import ECKey, OKPKey
from sqlalchemy import Engine, text
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.intake.incoming import read_own
from dispensing.intake.message import canonical
from dispensing.intake.signature import verdict
from dispensing.intake.signatures import jose, openssl, sm2
from dispensing.intake.signatures.keys import jwk_of_sm2, text_of
from dispensing.service.taking_in import KnownKey
from dispensing.signing import base64url
from fixtures import loading
from fixtures.sample import reader
from fixtures.values import Person
from web import accounts, create_app, db, migrating
from web.bench_settle import endpoint, town
from web.bench_settle.postgres import postgres
from web.settings import Settings

Echo = Callable[[str], object]
KINDS = ("Ed25519", "ES256", "SM2")
REPEATS = 3
BATCH = 50  # prescriptions in one unit of work
TAKEN = 100  # in each repeat, of each kind, on each database
CHECKED = 300
ASKED = 48  # over HTTP
CLIENTS = 4
PROMISED = 0.25  # of the bare rate, in process, for Ed25519
_SEED = 7
_PASSWORD = "a password for the bench"


@dataclass(slots=True)
class Bench:
    """The messages of a run, each with a number of its own, and what was seen."""

    now: datetime
    issuer: str
    person: Person
    medicine: str
    keys: dict[str, Any]
    numbers: Iterator[int] = field(default_factory=count)
    per_s: dict[str, list[float]] = field(default_factory=dict)

    def messages(self, kind: str, how_many: int) -> list[dict[str, Any]]:
        """Make signed messages of one kind."""
        return [self._message(kind, next(self.numbers)) for _ in range(how_many)]

    def note(self, cell: str, done: int, spent_s: float) -> None:
        """Note how many a second a cell did."""
        self.per_s.setdefault(cell, []).append(done / spent_s)

    def _message(self, kind: str, number: int) -> dict[str, Any]:
        raw: dict[str, Any] = {
            "hosp_rx_no": f"bench-{number}",
            "source": "internet_hospital",
            "issuer": self.issuer,
            "doctor": {"code": "D330302000001", "name": "林医生"},
            "insured": {
                "person_no": self.person.person_no,
                "id_number": self.person.id_number,
                "name": self.person.name,
            },
            "disease": "hypertension",
            "diagnosis": "I10.x00",
            "issued_at": self.now.isoformat(),
            "valid_days": 3,
            "lines": [{"medicine": self.medicine, "quantity": 2, "supply_days": 28}],
        }
        return {**raw, "signature": _signature(kind, self.keys[kind], canonical(raw))}


def run(echo: Echo) -> None:
    """Measure every cell in each repeat, in an order drawn anew, and tell the medians."""
    fast = openssl.verifier() is not None
    echo(f"SM2 is verified by {'OpenSSL' if fast else 'gmalg'}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="yaoda-bench-")))
        server = stack.enter_context(postgres())
        server.run("postgres", "CREATE DATABASE intake")
        bench = _bench()
        urls = {
            "SQLite": f"sqlite:///{folder}/intake.db",
            "PostgreSQL": server.url("intake"),
        }
        cells: dict[str, Callable[[], None]] = {}
        for name, url in urls.items():
            cells |= _on(stack, bench, name, (url, folder / name))
        for kind in KINDS:
            cells[f"{kind} check alone"] = _checking(bench, kind)
        # What the set-up has left is no part of what a server walks through.
        gc.collect()
        gc.freeze()
        chance = random.Random(_SEED)
        echo(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the beginning")
        for no in range(REPEATS):
            for cell in chance.sample(sorted(cells), len(cells)):
                cells[cell]()
            echo(f"repeat {no + 1} of {REPEATS}: load {os.getloadavg()[0]:.1f}")
    _tell(bench, echo)


def _bench() -> Bench:
    medicine = next(
        one.code for one in reader.medicines() if town.DISEASE in one.conditions
    )
    issuer = next(one.code for one in reader.outlets() if one.kind == "hospital")
    return Bench(
        now=town.now(),
        issuer=issuer,
        person=next(iter(reader.people())),
        medicine=medicine,
        keys={kind: _private(kind) for kind in KINDS},
    )


def _on(
    stack: ExitStack, bench: Bench, name: str, where: tuple[str, Path]
) -> dict[str, Callable[[], None]]:
    """Open a platform on a database, served as well; gives what is measured there."""
    url, folder = where
    engine = db.open_engine(url)
    stack.callback(engine.dispose)
    migrating.create(engine)
    settings = endpoint.settings_for(url, folder)
    app = create_app(settings, engine)
    desk: Desk = app.extensions["desk"]
    with app.app_context(), db.open_session(engine) as session:
        loading.load(session, desk)
        service.add_keys(session, [_registered(bench, kind) for kind in KINDS])
        account = accounts.NewAccount(
            "bench", "bench", ("hospital",), bench.issuer, accounts.hashed(_PASSWORD)
        )
        accounts.add_accounts(session, [account])
    port, token = _serve(stack, settings)
    cells = {f"commit alone, {name}": _waiting(bench, name, engine)}
    for kind in KINDS:
        cells[f"{kind} {name} in process"] = _taking(bench, kind, name, (engine, desk))
        cells[f"{kind} {name} in batches"] = _many(bench, kind, name, (engine, desk))
        cells[f"{kind} {name} over HTTP"] = _asking(bench, kind, name, (port, token))
    return cells


def _serve(stack: ExitStack, settings: Settings) -> tuple[int, str]:
    """Serve as `yaoda serve` does, by a process of its own; gives its port and a token."""
    told = {
        "YAODA_DATABASE_URL": settings.database_url,
        "YAODA_VAR_DIR": str(settings.var_dir),
        "YAODA_OVERLAY": str(settings.overlay),
        "YAODA_CLOCK_START": town.now().isoformat(),
        "YAODA_PORT": "0",
        "YAODA_PASSWORD_MEMORY_KIB": "64",
        "YAODA_REQUESTS_MINUTE_MAX": "0",
    }
    served = subprocess.Popen(
        [sys.executable, "-P", "-m", "web.cli", "serve"],
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    stack.callback(_stop, served)
    assert served.stdout is not None
    port = int(served.stdout.readline().rpartition(":")[2])
    asked = dumps({"username": "bench", "password": _PASSWORD})
    return port, _post(port, "/api/tokens", asked, {})["token"]


def _stop(served: "subprocess.Popen[str]") -> None:
    served.terminate()
    served.wait()
    if served.stdout is not None:
        served.stdout.close()


def _taking(
    bench: Bench, kind: str, name: str, where: tuple[Engine, Desk]
) -> Callable[[], None]:
    engine, desk = where

    def taken() -> None:
        messages = bench.messages(kind, TAKEN)
        begun = perf_counter()
        for raw in messages:
            with Session(engine) as session:
                received = service.receive(session, desk, raw, now=bench.now)
            assert received.signature == "valid", received
        bench.note(f"{kind} {name} in process", TAKEN, perf_counter() - begun)

    return taken


def _many(
    bench: Bench, kind: str, name: str, where: tuple[Engine, Desk]
) -> Callable[[], None]:
    engine, desk = where

    def taken() -> None:
        messages = bench.messages(kind, TAKEN)
        begun = perf_counter()
        for first in range(0, TAKEN, BATCH):
            batch = messages[first : first + BATCH]
            with Session(engine) as session:
                told = service.receive_many(session, desk, batch, now=bench.now)
            assert all(getattr(one, "signature", "") == "valid" for one in told), told
        bench.note(f"{kind} {name} in batches", TAKEN, perf_counter() - begun)

    return taken


def _waiting(bench: Bench, name: str, engine: Engine) -> Callable[[], None]:
    """Measure the commit of one small row alone: what the disk gives at this hour."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bench_row (n INTEGER)"))

    def committed() -> None:
        begun = perf_counter()
        for number in range(TAKEN):
            with engine.begin() as connection:
                row = {"n": number}
                connection.execute(text("INSERT INTO bench_row VALUES (:n)"), row)
        bench.note(f"commit alone, {name}", TAKEN, perf_counter() - begun)

    return committed


def _asking(
    bench: Bench, kind: str, name: str, where: tuple[int, str]
) -> Callable[[], None]:
    port, token = where

    def asked() -> None:
        bodies = [dumps(raw) for raw in bench.messages(kind, ASKED)]
        headers = {"Authentication-Token": token}

        def send(mine: list[str]) -> None:
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            for body in mine:
                told = _sent(connection, "/api/prescriptions", body, headers)
                assert told["signature"] == "valid", told
            connection.close()

        begun = perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(send, [bodies[no::CLIENTS] for no in range(CLIENTS)]))
        bench.note(f"{kind} {name} over HTTP", ASKED, perf_counter() - begun)

    return asked


def _checking(bench: Bench, kind: str) -> Callable[[], None]:
    """Measure the check of the signature alone, its key and its bytes at hand."""
    known = _known(bench, kind)

    def checked() -> None:
        found = [read_own(raw) for raw in bench.messages(kind, CHECKED // 10)]
        ready = [one.signed for one in found if one.signed] * 10
        begun = perf_counter()
        for signed in ready:
            told = verdict(signed, known, issuer=bench.issuer, signed_at=bench.now)
            assert told.state == "valid", told
        bench.note(f"{kind} check alone", len(ready), perf_counter() - begun)

    return checked


def _tell(bench: Bench, echo: Echo) -> None:
    for cell, figures in sorted(bench.per_s.items()):
        low, high = min(figures), max(figures)
        echo(f"{cell}: median {median(figures):.0f}/s ({low:.0f} to {high:.0f})")
    for kind in KINDS:
        for name in ("SQLite", "PostgreSQL"):
            for way in ("in process", "in batches"):
                _compare(bench, kind, f"{kind} {name} {way}", echo)


def _compare(bench: Bench, kind: str, cell: str, echo: Echo) -> None:
    alone = bench.per_s[f"{kind} check alone"]
    ratio = median(a / b for a, b in zip(bench.per_s[cell], alone, strict=True))
    held = ""
    if kind == KINDS[0]:
        said = "held" if ratio >= PROMISED else "MISSED"
        held = f" ({said}: {PROMISED} was promised)"
    echo(f"{cell} / check alone: {ratio:.2f}{held}")


def _private(kind: str) -> Any:
    """Make a key of a word: it guards nothing."""
    seed = sha256(f"bench {kind}".encode()).digest()
    if kind == "SM2":
        return seed
    if kind == "ES256":
        return ECKey.generate_key("P-256")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    point = {"d": base64url(seed), "x": base64url(raw)}
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", **point})


def _signature(kind: str, key: Any, payload: bytes) -> dict[str, str]:
    if kind == "SM2":
        value = b64encode(sm2.sign(key, payload)).decode()
        return {"key_id": f"bench-{kind}", "alg": "SM2", "value": value}
    return {
        "key_id": f"bench-{kind}",
        "jws": jose.sign(payload, key, f"bench-{kind}"),
    }


def _jwk(kind: str, key: Any) -> dict[str, Any]:
    return jwk_of_sm2(key) if kind == "SM2" else dict(key.as_dict(private=False))


def _registered(bench: Bench, kind: str) -> service.IssuerKey:
    known = _known(bench, kind)
    return service.IssuerKey(
        f"bench-{kind}",
        bench.issuer,
        _jwk(kind, bench.keys[kind]),
        known.valid_from,
        known.valid_until,
    )


def _known(bench: Bench, kind: str) -> KnownKey:
    day = bench.now.date()
    return KnownKey(
        issuer=bench.issuer,
        public=text_of(_jwk(kind, bench.keys[kind])),
        valid_from=day - timedelta(days=30),
        valid_until=day + timedelta(days=30),
        revoked_at=None,
        revocation_told_at=None,
        revocation_reason=None,
    )


def _post(port: int, path: str, body: str, headers: dict[str, str]) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return _sent(connection, path, body, headers)
    finally:
        connection.close()


def _sent(
    connection: HTTPConnection, path: str, body: str, headers: dict[str, str]
) -> Any:
    kind = {"Content-Type": "application/json"}
    connection.request("POST", path, body.encode(), {**headers, **kind})
    return loads(connection.getresponse().read())
