"""Sealing loses nothing and does nothing twice: at once, cut off, out of order, by the thousand."""

import threading
from contextlib import suppress
from itertools import count

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import func, select

from dispensing import service
from dispensing.errors import Conflict
from dispensing.service import sealing
from dispensing.tables import (
    FamilyAidRow,
    LinkRow,
    ReadRow,
    RecordRow,
    SuspicionEventRow,
    SuspicionRow,
)
from fixtures import cast
from tests import world
from tests.audit.chains import (
    AREA,
    SOON,
    around,
    live_a_little,
    places,
    read,
    seal,
    verify,
)
from tests.dispensing import attacks
from tests.dispensing.attacks import Fuse
from tests.world import NOON
from web import db


def kinds(engine) -> list[str]:
    return [record.kind for _, record in places(engine)]


def test_every_act_leaves_its_record(engine, tmp_path):
    live_a_little(engine, tmp_path)
    seal(engine)
    found = set(kinds(engine))
    assert found >= {
        "event.received",
        "decision.accepted",
        "settlement.pending",
        "settlement.posted",
        "settlement.reversing",
        "settlement.reversed",
        "ledger.post",
        "ledger.tender",
        "ledger.refund",
        "ledger.reverse",
        "override",
        "handover",
        "event.dispensed",
        "read",
    }


def test_a_record_names_a_person_by_number_only(engine, tmp_path):
    live_a_little(engine, tmp_path)
    with db.open_session(engine, read_only=True) as session:
        rows = session.exec(select(RecordRow)).all()
        told = " ".join(str(row.model_dump()) for row in rows)
    for person in (cast.alice, cast.bob):
        assert person.id_number not in told
        assert person.name not in told
        assert person.phone not in told
    assert cast.alice.person_no in told


def test_what_is_rolled_back_leaves_no_record(engine, tmp_path):
    attacks.open_street(engine, tmp_path)
    with db.open_session(engine) as session:
        before = session.scalar(select(func.count()).select_from(RecordRow))
        session.add(a_row(""))
        session.flush()
        session.rollback()
        session.commit()
        assert session.scalar(select(func.count()).select_from(RecordRow)) == before


def test_what_was_there_before_the_chain_is_adopted_once(engine, tmp_path):
    live_a_little(engine, tmp_path)
    around(engine, ("DELETE FROM audit_record", {}))
    assert {one.what for one in verify(engine).breaks} == {"unrecorded"}
    with db.open_session(engine) as session:
        rows = service.adopt(session)
        assert rows == verify(engine).rows > 40
        assert service.adopt(session) == 0
    seal(engine)
    assert verify(engine).whole
    assert {record.role for _, record in places(engine)} == {"adopted"}


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_records_with_it(
    engine, tmp_path
):
    attacks.open_street(engine, tmp_path)
    seal(engine)
    with db.open_session(engine) as session:
        session.add(a_row("before"))
        with suppress(ZeroDivisionError), session.begin_nested():
            session.add(a_row("rolled back"))
            session.flush()
            raise ZeroDivisionError
        with session.begin_nested():
            session.add(a_row("released"))
        session.add(a_row("after"))
        session.commit()
        told = session.exec(select(RecordRow.who).order_by(RecordRow.id)).all()
    assert told[-3:] == ["before", "released", "after"]
    seal(engine)
    assert verify(engine).whole


def test_a_row_that_fails_in_a_savepoint_takes_no_other_record_with_it(
    engine, tmp_path
):
    """As when another request of the same counter was first with it."""
    attacks.open_street(engine, tmp_path)
    seal(engine)
    with db.open_session(engine) as session:
        there = a_row("before")
        session.add(there)
        session.flush()
        session.expunge(there)
        for _ in range(2):
            with suppress(IntegrityError), session.begin_nested():
                session.add(ReadRow(**a_row("failing").model_dump() | {"id": there.id}))
        session.add(a_row("after"))
        session.commit()
        told = session.exec(select(RecordRow.who).order_by(RecordRow.id)).all()
    assert told[-2:] == ["before", "after"]
    seal(engine)
    assert verify(engine).whole


def a_row(user: str) -> ReadRow:
    return ReadRow(person_no="I1", user=user, role="counter", purpose="", at=NOON)


def test_each_pooling_area_has_a_chain_of_its_own(engine, tmp_path):
    live_a_little(engine, tmp_path)
    read(engine, 2, person_no="nobody")
    seal(engine)
    with db.open_session(engine, read_only=True) as session:
        ends = service.heads(session)
    assert [(end.area, end.seq) for end in ends] == [
        ("0000", 2),
        (AREA, len(places(engine))),
    ]
    assert verify(engine).areas == 2


def test_sealing_twice_changes_nothing(engine, tmp_path):
    live_a_little(engine, tmp_path)
    assert seal(engine) == len(places(engine))
    before = places(engine)
    assert seal(engine) == seal(engine, everything=True) == 0
    assert places(engine) == before


