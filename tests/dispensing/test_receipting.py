"""Receipts are issued once: the same bytes for whoever asks, whenever, and never changed."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from dispensing import receipts, service
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, NotFound
from dispensing.policy import overlay_of
from dispensing.service import ReceiptView
from dispensing.signing import ALGORITHMS, ED25519, SM2, SigningKey, signing_key
from dispensing.tables import ReadRow, ReceiptRow
from tests import world
from tests.dispensing import attacks
from tests.dispensing.attacks import ALICE, SHOP
from tests.world import NOON, READER
from web import db

KEY = signing_key(ED25519, b"r" * 32)
KEYS = {KEY.public.key_id: KEY.public}
LATER = NOON + timedelta(days=400)


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return attacks.open_street(engine, tmp_path)


@pytest.fixture
def settled(engine: Engine, desk: Desk) -> UUID:
    """Settle one prescription; give the settlement's id."""
    rx = attacks.received(engine, desk, 1)
    with db.open_session(engine) as session:
        return attacks.settle(session, desk, rx, 1).id


def ask(
    engine: Engine, desk: Desk, settlement_id: UUID, kind="settlement", **more
) -> ReceiptView:
    key, now = more.get("key", KEY), more.get("now", NOON)
    with db.open_session(engine) as session:
        return service.receipt(
            Work(session, desk, now), lambda: key, settlement_id, kind, reader=READER
        )


def reverse(engine: Engine, desk: Desk, settlement_id: UUID) -> None:
    with db.open_session(engine) as session:
        rx = service.settlement_owners(session, settlement_id)[2]
        assert attacks.reverse(session, desk, rx).state == "reversed"


def rows(engine: Engine) -> list[ReceiptRow]:
    with db.open_session(engine, read_only=True) as session:
        return list(session.exec(select(ReceiptRow)))


def verified(view: ReceiptView, keys=KEYS) -> receipts.Genuine:
    return receipts.verify(view.token, keys)


def test_a_receipt_says_what_was_checked_by_which_rules_and_who_paid(
    engine, desk, settled
):
    view = ask(engine, desk, settled)
    said = view.receipt
    assert said["amounts"]["fund_fen"] == 441 == verified(view).claims.fund_fen
    checks = {line["check"]: line for line in said["checked"]["checks"]}
    assert checks["insured.active"]["verdict"] == "passed"
    assert checks["insured.active"]["clause"] == "第十五条、第十七条"
    assert said["checked"]["complete"] and len(checks) > 20
    assert set(said["rules"]) >= {"national", "wenzhou-2019"}
    assert all(len(digest) == 64 for digest in said["rules"].values())
    assert said["patient"] == "陈**"
    assert said["labels"] == ["示例数据"]


def test_asked_again_it_is_the_same_whoever_asks_with_whatever_key(
    engine, desk, settled
):
    first = ask(engine, desk, settled)
    newer = signing_key(ED25519, b"n" * 32)
    assert ask(engine, desk, settled, key=newer, now=LATER) == first
    reverse(engine, desk, settled)
    assert ask(engine, desk, settled, key=newer, now=LATER) == first
    assert len(rows(engine)) == 1


def test_a_reversal_has_its_own_receipt_that_names_the_first(engine, desk, settled):
    reverse(engine, desk, settled)
    back = ask(engine, desk, settled, "reversal")
    first = ask(engine, desk, settled)
    assert back.receipt["reverses"] == first.id
    assert (
        back.receipt["amounts"]["total_fen"] == -first.receipt["amounts"]["total_fen"]
    )
    assert back.receipt["act"]["reason"] == "wrong_entry"
    assert verified(back).claims.kind == "reversal"
    assert verified(first).claims.kind == "settlement"


def test_a_prescription_settled_twice_has_receipts_of_its_own_for_each(engine, desk):
    rx = attacks.received(engine, desk, 1)
    with db.open_session(engine) as session:
        first = attacks.settle(session, desk, rx, 1).id
        attacks.reverse(session, desk, rx)
        second = attacks.settle(
            session, desk, rx, 2, now=NOON + timedelta(minutes=1)
        ).id
    with db.open_session(engine) as session:
        links = service.receipts_of(session, rx, outlet_code=SHOP)
        assert not service.receipts_of(session, rx, outlet_code="P33030200002")
    assert [(link.settlement_id, link.kind) for link in links] == [
        (second, "settlement"),
        (first, "settlement"),
        (first, "reversal"),
    ]
    acts = [
        ask(engine, desk, one.settlement_id, one.kind).receipt["act"] for one in links
    ]
    assert acts[0]["at"] > acts[1]["at"]


