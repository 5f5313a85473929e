"""The database is away for a while: busy, never a stranger, and well again by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from tests.platform import Platform, sent


@contextmanager
def away(engine: Engine) -> Iterator[None]:
    """Let every statement fail as if nobody were there."""

    def fail(*args: object) -> None:
        raise OperationalError(str(args[2]), None, ConnectionError("gone"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def test_a_program_is_told_to_come_again_and_not_to_sign_in(platform: Platform):
    rx, counter = sent(platform), platform.program("counter")
    with away(platform.app.extensions["engine"]):
        for method, path in (
            ("GET", f"/prescriptions/{rx}/settlement"),
            ("PUT", f"/prescriptions/{rx}/settlement"),
            ("GET", "/routes"),
        ):
            answer = counter.ask(method, path, {} if method == "PUT" else None)
            assert answer.status_code == 503, (path, answer.text)
            assert answer.headers["Retry-After"] == "2"
    assert counter.ask("GET", f"/prescriptions/{rx}/settlement").status_code == 404


@pytest.mark.parametrize("path", ["/patient", "/login", "/"])
def test_a_person_is_told_so_on_a_page(platform: Platform, path: str):
    alice = platform.person("alice")
    with away(platform.app.extensions["engine"]):
        page = alice.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert "系统繁忙" in page.text
    assert alice.get("/patient").status_code == 200


def test_a_stranger_is_still_asked_to_sign_in(platform: Platform):
    visitor = platform.program(None)
    assert visitor.ask("GET", "/routes").status_code == 401
    with away(platform.app.extensions["engine"]):
        assert visitor.ask("GET", "/routes").status_code == 401
