"""A plain value of a person is found wherever it lies; a sealed installation tells none."""

import gzip
import json
import os
import signal
import sqlite3
import zipfile
from dataclasses import replace
from multiprocessing import get_context

import pytest
from sqlalchemy import text
from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.service import people
from dispensing.vault import Vault
from fixtures import cast
from tests import world
from tests.world import NOON
from web import cli, db, resealing
from web.backup import taking
from web.backup.place import place_of
from web.backup.sealed import make_key, read_key
from web.settings import Settings
from web.vault_keys import VaultRing

VALUES = {
    "ID number": cast.alice.id_number,
    "phone": cast.alice.phone,
    "address": cast.alice.address,
    "name": cast.alice.name,
}


@pytest.fixture
def home(tmp_path, sqlite_url, monkeypatch):
    """Make an installation with the street in it, and an archive of it."""
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", sqlite_url)
    settings = Settings()
    vault = Vault(VaultRing(settings.secrets_dir))
    engine = db.open_engine(sqlite_url)
    with Session(engine) as session:
        world.populate(session, desk_of(vault))
    engine.dispose()
    make_key(settings.secrets_dir / "backup")
    return tmp_path


def desk_of(vault):
    desk = world.open_desk()
    return Desk(desk.laid, desk.gateway, vault, desk.code_key)


def newcomer(number):
    """Make somebody who is not of the street."""
    return replace(
        cast.charlie,
        person_no=f"I90000000{number}",
        id_number=f"33010619650902406{number}",
    )


def scan(capsys, *paths):
    """Run the command; give how it ended and the lines that it said."""
    words = ["vault", "scan", *map(str, paths)]
    status = cli.answer(lambda: cli.app(words, standalone_mode=False))
    return status, capsys.readouterr().out.splitlines()


def archived(home):
    """Take a backup as the command does."""
    settings = Settings()
    key = settings.secrets_dir / "backup"
    folder = home / "archives"
    folder.mkdir(exist_ok=True)
    path, _ = taking.take(
        place_of(settings), read_key(key), folder, program="1", now=NOON
    )
    return path


def test_a_sealed_installation_tells_nothing(home, capsys):
    archived(home)
    status, said = scan(capsys, home / "yaoda.db", home / "archives", home / "var")
    assert status == 0, said
    assert said == ["13 values of 3 people searched for"]


@pytest.mark.parametrize("what", VALUES)
def test_what_lies_in_a_log_a_packed_file_or_a_table_is_found(home, capsys, what):
    value, folder = VALUES[what], home / "lying"
    folder.mkdir()
    (folder / "service.log").write_text(json.dumps({"event": f"came {value}"}))
    with gzip.open(folder / "service.log.1.gz", "wt") as packed:
        packed.write(f"before {value} after")
    with zipfile.ZipFile(folder / "table.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", f"<t>{value}</t>")
    jobs = sqlite3.connect(folder / "jobs.db")
    jobs.execute("CREATE TABLE task (of TEXT, data BLOB)")
    # A row's columns stand side by side there, with nothing between.
    jobs.execute("INSERT INTO task VALUES (?, ?)", ("I000000001", value.encode()))
    jobs.commit()
    jobs.close()
    status, said = scan(capsys, folder)
    assert status == 1
    names = (
        "jobs.db",
        "service.log",
        "service.log.1.gz (unzipped)",
        "table.xlsx (xl/sharedStrings.xml)",
    )
    whose = f"{what} of {cast.alice.person_no}"
    assert {f"{folder}/{name}: {whose}" for name in names} <= set(said)
    assert value not in "".join(said)


@pytest.mark.parametrize("what", VALUES)
def test_what_stands_plain_in_a_column_is_found_there_and_in_the_archive(
    home, capsys, what
):
    engine = db.open_engine(Settings().database_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO read_log (person_no, user, role, purpose, at)"
                " VALUES (:no, 'a', 'b', :said, '2025-09-15')"
            ),
            {"no": cast.bob.person_no, "said": f"为{VALUES[what]}核对"},
        )
    engine.dispose()
    archive = archived(home)
    status, said = scan(capsys, archive)
    assert status == 1
    whose = f"{what} of {cast.alice.person_no}"
    assert f"read_log.purpose: {whose}" in said
    assert f"{archive} (database): {whose}" in said


def test_a_name_that_a_courier_bears_as_well_is_counted_not_found(home, capsys):
    engine = db.open_engine(Settings().database_url)
    with engine.begin() as connection:
        named = {"name": cast.alice.name}
        connection.execute(text("UPDATE courier SET name = :name"), named)
    engine.dispose()
    status, said = scan(capsys, home / "yaoda.db")
    assert status == 0
    assert said[0] == "1 names of people at work not searched for"


def test_an_archive_that_does_not_open_is_told(home, capsys):
    archive = archived(home)
    (Settings().secrets_dir / "backup").unlink()
    status, said = scan(capsys, home / "archives")
    assert status == 1
    assert said[0] == f"{archive}: an archive that does not open, not searched"


def test_a_place_that_is_not_there_is_refused(home, capsys):
    assert scan(capsys, home / "nowhere") == (2, [])


def test_a_rotation_that_is_killed_goes_on(home, capsys, monkeypatch):
    settings = Settings()
    ring = VaultRing(settings.secrets_dir)
    ring.rotate(NOON)
    monkeypatch.setattr(resealing, "BATCH", 1)

    def live_and_die():
        engine = db.open_engine(settings.database_url)

        def burn(table, rows):
            if table == "person" and rows == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        resealing.reseal(engine, Vault(VaultRing(settings.secrets_dir)), burn)

    child = get_context("fork").Process(target=live_and_die)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    engine = db.open_engine(settings.database_url)
    (left,) = [
        each for each in resealing.left(engine, Vault(ring)) if each.table == "person"
    ]
    assert left.rows == len(cast.INSURED) - 2
    resealing.reseal(engine, Vault(ring))
    assert resealing.left(engine, Vault(ring)) == ()
    ring.retire()
    with Session(engine) as session:
        assert {
            people.name_of(Vault(ring), people.person_row(session, each.person_no))
            for each in cast.INSURED
        } == {each.name for each in cast.INSURED}
    engine.dispose()


def test_who_is_enrolled_while_the_index_changes_is_found_then_and_after(
    home, monkeypatch
):
    settings = Settings()
    behind = VaultRing(settings.secrets_dir)
    behind(True)
    behind._until = float("inf")  # a process that has not looked at the keys again
    ring = VaultRing(settings.secrets_dir)
    ring.rotate(NOON, index=True)
    monkeypatch.setattr(resealing, "BATCH", 1)
    engine = db.open_engine(settings.database_url)
    new = [world.new_person(newcomer(number)) for number in (1, 2)]
    keys = iter((behind, ring))

    def while_running(_table, _rows):
        if new:
            with db.open_session(engine) as session:
                vault = Vault(next(keys))
                people.enrol(session, vault, [new.pop()], on=NOON.date())

    resealing.reindex(engine, Vault(ring), while_running)
    for rounds in range(2):
        for number in (1, 2):
            person = newcomer(number)
            with Session(engine) as session:
                row = people.person_row(session, person.person_no)
                assert row.id_index in Vault(ring).indexes(person.id_number), rounds
        resealing.reindex(engine, Vault(ring))
        assert resealing.unindexed(engine, Vault(ring)) == 0
        ring.retire()
    engine.dispose()
