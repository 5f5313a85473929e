"""A backup under load, a database destroyed, and nothing that was acknowledged is lost."""

from dataclasses import replace

from fixtures import cast
from tests.dispensing import attacks
from tests.restore.places import LATER, NOW, Installed
from web import create_app, sweeping
from web.backup import restoring, taking
from web.backup.restoring import Wanted


def backed_up(place: Installed, name: str = "a.backup"):
    """Take a backup into the test's folder; return its path and what it holds."""
    out = place.folder / name
    return taking.take(place.place, place.key, out, program="test", now=NOW)


def restored(place: Installed, path, **wanted: bool) -> restoring.Restored:
    """Restore, as a command does."""
    return restoring.restore(path, place.key, place.place, Wanted(**wanted), now=NOW)


def test_what_was_acknowledged_before_the_backup_is_there_after_the_restore(installed):
    with installed.under_load():
        installed.wait_for(8)
        before = list(installed.acknowledged)
        path, manifest = backed_up(installed)
        installed.wait_for(4)
    installed.destroy()
    done = restored(installed, path)
    assert done.manifest == manifest
    assert done.kept is None
    installed.reopen()
    states = installed.settled()
    assert {states[msgid] for msgid in before} == {"posted"}
    assert len(states) < len(installed.acknowledged)  # it went on after the backup
    # What was cut off in the middle is found out; the platform's books did not go back.
    attacks.recover(installed.engine, installed.desk, LATER)
    assert set(installed.settled().values()) <= {"posted", "void"}
    installed.audit()
    booked = attacks.booked(installed.folder)
    posted = {no for no, state in installed.settled().items() if state == "posted"}
    assert posted <= set(booked)
    for _ in range(3):
        assert installed.settle(now=LATER) in installed.settled()
    installed.audit()


def test_the_service_starts_on_what_was_restored(installed):
    installed.settle()
    path, _ = backed_up(installed)
    installed.destroy()
    restored(installed, path)
    app = create_app(installed.settings)
    sweeping.sweep(app)
    assert app.test_client().get("/healthz").status_code == 200
    app.extensions["engine"].dispose()


def test_a_backup_changes_nothing_and_leaves_nothing_beside_the_database(installed):
    installed.settle()
    installed.engine.dispose()
    before = sorted(path.name for path in installed.folder.rglob("*"))
    path, first = backed_up(installed)
    _, second = backed_up(installed, "b.backup")
    assert first.tables == second.tables
    new = set(path.name for path in installed.folder.rglob("*")) - set(before)
    assert {name for name in new if not name.startswith("yaoda.db-")} == {
        "a.backup",
        "b.backup",
    }
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_old_database_is_kept_when_another_is_put_in_its_place(installed):
    installed.settle()
    path, _ = backed_up(installed)
    late = installed.settle()
    installed.engine.dispose()
    done = restored(installed, path, replace=True)
    assert done.kept
    installed.reopen()
    assert late not in installed.settled()
    aside = replace(
        installed,
        settings=installed.settings.model_copy(
            update={"database_url": _address(installed, done.kept)}
        ),
    )
    aside.reopen()
    assert late in aside.settled()
    aside.close()


def _address(installed: Installed, kept: str) -> str:
    if installed.place.kind == "sqlite":
        return f"sqlite:///{kept}"
    return installed.place.url.set(database=kept).render_as_string(hide_password=False)


def test_the_platforms_books_come_back_only_where_they_are_lost(installed):
    books = installed.folder / "platform.db"
    installed.settle()
    path, _ = backed_up(installed)
    late = installed.settle()
    installed.engine.dispose()
    assert restored(installed, path, replace=True).files == {}
    assert late in attacks.booked(installed.folder)
    done = restored_later(installed, path, replace=True, platform=True)
    assert set(done.files) == {"platform"}
    assert late not in attacks.booked(installed.folder)
    books.unlink()
    done = restored_later(installed, path, 2, replace=True)
    assert set(done.files) == {"platform"}
    assert len(attacks.booked(installed.folder)) == 1


def restored_later(place: Installed, path, seconds: int = 1, **wanted: bool):
    """Restore once more: what is kept aside gets a name by the second."""
    now = NOW.replace(second=seconds)
    return restoring.restore(path, place.key, place.place, Wanted(**wanted), now=now)


def test_a_backup_holds_no_name_in_the_clear(sqlite_installed):
    sqlite_installed.settle()
    path, _ = backed_up(sqlite_installed)
    raw = path.read_bytes()
    assert b"SQLite" not in raw and b"ustar" not in raw
    name, outlet = cast.alice.name.encode(), "鹿城".encode()
    kept = sqlite_installed.place.file.read_bytes() + b"".join(
        path.read_bytes() for path in sqlite_installed.place.file.parent.glob("*-wal")
    )
    assert outlet in kept and outlet not in raw
    assert name not in kept and name not in raw
