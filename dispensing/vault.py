"""Seals what is personal at rest, each value in its place; finds people without opening."""

import hashlib
import hmac
import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from dispensing.ciphers import AES, CIPHERS, NONCE_BYTES, Cipher

UNBOUND = (
    0  # the key of before there were numbers: its values name neither key nor place
)
_PADDING = b"\xff"  # no byte of a text in UTF-8
_WIDTH = 32  # texts are as long as a multiple of it: the length tells no disease
_PLAIN = "plain"  # what stood plain before and waits to be sealed
_HEADER = re.compile(rb"(aes-256-gcm|sm4-gcm|plain)\.(\d{4,9})\.", re.DOTALL)


class KeyIsGone(InvalidTag):
    """A value is sealed with a key that this installation does not have (any more)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands: its table, its column and the key of its row."""

    table: str
    column: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VaultKey:
    """One key that values are sealed with, known by its number."""

    number: int
    algorithm: str
    secret: bytes

    def __post_init__(self) -> None:
        if self.algorithm not in CIPHERS:
            raise ValueError(f"expected one of {', '.join(CIPHERS)}: {self.algorithm}")
        wanted = CIPHERS[self.algorithm].KEY_BYTES
        if len(self.secret) != wanted:
            raise ValueError(f"the vault key has {wanted} bytes")

    def __repr__(self) -> str:
        return f"VaultKey({self.name})"

    @property
    def name(self) -> str:
        """Name the key as values that are sealed with it do."""
        return f"{self.algorithm}.{self.number:04d}"


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """The keys of a vault, the newest last: those that seal, those that index."""

    sealing: tuple[VaultKey, ...]
    indexing: tuple[bytes, ...]
    marking: bytes  # of fingerprints, which outlive no rotation of the others

    def __repr__(self) -> str:
        return f"VaultKeys({self.sealing})"


Source = Callable[[bool], VaultKeys]


