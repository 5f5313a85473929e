"""A settlement asks twice and writes twice; it loads no texts and draws no pictures."""

import builtins
from pathlib import Path

import pytest
import qrcode

from dispensing.gateway import Receipt
from dispensing.gateway.sandbox import Faults, SandboxGateway
from dispensing.service.posting import post
from dispensing.service.settling import find_out
from tests import calls, world
from tests.dispensing import attacks
from tests.platform import platform, sent, settlement
from tests.twin.opened import open_one
from web import db

__all__ = ["platform"]


def test_on_postgresql_a_settlement_is_two_questions_and_two_statements(
    postgres_engine, tmp_path
):
    engine = postgres_engine
    desk = attacks.open_street(engine, tmp_path)
    first, second = (attacks.received(engine, desk, number) for number in (1, 2))
    told = calls.Told()
    with calls.hooked(engine, told):
        for batch, id_ in enumerate(
            (first, second), 1
        ):  # the first one reads the network
            with db.open_session(engine) as session:
                del told.statements[:]
                assert attacks.settle(session, desk, id_, batch).state == "posted"
    kinds = [" ".join(each.split())[:27] for each in told.statements]
    assert kinds == [
        "WITH rx AS ( SELECT id, iss",
        "SELECT 'used', '', '', CAST",
        "WITH c0 AS (INSERT INTO ass",
        "COMMIT",
        "WITH rx AS ( SELECT id FROM",
        "COMMIT",
    ]


def test_many_are_posted_by_one_statement(postgres_engine, tmp_path):
    engine = postgres_engine
    desk = attacks.open_street(engine, tmp_path)
    deaf = world.open_desk(losing(tmp_path))
    for number in range(1, 8):
        id_ = attacks.received(engine, desk, number)
        with db.open_session(engine) as session:
            assert attacks.settle(session, deaf, id_, number).state == "unknown"
    told = calls.Told()
    with calls.hooked(engine, told):
        assert attacks.recover(engine, desk, world.NOON.replace(hour=13)) == 7
    posted = [each for each in told.statements if "json_populate_recordset" in each]
    assert len(posted) == 1
    assert told.statements.count(calls.COMMIT) == 1
    attacks.audit(engine, tmp_path)


def losing(folder: Path) -> SandboxGateway:
    """Open the platform's books so that every answer is lost."""
    return SandboxGateway(folder / "platform.db", Faults(lose_answer_every=1))


def test_a_request_loads_no_pack_and_draws_no_code(platform, monkeypatch):
    counter = platform.program("counter")
    one, two = sent(platform, 1), sent(platform, 2)
    asked = [settlement(platform, batch) for batch in (1, 2)]
    reason = {"override": {"reason": "药师已核对"}}
    counter.put(f"/prescriptions/{one}/settlement", {**asked[0], **reason})

    def never(*_: object, **__: object) -> None:
        raise AssertionError("not in a request")

    opened, read = builtins.open, Path.read_bytes

    def keys_alone(path: Path) -> bytes:
        assert path.parent.name == "vault", path  # looked at once a second
        return read(path)

    def open_no_text(path, *given, **more):
        assert not str(path).endswith(".toml"), path
        return opened(path, *given, **more)

    monkeypatch.setattr(qrcode.QRCode, "__init__", never)
    monkeypatch.setattr(Path, "read_text", never)
    monkeypatch.setattr(Path, "read_bytes", keys_alone)
    monkeypatch.setattr(builtins, "open", open_no_text)
    told = counter.put(f"/prescriptions/{two}/settlement", {**asked[1], **reason})
    assert told["state"] == "posted"


@pytest.mark.parametrize("kind", ["posted", "void"])
def test_one_that_somebody_else_has_finished_is_not_posted_again(
    engine, tmp_path, kind
):
    """The counter's own answer comes after the sweep's: its statement does nothing."""
    desk = attacks.open_street(engine, tmp_path)
    opened, work_of = open_one(engine, desk)
    if kind == "posted":
        desk.gateway.charge(opened.charge)
    with db.open_session(engine) as session:
        assert find_out(work_of(session), opened.charge.msgid).state == kind
    with db.open_session(engine) as session:
        late = [(opened.posting, Receipt(opened.charge.msgid, "S"))]
        assert post(session, late, world.NOON) is None
        session.rollback()
    attacks.audit(engine, tmp_path)
