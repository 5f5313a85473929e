"""The brake on guesses: exact whoever asks at once, and no wait beyond the stated one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from tests.security.harness import HeldClock
from web import db
from web.brake import Brake, admit, forget, take_back
from web.tables import AttemptRow


@dataclass
class Kept:
    session: bytes = b"s" * 32


@pytest.fixture
def app(engine):
    """A platform that has what a brake asks for, and a clock that is moved."""
    app = Flask("brakes")
    app.extensions.update(engine=engine, clock=HeldClock(), keys=Kept())
    with app.app_context():
        yield app


def forward(app, **by):
    app.extensions["clock"].at += timedelta(**by)


def tries_until_refused(brake, name="alice"):
    return next(count for count in range(100) if not brake.admits(name))


def test_a_brake_lets_go_after_a_success(app):
    brake = Brake(2)
    assert brake.admits("alice")
    brake.passed("alice")
    assert tries_until_refused(brake) == 2
    assert brake.admits("bob")


def test_each_wait_is_longer_than_the_one_before_and_ten_minutes_at_most(app):
    brake, waits = Brake(3), []
    for _ in range(2):
        assert brake.admits("alice")
    for _ in range(6):
        assert brake.admits("alice")
        waits.append(brake.wait_s("alice"))
        assert not brake.admits("alice")
        forward(app, seconds=waits[-1])
    assert waits == [60, 120, 240, 480, 600, 600]


def test_who_is_turned_away_does_not_lengthen_the_wait(app):
    brake = Brake(1)
    assert brake.admits("alice")
    for _ in range(6):
        forward(app, seconds=9)
        assert not brake.admits("alice")
    forward(app, seconds=6)
    assert brake.admits("alice")


def test_failures_of_long_ago_are_forgotten(app):
    brake = Brake(3)
    assert brake.admits("alice") and brake.admits("alice")
    forward(app, seconds=601)
    assert tries_until_refused(brake) == 3


def test_a_try_that_one_key_turns_away_is_counted_under_none(app):
    short, long = Brake(1, "short"), Brake(3, "long")
    assert admit((short, "alice"), (long, "here"))
    assert not admit((short, "alice"), (long, "here"))
    assert tries_until_refused(long, "here") == 2


def test_a_right_answer_takes_one_try_of_an_address_back(app, engine):
    brake = Brake(2)
    assert brake.admits("here") and brake.admits("here")
    with db.open_session(engine) as work:
        take_back(work, brake, "here")
        work.commit()
    assert tries_until_refused(brake, "here") == 1


def test_the_database_holds_neither_names_nor_addresses_nor_old_counts(app, engine):
    brake = Brake(2)
    assert brake.admits("alice")
    forward(app, days=2)
    assert brake.admits("bob")
    with db.open_session(engine) as work:
        forget(work)
        work.commit()
        assert work.get(AttemptRow, brake.key("alice")) is None
        kept = work.get(AttemptRow, brake.key("bob"))
    assert kept is not None and "bob" not in str(kept.model_dump())


def test_guesses_at_once_are_counted_exactly(app, engine):
    brake = Brake(10)

    def guess(_number: int) -> bool:
        with app.app_context():
            return brake.admits("alice")

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(guess, range(40))) == 10


def test_the_wait_begins_with_the_last_try(app):
    """The twin of the crowd: one after another."""
    brake = Brake(10)
    assert tries_until_refused(brake) == 10
