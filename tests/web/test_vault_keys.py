"""The keys of the vault change while the service runs, and nothing is left behind."""

import threading
from secrets import token_bytes

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text, update
from sqlmodel import Session, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.sealed import point_of, spot, unseal
from dispensing.service import auditing
from dispensing.tables import PersonRow, RegistrationRow
from dispensing.vault import KeyIsGone, Place, Vault
from fixtures import cast
from pharmacies.places import Point
from tests import world
from tests.world import NOON
from web import resealing, scanning, scanning_files
from web.backup.place import key_names
from web.keys import load_keys
from web.vault_keys import VaultRing

HERE = Place("person", "phone_sealed", ("I000000001",))


@pytest.fixture
def ring(tmp_path):
    return VaultRing(tmp_path / "secrets")


@pytest.fixture
def vault(ring):
    return Vault(ring)


@pytest.fixture
def street(engine, vault):
    """Fill a database whose people are sealed by this vault."""
    desk = world.open_desk()
    desk = Desk(desk.laid, desk.gateway, vault, desk.code_key)
    with Session(engine) as session:
        world.populate(session, desk)
    return engine


def people(engine):
    with Session(engine) as session:
        return session.exec(select(PersonRow)).all()


def test_eight_processes_that_begin_at_once_have_the_same_keys(ring):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(VaultRing(ring.secrets_dir)()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all(each == found[0] for each in found)
    for path in ring.folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_rotation_seals_every_row_anew_and_the_older_key_retires(ring, vault, street):
    assert resealing.left(street, vault) == ()
    ring.rotate(NOON)
    left = {each.table: each.rows for each in resealing.left(street, vault)}
    assert left["person"] == len(cast.INSURED)
    assert resealing.reseal(street, vault) == sum(left.values())
    assert resealing.left(street, vault) == () and resealing.reseal(street, vault) == 0
    assert ring.retire() == ("seal-0001",)
    (alice,) = [row for row in people(street) if row.person_no == cast.alice.person_no]
    assert unseal(Vault(ring), alice, "id_sealed") == cast.alice.id_number


def test_a_rotation_that_was_cut_off_goes_on_where_it_ended(
    ring, vault, street, monkeypatch
):
    ring.rotate(NOON)
    monkeypatch.setattr(resealing, "BATCH", 1)
    count = iter(range(1))
    with pytest.raises(StopIteration):
        resealing.reseal(street, vault, lambda *_: next(count))
    (left,) = [e for e in resealing.left(street, vault) if e.table == "person"]
    assert 0 < left.rows < len(cast.INSURED)
    resealing.reseal(street, vault)
    assert resealing.left(street, vault) == ()


def test_people_are_found_while_the_index_key_changes_and_after(ring, vault, street):
    ring.rotate(NOON, index=True)
    assert resealing.unindexed(street, vault) == len(cast.INSURED)
    rows = people(street)
    assert all(
        row.id_index in vault.indexes(unseal(vault, row, "id_sealed")) for row in rows
    )
    assert resealing.reindex(street, vault) == len(rows)
    assert ring.retire() == ("index-0001",)
    for row in people(street):
        assert row.id_index == vault.index(unseal(vault, row, "id_sealed"))
    assert resealing.unindexed(street, vault) == 0


def test_a_value_that_was_copied_to_another_row_does_not_open(vault, street):
    alice, bob = people(street)[:2]
    with Session(street) as session:
        taken = {"phone_sealed": bob.phone_sealed}
        session.exec(
            update(PersonRow)
            .where(PersonRow.person_no == alice.person_no)
            .values(taken)
        )
        session.commit()
    (alice,) = [each for each in people(street) if each.person_no == alice.person_no]
    with pytest.raises(InvalidTag):
        unseal(vault, alice, "phone_sealed")


def test_the_only_key_of_before_becomes_number_nought(tmp_path):
    before = b"b" * 32
    (tmp_path / "vault").write_bytes(before)
    named = key_names(tmp_path)["vault"]
    load_keys(tmp_path)
    ring = VaultRing(tmp_path)
    keys = ring()
    assert [key.number for key in keys.sealing] == [0, 1]
    assert keys.sealing[0].secret == before
    assert Vault(ring).index("药") == Vault(before).index("药")
    assert key_names(tmp_path)["vault"] == named
    assert not (tmp_path / ".vault.old").exists()


def test_what_was_cut_off_while_the_key_moved_is_finished(tmp_path):
    (tmp_path / ".vault.old").write_bytes(b"b" * 32)
    assert VaultRing(tmp_path)().sealing[0].secret == b"b" * 32


def test_rows_of_before_are_bound_to_their_place(tmp_path, sqlite_engine):
    from base64 import urlsafe_b64encode

    from dispensing.ciphers import AesGcm

    (tmp_path / "vault").write_bytes(b"b" * 32)
    vault = Vault(VaultRing(tmp_path))
    desk = world.open_desk()
    with Session(sqlite_engine) as session:
        world.populate(session, Desk(desk.laid, desk.gateway, vault, desk.code_key))
        row = session.exec(select(PersonRow)).first()
        nonce, phone = b"n" * 12, unseal(vault, row, "phone_sealed")
        raw = nonce + AesGcm(b"b" * 32).encrypt(nonce, phone.encode(), None)
        row.phone_sealed = urlsafe_b64encode(raw).decode()
        session.commit()
    ((left,), rows) = resealing.left(sqlite_engine, vault), people(sqlite_engine)
    assert left == resealing.Left("person", 1)
    resealing.reseal(sqlite_engine, vault)
    (row,) = [
        each for each in people(sqlite_engine) if each.person_no == rows[0].person_no
    ]
    assert vault.open(row.phone_sealed, spot(row, "phone_sealed")) == phone


def test_an_upgrade_alone_takes_what_is_marked_as_plain(street, vault):
    with Session(street) as session:
        for row in session.exec(select(PersonRow)):
            row.point_sealed = "plain.0000.120.65,28.01"
        session.commit()
    with pytest.raises(KeyIsGone):
        resealing.reseal(street, vault)
    resealing.reseal(street, vault, adopting=True)
    assert {point_of(vault, row) for row in people(street)} == {Point(120.65, 28.01)}
    assert not resealing.left(street, vault)


def test_what_stood_plain_is_nowhere_once_it_is_sealed(tmp_path, engine):
    (tmp_path / "old").mkdir()
    (tmp_path / "old/vault").write_bytes(token_bytes(32))
    vault = Vault(VaultRing(tmp_path / "old"))
    desk = world.open_desk()
    with Session(engine) as session:
        world.populate(session, Desk(desk.laid, desk.gateway, vault, desk.code_key))
        for row in session.exec(select(PersonRow)):
            for column in ("name", "point_sealed"):
                setattr(row, column, f"plain.0000.{unseal(vault, row, column)}")
        for filed in session.exec(select(RegistrationRow)):
            disease = unseal(vault, filed, "disease_sealed")
            filed.disease_sealed = f"plain.0000.{disease}"
        session.commit()
    assert people(engine)[0].name.startswith("plain.")
    resealing.reseal(engine, vault)
    resealing.scrub(engine)
    wanted = scanning.values_of(engine, vault)
    assert wanted.people == len(cast.INSURED)
    assert list(scanning.in_database(engine, wanted)) == []
    for path in tmp_path.glob("*.db*"):
        assert list(scanning_files.in_files(path, wanted)) == []
        assert b"0000.hypertension" not in path.read_bytes()


def test_the_audit_chain_fits_after_a_rotation(ring, vault, sqlite_engine):
    from dispensing.sealed import seal_in
    from dispensing.tables import PresentationRow

    desk = world.open_desk()
    with Session(sqlite_engine) as session:
        world.populate(session, Desk(desk.laid, desk.gateway, vault, desk.code_key))
        row = PresentationRow(
            person_no=cast.alice.person_no,
            way="insurance_code",
            outlet_code=cast.LUCHENG_PHARMACY,
            by="counter",
            at=NOON,
            expires_at=NOON,
        )
        seal_in(vault, row, "helper_id_sealed", cast.bob.id_number)
        session.add(row)
        session.commit()
        service.seal(session, now=NOON, everything=True)
    ring.rotate(NOON)
    resealing.reseal(sqlite_engine, vault)
    with Session(sqlite_engine) as session:
        assert auditing.verify(session, now=NOON).breaks == ()
        with pytest.raises(Exception, match="append-only"):
            session.execute(text("UPDATE presentation SET way = 'access_code'"))


def test_a_key_that_is_not_fit_is_not_used(ring):
    ring()
    (ring.folder / "seal-0001.json").write_text("{}")
    with pytest.raises(ValueError, match="expected a key of the vault"):
        ring(True)


def test_a_new_key_is_of_the_algorithm_that_was_set(ring):
    ring()
    other = VaultRing(ring.secrets_dir, "sm4-gcm")
    assert other.rotate(NOON) == "seal-0002"
    assert Vault(other).seal("药", HERE).startswith("sm4-gcm.0002.")
    assert Vault(ring).open(Vault(other).seal("药", HERE), HERE) == "药"
