"""What the tests of the audit chain share: a chain to tamper with, and ways around the guards."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, text
from sqlmodel import select

from dispensing import service
from dispensing.audit import Anchor, Link, Record, link_hash
from dispensing.service import Verified
from dispensing.service.sealing import LINK_COLUMNS, RECORD_COLUMNS
from dispensing.tables import LinkRow, ReadRow, RecordRow
from fixtures import cast
from tests.dispensing import acts, attacks
from tests.world import NOON
from web import db

AREA = "3303"
HERE = 7  # the link that is tampered with
SOON = NOON + timedelta(seconds=5)
GUARDED = ("audit_record", "audit_link", "ledger", "prescription_event", "read_log")


def live_a_little(engine: Engine, folder: Path) -> None:
    """Settle, reverse and hand over: every kind of fact that a counter makes."""
    desk = attacks.open_street(engine, folder)
    for number in range(1, 5):
        id_ = attacks.received(engine, desk, number)
        with db.open_session(engine) as session:
            attacks.settle(session, desk, id_, number)
        act = acts.reverse if number % 2 else acts.collect
        with db.open_session(engine) as session:
            act(session, desk=desk, id_=id_)
    read(engine, 3)


Rows = list[tuple[Table, list[dict[str, Any]]]]


def all_rows(engine: Engine) -> Rows:
    """Give every row of a database, table by table in the order of their foreign keys."""
    with engine.connect() as connection:
        return [
            (table, [dict(row) for row in connection.execute(select(table)).mappings()])
            for table in db.metadata().sorted_tables
            if table.name != "network_stamp"  # the database draws it by itself
        ]


def put_back(engine: Engine, rows: Rows) -> None:
    """Write rows into an empty database, and let its own numbers go on after them."""
    with engine.begin() as connection:
        for table, values in rows:
            if not values:
                continue
            connection.execute(table.insert(), values)
            number = "id" in table.c and isinstance(values[0]["id"], int)
            if number and engine.dialect.name == "postgresql":
                last = max(value["id"] for value in values)
                named = f"pg_get_serial_sequence('{table.name}', 'id')"
                connection.execute(text(f"SELECT setval({named}, {last})"))


def read(engine: Engine, times: int, **changes: object) -> None:
    """Let the counter read alice's data."""
    usual = {
        "person_no": cast.alice.person_no,
        "user": "counter",
        "role": "counter",
        "purpose": "柜台配药",
        "at": NOON,
    }
    with db.open_session(engine) as session:
        session.add_all(ReadRow(**{**usual, **changes}) for _ in range(times))
        session.commit()


def seal(engine: Engine, *, everything: bool = False) -> int:
    with db.open_session(engine) as session:
        return service.seal(session, now=SOON, everything=everything)


def verify(engine: Engine, *anchors: Anchor, area: str | None = None) -> Verified:
    with db.open_session(engine, read_only=True) as session:
        return service.verify(session, now=SOON, area=area, anchors=anchors)


def first(engine: Engine, *anchors: Anchor) -> tuple[str, int | None, str]:
    """Tell where the walk says to look first: area, number, and what is wrong."""
    found = verify(engine, *anchors)
    assert not found.whole
    return found.breaks[0].area, found.breaks[0].seq, found.breaks[0].what


def places(engine: Engine, area: str = AREA) -> list[tuple[Link, Record]]:
    """Give the links of an area with their records, in their order."""
    query = select(*LINK_COLUMNS, *RECORD_COLUMNS).join(
        RecordRow, RecordRow.id == LinkRow.record_id
    )
    count = len(LINK_COLUMNS)
    with db.open_session(engine, read_only=True) as session:
        found = session.execute(
            query.where(LinkRow.area == area).order_by(LinkRow.seq)
        ).all()
    return [(Link(*row[:count]), Record(*row[count:])) for row in found]


def around(engine: Engine, *statements: tuple[str, dict[str, object]]) -> None:
    """Change rows as whoever owns the database can: past triggers and foreign keys."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            connection.commit()
            connection.connection.execute("PRAGMA foreign_keys=OFF")
            for table in GUARDED:
                for act in ("update", "delete"):
                    drop = f"DROP TRIGGER IF EXISTS {table}_no_{act}"
                    connection.execute(text(drop))
        for statement, values in statements:
            connection.execute(text(statement), values)
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))
        connection.commit()


def renumber(first_seq: int, last_seq: int, by: int) -> list[tuple[str, dict]]:
    """Move links up or down one after another, so that no two ever share a number."""
    order = range(first_seq, last_seq + 1)
    return [
        (
            "UPDATE audit_link SET seq = :new WHERE area = :area AND seq = :old",
            {"new": seq + by, "old": seq, "area": AREA},
        )
        for seq in (reversed(order) if by > 0 else order)
    ]


def forge(engine: Engine, begin: int) -> None:
    """Compute every link from one on anew, as whoever knows the program can."""
    previous = places(engine)[begin - 2][0].hash
    statements = []
    for old, record in places(engine)[begin - 1 :]:
        bare = Link(
            old.area, old.seq, old.batch, record.id, old.sealed_at, previous, ""
        )
        made = link_hash(bare, record)
        statements.append(
            (
                "UPDATE audit_link SET previous = :p, hash = :h"
                " WHERE area = :area AND seq = :seq",
                {"p": previous, "h": made, "area": AREA, "seq": old.seq},
            )
        )
        previous = made
    around(engine, *statements)


def put_in(engine: Engine, *, hashed: bool) -> None:
    """Put a record between two others, with or without the hash that it ought to have."""
    last, (before, record) = len(places(engine)), places(engine)[HERE - 2]
    fake = replace(record, id=10_000, who="somebody else")
    bare = Link(AREA, HERE, before.batch, fake.id, before.sealed_at, before.hash, "")
    columns = "id, area, kind, subject, person_no, who, role, at, salt, digest"
    taken = columns.replace("id,", ":id,", 1).replace("who", ":who")
    link = {
        "seq": HERE,
        "batch": bare.batch,
        "record_id": fake.id,
        "previous": bare.previous,
        "hash": link_hash(bare, fake) if hashed else "f" * 64,
    }
    around(
        engine,
        (
            f"INSERT INTO audit_record ({columns}) SELECT {taken}"
            " FROM audit_record WHERE id = :old",
            {"id": fake.id, "who": fake.who, "old": record.id},
        ),
        *renumber(HERE, last, 1),
        (
            "INSERT INTO audit_link (area, seq, batch, record_id, sealed_at, previous,"
            " hash) SELECT area, :seq, :batch, :record_id, sealed_at, :previous, :hash"
            " FROM audit_link WHERE seq = 1",
            link,
        ),
    )
