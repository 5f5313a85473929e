"""Whoever changes the chain, past every guard of the database, is found at the right place."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from dispensing import service
from dispensing.audit import link_hash
from dispensing.signing import ED25519, signing_key
from tests.audit.chains import (
    AREA,
    HERE,
    SOON,
    Rows,
    all_rows,
    around,
    first,
    forge,
    live_a_little,
    places,
    put_back,
    put_in,
    read,
    renumber,
    seal,
    verify,
)
from tests.world import DAY, NOON
from web import db

WHERE = "WHERE area = :area AND seq = :seq"
AT = {"area": AREA, "seq": HERE}
KEY = signing_key(ED25519, b"k" * 32)


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Rows:
    """Live and seal once; the tests start from copies of what was written."""
    folder = tmp_path_factory.mktemp("lived")
    engine = db.open_engine(f"sqlite:///{folder}/yaoda.db")
    db.create_all(engine)
    live_a_little(engine, folder)
    assert seal(engine) > 40
    rows = all_rows(engine)
    engine.dispose()
    return rows


@pytest.fixture
def sealed(engine, lived) -> Engine:
    """Give a database with a sealed chain, on each kind of database."""
    put_back(engine, lived)
    return engine


def record_of(engine: Engine, seq: int = HERE) -> dict[str, object]:
    return {"id": places(engine)[seq - 1][1].id}


def test_a_chain_that_nobody_touched_is_whole(sealed):
    found = verify(sealed)
    assert (found.areas, found.links) == (1, len(places(sealed)))
    assert found.rows > 40 and not found.waiting and not found.breaks


@pytest.mark.parametrize("table", ["audit_record", "audit_link"])
@pytest.mark.parametrize("act", ["UPDATE {} SET area = '0'", "DELETE FROM {}"])
def test_the_database_itself_refuses_a_change(sealed, table, act):
    with sealed.connect() as connection, pytest.raises(DatabaseError) as refused:
        connection.execute(text(act.format(table)))
    assert "append-only" in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        "who = 'somebody'",
        "role = 'bureau'",
        "person_no = 'I000000009'",
        "kind = 'event.void'",
        "subject = '1'",
        "at = '2025-09-14 04:00:00+00'",
        "salt = ''",
        "digest = ''",
    ],
)
def test_an_edited_record_is_found(sealed, change):
    record = record_of(sealed)
    around(sealed, (f"UPDATE audit_record SET {change} WHERE id = :id", record))
    assert first(sealed) == (AREA, HERE, "edited")


@pytest.mark.parametrize(
    "change", ["sealed_at = '2025-09-14 04:00:00+00'", "hash = ''", "batch = 3"]
)
def test_an_edited_link_is_found(sealed, change):
    around(sealed, (f"UPDATE audit_link SET {change} {WHERE}", AT))
    assert first(sealed) == (AREA, HERE, "edited")


def test_an_edited_record_that_was_hashed_anew_is_found(sealed):
    around(
        sealed,
        ("UPDATE audit_record SET who = 'x' WHERE id = :id", record_of(sealed)),
    )
    link, record = places(sealed)[HERE - 1]
    made = {**AT, "hash": link_hash(link, record)}
    around(sealed, (f"UPDATE audit_link SET hash = :hash {WHERE}", made))
    assert first(sealed) == (AREA, HERE, "edited")


def test_a_deleted_link_is_found_with_its_record(sealed):
    record = places(sealed)[HERE - 1][1]
    around(sealed, (f"DELETE FROM audit_link {WHERE}", AT))
    found = verify(sealed).breaks[0]
    assert (found.area, found.seq, found.what) == (AREA, HERE, "deleted")
    assert (found.kind, found.subject) == (record.kind, record.subject)


def test_a_deleted_record_is_found(sealed):
    around(sealed, ("DELETE FROM audit_record WHERE id = :id", record_of(sealed)))
    assert first(sealed) == (AREA, HERE, "deleted")


def test_a_deletion_that_closes_the_gap_is_found(sealed):
    last = len(places(sealed))
    around(
        sealed,
        ("DELETE FROM audit_record WHERE id = :id", record_of(sealed)),
        (f"DELETE FROM audit_link {WHERE}", AT),
        *renumber(HERE + 1, last, -1),
    )
    assert first(sealed) == (AREA, HERE, "deleted")


def test_two_links_that_changed_places_are_found(sealed):
    around(
        sealed,
        *renumber(HERE, HERE, 1000),
        *renumber(HERE + 3, HERE + 3, -3),
        *renumber(HERE + 1000, HERE + 1000, 3 - 1000),
    )
    assert first(sealed) == (AREA, HERE, "reordered")


def test_two_records_that_changed_places_are_found(sealed):
    one, other = record_of(sealed), record_of(sealed, HERE + 3)
    swap = "UPDATE audit_link SET record_id = :id WHERE area = :area AND seq = :seq"
    around(
        sealed,
        (swap, {**AT, "id": -1}),
        (swap, {"area": AREA, "seq": HERE + 3, **one}),
        (swap, {**AT, **other}),
    )
    assert first(sealed) == (AREA, HERE, "reordered")


@pytest.mark.parametrize("hashed", [True, False])
def test_a_record_that_was_put_in_is_found(sealed, hashed):
    put_in(sealed, hashed=hashed)
    assert first(sealed) == (AREA, HERE, "inserted")


def test_a_tail_that_was_cut_off_is_found_by_the_anchor(sealed):
    (anchor,) = anchors(sealed)
    links = places(sealed)
    ids = tuple(record.id for _, record in links[-5:])
    where = f"IN ({', '.join(map(str, ids))})"
    around(
        sealed,
        (f"DELETE FROM audit_link WHERE record_id {where}", {}),
        (f"DELETE FROM audit_record WHERE id {where}", {}),
    )
    assert first(sealed, anchor) == (AREA, len(links) - 4, "tail cut")
    # Even without an anchor the facts that were left behind tell that records are missing.
    assert {one.what for one in verify(sealed).breaks} == {"unrecorded"}


def test_a_chain_that_was_computed_anew_is_found_by_the_anchor(sealed):
    (anchor,) = anchors(sealed)
    record = record_of(sealed, len(places(sealed)))
    around(sealed, ("UPDATE audit_record SET who = 'x' WHERE id = :id", record))
    forge(sealed, HERE)
    assert verify(sealed).whole  # from inside, nothing tells
    assert first(sealed, anchor) == (AREA, anchor.seq, "rewritten")


def anchors(engine: Engine):
    with db.open_session(engine, read_only=True) as session:
        made = service.anchors(session, DAY, now=SOON)
    assert made[0].count == made[0].seq == len(places(engine))
    return made


FACTS = {
    "ledger.post": "UPDATE ledger SET amount_fen = amount_fen + 1 WHERE id = :key",
    "ledger.tender": "UPDATE ledger SET debit = 'bank_card' WHERE id = :key",
    "event.posted": "UPDATE prescription_event SET kind = 'void' WHERE id = :key",
    "read": "UPDATE read_log SET purpose = '' WHERE id = :key",
    "handover": "UPDATE handover SET receiver = 'proxy'",
    "decision.accepted": "UPDATE assessment SET decision = 'refused'",
    "settlement.posted": "UPDATE settlement SET fund_fen = 0, cash_fen = total_fen",
    "override": "UPDATE settlement SET override = '别的理由'"
    " WHERE override IS NOT NULL",
}


@pytest.mark.parametrize("kind", FACTS)
def test_a_changed_fact_is_found(sealed, kind):
    places_ = [record for _, record in places(sealed) if record.kind == kind]
    assert places_, kind
    key = places_[0].subject.split(",")[0]
    values = {"key": int(key)} if ":key" in FACTS[kind] else {}
    around(sealed, (FACTS[kind], values))
    found = verify(sealed).breaks
    assert kind in {one.kind for one in found if one.what == "fact changed"}
    name = kind.partition(".")[0]
    assert {one.kind.partition(".")[0] for one in found} <= {name, "settlement"}


def test_a_deleted_fact_is_found(sealed):
    key = next(r.subject for _, r in places(sealed) if r.kind == "read")
    around(sealed, ("DELETE FROM read_log WHERE id = :id", {"id": int(key)}))
    found = verify(sealed).breaks
    assert [(one.kind, one.subject, one.what) for one in found] == [
        ("read", key, "fact deleted")
    ]


def test_a_fact_that_was_written_around_the_services_is_found(sealed):
    around(
        sealed,
        (
            'INSERT INTO read_log (person_no, "user", role, purpose, at)'
            " SELECT person_no, 'x', role, purpose, at FROM read_log LIMIT 1",
            {},
        ),
    )
    assert [(one.kind, one.what) for one in verify(sealed).breaks] == [
        ("read", "unrecorded")
    ]


def test_a_record_that_is_not_sealed_for_long_is_found(sealed):
    read(sealed, 1, at=NOON - timedelta(hours=1))
    found = verify(sealed)
    assert found.waiting == 1
    assert [one.what for one in found.breaks] == ["unsealed"]
    seal(sealed)
    assert verify(sealed).whole


def test_a_change_in_one_area_leaves_the_others_whole(sealed, tmp_path: Path):
    around(
        sealed,
        ("UPDATE audit_record SET who = 'x' WHERE id = :id", record_of(sealed)),
    )
    assert not verify(sealed, area=AREA).whole
    assert verify(sealed, area="3304").whole
