"""What is sealed opens only under its key, and is found without opening."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from dispensing.vault import Vault

VAULT = Vault(b"v" * 32)


@given(st.text())
def test_what_was_sealed_opens_again(text):
    assert VAULT.open(VAULT.seal(text)) == text


def test_sealing_twice_gives_two_texts_and_one_index():
    assert VAULT.seal("33030219560312401X") != VAULT.seal("33030219560312401X")
    assert VAULT.index("33030219560312401x ") == VAULT.index("33030219560312401X")


def test_another_key_opens_and_finds_nothing():
    other = Vault(b"w" * 32)
    with pytest.raises(InvalidTag):
        other.open(VAULT.seal("药"))
    assert other.index("药") != VAULT.index("药")


def test_a_key_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
