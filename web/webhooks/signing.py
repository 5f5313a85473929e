"""Sign notices as Standard Webhooks 1.0.0 says: HMAC-SHA256 (v1) or Ed25519 (v1a).

What is signed is `id.timestamp.body`. A secret is made for one subscription and shown once;
of an Ed25519 key the subscriber is shown the public half.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SYMMETRIC, ASYMMETRIC = "v1", "v1a"
SIGNATURES = (SYMMETRIC, ASYMMETRIC)
_BYTES = 32


def new_secret(signature: str) -> str:
    """Make the secret of a subscription: whsec_... for v1, whsk_... for v1a."""
    prefix = "whsec_" if signature == SYMMETRIC else "whsk_"
    return prefix + b64encode(secrets.token_bytes(_BYTES)).decode()


def shown(secret: str) -> str:
    """Give what the subscriber verifies with: the secret itself, or the public key (whpk_...)."""
    if secret.startswith("whsec_"):
        return secret
    public = _private(secret).public_key().public_bytes_raw()
    return "whpk_" + b64encode(public).decode()


def headers(
    message_id: str, body: str, secrets: Iterable[str], *, now: datetime
) -> dict[str, str]:
    """Make the headers of a notice, with one signature for each secret that still holds."""
    timestamp = int(now.timestamp())
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_sign(signed, secret) for secret in secrets),
    }


def _sign(signed: bytes, secret: str) -> str:
    if secret.startswith("whsk_"):
        return f"{ASYMMETRIC},{b64encode(_private(secret).sign(signed)).decode()}"
    made = hmac.digest(_raw(secret), signed, hashlib.sha256)
    return f"{SYMMETRIC},{b64encode(made).decode()}"


def _raw(secret: str) -> bytes:
    return b64decode(secret.partition("_")[2])


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_raw(secret))
