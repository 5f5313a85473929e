"""The sweep finishes what was cut off, by itself."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dispensing import service
from dispensing.gateway.sandbox import Faults, SandboxGateway
from fixtures import cast
from tests import world
from tests.platform import Platform, open_platform
from web import db, sweeping


@pytest.fixture
def town(tmp_path) -> Iterator[Platform]:
    opened = open_platform(f"sqlite:///{tmp_path}/yaoda.db", tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


def lose_an_answer(town: Platform, books: Path) -> None:
    """Settle alice's prescription at a platform whose answer is lost."""
    faulty = SandboxGateway(books, Faults(lose_answer_every=1))
    desk = replace(town.app.extensions["desk"], gateway=faulty)
    with db.open_session(town.app.extensions["engine"]) as session:
        id_ = service.receive(session, desk, world.message(), now=world.NOON).id
        settled = service.settle(
            session,
            desk,
            prescription_id=id_,
            outlet_code=cast.LUCHENG_PHARMACY,
            voucher="card",
            scanned_code=cast.alice.id_number,
            trace_codes=world.trace_codes(),
            override=None,
            tender="cash",
            by=cast.counter.name,
            now=world.NOON,
        )
    assert settled.state == "unknown"


def test_a_lost_answer_is_found_out_when_the_platform_starts_to_serve(town):
    lose_an_answer(town, town.app.extensions["settings"].var_dir / "platform.db")
    with sweeping.sweeping(town.app, every_s=60):
        assert sweeping.sweep(town.app) == (0, 0)
    with db.open_session(town.app.extensions["engine"], read_only=True) as session:
        numbers = service.day_numbers(session, world.DAY)
    assert numbers.settlements == {"posted": 1}


def test_a_sweep_that_fails_is_tried_again(town, monkeypatch):
    tries, thrice = [], threading.Event()

    def sweep(_platform):
        tries.append(1)
        if len(tries) == 3:
            thrice.set()
        if len(tries) == 2:
            raise OSError("the database is away")
        return 0, 0

    monkeypatch.setattr(sweeping, "sweep", sweep)
    with sweeping.sweeping(town.app, every_s=0.01):
        assert thrice.wait(10)
