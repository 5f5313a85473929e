"""A master key that systemd hands over seals the files of the other keys."""

from pathlib import Path
from secrets import token_bytes

import pytest
from typer.testing import CliRunner

from dispensing.signing import ED25519
from dispensing.vault import Place, Vault
from tests.world import NOON
from web import cli
from web.backup.place import key_names
from web.backup.sealed import make_key, read_key
from web.keyring import KeyRing
from web.keys import CREDENTIALS, MASTER, load_keys, read_secret, seal_all
from web.vault_keys import VaultRing

HERE = Place("person", "phone_sealed", ("I000000001",))
UNITS = Path(__file__).parents[2] / "deploy" / "systemd"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var" / "secrets"


@pytest.fixture
def master(tmp_path, monkeypatch):
    """Hand a master key over, as systemd does."""
    given = tmp_path / "credentials"
    given.mkdir()
    (given / MASTER).write_bytes(token_bytes(32))
    monkeypatch.setenv(CREDENTIALS, str(given))
    return given / MASTER


def secrets_of(folder):
    ring = VaultRing(folder)
    return load_keys(folder), KeyRing(folder / "signing", ED25519), Vault(ring)


def test_keys_of_before_are_sealed_and_go_on_opening(folder, tmp_path, monkeypatch):
    keys, ring, vault = secrets_of(folder)
    public, kept = ring.signer().public, vault.seal("13900000001", HERE)
    plain = {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    given = tmp_path / "credentials"
    given.mkdir()
    (given / MASTER).write_bytes(token_bytes(32))
    monkeypatch.setenv(CREDENTIALS, str(given))
    monkeypatch.setenv("YAODA_VAR_DIR", str(folder.parent))
    done = CliRunner().invoke(cli.app, ["vault", "seal-keys"])
    assert done.exit_code == 0 and f"{len(plain)} keys" in done.stdout
    for path, raw in plain.items():
        assert raw not in path.read_bytes() and read_secret(path) == raw
    again, ring, vault = secrets_of(folder)
    assert again == keys and ring.signer().public == public
    assert vault.open(kept, HERE) == "13900000001"


def test_new_keys_are_sealed_from_the_beginning(folder, master):
    keys, ring, vault = secrets_of(folder)
    ring.rotate(NOON)
    vault.seal("x", HERE)
    VaultRing(folder).rotate(NOON)
    for path in folder.rglob("[!.]*"):
        assert path.is_dir() or path.read_bytes().startswith(b"yaoda-key-1\n"), path
    assert load_keys(folder) == keys
    assert {"password", "session"} <= key_names(folder).keys()


def test_without_the_master_key_or_with_another_nothing_opens(
    folder, master, monkeypatch
):
    secrets_of(folder)[2].seal("x", HERE)
    master.write_bytes(token_bytes(32))
    with pytest.raises(ValueError, match="another yaoda-master"):
        load_keys(folder)
    monkeypatch.delenv(CREDENTIALS)
    for opens in (lambda: load_keys(folder), lambda: VaultRing(folder)()):
        with pytest.raises(ValueError, match="credential yaoda-master is not there"):
            opens()
    with pytest.raises(ValueError, match="not there"):
        seal_all(folder)


def test_a_key_under_the_name_of_another_does_not_open(folder, master):
    load_keys(folder)
    (folder / "code").write_bytes((folder / "session").read_bytes())
    with pytest.raises(ValueError, match="another yaoda-master"):
        load_keys(folder)


def test_the_key_of_the_archives_is_kept_as_it_is(folder, master):
    folder.mkdir(parents=True)
    made = make_key(folder / "backup")
    seal_all(folder)
    assert read_key(folder / "backup").secret == made.secret
    assert (folder / "backup").read_bytes().startswith(b"yaoda-backup-key-1 ")


def test_every_unit_is_handed_the_master_key():
    for path in UNITS.glob("*.service"):
        assert f"LoadCredentialEncrypted={MASTER}:" in path.read_text("utf-8")
