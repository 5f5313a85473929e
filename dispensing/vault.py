"""Seals ID numbers, addresses and pictures at rest, and finds a person without opening them."""

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Vault:
    """AES-256-GCM under one key, with an HMAC-SHA256 blind index for look-up (个人信息保护法 28).

    The index key is derived from the sealing key, so that one secret is kept and neither
    the index nor the sealed text tells anything without it.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the vault key has 32 bytes")
        self._sealer = AESGCM(key)
        self._index_key = hmac.digest(key, b"blind index", hashlib.sha256)

    def seal(self, text: str) -> str:
        """Return the sealed text; sealing twice gives two different texts."""
        return urlsafe_b64encode(self.seal_bytes(text.encode())).decode()

    def open(self, sealed: str) -> str:
        """Return the text that was sealed; raises cryptography's InvalidTag on a changed one."""
        return self.open_bytes(urlsafe_b64decode(sealed)).decode()

    def seal_bytes(self, raw: bytes) -> bytes:
        """Return sealed bytes, of a picture for instance."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._sealer.encrypt(nonce, raw, None)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Return the bytes that were sealed; raises cryptography's InvalidTag on changed ones."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._sealer.decrypt(nonce, text, None)

    def index(self, text: str) -> str:
        """Return the blind index of a text: equal texts, equal indexes."""
        return hmac.digest(
            self._index_key, text.strip().upper().encode(), hashlib.sha256
        ).hex()


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
