"""SM2 with SM3 (GB/T 32918): signatures as DER or as r and s, verified and made."""

import gmalg
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from dispensing.intake.signatures import openssl

USER = b"1234567812345678"  # GB/T 35276: where nobody agreed on another name
HALF = 32
_RAW = 2 * HALF
_DER_MAX = 72


def is_on_curve(point: bytes) -> bool:
    """Tell whether 64 bytes are a point of the curve, and not the one at infinity."""
    try:
        return len(point) == _RAW and bool(gmalg.SM2().verify_pk(b"\x04" + point))
    except (gmalg.errors.PointNotOnCurveError, ValueError):
        return False


def verifies(point: bytes, user: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature, as DER or as 64 bytes of r and s, is of this key."""
    numbers = _numbers(signature)
    if numbers is None:
        return False
    fast = openssl.verifier()
    if fast is not None:
        return fast(point, user, message, encode_dss_signature(*numbers))
    return verifies_slowly(point, user, message, numbers)


def verifies_slowly(
    point: bytes, user: bytes, message: bytes, numbers: tuple[int, int]
) -> bool:
    """Tell the same by gmalg, in Python alone."""
    r, s = (number.to_bytes(HALF, "big") for number in numbers)
    return bool(gmalg.SM2(uid=user, pk=b"\x04" + point).verify(message, r, s))


def sign(secret: bytes, message: bytes, user: bytes = USER) -> bytes:
    """Sign a message by 32 secret bytes; 64 bytes, r and s."""
    signed = gmalg.SM2(secret, uid=user).sign(message)
    return b"".join(part.rjust(HALF, b"\0") for part in signed)


def public_point(secret: bytes) -> bytes:
    """Give the point of 32 secret bytes: x and y."""
    return bytes(gmalg.SM2().generate_pk(secret)[1:])


def as_der(signature: bytes) -> bytes:
    """Write r and s as DER, as other programs do."""
    return encode_dss_signature(
        int.from_bytes(signature[:HALF], "big"), int.from_bytes(signature[HALF:], "big")
    )


def _numbers(signature: bytes) -> tuple[int, int] | None:
    """Read r and s; None unless both lie below 2**256 and are written in one way only."""
    if len(signature) == _RAW:
        halves = signature[:HALF], signature[HALF:]
        r, s = (int.from_bytes(half, "big") for half in halves)
        return r, s
    if len(signature) > _DER_MAX:
        return None
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return None
    return (r, s) if min(r, s) > 0 and max(r, s) < 1 << (8 * HALF) else None
