"""What is sealed opens in its own place and under its key alone, and is found without opening."""

import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from dispensing.ciphers import AES, SM4, Sm4Gcm
from dispensing.conditions import CONDITIONS
from dispensing.vault import (
    KeyIsGone,
    Place,
    Vault,
    VaultKey,
    VaultKeys,
    one_key,
)

HERE = Place("person", "phone_sealed", ("I000000001",))
VAULT = Vault(b"v" * 32)
OLD, NEW = VaultKey(1, AES, b"o" * 32), VaultKey(2, SM4, b"n" * 16)


def ring(*keys: VaultKey) -> Vault:
    """Make a vault of some keys, the last of which seals."""
    return Vault(VaultKeys(keys, (b"i" * 32,), b"m" * 32))


@pytest.mark.parametrize("vault", [VAULT, ring(NEW)], ids=["AES", "SM4"])
@settings(max_examples=20)
@given(text=st.text(), raw=st.binary())
def test_what_was_sealed_opens_again(vault, text, raw):
    assert vault.open(vault.seal(text, HERE), HERE) == text
    assert vault.open_bytes(vault.seal_bytes(raw, HERE), HERE) == raw


def test_sealing_twice_gives_two_texts_and_one_index():
    assert VAULT.seal("33030219560312401X", HERE) != VAULT.seal(
        "33030219560312401X", HERE
    )
    assert VAULT.index("33030219560312401x ") == VAULT.index("33030219560312401X")


def test_the_length_of_a_sealed_disease_tells_nothing():
    sealed = {len(VAULT.seal(disease, HERE)) for disease in CONDITIONS}
    assert len(sealed) == 1 < len({len(disease) for disease in CONDITIONS})


def test_what_was_sealed_before_texts_were_filled_up_opens():
    key, place = f"{OLD.name}.", ["person", "phone_sealed", "I000000001"]
    bound = json.dumps([OLD.name, *place]).encode()
    raw = b"n" * 12 + AESGCM(OLD.secret).encrypt(b"n" * 12, "药".encode(), bound)
    assert ring(OLD).open(key + urlsafe_b64encode(raw).decode(), HERE) == "药"


def test_a_sealed_text_names_its_key_and_algorithm():
    assert ring(OLD).seal("药", HERE).startswith("aes-256-gcm.0001.")
    assert ring(OLD, NEW).seal("药", HERE).startswith("sm4-gcm.0002.")
    assert ring(OLD, NEW).seal_bytes(b"", HERE).startswith(b"sm4-gcm.0002.")


def test_sm4_gcm_gives_the_answer_of_rfc_8998():
    sealed = Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")).encrypt(
        bytes.fromhex("00001234567800000000ABCD"),
        bytes.fromhex(
            "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        )
        + bytes.fromhex(
            "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
        ),
        bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"),
    )
    assert sealed.hex().startswith("17f399f08c67d5ee19d0dc9969c4bb7d")
    assert sealed.hex().endswith("83de3541e4c2b58177e065a9bf7b62ec")


def test_older_keys_open_and_the_newest_seals():
    sealed = ring(OLD).seal("药", HERE)
    both = ring(OLD, NEW)
    assert both.open(sealed, HERE) == "药"
    assert both.seal("药", HERE).startswith(both.newest)


def test_a_key_made_a_moment_ago_is_looked_for():
    asked = []

    def source(anew: bool) -> VaultKeys:
        asked.append(anew)
        keys = (OLD, NEW) if anew else (OLD,)
        return VaultKeys(keys, (b"i" * 32,), b"m" * 32)

    assert Vault(source).open(ring(OLD, NEW).seal("药", HERE), HERE) == "药"
    assert asked[-1]


def test_while_the_index_key_changes_a_person_is_found_under_either():
    one = Vault(VaultKeys((OLD,), (b"a" * 32,), b"m" * 32))
    two = Vault(VaultKeys((OLD,), (b"a" * 32, b"b" * 32), b"m" * 32))
    assert two.is_indexed("药", one.index("药")) and two.is_indexed(
        "药", two.index("药")
    )
    assert two.indexes("药") == (one.index("药"), two.index("药"))
    assert one.index("药") != two.index("药")
    assert two.fingerprint("药") == one.fingerprint("药")


@pytest.mark.parametrize(
    "place",
    [
        Place("person", "phone_sealed", ("I000000002",)),
        Place("person", "address_sealed", ("I000000001",)),
        Place("delivery_order", "phone_sealed", ("I000000001",)),
        Place("person", "phone_sealed", ("I00000", "0001")),
    ],
    ids=["another row", "another column", "another table", "another key"],
)
@pytest.mark.parametrize("vault", [VAULT, ring(NEW)], ids=["AES", "SM4"])
def test_a_value_that_was_copied_elsewhere_does_not_open(vault, place):
    with pytest.raises(InvalidTag):
        vault.open(vault.seal("13900001234", HERE), place)
    with pytest.raises(InvalidTag):
        vault.open_bytes(vault.seal_bytes(b"x", HERE), place)


def test_another_key_opens_and_finds_nothing():
    other = Vault(b"w" * 32)
    with pytest.raises(InvalidTag):
        other.open(VAULT.seal("药", HERE), HERE)
    assert other.index("药") != VAULT.index("药")


def test_a_value_of_a_retired_key_names_it():
    with pytest.raises(KeyIsGone, match="0001"):
        ring(NEW).open(ring(OLD).seal("药", HERE), HERE)


@pytest.mark.parametrize("name", ["sm4-gcm.0001.", "aes-256-gcm.0002.", "plain.0001."])
def test_a_value_under_another_name_does_not_open(name):
    sealed = ring(OLD, NEW).seal("药", HERE).rpartition(".")[2]
    with pytest.raises(InvalidTag):
        ring(OLD, NEW).open(name + sealed, HERE)


def test_what_names_no_key_opens_by_the_key_of_that_time_alone():
    nonce, key = b"n" * 12, VaultKey(0, AES, b"z" * 32)
    raw = nonce + AESGCM(key.secret).encrypt(nonce, "药".encode(), None)
    before = urlsafe_b64encode(raw).decode()
    assert ring(key, OLD).open(before, HERE) == "药"
    assert ring(key, OLD).open_bytes(raw, HERE) == "药".encode()
    for sealed in (before, "plain.0000.药", "", "药", "x"):
        with pytest.raises(InvalidTag):
            ring(OLD).open(sealed, HERE)


def test_a_key_is_never_told():
    assert "v" * 8 not in repr(one_key(b"v" * 32)) + repr(OLD) + repr(VAULT)


def test_a_key_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
    with pytest.raises(ValueError, match="16 bytes"):
        VaultKey(1, SM4, b"n" * 32)
    with pytest.raises(ValueError, match="expected one of"):
        VaultKey(1, "des", b"n" * 32)
