"""The patient's code for the door as a picture: an order's number, signed by the platform.

A phone that is offline checks the signature with the platform's public key; whoever has
neither secret nor patient cannot make one. `YDH1.` order, key and signature, in base64url;
of a code that was renewed, `YDH2.` with the number of its issue behind the order's. Pure;
instants are aware datetimes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from dispensing.signing import PublicKey, SigningKey, base64url, from_base64url

PREFIX = "YDH1."
RENEWED = "YDH2."
LENGTH_MAX = 200
OUTLIVES_KEY = timedelta(days=1)  # a page that was open when the key was replaced
_PURPOSE = b"yaoda hand-over\n"
_ORDER_BYTES = 16
_ISSUE_BYTES = 2


def sign_token(order_id: str, key: SigningKey, issue: int = 1) -> str:
    """Sign the code of one order; the same key gives the same code with Ed25519."""
    number = UUID(order_id).bytes
    if issue > 1:
        number += issue.to_bytes(_ISSUE_BYTES)
    signature = key.sign(_PURPOSE + number)
    parts = (base64url(number), key.public.key_id, base64url(signature))
    return (PREFIX if issue == 1 else RENEWED) + ".".join(parts)


def issue_opened(
    token: str, order_id: str, keys: Mapping[str, PublicKey], *, at: datetime
) -> int | None:
    """Tell which issue of an order's code this is; None where no key in use has signed it."""
    prefix, parts = token[: len(PREFIX)], token[len(PREFIX) :].split(".")
    if prefix not in (PREFIX, RENEWED) or len(parts) != 3 or len(token) > LENGTH_MAX:
        return None
    key = keys.get(parts[1])
    if key is None or not _in_use(key, at):
        return None
    try:
        number, signed = from_base64url(parts[0]), from_base64url(parts[2])
    except ValueError:
        return None
    order, told = number[:_ORDER_BYTES], number[_ORDER_BYTES:]
    issue = int.from_bytes(told) if told else 1
    is_whole = len(told) == (_ISSUE_BYTES if prefix == RENEWED else 0)
    if order != UUID(order_id).bytes or not is_whole or base64url(number) != parts[0]:
        return None
    return issue if key.verifies(_PURPOSE + number, signed) else None


def _in_use(key: PublicKey, at: datetime) -> bool:
    return key.is_valid_at(at) or key.is_valid_at(at - OUTLIVES_KEY)
