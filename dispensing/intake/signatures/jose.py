"""Detached JWS (RFC 7515, appendix F), read without any room for a second reading.

The header may hold alg, kid and typ, each once. What changes how a signature is read
(`crit`, `b64`), or brings a key of its own (`jwk`, `jku`, `x5c`), is refused.
"""

import json
from functools import lru_cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from dispensing.intake.signatures.keys import ED25519, ES256, PublicKey
from dispensing.signing import base64url, from_base64url

_ALLOWED = {"alg", "kid", "typ"}
_OLDER = {"EdDSA": ED25519}  # RFC 8037, before RFC 9864 named the curve
_MODELS = {name: jws.JWSRegistry.algorithms[name] for name in (ED25519, ES256)}


class Unreadable(ValueError):
    """A text that is no detached JWS of ours."""


def algorithm_of(token: str) -> str:
    """Tell which algorithm a token claims; raises Unreadable."""
    return _header(token.split(".", 1)[0])[0]


def verifies(payload: bytes, token: str, key: PublicKey, key_id: str) -> bool:
    """Tell whether a token is the key's, over this payload; raises Unreadable.

    The caller has compared the claimed algorithm with the key's.
    """
    head, middle, tail = _parts(token)
    _claimed, kid = _header(head)
    if middle or kid not in (None, key_id):
        raise Unreadable("the header names another key")
    model, jose = _MODELS[key.algorithm], key.jose
    signed = f"{head}.{base64url(payload)}".encode("ascii")
    return bool(model.verify(signed, _signature(tail), jose))


def sign(payload: bytes, private_key: OKPKey | ECKey, key_id: str) -> str:
    """Sign a payload; returns the detached compact form `header..signature`."""
    algorithm = ES256 if isinstance(private_key, ECKey) else ED25519
    registry = jws.JWSRegistry(algorithms=[algorithm])
    header = {"alg": algorithm, "kid": key_id}
    token = jws.serialize_compact(header, payload, private_key, registry=registry)
    head, _payload, signature = token.split(".")
    return f"{head}..{signature}"


def _parts(token: str) -> list[str]:
    parts = token.split(".")
    if len(parts) != 3:
        raise Unreadable("expected a signature of three parts")
    return parts


def _signature(text: str) -> bytes:
    try:
        return from_base64url(text)
    except ValueError as error:
        raise Unreadable("the signature is no base64url") from error


@lru_cache(maxsize=4096)
def _header(head: str) -> tuple[str, str | None]:
    """Read alg and kid of a header; an issuer's headers are alike, so they are kept."""
    try:
        found = json.loads(from_base64url(head), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the header cannot be read") from error
    if not isinstance(found, dict) or not found.keys() <= _ALLOWED:
        raise Unreadable("the header holds more than alg, kid and typ")
    alg, kid = found.get("alg"), found.get("kid")
    if not isinstance(alg, str) or not isinstance(kid, str | None):
        raise Unreadable("the header names no algorithm")
    return _OLDER.get(alg, alg), kid


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a name is given twice")
    return found
