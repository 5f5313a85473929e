"""Keys of institutions' programs: what they open, and when they stop."""

import pytest
from flask_security import utils
from sqlalchemy import bindparam, literal, select
from werkzeug.test import TestResponse

from fixtures import cast
from tests.security.harness import Check, House, done
from web import program_door, program_keys
from web.tables import ProgramKeyRow

Patch = pytest.MonkeyPatch
WANTED = {"name": "till", "actions": ["stock.read"], "last_day": "2025-09-16"}


def made(house: House, **changes: str) -> tuple[str, str]:
    """Make a key of the counter's program; give its id and the key."""
    answer = house.program("counter").post("/program-keys", {**WANTED, **changes})
    return answer["program_key"]["id"], answer["secret"]


def ask(house: House, secret: str, path: str = "/api/stock") -> TestResponse:
    """Ask by a key."""
    bearer = {"Authorization": f"Bearer {secret}"}
    return house.visitor().get(path, headers=bearer)


def scope(house: House) -> None:
    """Ask for what the role may do and the key was not made for."""
    _, secret = made(house)
    done(ask(house, secret))
    assert ask(house, secret, "/api/till").status_code == 403


def pages(house: House) -> None:
    """Open a page by a key."""
    _, secret = made(house)
    for path in ("/counter", "/account", "/program-keys"):
        assert ask(house, secret, path).status_code == 302, path


def over(house: House) -> None:
    """Use a key on the day after its last one."""
    _, secret = made(house)
    house.forward(hours=35)
    done(ask(house, secret))
    house.forward(hours=2)
    assert ask(house, secret).status_code == 401


def withdrawn(house: House) -> None:
    """Withdraw a key and use it."""
    number, secret = made(house)
    done(house.program("counter").ask("POST", f"/program-keys/{number}/withdrawal"))
    assert ask(house, secret).status_code == 401


def suspended(house: House) -> None:
    """Suspend the pharmacy and use its key."""
    _, secret = made(house)
    act = {"act": "suspend", "kind": "general", "reason": "现场检查"}
    seen = {"override": {"reason": "违规使用医保基金", "left": 1}}
    path = f"/designations/{cast.LUCHENG_PHARMACY}/acts"
    done(house.program("bureau").ask("POST", path, {**act, **seen}))
    assert ask(house, secret).status_code == 401


def stolen(house: House) -> None:
    """Read the table of keys and bring what stands there."""
    made(house)
    with house.engine.connect() as reading:
        (kept,) = reading.exec_driver_sql("SELECT key_sha256 FROM program_key").one()
    assert ask(house, kept).status_code == 401


def _as_a_person(patch: Patch) -> None:
    set_attr = utils.set_request_attr
    patch.setattr(program_door, "_DOORS", ("/",))
    patch.setattr(
        program_door, "set_request_attr", lambda name, _: set_attr(name, "session")
    )


def _never_over(patch: Patch) -> None:
    key = ProgramKeyRow.__table__  # type: ignore[attr-defined]
    never = select(key, literal(None).label("used_s"))
    any_day = never.where(key.c.key_sha256 == bindparam("digest"))
    patch.setattr(program_door, "_asked", lambda: any_day)


CHECKS = (
    Check(
        "a key opens what it was made for alone",
        ("ASVS 8.2.1",),
        scope,
        lambda patch: patch.setattr(program_door, "covers", lambda *_: True),
    ),
    Check(
        "a key opens no page",
        ("ASVS 8.2.1",),
        pages,
        _as_a_person,
    ),
    Check(
        "a key ends with its last day",
        ("ASVS 9.2.1",),
        over,
        _never_over,
    ),
    Check(
        "a withdrawn key opens nothing at once",
        ("ASVS 7.4.1",),
        withdrawn,
        lambda patch: patch.setattr(program_keys, "_end", lambda *_, **__: None),
    ),
    Check(
        "a suspended pharmacy's key opens nothing",
        ("国家医疗保障局令第3号",),
        suspended,
        lambda patch: patch.setattr(program_door, "_stands", lambda *_: True),
    ),
    Check(
        "what the database keeps of a key opens nothing",
        ("ASVS 13.3.1",),
        stolen,
        lambda patch: patch.setattr(program_keys, "digest", lambda secret: secret),
    ),
)
