"""What is sent stays what it is: no SQL, no log line, no header, no markup, no formula."""

import csv
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from flask import request
from flask.sansio.app import App
from sqlalchemy import text
from sqlmodel import Session

import web
from pharmacies import table_cells
from pharmacies.catalogue import telling
from pharmacies.catalogue.fates import Fate
from routing import evidence
from tests import world
from tests.platform import PASSWORD, csrf, sent
from tests.remembering import Templates
from tests.security.harness import Check, House, done
from web import accounts, observe, paths, strict
from web.strict import StrictAdapter

Patch = pytest.MonkeyPatch
EVIL = '"><script>alert(1)</script>{{7*7}}${7*7}{% if 1 %}{0}&'
MARK = "zzmark"
KIB = 1024


def sql(house: House) -> None:
    """Write SQL into names, searches and addresses."""
    visitor, program = house.program(None), house.program("counter")
    for name in (
        "nobody' OR username = 'alice",
        "alice' --",
        "alice'; DROP TABLE account; --",
        'alice" OR "1"="1',
    ):
        asked = {"username": name, "password": PASSWORD}
        answer = visitor.ask("POST", "/tokens", asked)
        assert answer.status_code in {401, 422}, (name, answer.text)
    for word in ("' OR 1=1 --", "%' UNION SELECT password FROM account --", "\\", "%"):
        for path in ("/medicines", "/medicines/search"):
            answer = program.ask("GET", path, query_string={"q": word, "text": word})
            assert answer.status_code < 500, (path, word, answer.text)
        page = house.person("counter").get("/medicines", query_string={"q": word})
        assert page.status_code < 500, word
        assert "argon2" not in page.text, word
    with house.session() as session:
        assert session.execute(text("SELECT count(*) FROM account")).scalar()


def writes_names_into_sql(patch: Patch) -> None:
    """Look an account up by a statement that is put together."""
    found = accounts._find

    def joined(session: Session, column: str, value: object) -> Any:
        asked = f"SELECT username FROM account WHERE {column} = '{value}'"
        name = session.connection().exec_driver_sql(asked).scalar()
        return found(session, "username", name)

    patch.setattr(accounts, "_find", joined)


@contextmanager
def heard() -> Iterator[list[str]]:
    """Listen to what the product logs."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, ear = logging.getLogger("yaoda.web"), Ear()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(ear)
    try:
        yield lines
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)


def logs(house: House) -> None:
    """Write line breaks and log lines into all that is sent."""
    client, program = house.visitor(), house.program("counter")
    line = f'\n{{"event": "{MARK}"}}'
    with heard() as lines:
        client.get(f"/%0a%0d{MARK}%1b[31m")
        client.get(f"/medicines?q=%0a{MARK}")
        client.get("/", headers={"User-Agent": MARK, "X-Request-ID": MARK})
        client.open("/", method=MARK.upper())
        asked = {"username": line, "password": line}
        program.ask("POST", "/tokens", asked)
        program.ask("POST", "/presentations", {"scanned": MARK + line})
        program.ask("POST", "/presentations", data=line.encode())
    assert len(lines) >= 7, lines
    for each in lines:
        assert "\n" not in each and "\r" not in each and "\x1b" not in each, each
        assert MARK not in each.lower(), each
        assert {"event", "level", "timestamp"} <= json.loads(each).keys(), each


def logs_the_address(patch: Patch) -> None:
    """Log what was asked for, as it was asked."""

    def plain(rule: str, status: int, _spent_s: float) -> None:
        logging.getLogger("yaoda.web").info("%s %s %s", request.path, rule, status)

    patch.setattr(observe, "_log", plain)


def headers(house: House) -> None:
    """Write other places and other headers into redirects."""
    form = csrf(house.visitor().get("/login").text)
    assert form
    for place in (
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: evil=1",
        "javascript:alert(1)",
    ):
        client = house.visitor()
        token = csrf(client.get("/login").text)
        here = {"csrf_token": token, "here": place, "next": place}
        named = {**here, "username": "alice", "password": PASSWORD}
        for path, fields in (("/language/zh", here), ("/login", named)):
            answer = client.post(path, data=fields, headers={"Host": "evil.example"})
            led = answer.headers.get("Location", "/")
            assert led.startswith("/") and "evil" not in led, (path, place, led)
            assert not re.search(r"evil", str(answer.headers)), (path, place)
            assert answer.status_code < 500, (path, place)


def leads_anywhere(patch: Patch) -> None:
    """Lead to whatever address is asked for."""
    patch.setattr(paths, "_OWN", re.compile(".*", re.DOTALL))


def templates(house: House) -> None:
    """Write markup and expressions into every field of a prescription."""
    line = {**world.message()["lines"][0], "dosage": EVIL}
    doctor = {"code": "D330302000001", "name": EVIL}
    rx = sent(house.platform, doctor=doctor, lines=[line], record_no=EVIL)
    why = {"reason": EVIL}
    done(house.program("hospital").ask("POST", f"/prescriptions/{rx}/revocation", why))
    for name, path in (("alice", "/patient"), ("counter", "/counter")):
        page = house.person(name).get(f"{path}/prescriptions/{rx}").text
        assert "&lt;script&gt;alert(1)" in page, path
        assert "<script>alert" not in page and ">49$" not in page, path
        assert "{{7*7}}" in page, path


def writes_as_it_comes(patch: Patch) -> None:
    """Draw pages without escaping what stands in them."""
    patch.setattr(App, "select_jinja_autoescape", lambda *_: False)
    # What was compiled for other tests escapes, and theirs must go on doing so.
    patch.setattr("tests.platform.TEMPLATES", Templates())


def formulas(_house: House) -> None:
    """Write formulas into what is exported as a table."""
    for formula in (
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "=cmd|' /C calc'!A0",
        "\n=1",
        " =1+1",
        "＝1+1",
        "＠SUM(A1)",
    ):
        reading = ("2025-09-15T12:00:00+08:00", -15, formula, formula)
        told = evidence.readings_csv([reading]).decode()
        report = telling.Report()
        report.append(Fate(1, (formula,), "refused", None, (), ()))
        for table in (told, report.text()):
            for row in csv.reader(StringIO(table, newline="")):
                for each in row:
                    quoted = not each.lstrip().startswith(tuple("=+@＝＠"))
                    assert quoted and each != formula, (formula, each)
        assert ",-1.5," in told


def writes_cells_as_they_come(patch: Patch) -> None:
    """Write cells as they come."""
    patch.setattr(table_cells, "cell", lambda value: value)


def mass_assignment(house: House) -> None:
    """Send more than an act takes: a state, a role, a sum, another's number."""
    alice, clerk = house.program("alice"), house.program("counter")
    wanted = {"purpose": "download", "outlet": "P33030200001"}
    rx = sent(house.platform)
    settling = {"scanned_code": "x" * 20, "trace_codes": {"1": ["8" * 20]}}
    for program, method, path, body in (
        (alice, "POST", "/insurance-codes", {**wanted, "issued_at": "2025-09-15"}),
        (alice, "POST", "/tokens", {"username": "a", "password": "b", "roles": []}),
        (clerk, "POST", f"/prescriptions/{rx}/checks", {"decision": "accepted"}),
        (
            clerk,
            "PUT",
            f"/prescriptions/{rx}/settlement",
            {**settling, "fund_fen": 1, "state": "posted"},
        ),
        (
            house.program("hospital"),
            "POST",
            "/prescriptions",
            {**world.message(2), "state": "settled", "signature_state": "valid"},
        ),
    ):
        answer = program.ask(method, path, body)
        assert answer.status_code == 422, (path, answer.text)


