"""Keys of each kind for the tests, made from a word: they guard nothing."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from joserfc.jwk import ECKey, OKPKey

from dispensing.intake.incoming import Signed
from dispensing.intake.signature import sign
from dispensing.intake.signatures import sm2
from dispensing.intake.signatures.keys import ED25519, ES256, SM2, jwk_of_sm2, text_of
from dispensing.signing import base64url

KINDS = (ED25519, ES256, SM2)


def secret(word: str) -> bytes:
    """Make 32 bytes of a word."""
    return hashlib.sha256(word.encode()).digest()


def private(kind: str, word: str = "a key") -> Any:
    """Make a private key of a kind: joserfc's, or the bytes of SM2."""
    seed = secret(word)
    if kind == SM2:
        return seed
    if kind == ED25519:
        return OKPKey.import_key(_okp(seed))
    return ECKey.import_key(_p256(seed))


def public_jwk(kind: str, word: str = "a key") -> dict[str, Any]:
    """Give the public part."""
    if kind == SM2:
        return jwk_of_sm2(secret(word))
    found = private(kind, word).as_dict(private=False)
    return {name: found[name] for name in ("kty", "crv", "x", "y") if name in found}


def signed(
    kind: str, payload: bytes, *, word: str = "a key", key_id: str = "k"
) -> Signed:
    """Sign bytes by a key of a kind."""
    if kind == SM2:
        raw = sm2.sign(secret(word), payload)
        return Signed(payload, SM2, key_id, b64encode(raw).decode())
    return Signed(payload, kind, key_id, sign(payload, private(kind, word), key_id))


@dataclass(frozen=True, slots=True)
class Known:
    """A key as the platform keeps it."""

    public: str
    issuer: str = "H33030200001"
    valid_from: date = date(2025, 1, 1)
    valid_until: date = date(2025, 12, 31)
    revoked_at: datetime | None = None
    revocation_told_at: datetime | None = None
    revocation_reason: str | None = None


def known(kind: str, word: str = "a key", **changes: Any) -> Known:
    """Give a stored key of a kind."""
    return Known(text_of(public_jwk(kind, word)), **changes)


def _okp(seed: bytes) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "d": base64url(seed), "x": base64url(raw)}


def _p256(seed: bytes) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())
    point = key.public_key().public_numbers()
    parts = {"x": point.x, "y": point.y}
    told = {name: base64url(value.to_bytes(32, "big")) for name, value in parts.items()}
    return {"kty": "EC", "crv": "P-256", "d": base64url(seed), **told}
