"""The two ciphers of the vault: AES-256-GCM, and SM4-GCM (GB/T 32907, RFC 8998)."""

from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as _Cipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AES = "aes-256-gcm"
SM4 = "sm4-gcm"
NONCE_BYTES = 12
_TAG_BYTES = 16


class Cipher(Protocol):
    """One key of an authenticated cipher."""

    KEY_BYTES: ClassVar[int]

    def __init__(self, secret: bytes) -> None: ...

    def encrypt(self, nonce: bytes, raw: bytes, bound: bytes | None) -> bytes:
        """Encrypt, with the tag behind."""
        ...

    def decrypt(self, nonce: bytes, raw: bytes, bound: bytes | None) -> bytes:
        """Decrypt; raises cryptography's InvalidTag where anything was changed."""
        ...


class AesGcm:
    """AES-256-GCM."""

    KEY_BYTES: ClassVar[int] = 32

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(secret)

    def encrypt(self, nonce: bytes, raw: bytes, bound: bytes | None) -> bytes:
        """Encrypt, with the tag behind."""
        return self._cipher.encrypt(nonce, raw, bound)

    def decrypt(self, nonce: bytes, raw: bytes, bound: bytes | None) -> bytes:
        """Decrypt; raises cryptography's InvalidTag where anything was changed."""
        return self._cipher.decrypt(nonce, raw, bound)


class Sm4Gcm:
    """SM4-GCM, as the commercial cipher rules (商用密码) ask for."""

    KEY_BYTES: ClassVar[int] = 16

    def __init__(self, secret: bytes) -> None:
        self._cipher = algorithms.SM4(secret)

    def encrypt(self, nonce: bytes, raw: bytes, bound: bytes | None) -> bytes:
        """Encrypt, with the tag behind."""
        work = _Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(bound or b"")
        return work.update(raw) + work.finalize() + work.tag

    def decrypt(self, nonce: bytes, raw: bytes, bound: bytes | None) -> bytes:
        """Decrypt; raises cryptography's InvalidTag where anything was changed."""
        text, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if len(tag) < _TAG_BYTES:
            raise InvalidTag
        work = _Cipher(self._cipher, modes.GCM(nonce, tag)).decryptor()
        work.authenticate_additional_data(bound or b"")
        return work.update(text) + work.finalize()


CIPHERS: dict[str, type[Cipher]] = {AES: AesGcm, SM4: Sm4Gcm}
