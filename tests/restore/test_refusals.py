"""What cannot be used is one line and exit code two, and nothing is touched."""

import errno
import io
import os
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.restore.places import NOW, Installed, install
from tests.restore.test_under_load import backed_up, restored
from web import cli
from web.backup import postgres, sealed, taking
from web.backup.archive import ArchiveWriter
from web.backup.sealed import FRAME_BYTES, HEADER_BYTES, TAG_BYTES, Unusable, make_key

FLIPS = 150


def run(capsys, place: Installed, *words: str) -> tuple[int, str, str]:
    """Run a command on an installation; gives its code and what it said."""
    code = cli.answer(lambda: cli.app(list(words), standalone_mode=False))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def place(sqlite_installed, monkeypatch) -> Installed:
    """Open an installation that the commands find by themselves."""
    found = sqlite_installed.settings
    monkeypatch.setenv("YAODA_DATABASE_URL", found.database_url)
    monkeypatch.setenv("YAODA_GATEWAY", str(found.gateway))
    sqlite_installed.settle()
    sqlite_installed.engine.dispose()
    return sqlite_installed


@pytest.fixture
def archive(place):
    """Take one backup."""
    return backed_up(place)[0]


def refused(capsys, place: Installed, *words: str) -> str:
    """Run a command that must be refused in one line, with nothing touched."""
    before = place.place.file.read_bytes()
    code, out, err = run(capsys, place, *words)
    assert (code, out) == (2, ""), (out, err)
    assert len(err.strip().splitlines()) == 1, err
    assert place.place.file.read_bytes() == before
    left = [path.name for path in place.place.file.parent.iterdir()]
    assert sorted(left) == ["secrets", "yaoda.db", "yaoda.db-turns"]
    return err


def test_the_commands_back_up_look_and_restore(place, capsys):
    code, out, _ = run(capsys, place, "backup", "--out", str(place.folder))
    assert code == 0 and "written and read back" in out
    (path,) = place.folder.glob("yaoda-*.backup")
    assert "the ledger balances, paid by the fund: 441 fen" in out
    code, out, _ = run(capsys, place, "backup", "check", str(path))
    assert code == 0 and out.startswith("sqlite ")
    place.destroy()
    code, out, _ = run(capsys, place, "restore", str(path))
    assert code == 0 and "restored: rows, ledger and foreign keys" in out
    place.reopen()
    assert list(place.settled()) == place.acknowledged


def test_an_archive_altered_anywhere_is_not_restored(place, archive, tmp_path):
    raw = archive.read_bytes()
    odd = tmp_path / "odd"
    step = max(1, len(raw) // FLIPS)
    places = {*range(HEADER_BYTES + 2), *range(0, len(raw), step), len(raw) - 1}
    for at in sorted(places):
        odd.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :])
        with pytest.raises(Unusable):
            taking.look(odd, place.key)


