"""What stands in cainfo: nothing, an SM3 digest, or a signature by SM2 with SM3.

Over the canonical form of the input: sorted keys, no white space, UTF-8. A digest tells that
nothing was lost on the way; only a signature tells who has written it.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

from dispensing.signing import PublicKey, SigningKey, canonical


@dataclass(frozen=True, slots=True)
class Seal:
    """The kind of signature of one side: its own key, and the key of the other one."""

    kind: str = "none"
    own: SigningKey | None = None
    theirs: PublicKey | None = None

    def __post_init__(self) -> None:
        if self.kind == "SM2" and self.own is None:
            raise ValueError("expected a key of our own for SM2")

    def sign(self, value: Mapping[str, Any]) -> str:
        """Give what stands in cainfo: hexadecimal digits, or base64 of r and s."""
        if self.kind == "SM3":
            return _digest(value)
        if self.kind == "SM2" and self.own is not None:
            return b64encode(self.own.sign(_bytes(value))).decode()
        return ""

    def verifies(self, value: Mapping[str, Any], told: str) -> bool:
        """Tell whether cainfo is the other side's over exactly this value."""
        if self.kind == "SM3":
            return compare_digest(_digest(value).encode(), told.lower().encode())
        if self.kind == "SM2":
            if self.theirs is None:
                return False
            try:
                signature = b64decode(told, validate=True)
            except (binascii.Error, ValueError):
                return False
            return self.theirs.verifies(_bytes(value), signature)
        return True


def _bytes(value: Mapping[str, Any]) -> bytes:
    return canonical(_plain(value))


def _plain(value: Any) -> Any:
    """Write numbers as texts, so that 12.6 and its digits sign alike on both sides."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool) else str(value)


def _digest(value: Mapping[str, Any]) -> str:
    summed = Hash(SM3())
    summed.update(_bytes(value))
    return summed.finalize().hex()