def test_a_chain_of_thousands_is_whole(engine, tmp_path):
    attacks.open_street(engine, tmp_path)
    read(engine, 3000)
    assert seal(engine) > 3000
    found = verify(engine)
    assert found.whole and found.links > 3000
    batches = {link.batch for link, _ in places(engine)}
    assert batches == set(range(1, found.links + 1, sealing.BATCH))


def test_several_sealers_at_once_seal_each_record_once(engine, tmp_path):
    attacks.open_street(engine, tmp_path)
    faults: list[Exception] = []

    def run(act) -> None:
        try:
            for _ in range(10):
                act()
        except Exception as error:
            faults.append(error)

    busy = [lambda: read(engine, 37)] * 3 + [lambda: seal(engine)] * 3
    threads = [threading.Thread(target=run, args=(act,)) for act in busy]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    seal(engine)
    found = verify(engine)
    assert found.whole and not found.waiting
    assert found.links > 3 * 10 * 37


@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
def test_a_sealer_that_is_killed_leaves_whole_batches(
    engine, tmp_path, monkeypatch, after_commit
):
    monkeypatch.setattr(sealing, "BATCH", 4)
    live_a_little(engine, tmp_path)
    for calls in count():
        fuse = Fuse(calls, after_commit)
        cut = attacks.killed_at(
            engine, fuse, lambda session: service.seal(session, now=SOON)
        )
        # What was carried over bears the day's beginning: it waits for long already.
        assert {one.what for one in verify(engine).breaks} <= {"unsealed"}
        batches = [link.batch for link, _ in places(engine)]
        assert batches == [4 * (no // 4) + 1 for no in range(len(batches))]
        assert not cut or len(batches) % 4 == 0
        if not cut:
            break
    assert calls > 3
    assert not verify(engine).waiting


def test_a_record_that_appears_late_is_sealed_too(postgres_engine, tmp_path):
    """On PostgreSQL a unit of work may end after one whose numbers are higher."""
    engine = postgres_engine
    attacks.open_street(engine, tmp_path)
    late = db.open_session(engine)
    late.execute(select(1))
    service.record(late, "read", [a_read(late)])
    read(engine, 10)
    assert seal(engine) > 10
    late.commit()
    late.close()
    assert seal(engine) == 1
    numbers = [record.id for _, record in places(engine)]
    assert numbers[-1] < numbers[-2]
    assert verify(engine).whole


def a_read(session) -> dict[str, object]:
    """Write a read by SQL of our own; give its values."""
    values = {
        "person_no": cast.alice.person_no,
        "user": "counter",
        "role": "counter",
        "purpose": "夜间批量",
        "at": NOON,
    }
    made = session.execute(ReadRow.__table__.insert().values(**values))
    return {"id": made.inserted_primary_key[0], **values}


def test_a_very_late_record_is_sealed_by_the_full_look(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "RECENT", 3)
    attacks.open_street(engine, tmp_path)
    read(engine, 10)
    with db.open_session(engine) as session:
        last = session.scalar(select(func.max(RecordRow.id)))
        # As if all but the first had been sealed before it appeared.
        first, *rest = session.exec(select(RecordRow).order_by(RecordRow.id)).all()
        records = [sealing.Record(**row.model_dump()) for row in rest]
        links = sealing.chain(records, area=AREA, seq=0, previous="0" * 64, now=SOON)
        fields = sealing.Link.__dataclass_fields__
        session.add_all(
            LinkRow(**{name: getattr(link, name) for name in fields}) for link in links
        )
        session.commit()
        assert first.id < last - 3
    assert seal(engine) == 0
    assert seal(engine, everything=True) == 1
    assert verify(engine).whole


def test_a_suspicion_and_a_relatives_leave_are_recorded(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    ids = [attacks.received(engine, desk, number) for number in (1, 2)]
    with db.open_session(engine) as session:
        attacks.settle(session, desk, ids[0], 1)
    with db.open_session(engine) as session, suppress(Conflict):
        attacks.settle(session, desk, ids[1], 1)
    with db.open_session(engine) as session:
        row = session.exec(select(SuspicionRow)).first()
        finding = SuspicionEventRow(
            suspicion_id=row.id, kind="resolved", finding="x", at=NOON, by="bureau"
        )
        aid = FamilyAidRow(
            person_no=cast.alice.person_no, payer_no=cast.bob.person_no, since=NOON
        )
        session.add_all([finding, aid])
        session.commit()
        aid.until = NOON
        session.commit()
    seal(engine)
    assert kinds(engine).count("aid") == 2
    assert {"suspicion", "finding.resolved"} <= set(kinds(engine))
    assert verify(engine).whole


def test_a_prescription_that_came_to_nothing_is_recorded(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(engine, desk, 1)
    with db.open_session(engine) as session:
        service.revoke(
            session,
            prescription_id=id_,
            issuer=cast.HOSPITAL,
            reason="换药",
            now=world.NOON,
        )
    seal(engine)
    assert kinds(engine)[-1] == "event.revoked"
