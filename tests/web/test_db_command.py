"""The db commands: made, brought up to date, looked at; one line where it is refused."""

import sqlite3

import pytest

from web import cli, db, migrating


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", f"sqlite:///{tmp_path}/yaoda.db")
    monkeypatch.setenv("YAODA_PASSWORD_MEMORY_KIB", "64")


def run(*words: str) -> int:
    return cli.answer(lambda: cli.app(list(words), standalone_mode=False))


def move_to(tmp_path, revision: str) -> None:
    """Leave a database at another revision than that of the program."""
    engine = db.open_engine(f"sqlite:///{tmp_path}/yaoda.db")
    migrating.upgrade(engine, to="0001")
    engine.dispose()
    with sqlite3.connect(tmp_path / "yaoda.db") as file:
        file.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    file.close()


def test_a_new_installation_is_made_and_ready(capsys, tmp_path):
    assert run("db", "init") == 0
    assert capsys.readouterr().out == "ready\n"
    assert run("db", "status") == 0
    head = migrating.revisions()[-1]
    told = capsys.readouterr().out
    assert told == f"database: {head}\nprogram:  {head}\nready\n"


def test_an_older_database_is_told_what_is_pending_and_brought_along(capsys, tmp_path):
    move_to(tmp_path, "0001")
    assert run("db", "status") == 1
    told = capsys.readouterr().out
    assert "database: 0001\n" in told
    assert "pending:  0002 The policy texts" in told
    assert run("db", "upgrade") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in said[:-1]] == list(migrating.revisions())[1:]
    assert said[-1] == f"ready at {migrating.revisions()[-1]}"
    assert run("db", "status") == 0


def test_an_upgrade_makes_an_empty_database_too(capsys):
    assert run("db", "upgrade") == 0
    assert capsys.readouterr().out.startswith("0001 The first tables")


def test_looking_makes_nothing(capsys, tmp_path):
    assert run("db", "status") == 2
    assert "no such file" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("revision", "said"),
    [("0001", "run `yaoda db upgrade`"), ("9999", "which this program does not know")],
)
@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("recover",)])
def test_a_database_of_another_revision_is_not_served(
    capsys, tmp_path, revision, said, words
):
    move_to(tmp_path, revision)
    assert run(*words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert len(told.err.strip().splitlines()) == 1


def test_a_database_newer_than_the_program_is_not_upgraded(capsys, tmp_path):
    move_to(tmp_path, "9999")
    assert run("db", "upgrade") == 2
    assert "newer" in capsys.readouterr().err
    assert run("db", "status") == 1
    assert "newer than the program" in capsys.readouterr().out