class Vault:
    """Sealing by the newest of several keys, and a blind index to look up by (个人信息保护法 28).

    A sealed text names its key and opens in its own place alone: copied into another row,
    or another column, it does not. The source of the keys is asked at every use, so that a
    rotation is known to a running service; asked anew it looks at once.
    """

    def __init__(self, keys: bytes | VaultKeys | Source) -> None:
        if isinstance(keys, bytes):
            keys = one_key(keys)
        self._source: Source
        if isinstance(keys, VaultKeys):
            given = keys
            self._source = lambda _anew: given
        else:
            self._source = keys
        self._ciphers: dict[VaultKey, Cipher] = {}
        self._source(False)

    def seal(self, text: str, place: Place) -> str:
        """Return the sealed text; sealing twice gives two different texts.

        Short texts are all of one length, so that a word of a few known ones is not told by it.
        """
        raw = text.encode()
        key, raw = self._sealed(raw + _PADDING * (-len(raw) % _WIDTH), place)
        return f"{key.name}.{urlsafe_b64encode(raw).decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """Return the text that was sealed; raises InvalidTag on a changed or a moved one."""
        found = _HEADER.match(sealed.encode())
        if found is None:
            return self._unbound(_decoded(sealed)).decode()
        rest = sealed[found.end() :]
        if found[1].decode() == _PLAIN:
            self._key(UNBOUND)
            return rest
        opened = self._opened(found, _decoded(rest), place)
        return opened.rstrip(_PADDING).decode()

    def adopt(self, sealed: str, place: Place) -> str:
        """Open a text as `open` does, and give what stands plain since a revision marked it."""
        found = _HEADER.match(sealed.encode())
        if found is not None and found[1].decode() == _PLAIN:
            return sealed[found.end() :]
        return self.open(sealed, place)

    def seal_bytes(self, raw: bytes, place: Place) -> bytes:
        """Return sealed bytes, of a picture for instance."""
        key, sealed = self._sealed(raw, place)
        return f"{key.name}.".encode() + sealed

    def open_bytes(self, sealed: bytes, place: Place) -> bytes:
        """Return the bytes that were sealed; raises InvalidTag on changed or moved ones."""
        found = _HEADER.match(sealed)
        if found is None:
            return self._unbound(sealed)
        return self._opened(found, sealed[found.end() :], place)

    @property
    def newest(self) -> str:
        """Name the key that seals now, as it stands before what is sealed with it."""
        return f"{self._source(False).sealing[-1].name}."

    def index(self, text: str) -> str:
        """Return the blind index of a text: equal texts, equal indexes."""
        return _mac(self._source(False).indexing[-1], text)

    def indexes(self, text: str) -> tuple[str, ...]:
        """Return every index that a text may be kept under, two while the key changes."""
        return tuple(_mac(key, text) for key in self._source(False).indexing)

    def is_indexed(self, text: str, index: str) -> bool:
        """Tell whether a kept index is that of a text."""
        return any(hmac.compare_digest(each, index) for each in self.indexes(text))

    def fingerprint(self, text: str) -> str:
        """Return a keyed digest by which the same request is known again."""
        return _mac(self._source(False).marking, text)

    def _sealed(self, raw: bytes, place: Place) -> tuple[VaultKey, bytes]:
        key, nonce = self._source(False).sealing[-1], os.urandom(NONCE_BYTES)
        return key, nonce + self._cipher(key).encrypt(nonce, raw, _bound(key, place))

    def _opened(self, header: re.Match[bytes], raw: bytes, place: Place) -> bytes:
        key = self._key(int(header[2]))
        if key.algorithm.encode() != header[1]:
            raise InvalidTag
        nonce, text = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
        return self._cipher(key).decrypt(nonce, text, _bound(key, place))

    def _unbound(self, raw: bytes) -> bytes:
        cipher = self._cipher(self._key(UNBOUND))
        return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)

    def _key(self, number: int) -> VaultKey:
        for anew in (False, True):  # another process may have made one a moment ago
            for key in self._source(anew).sealing:
                if key.number == number:
                    return key
        raise KeyIsGone(f"the vault has no key {number:04d}")

    def _cipher(self, key: VaultKey) -> Cipher:
        if key not in self._ciphers:
            self._ciphers[key] = CIPHERS[key.algorithm](key.secret)
        return self._ciphers[key]


def one_key(secret: bytes) -> VaultKeys:
    """Make the keys of a vault out of one secret of 32 bytes, for tests and benches."""
    key = VaultKey(1, AES, secret)
    derived = derived_index(secret)
    return VaultKeys((key,), (derived,), derived)


def derived_index(secret: bytes) -> bytes:
    """Derive the index key that went with a sealing key before it had keys of its own."""
    return hmac.digest(secret, b"blind index", hashlib.sha256)


def _mac(key: bytes, text: str) -> str:
    return hmac.digest(key, text.strip().upper().encode(), hashlib.sha256).hex()


def _bound(key: VaultKey, place: Place) -> bytes:
    """Give what is authenticated along with a value: under which key, and where it stands."""
    return json.dumps([key.name, place.table, place.column, *place.key]).encode()


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text)
    except ValueError:
        raise InvalidTag from None


def mask_id(id_number: str) -> str:
    """Mask an ID number for screens.

    >>> mask_id("33030219560312401X")
    '3303**********401X'
    """
    return f"{id_number[:4]}{'*' * (len(id_number) - 8)}{id_number[-4:]}"


def mask_name(name: str) -> str:
    """Mask a name for staff screens, keeping the family name.

    >>> mask_name("陈秀英")
    '陈**'
    """
    return name[:1] + "*" * (len(name) - 1)


def mask_phone(phone: str) -> str:
    """Mask a phone number.

    >>> mask_phone("13900001234")
    '139****1234'
    """
    return f"{phone[:3]}****{phone[-4:]}"
