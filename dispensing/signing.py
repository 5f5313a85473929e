"""Signatures of the service: which key, by which algorithm, valid from when until when.

Ed25519 (RFC 8032) by `cryptography`, or the national SM2 with SM3 (GB/T 32918) by `gmalg`:
both give 64 bytes, so that a token is as long under either. A key that was replaced stays in
the list with its last instant: what it signed before can still be checked.
"""

import hashlib
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import gmalg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

ED25519 = "Ed25519"
SM2 = "SM2SM3"
ALGORITHMS = (ED25519, SM2)
SIGNATURE_BYTES = 64
KEY_ID_BYTES = 8
_SM2_USER = b"1234567812345678"  # GB/T 35276: where nobody agreed on another name
_HALF = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures; None as a bound is no bound on that side."""

    algorithm: str
    public: bytes  # Ed25519: 32 bytes; SM2: the point's x and y, 32 bytes each
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def key_id(self) -> str:
        """Name the key by its own digest, so that no two keys share a name."""
        named = self.algorithm.encode() + b":" + self.public
        return hashlib.sha256(named).digest()[:KEY_ID_BYTES].hex()

    def is_valid_at(self, at: datetime) -> bool:
        """Tell whether the key may have signed at an instant."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at < self.valid_until
        )

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's, over exactly this message."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        if self.algorithm == SM2:
            return _sm2_verifies(self.public, message, signature)
        try:
            key = ed25519.Ed25519PublicKey.from_public_bytes(self.public)
            key.verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs: its secret and its public part."""

    secret: bytes
    public: PublicKey

    def __repr__(self) -> str:
        return f"SigningKey({self.public.key_id})"

    def sign(self, message: bytes) -> bytes:
        """Sign a message; 64 bytes. SM2 takes some 25 ms here, Ed25519 far less than one."""
        if self.public.algorithm == SM2:
            signer = gmalg.SM2(self.secret, uid=_SM2_USER)
            return b"".join(part.rjust(_HALF, b"\0") for part in signer.sign(message))
        key = ed25519.Ed25519PrivateKey.from_private_bytes(self.secret)
        return key.sign(message)


def signing_key(
    algorithm: str,
    secret: bytes,
    *,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> SigningKey:
    """Make the key of 32 secret bytes; ValueError where they are no key of the algorithm."""
    if algorithm not in ALGORITHMS:
        raise ValueError(f"{algorithm}: expected one of {', '.join(ALGORITHMS)}")
    if len(secret) != _HALF:
        raise ValueError(f"a signing key has {_HALF} bytes, not {len(secret)}")
    public = PublicKey(algorithm, _public(algorithm, secret), valid_from, valid_until)
    return SigningKey(secret, public)


def jws(payload: bytes, key: SigningKey, kind: str) -> str:
    """Sign a payload as a detached compact JWS (RFC 7515, appendix F).

    `kind` (typ) tells what is signed: a signature of one kind is no signature of another.
    """
    header = {"alg": key.public.algorithm, "kid": key.public.key_id, "typ": kind}
    head = base64url(canonical(header))
    signature = key.sign(_signed(head, payload))
    return f"{head}..{base64url(signature)}"


def jws_verifies(payload: bytes, token: str, key: PublicKey, kind: str) -> bool:
    """Tell whether a detached JWS of that kind is the key's, over exactly this payload."""
    head, middle, signature = _parts(token)
    header = {"alg": key.algorithm, "kid": key.key_id, "typ": kind}
    # The header is compared whole: nobody chooses the algorithm but the list of keys.
    if middle or head != base64url(canonical(header)):
        return False
    return key.verifies(_signed(head, payload), from_base64url(signature))


def jws_key_id(token: str) -> str:
    """Read which key a JWS names; ValueError where it is none."""
    header = json.loads(from_base64url(_parts(token)[0]))
    found = header.get("kid") if isinstance(header, dict) else None
    if not isinstance(found, str):
        raise ValueError("the header of the signature names no key")
    return found


def key_list(keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Write public keys as a JWK set (RFC 7517), each with its days."""
    return {"keys": [_jwk(key) for key in keys]}


def read_key_list(raw: Mapping[str, Any]) -> dict[str, PublicKey]:
    """Read a list of public keys by their names; ValueError where it is none."""
    try:
        found = [_of_jwk(jwk) for jwk in raw["keys"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("expected a list of keys, as `receipt keys` prints") from error
    return {key.key_id: key for key in found}


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the one form that is signed: sorted keys, no white space, UTF-8.

    >>> canonical({"b": 1, "a": "药"}).decode()
    '{"a":"药","b":1}'
    """
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def base64url(raw: bytes) -> str:
    """Write bytes as base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Read base64url; ValueError unless it is exactly what `base64url` writes."""
    padded = text + "=" * (-len(text) % 4)
    raw = b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    if base64url(raw) != text:
        raise ValueError("bits that say nothing are not zero")
    return raw


def _signed(head: str, payload: bytes) -> bytes:
    return f"{head}.{base64url(payload)}".encode()


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("expected a signature of three parts")
    return parts[0], parts[1], parts[2]


def _public(algorithm: str, secret: bytes) -> bytes:
    if algorithm == SM2:
        return bytes(gmalg.SM2().generate_pk(secret)[1:])
    key = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    return key.public_key().public_bytes_raw()


def _sm2_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(public) != 2 * _HALF or not gmalg.SM2().verify_pk(b"\x04" + public):
        return False
    checker = gmalg.SM2(uid=_SM2_USER, pk=b"\x04" + public)
    return bool(checker.verify(message, signature[:_HALF], signature[_HALF:]))


def _jwk(key: PublicKey) -> dict[str, Any]:
    point = (
        {
            "kty": "EC",
            "crv": "SM2",
            "x": base64url(key.public[:_HALF]),
            "y": base64url(key.public[_HALF:]),
        }
        if key.algorithm == SM2
        else {"kty": "OKP", "crv": ED25519, "x": base64url(key.public)}
    )
    bounds = {"valid_from": key.valid_from, "valid_until": key.valid_until}
    days = {name: at.isoformat() if at else None for name, at in bounds.items()}
    return {"kid": key.key_id, "alg": key.algorithm, "use": "sig", **point, **days}


def _of_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    if jwk["alg"] not in ALGORITHMS:
        raise ValueError(f"{jwk['alg']}: expected one of {', '.join(ALGORITHMS)}")
    public = from_base64url(jwk["x"])
    if jwk["alg"] == SM2:
        public += from_base64url(jwk["y"])
    key = PublicKey(
        jwk["alg"], public, _instant(jwk["valid_from"]), _instant(jwk["valid_until"])
    )
    if jwk["kid"] != key.key_id:
        raise ValueError(f"{jwk['kid']}: the key does not fit its name")
    return key


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text}: expected an instant with its offset")
    return at
