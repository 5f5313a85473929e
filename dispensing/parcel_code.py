"""The code of a parcel (包裹码), as the pharmacy's label prints it and a courier scans it.

`YDP`, the order's number in Crockford's base32, two signs to check it by. It opens nothing:
it only says which order lies in the bag, also to a phone that is out of reach.
"""

import hashlib
from uuid import UUID

from dispensing.access import SIGNS, folded

PREFIX = "YDP"
_BODY_SIGNS = 26  # 130 bits for 128
_CHECK_SIGNS = 2
LENGTH = len(PREFIX) + _BODY_SIGNS + _CHECK_SIGNS


def parcel_code(order_id: UUID) -> str:
    """Write the code of an order's parcel.

    >>> parcel_code(UUID(int=7))
    'YDP00000000000000000000000007YC'
    """
    number, signs = order_id.int, []
    for _ in range(_BODY_SIGNS):
        number, sign = divmod(number, len(SIGNS))
        signs.append(SIGNS[sign])
    body = "".join(reversed(signs))
    return f"{PREFIX}{body}{_check(body)}"


def read_parcel_code(text: str) -> UUID | None:
    """Read an order's number from a code as it was scanned or typed; None where it is none.

    >>> read_parcel_code("ydp-00000000000000000000000007yc")
    UUID('00000000-0000-0000-0000-000000000007')
    """
    code = folded(text)
    body = code[len(PREFIX) : -_CHECK_SIGNS]
    whole = len(code) == LENGTH and code.startswith(PREFIX)
    if not whole or set(body) - set(SIGNS) or not code.endswith(_check(body)):
        return None
    number = 0
    for sign in body:
        number = number * len(SIGNS) + SIGNS.index(sign)
    return UUID(int=number) if number < 2**128 else None


def _check(body: str) -> str:
    number = int.from_bytes(hashlib.sha256(body.encode()).digest()[:2])
    return SIGNS[number & 31] + SIGNS[(number >> 5) & 31]
