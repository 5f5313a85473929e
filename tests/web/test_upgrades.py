"""An upgrade comes whole or not at all, once, and only onto tables that it knows."""

import re
import shutil
import signal
import sqlite3
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.web import revisions
from web import db, migrating
from web.migrating import WrongTables

# Calls of the database, spread over an upgrade from the first revision to the last.
CUT_AT = (2, 9, 30, 61, 90)
BRANCHED = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {does}
"""


def in_process(act, *args) -> int | None:
    child = get_context("fork").Process(target=act, args=args)
    child.start()
    child.join(60)
    return child.exitcode


def test_an_upgrade_that_fails_at_any_call_changes_nothing(blank):
    engine = blank()
    revisions.at_first(engine)
    tables, rows = revisions.described(engine), revisions.kept(engine)
    for calls in CUT_AT:
        broken = db.open_engine(engine.url.render_as_string(hide_password=False))
        revisions.fail_at(broken, calls)
        with pytest.raises(OSError, match="disk"):
            migrating.upgrade(broken)
        broken.dispose()
        assert migrating.standing(engine).revision == "0001"
        assert revisions.described(engine) == tables
    assert revisions.kept(engine) == rows
    migrating.upgrade(engine)
    assert migrating.standing(engine).state == "ready"


def test_an_upgrade_that_is_killed_leaves_a_whole_revision(blank):
    engine = blank()
    revisions.at_first(engine)
    tables, rows = revisions.described(engine), revisions.kept(engine)
    url = engine.url.render_as_string(hide_password=False)
    for calls in CUT_AT[2:]:
        engine.dispose()
        assert in_process(revisions.upgrade_and_die, url, calls) == -signal.SIGKILL
        assert migrating.standing(engine).revision == "0001"
        assert revisions.described(engine) == tables
        assert revisions.kept(engine) == rows
    migrating.upgrade(engine)
    assert migrating.standing(engine).state == "ready"


def upgrade_and_tell(url: str, ready: Pipe) -> None:
    engine = db.open_engine(url)
    ready.recv()
    ready.send(len(migrating.upgrade(engine)))
    engine.dispose()


def test_of_processes_that_upgrade_at_once_one_does_it(blank):
    engine = blank()
    url = engine.url.render_as_string(hide_password=False)
    context = get_context("fork")
    pipes = [context.Pipe() for _ in range(4)]
    children = [
        context.Process(target=upgrade_and_tell, args=(url, theirs))
        for _, theirs in pipes
    ]
    for child in children:
        child.start()
    for ours, _ in pipes:
        ours.send("go")
    told = sorted(ours.recv() for ours, _ in pipes)
    for child in children:
        child.join()
    assert told == [0, 0, 0, len(migrating.revisions())]
    assert migrating.standing(engine).state == "ready"


def test_an_upgrade_with_nothing_to_do_does_nothing(blank):
    engine = blank()
    assert len(migrating.upgrade(engine)) == len(migrating.revisions())
    tables = revisions.described(engine)
    assert migrating.upgrade(engine) == ()
    assert revisions.described(engine) == tables


def test_a_database_from_before_there_were_revisions_is_recognised(blank):
    engine = blank()
    revisions.at_first(engine)
    revisions.unnumber(engine)
    rows = revisions.kept(engine)
    assert migrating.standing(engine).state == "unnumbered"
    migrating.upgrade(engine)
    assert migrating.standing(engine).state == "ready"
    assert revisions.kept(engine)["settlement"] == rows["settlement"]


def test_an_sqlite_file_whose_constraints_had_no_names_is_recognised(tmp_path):
    engine = db.open_engine(f"sqlite:///{tmp_path}/named.db")
    revisions.at_first(engine)
    with sqlite3.connect(tmp_path / "old.db") as old, engine.connect() as named:
        asked = (
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE :v"
        )
        for sql in named.scalars(text(asked), {"v": "alembic%"}):
            old.execute(re.sub(r"CONSTRAINT \w+_(?:pkey|fkey|key) ", "", sql))
    old.close()
    engine.dispose()
    engine = db.open_engine(f"sqlite:///{tmp_path}/old.db")
    new = db.open_engine(f"sqlite:///{tmp_path}/new.db")
    migrating.upgrade(engine)
    migrating.upgrade(new)
    assert revisions.described(engine) == revisions.described(new)
    engine.dispose()
    new.dispose()


def test_other_tables_without_a_revision_are_refused_and_left_alone(blank):
    engine = blank()
    revisions.at_first(engine)
    revisions.unnumber(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX settlement_live"))
    tables = revisions.described(engine)
    with pytest.raises(WrongTables, match=r"1 diff.*settlement_live.*restore a backup"):
        migrating.upgrade(engine)
    with pytest.raises(WrongTables, match="without a revision"):
        migrating.require(engine)
    assert revisions.described(engine) == tables


def test_a_database_newer_than_the_program_is_refused(blank):
    engine = blank()
    migrating.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (migrating.require, migrating.upgrade):
        with pytest.raises(WrongTables, match=r"9999.*does not know"):
            act(engine)


def test_a_database_older_than_the_program_is_refused_until_it_is_upgraded(blank):
    engine = blank()
    migrating.upgrade(engine, to="0001")
    with pytest.raises(WrongTables, match=r"0001.*run `yaoda db upgrade`"):
        migrating.require(engine)
    assert migrating.standing(engine).pending[0].revision == "0002"
    migrating.upgrade(engine)
    migrating.require(engine)


def test_an_empty_database_is_made_ready(blank):
    engine = blank()
    migrating.require(engine)
    assert migrating.standing(engine).state == "ready"


@pytest.fixture
def folder(tmp_path):
    """Copy the revisions, so that a test may add one."""
    found = tmp_path / "migrations"
    shutil.copytree(migrating.FOLDER, found)
    return found


def add(folder, does: str) -> None:
    """Add a revision after the last."""
    words = BRANCHED.format(
        revision="9999", before=migrating.revisions()[-1], does=does
    )
    (folder / "versions" / "9999_more.py").write_text(words)


def test_a_guarded_table_that_is_written_anew_keeps_its_rows_and_its_guard(
    blank, folder
):
    add(
        folder,
        "from web.migrations.steps import changing, guard\n"
        "    with changing('read_log') as batch:\n"
        "        batch.alter_column('user', new_column_name='username')\n"
        "    guard('read_log')\n",
    )
    engine = blank()
    revisions.at_first(engine)
    migrating.upgrade(engine, folder=folder)
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT username FROM read_log")).all()
    assert len(names) == len(revisions.ROWS["read_log"])
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM read_log"))


def test_a_revision_that_would_orphan_rows_is_refused(blank, folder):
    add(folder, "op.execute('DELETE FROM person')")
    engine = blank()
    revisions.at_first(engine)
    with pytest.raises(
        (WrongTables, IntegrityError), match=r"refer to noth|foreign key"
    ):
        migrating.upgrade(engine, folder=folder)
    assert migrating.standing(engine).revision == "0001"
    assert len(revisions.kept(engine)["person"]) == 3


def test_who_waits_too_long_for_another_upgrade_is_told(postgres_server):
    postgres_server.create("held")
    url = postgres_server.url("held")
    holder, engine = db.open_engine(url), db.open_engine(url, wait_s_max=0.2)
    with holder.begin() as connection:
        lock = text(f"SELECT pg_advisory_xact_lock({migrating.LOCK})")
        connection.execute(lock)
        with pytest.raises(OperationalError, match="lock timeout"):
            migrating.upgrade(engine)
    assert migrating.upgrade(engine)
    holder.dispose()
    engine.dispose()
