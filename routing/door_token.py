"""The patient's code for the door as a picture: an order's number, signed by the platform.

A phone that is offline checks the signature with the platform's public key; whoever has
neither secret nor patient cannot make one. `YDH1.` order, key and signature, in base64url.
Pure; instants are aware datetimes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from dispensing.signing import PublicKey, SigningKey, base64url, from_base64url

PREFIX = "YDH1."
LENGTH_MAX = 200
OUTLIVES_KEY = timedelta(days=1)  # a page that was open when the key was replaced
_PURPOSE = b"yaoda hand-over\n"


def sign_token(order_id: str, key: SigningKey) -> str:
    """Sign the code of one order; the same key gives the same code with Ed25519."""
    number = UUID(order_id).bytes
    signature = key.sign(_PURPOSE + number)
    parts = (base64url(number), key.public.key_id, base64url(signature))
    return PREFIX + ".".join(parts)


def opens(
    token: str, order_id: str, keys: Mapping[str, PublicKey], *, at: datetime
) -> bool:
    """Tell whether a code was signed for this order by a key that was in use."""
    parts = token.removeprefix(PREFIX).split(".")
    if not token.startswith(PREFIX) or len(parts) != 3 or len(token) > LENGTH_MAX:
        return False
    number, key_id, signature = parts
    key = keys.get(key_id)
    if key is None or not _in_use(key, at) or number != base64url(UUID(order_id).bytes):
        return False
    try:
        signed = from_base64url(signature)
    except ValueError:
        return False
    return key.verifies(_PURPOSE + UUID(order_id).bytes, signed)


def _in_use(key: PublicKey, at: datetime) -> bool:
    return key.is_valid_at(at) or key.is_valid_at(at - OUTLIVES_KEY)