def test_an_archive_cut_anywhere_is_not_restored(place, archive, tmp_path):
    raw = archive.read_bytes()
    whole = range(HEADER_BYTES, len(raw), FRAME_BYTES + TAG_BYTES)
    cuts = {0, 1, HEADER_BYTES - 1, *whole, *range(0, len(raw), len(raw) // 50 + 1)}
    for at in sorted({*cuts, len(raw) - 1}):
        (tmp_path / "odd").write_bytes(raw[:at])
        with pytest.raises(Unusable):
            taking.look(tmp_path / "odd", place.key)
    for more in (b"\0", raw, raw[-1000:]):
        (tmp_path / "odd").write_bytes(raw + more)
        with pytest.raises(Unusable):
            taking.look(tmp_path / "odd", place.key)


def test_frames_in_another_order_do_not_open(tmp_path):
    key = make_key(tmp_path / "key")
    kept = io.BytesIO()
    writer = sealed.SealedWriter(kept, key)
    writer.write(b"a" * FRAME_BYTES + b"b" * FRAME_BYTES + b"c")
    writer.close()
    raw, size = kept.getvalue(), FRAME_BYTES + TAG_BYTES
    head, one, two = (
        raw[:HEADER_BYTES],
        raw[HEADER_BYTES:][:size],
        HEADER_BYTES + size,
    )
    swapped = head + raw[two : two + size] + one + raw[two + size :]
    assert sealed.SealedReader(io.BytesIO(raw), key).read(3) == b"aaa"
    with pytest.raises(Unusable):
        sealed.SealedReader(io.BytesIO(swapped), key).read(1)
    left_out = sealed.SealedReader(io.BytesIO(head + one + raw[two + size :]), key)
    with pytest.raises(Unusable):
        left_out.read()


def test_a_bad_archive_is_one_line_and_touches_nothing(
    place, archive, tmp_path, capsys
):
    raw = archive.read_bytes()
    middle = len(raw) // 2
    bad = {
        "nothing": b"",
        "words": b"these are words\n" * 10,
        "cut": raw[:middle],
        "altered": raw[:middle] + b"\0\0\0\0" + raw[middle + 4 :],
        "newer": raw.replace(b"BACKUP 1", b"BACKUP 2"),
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        err = refused(capsys, place, "restore", str(tmp_path / name), "--replace")
        assert "backup" in err or "archive" in err
    err = refused(capsys, place, "restore", str(tmp_path), "--replace")
    assert "a folder; expected a file" in err and "Errno" not in err
    err = refused(capsys, place, "restore", str(tmp_path / "missing"), "--replace")
    assert "no such file" in err
    err = refused(capsys, place, "backup", "check", str(tmp_path))
    assert "expected a file" in err


def test_another_key_opens_nothing(place, archive, tmp_path, monkeypatch, capsys):
    other = make_key(tmp_path / "other")
    monkeypatch.setenv("YAODA_BACKUP_KEY", str(tmp_path / "other"))
    err = refused(capsys, place, "restore", str(archive), "--replace")
    assert place.key.name in err and other.name in err
    text = (tmp_path / "other").read_text()
    for odd in ("", text[:30], text.replace(other.name, place.key.name), "x" * 99):
        (tmp_path / "other").write_text(odd)
        assert "key" in refused(capsys, place, "restore", str(archive), "--replace")
    (tmp_path / "other").unlink()
    assert "yaoda backup key" in refused(capsys, place, "restore", str(archive))


def test_a_key_is_never_replaced_and_never_told(place, capsys):
    text = (place.settings.secrets_dir / "backup").read_text()
    assert "never replaced" in refused(capsys, place, "backup", "key")
    code, out, _ = run(capsys, place, "backup", "key", str(place.folder / "k"))
    assert code == 0
    made = (place.folder / "k").read_text()
    assert made.split()[1] not in out and made.split()[2] in out
    assert (place.folder / "k").stat().st_mode & 0o777 == 0o600
    assert text != made


def test_a_database_with_rows_is_not_replaced_unasked(place, archive, capsys):
    assert "--replace" in refused(capsys, place, "restore", str(archive))


def test_a_database_in_use_is_not_replaced(place, archive, capsys):
    with closing(sqlite3.connect(place.place.file)) as used:
        used.execute("SELECT count(*) FROM settlement").fetchone()
        code, out, err = run(capsys, place, "restore", str(archive), "--replace")
    assert (code, out) == (2, "") and "in use" in err
    assert not list(place.place.file.parent.glob("*.before-*"))
    place.reopen()
    assert list(place.settled()) == place.acknowledged


def test_without_its_keys_an_archive_is_not_restored(place, archive, capsys):
    (key,) = (place.settings.secrets_dir / "vault").glob("seal-*.json")
    key.write_text(key.read_text().replace('"secret": "', '"secret": "AAAA'))
    assert "vault" in refused(capsys, place, "restore", str(archive), "--replace")
    key.unlink()
    assert "vault" in refused(capsys, place, "restore", str(archive), "--replace")
    code, _, _ = run(
        capsys, place, "restore", str(archive), "--replace", "--other-keys"
    )
    assert code == 0


def test_an_archive_of_a_newer_program_is_not_restored(
    place, archive, tmp_path, capsys
):
    manifest = taking.look(archive, place.key)
    newer = tmp_path / "newer"
    with newer.open("wb") as file, ArchiveWriter(file, place.key) as writer:
        kept = writer.add("database", io.BytesIO(b"something"))
        writer.finish(
            replace(manifest, revision="9999", files={"database": kept}, program="9.0")
        )
    err = refused(capsys, place, "restore", str(newer), "--replace")
    assert "9999" in err and "9.0" in err


def test_a_manifest_that_tells_of_other_rows_is_not_believed(
    place, archive, tmp_path, capsys
):
    """Whoever has the key may write what he likes; what is counted here decides."""
    manifest = taking.look(archive, place.key)
    odd, raw = tmp_path / "odd", place.place.file.read_bytes()
    wrong = {"tables": {}}, {"balances_fen": {"fund": -1, "due": 1}}
    for changes in wrong:
        with odd.open("wb") as file, ArchiveWriter(file, place.key) as writer:
            kept = writer.add("database", io.BytesIO(raw))
            writer.finish(replace(manifest, files={"database": kept}, **changes))
        refused(capsys, place, "restore", str(odd), "--replace")


@pytest.mark.parametrize(
    "out", ["nowhere/a.backup", "var/secrets", "var/secrets/a", "there", "var/yaoda.db"]
)
def test_an_archive_is_not_written_just_anywhere(place, out, capsys):
    (place.folder / "there").write_text("words")
    refused(capsys, place, "backup", "--out", str(place.folder / out))
    assert (place.folder / "there").read_text() == "words"


def test_a_place_that_is_none_is_refused(place, archive, monkeypatch, capsys):
    for into in ("mysql://u:hidden@localhost/x", "words", "sqlite://", "postgresql://"):
        err = refused(capsys, place, "restore", str(archive), "--into", into)
        assert "hidden" not in err
    address = "postgresql+psycopg://u:hidden@127.0.0.1:1/x"
    assert "hidden" not in refused(
        capsys, place, "restore", str(archive), "--into", address
    )
    monkeypatch.setenv("YAODA_DATABASE_URL", address)
    code, _, err = run(capsys, place, "backup", "--out", str(place.folder))
    assert code == 2 and "hidden" not in err and len(err.splitlines()) == 1


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(place, capsys):
    with closing(sqlite3.connect(place.place.file)) as raw:
        raw.execute("DROP TRIGGER ledger_no_delete")
        raw.execute("DELETE FROM ledger WHERE entry = 'post'")
        raw.commit()
    err = refused(capsys, place, "backup", "--out", str(place.folder))
    assert "ledger" in err
    assert not list(place.folder.glob("*.backup"))
    assert not list(place.folder.glob(".*"))


def test_a_disk_that_fills_up_leaves_no_file_and_one_line(place, monkeypatch, capsys):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(taking.os, "fsync", full)
    err = refused(capsys, place, "backup", "--out", str(place.folder))
    assert "could not be written: No space left on device" in err
    assert not list(place.folder.glob("*.backup"))
    assert not list(place.folder.glob(".*"))


def test_a_destroyed_file_is_replaced_when_asked(place, archive, capsys):
    place.place.file.write_bytes(b"no database any more" * 1000)
    assert "--replace" in refused(capsys, place, "restore", str(archive))
    code, _, err = run(capsys, place, "restore", str(archive), "--replace")
    assert code == 0, err
    place.reopen()
    assert list(place.settled()) == place.acknowledged


def test_a_missing_program_is_named_with_what_to_install(
    postgres_server, tmp_path, monkeypatch
):
    postgres_server.create("no_programs")
    place = install(postgres_server.url("no_programs"), tmp_path)
    without = replace(place.place, programs=tmp_path)
    with pytest.raises(Unusable, match=r"install postgresql-client-\d+, or name"):
        taking.take(without, place.key, tmp_path / "a.backup", program="test", now=NOW)
    assert not list(tmp_path.glob("*.backup")) and not list(tmp_path.glob(".a*"))
    place.close()


def test_a_dump_that_fails_is_told_by_its_own_words(postgres_server, tmp_path):
    postgres_server.create("failing")
    place = install(postgres_server.url("failing"), tmp_path)
    path, _ = backed_up(place)
    with place.engine.connect() as used:
        used.exec_driver_sql("SELECT 1")
        with pytest.raises(Unusable, match="in use"):
            restored(place, path, replace=True)
    place.engine.dispose()
    with (
        pytest.raises(Unusable, match="pg_restore: "),
        postgres.fresh(place.place.url) as fresh,
        postgres.restoring(fresh, 18, None) as sink,
    ):
        sink.write(b"PGDMP and then nothing of the kind" * 1000)
    place.reopen()
    place.settle()
    place.close()
