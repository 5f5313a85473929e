"""What every check of security has: a house to try things in, and a bad build to be caught.

A group is a file of `tests/security/checks` with `CHECKS`, a tuple of `Check`. `run` gets a
house of its own, opened when it is first asked for, and raises AssertionError where the
build is bad. `bad` makes the build bad, before the house is opened: it takes one guard out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import Session
from werkzeug.test import TestResponse

from dispensing.desk import Desk
from tests import world
from tests.platform import Platform, Program, open_platform
from web import db

# How many checks each group has.
GROUPS = {
    "access": 12,
    "codes": 10,
    "prescriptions": 8,
    "sessions": 12,
    "injection": 7,
    "audit": 5,
    "personal": 7,
    "programs": 6,
    "approvals": 10,
    "guessing": 5,
    "rights": 2,
    "doors": 8,
}


@dataclass
class HeldClock:
    """A clock that stands until it is moved."""

    at: datetime = world.NOON

    def now(self) -> datetime:
        """Tell the instant at which the clock stands."""
        return self.at

    def today(self) -> date:
        """Tell the day at which the clock stands."""
        return self.at.date()


@dataclass
class House:
    """The platform with the small world and its callers, and a clock that is moved by hand.

    `settings` are those that differ from a test's usual ones; they count until the first look
    at the platform.
    """

    url: str
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    clock: HeldClock = field(default_factory=HeldClock)

    @cached_property
    def platform(self) -> Platform:
        """Open the platform."""
        opened = open_platform(self.url, self.folder, **self.settings)
        opened.app.extensions["clock"] = self.clock
        return opened

    @property
    def app(self) -> APIFlask:
        """Give the application."""
        return self.platform.app

    @property
    def engine(self) -> Engine:
        """Give the database."""
        engine: Engine = self.app.extensions["engine"]
        return engine

    @property
    def desk(self) -> Desk:
        """Give the desk at which everybody meets."""
        desk: Desk = self.app.extensions["desk"]
        return desk

    def session(self) -> Session:
        """Open a unit of work beside the application's own."""
        return db.open_session(self.engine)

    def program(self, name: str | None) -> Program:
        """Open an API client for one of the callers, or for a visitor."""
        return self.platform.program(name)

    def person(self, name: str) -> FlaskClient:
        """Sign one of the callers in with a browser's cookies."""
        return self.platform.person(name)

    def visitor(self) -> FlaskClient:
        """Open a browser in which nobody is signed in."""
        return self.app.test_client()

    def forward(self, **by: float) -> None:
        """Move the clock, for instance by `seconds=1`."""
        self.clock.at += timedelta(**by)

    def close(self) -> None:
        """Let go of the database, where the house was opened."""
        if "platform" in self.__dict__:
            self.engine.dispose()


@dataclass(frozen=True, slots=True)
class Check:
    """One check: a sentence, what it answers to (ASVS 5.0.0 ids, or a law), and its bad build."""

    name: str
    answers_to: tuple[str, ...]
    run: Callable[[House], None]
    bad: Callable[[pytest.MonkeyPatch], None]


def refused(answer: TestResponse, code: str, status: int = 409) -> None:
    """Hold an answer to be the one refusal that is due."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.json is not None
    assert answer.json["type"] == f"urn:yaoda:problem:{code}", answer.text


def done(answer: TestResponse) -> Any:
    """Hold an answer to be a success; give its JSON."""
    assert answer.status_code < 300, (answer.status_code, answer.text)
    return answer.json