def test_twenty_who_ask_at_once_get_one_receipt(engine, desk, settled):
    found: list[ReceiptView] = []
    askers = [
        threading.Thread(target=lambda: found.append(ask(engine, desk, settled)))
        for _ in range(20)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(found) == 20 and len(rows(engine)) == 1
    assert all(view == found[0] for view in found)


def test_nobody_waits_for_a_slow_signature(engine, desk, settled):
    class Slow(SigningKey):
        def sign(self, message: bytes) -> bytes:
            with db.open_session(engine) as session:  # would wait for the lock for ever
                attacks.settle(session, desk, other, 2)
            return KEY.sign(message)

    other = attacks.received(engine, desk, 2)
    view = ask(engine, desk, settled, key=Slow(KEY.secret, KEY.public))
    assert verified(view).claims.fund_fen == 441


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_either_algorithm_signs(sqlite_engine, tmp_path, algorithm):
    desk = attacks.open_street(sqlite_engine, tmp_path)
    rx = attacks.received(sqlite_engine, desk, 1)
    with db.open_session(sqlite_engine) as session:
        settled = attacks.settle(session, desk, rx, 1).id
    key = signing_key(algorithm, b"r" * 32)
    view = ask(sqlite_engine, desk, settled, key=key)
    assert verified(view, {key.public.key_id: key.public}).key.algorithm == algorithm


def test_the_sweep_issues_what_nobody_has_asked_for(engine, desk, settled):
    reverse(engine, desk, settled)
    with db.open_session(engine) as session:
        assert service.issue_receipts(session, desk, lambda: KEY, now=NOON) == 2
        assert service.issue_receipts(session, desk, lambda: KEY, now=NOON) == 0
    assert {row.kind for row in rows(engine)} == {"settlement", "reversal"}


def test_each_read_is_recorded_and_the_sweep_is_none(engine, desk, settled):
    def reads(session: Session) -> int:
        return len(
            session.exec(select(ReadRow).where(ReadRow.person_no == ALICE)).all()
        )

    with db.open_session(engine) as session:
        before = reads(session)
        service.issue_receipts(session, desk, lambda: KEY, now=NOON)
        assert reads(session) == before
    ask(engine, desk, settled)
    ask(engine, desk, settled)
    with db.open_session(engine) as session:
        assert reads(session) == before + 2


def test_what_became_of_it_since_is_told(engine, desk, settled):
    view = ask(engine, desk, settled)
    with db.open_session(engine, read_only=True) as session:
        assert service.receipt_standing(session, view.id) == "posted"
        assert service.receipt_standing(session, "0" * 32) is None
    reverse(engine, desk, settled)
    with db.open_session(engine, read_only=True) as session:
        assert service.receipt_standing(session, view.id) == "reversed"


def test_a_receipt_rests_on_the_rules_of_its_day_whatever_holds_now(
    engine, desk, settled
):
    other = overlay_of(
        "wenzhou", {"ratio.resident.level2": "0.10"}, source="x", label="x"
    )
    view = ask(engine, replace(desk, laid=other), settled)
    checked = view.receipt["checked"]
    assert checked["complete"]
    assert "passed" in {line["verdict"] for line in checked["checks"]}
    assert view.receipt["amounts"]["fund_fen"] == 441
    assert view.receipt["rules"]["overlay"]


def test_without_the_texts_of_its_day_a_receipt_tells_only_what_was_kept(
    engine, desk, settled
):
    with db.open_session(engine) as session:
        session.execute(text("UPDATE assessment SET versions = '{}'"))
        session.commit()
    checked = ask(engine, desk, settled).receipt["checked"]
    assert not checked["complete"]
    assert {line["verdict"] for line in checked["checks"]} <= {"warn", "review"}


def test_the_database_refuses_to_change_a_receipt(engine, desk, settled):
    ask(engine, desk, settled)
    for statement in ("UPDATE receipt SET text = '{}'", "DELETE FROM receipt"):
        with db.open_session(engine) as session, pytest.raises(DatabaseError):
            session.execute(text(statement))


def test_what_was_not_posted_or_not_reversed_has_no_receipt(engine, desk, settled):
    with pytest.raises(Conflict) as refused:
        ask(engine, desk, settled, "reversal")
    assert refused.value.code == "no-receipt"
    with pytest.raises(NotFound):
        ask(engine, desk, UUID(int=1))
    assert not rows(engine)


def test_a_key_that_is_not_valid_now_issues_nothing(engine, desk, settled):
    future = signing_key(ED25519, b"r" * 32, valid_from=NOON + timedelta(seconds=1))
    with pytest.raises(Conflict) as refused:
        ask(engine, desk, settled, key=future)
    assert refused.value.code == "no-signing-key"
    assert not rows(engine)


def test_one_receipt_that_cannot_be_issued_does_not_stop_the_others(
    engine, desk, settled, caplog
):
    second = attacks.received(engine, desk, 2)
    with db.open_session(engine) as session:
        attacks.settle(session, desk, second, 2)
    turns = iter([ValueError("陈秀英 has no key"), KEY])

    def signer() -> SigningKey:
        found = next(turns)
        if isinstance(found, Exception):
            raise found
        return found

    with db.open_session(engine) as session:
        assert service.issue_receipts(session, desk, signer, now=NOON) == 1
    assert "ValueError" in caplog.text and "陈秀英" not in caplog.text
    assert SM2 not in caplog.text and world.LABEL not in caplog.text
