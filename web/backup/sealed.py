"""A sealed file: AES-256-GCM in frames, each bound to its place, the last one marked.

Cut, altered, put in another order or opened with another key, it does not open. What was
read up to there is genuine, but only `SealedReader.ended` says that nothing is missing.
"""

import hashlib
import hmac
import io
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.keys import KEY_BYTES, write_once

MAGIC = b"YAODA BACKUP 1\n"
KEY_NAME_BYTES = 8
SALT_BYTES = 16
HEADER_BYTES = len(MAGIC) + KEY_NAME_BYTES + SALT_BYTES
FRAME_BYTES = 64 * 1024
TAG_BYTES = 16
_KEY_FILE = re.compile(r"yaoda-backup-key-1 ([\w-]{43}) ([0-9a-f]{16})\n?", re.ASCII)


class Unusable(ValueError):
    """An archive, a key or a place that cannot be used, with the reason."""


@dataclass(frozen=True, slots=True)
class BackupKey:
    """The secret that archives are sealed with; its name is told, the secret never."""

    secret: bytes

    @property
    def name(self) -> str:
        """Name the key without telling it."""
        return hmac.digest(self.secret, b"name", hashlib.sha256)[:KEY_NAME_BYTES].hex()

    def __repr__(self) -> str:
        return f"BackupKey({self.name})"


def make_key(path: Path) -> BackupKey:
    """Write a new key into a file of its own, readable by its owner only."""
    key = BackupKey(os.urandom(KEY_BYTES))
    text = urlsafe_b64encode(key.secret).decode().rstrip("=")
    if not write_once(
        path, f"yaoda-backup-key-1 {text} {key.name}\n".encode(), plain=True
    ):
        raise Unusable(f"{path}: there is a file already, and a key is never replaced")
    return key


def read_key(path: Path) -> BackupKey:
    """Read a key from its file."""
    found = _KEY_FILE.fullmatch(path.read_bytes()[:200].decode("ascii", "replace"))
    if found is None:
        raise Unusable(f"{path}: expected a key made by `yaoda backup key`")
    try:
        key = BackupKey(urlsafe_b64decode(found[1] + "="))
    except NotBase64 as error:
        raise Unusable(f"{path}: expected a whole key") from error
    if key.name != found[2]:
        raise Unusable(f"{path}: this key was mistyped, its name does not fit")
    return key


class SealedWriter(io.RawIOBase):
    """Seals what is written; the file is whole only after `close`."""

    def __init__(self, file: IO[bytes], key: BackupKey) -> None:
        salt = os.urandom(SALT_BYTES)
        self._header = MAGIC + bytes.fromhex(key.name) + salt
        self._sealer = _sealer(key, salt)
        self._file, self._left, self._frame = file, bytearray(), 0
        file.write(self._header)

    def writable(self) -> bool:
        """Say that this can be written to."""
        return True

    def write(self, data: object) -> int:
        """Take some bytes; a frame goes out when more than one is there."""
        raw = bytes(data)  # type: ignore[call-overload]
        self._left += raw
        while len(self._left) > FRAME_BYTES:
            self._seal(self._left[:FRAME_BYTES], last=False)
            del self._left[:FRAME_BYTES]
        return len(raw)

    def abandon(self) -> None:
        """Write no more: what is there stays a file that does not open."""
        self._file = io.BytesIO()

    def close(self) -> None:
        """Seal the last frame."""
        if not self.closed:
            self._seal(self._left, last=True)
        super().close()

    def _seal(self, frame: bytearray, *, last: bool) -> None:
        nonce = _nonce(self._frame, last)
        self._file.write(self._sealer.encrypt(nonce, bytes(frame), self._header))
        self._frame += 1


class SealedReader(io.RawIOBase):
    """Opens what was sealed, frame by frame; raises Unusable where it is not genuine."""

    def __init__(self, file: IO[bytes], key: BackupKey) -> None:
        self._header = file.read(HEADER_BYTES)
        _check_header(self._header, key)
        self._sealer = _sealer(key, self._header[-SALT_BYTES:])
        self._file, self._frame = file, 0
        self._next = file.read(FRAME_BYTES + TAG_BYTES)
        self._open = b""
        self.ended = False

    def readable(self) -> bool:
        """Say that this can be read from."""
        return True

    def readinto(self, buffer: object) -> int:
        """Give some opened bytes, none at the end."""
        while not self._open and not self.ended:
            self._open = self._opened()
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = min(len(view), len(self._open))
        view[:count], self._open = self._open[:count], self._open[count:]
        return count

    def _opened(self) -> bytes:
        now, self._next = self._next, self._file.read(FRAME_BYTES + TAG_BYTES)
        last = not self._next
        try:
            found = self._sealer.decrypt(_nonce(self._frame, last), now, self._header)
        except (InvalidTag, ValueError) as error:
            raise Unusable(
                "the archive was cut off or altered after it was made"
                f" (frame {self._frame})"
            ) from error
        self._frame, self.ended = self._frame + 1, last
        return found


def _check_header(header: bytes, key: BackupKey) -> None:
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC[:13]):
        raise Unusable("this is not a backup of yaoda, or only the begin of one")
    if not header.startswith(MAGIC):
        raise Unusable("this backup has another format, made by a newer program")
    name = header[len(MAGIC) : -SALT_BYTES].hex()
    if name != key.name:
        raise Unusable(f"sealed with the key {name}, the one given is {key.name}")


def _sealer(key: BackupKey, salt: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key.secret, b"file" + salt, hashlib.sha256))


def _nonce(frame: int, last: bool) -> bytes:
    return frame.to_bytes(11, "big") + bytes([last])