def takes_what_it_knows(patch: Patch) -> None:
    """Take the names that are known, and say nothing of the others."""
    strictly = StrictAdapter.validate_input

    def lenient(self: Any, asked: Any, location: str, **more: Any) -> Any:
        if location == "json" and asked.is_json:
            body = json.loads(asked.get_data())
            known = self.model_class.model_fields
            kept = {name: each for name, each in body.items() if name in known}
            return self.model_class.model_validate_json(json.dumps(kept), strict=True)
        return strictly(self, asked, location, **more)

    patch.setattr(strict.StrictAdapter, "validate_input", lenient)


def sizes(house: House) -> None:
    """Send more than is taken: bodies, forms, files, fields, depths."""
    clerk, hospital = house.program("counter"), house.program("hospital")
    large = {"scanned": "x" * 300 * KIB}
    assert clerk.ask("POST", "/presentations", large).status_code == 413
    lines = world.message()["lines"] * 3_000
    answer = hospital.ask("POST", "/prescriptions", world.message(lines=lines))
    assert answer.status_code == 413, answer.text
    client = house.visitor()
    token = csrf(client.get("/login").text)
    long = {"csrf_token": token, "username": "x" * 300 * KIB, "password": "x"}
    assert client.post("/login", data=long).status_code == 413
    many = {"csrf_token": token, **{f"f{no}": "" for no in range(2_000)}}
    assert client.post("/login", data=many).status_code in {200, 413}
    nested = b'{"scanned":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    headers = {"Content-Type": "application/json"}
    answer = clerk.ask("POST", "/presentations", data=nested, headers=headers)
    assert answer.status_code == 400, answer.text


def takes_any_length(patch: Patch) -> None:
    """Take bodies of any length."""
    config = web._config

    def endless(settings: Any) -> dict[str, object]:
        return {**config(settings), "MAX_CONTENT_LENGTH": None}

    patch.setattr(web, "_config", endless)


CHECKS = (
    Check("sql", ("1.2.4",), sql, writes_names_into_sql),
    Check("logs", ("16.4.1", "16.2.5"), logs, logs_the_address),
    Check("headers", ("1.2.1", "3.7.2", "1.2.2"), headers, leads_anywhere),
    Check("templates", ("1.3.7", "1.2.1", "3.2.2"), templates, writes_as_it_comes),
    Check("formulas", ("1.2.10",), formulas, writes_cells_as_they_come),
    Check("mass-assignment", ("15.3.3",), mass_assignment, takes_what_it_knows),
    Check("sizes", ("5.2.1", "2.4.1"), sizes, takes_any_length),
)
