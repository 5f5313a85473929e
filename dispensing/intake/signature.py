"""Signatures of prescriptions: Ed25519 JWS, detached, under an institution's own key."""

from datetime import date, datetime
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from dispensing.intake.incoming import Signed

ALGORITHM = "Ed25519"  # RFC 9864; the older name EdDSA is deprecated
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])


class Key(Protocol):
    """What a signature check needs of an institution's key."""

    issuer: str
    public_jwk: dict[str, Any]
    valid_from: date
    valid_until: date
    revoked_at: datetime | None


def verdict(
    signed: Signed, key: Key | None, *, issuer: str, signed_at: datetime
) -> str:
    """Tell `valid` or `invalid`: an unknown key, another's key, or one out of its days is invalid.

    A prescription signed before its key was revoked stays valid.
    """
    if key is None or key.issuer != issuer:
        return "invalid"
    if not key.valid_from <= signed_at.date() <= key.valid_until:
        return "invalid"
    if key.revoked_at is not None and signed_at >= key.revoked_at:
        return "invalid"
    if signed.algorithm != ALGORITHM:
        return "invalid"
    good = _verifies(signed.payload, signed.value, key.public_jwk)
    return "valid" if good else "invalid"


def sign(payload: bytes, private_key: OKPKey, key_id: str) -> str:
    """Sign a canonical message; returns the detached compact form `header..signature`."""
    header = {"alg": ALGORITHM, "kid": key_id}
    token = jws.serialize_compact(header, payload, private_key, registry=_REGISTRY)
    head, _payload, signature = token.split(".")
    return f"{head}..{signature}"


def _verifies(payload: bytes, token: str, public_jwk: dict[str, Any]) -> bool:
    try:
        key = OKPKey.import_key(public_jwk)
        jws.deserialize_compact(token, key, registry=_REGISTRY, payload=payload)
    except (JoseError, ValueError):
        return False
    return True
