"""An institution's public key as a JWK (RFC 7517): which algorithm it is for, and no other.

The algorithm comes from the key alone. What a signature says of itself is compared with it
and decides nothing, so that no message can choose a weaker way.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from dispensing.intake.signatures import sm2
from dispensing.signing import base64url, from_base64url

ED25519, ES256, SM2 = "Ed25519", "ES256", "SM2"
ALGORITHMS = (ED25519, ES256, SM2)
_KINDS = {("OKP", "Ed25519"): ED25519, ("EC", "P-256"): ES256, ("EC", "SM2"): SM2}
_MEMBERS = {"kty", "crv", "x", "y", "kid", "alg", "use", "key_ops", "uid"}
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_USER_BYTES_MAX = 128


class BadKey(ValueError):
    """A JWK that is no public key of ours; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that is ready to verify: of joserfc, or the point of SM2 with its user's name."""

    algorithm: str
    jose: OKPKey | ECKey | None = None
    point: bytes = b""
    user: bytes = sm2.USER


def read_key(jwk: Mapping[str, Any]) -> PublicKey:
    """Read a public key strictly; raises BadKey.

    >>> read_key({"kty": "OKP", "crv": "Ed25519", "x": "A"})
    Traceback (most recent call last):
    dispensing.intake.signatures.keys.BadKey: x: expected 32 bytes as base64url
    """
    if _PRIVATE & jwk.keys():
        raise BadKey("d: a private key must never be sent; expected the public part")
    if unknown := sorted(jwk.keys() - _MEMBERS):
        raise BadKey(f"{unknown[0]}: expected one of {', '.join(sorted(_MEMBERS))}")
    kty, crv = jwk.get("kty"), jwk.get("crv")
    named = isinstance(kty, str) and isinstance(crv, str)
    algorithm = _KINDS.get((str(kty), str(crv))) if named else None
    if algorithm is None:
        known = ", ".join(f"{kty} {crv}" for kty, crv in _KINDS)
        raise BadKey(f"crv: expected one of {known}")
    if jwk.get("alg", algorithm) != algorithm and jwk.get("alg") != "EdDSA":
        raise BadKey(f"alg: a key of this curve is for {algorithm}")
    if jwk.get("use", "sig") != "sig":
        raise BadKey("use: expected sig")
    if "verify" not in jwk.get("key_ops", ["verify"]):
        raise BadKey("key_ops: expected verify")
    return _of_sm2(jwk) if algorithm == SM2 else _of_jose(algorithm, jwk)


def known_key(text: str) -> PublicKey:
    """Read a stored key by its JSON text; one that was read before is at hand."""
    return _known(text)


def text_of(jwk: Mapping[str, Any]) -> str:
    """Write a key in the one form by which it is known again."""
    return json.dumps(dict(jwk), sort_keys=True, separators=(",", ":"))


def jwk_of_sm2(secret: bytes, user: str | None = None) -> dict[str, Any]:
    """Write the public part of an SM2 key; `user` where it is not the usual name."""
    point = sm2.public_point(secret)
    parts = {
        "x": base64url(point[: sm2.HALF]),
        "y": base64url(point[sm2.HALF :]),
    }
    named = {} if user is None else {"uid": user}
    return {"kty": "EC", "crv": "SM2", **parts, **named}


@lru_cache(maxsize=4096)
def _known(text: str) -> PublicKey:
    return read_key(json.loads(text))


def _of_jose(algorithm: str, jwk: Mapping[str, Any]) -> PublicKey:
    if "uid" in jwk:
        raise BadKey("uid: only a key of SM2 has a user's name")
    names = ("x",) if algorithm == ED25519 else ("x", "y")
    if algorithm == ED25519 and "y" in jwk:
        raise BadKey("y: a key of Ed25519 has x alone")
    wanted = {"kty": jwk["kty"], "crv": jwk["crv"]}
    for name in names:
        wanted[name] = base64url(_bytes(jwk, name))
    try:
        kind = OKPKey if algorithm == ED25519 else ECKey
        key = kind.import_key(wanted)
        key.get_op_key("verify")
    except (JoseError, ValueError):
        raise BadKey("x: expected a point on the curve") from None
    return PublicKey(algorithm, jose=key)


def _of_sm2(jwk: Mapping[str, Any]) -> PublicKey:
    point = _bytes(jwk, "x") + _bytes(jwk, "y")
    if not sm2.is_on_curve(point):
        raise BadKey("x: expected a point on the curve")
    user = jwk.get("uid", sm2.USER.decode())
    named = user.encode() if isinstance(user, str) else b""
    if not 1 <= len(named) <= _USER_BYTES_MAX:
        raise BadKey(f"uid: expected 1 to {_USER_BYTES_MAX} bytes of text")
    return PublicKey(SM2, point=point, user=named)


def _bytes(jwk: Mapping[str, Any], name: str) -> bytes:
    text = jwk.get(name)
    try:
        raw = from_base64url(text) if isinstance(text, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != sm2.HALF:
        raise BadKey(f"{name}: expected {sm2.HALF} bytes as base64url")
    return raw
