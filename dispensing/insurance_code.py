"""The QR insurance code (医保码): issue and read.

Domain reference: a decoded code carries a business purpose, and one code must not serve two;
it lives about a minute and opens one act at one outlet.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from itsdangerous import BadData, URLSafeSerializer

from dispensing.errors import CodeRejected

Purpose = Literal[
    "settle", "download"
]  # 02121 buy at a pharmacy, 02122 fetch a prescription
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LIFE = timedelta(seconds=60)
_LEEWAY = timedelta(seconds=5)  # clocks of two machines differ


@dataclass(frozen=True, slots=True)
class InsuranceCode:
    """What one code says: whose it is, what for, where, and until when."""

    person_no: str
    purpose: Purpose
    outlet_code: str
    nonce: str
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        """The instant from which the code opens nothing."""
        return self.issued_at + LIFE


def issue(
    key: bytes, *, person_no: str, purpose: Purpose, outlet_code: str, now: datetime
) -> tuple[str, InsuranceCode]:
    """Make a fresh code, as the text to draw and as its value."""
    issued_at = now.replace(microsecond=0)
    code = InsuranceCode(
        person_no, purpose, outlet_code, secrets.token_urlsafe(12), issued_at
    )
    fields = [person_no, purpose, outlet_code, code.nonce, int(issued_at.timestamp())]
    return _serializer(key).dumps(fields), code


def read(
    key: bytes, text: str, *, purpose: Purpose, outlet_code: str, now: datetime
) -> InsuranceCode:
    """Read a scanned code for one purpose at one outlet; raises CodeRejected.

    Whether the code was used before is the caller's to record, by its nonce.
    """
    code = _parse(key, text)
    if now >= code.expires_at or now < code.issued_at - _LEEWAY:
        raise CodeRejected("expired")
    if code.purpose != purpose:
        raise CodeRejected("other_purpose")
    if code.outlet_code != outlet_code:
        raise CodeRejected("other_outlet")
    return code


def _serializer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="insurance-code")


def _parse(key: bytes, text: str) -> InsuranceCode:
    try:
        person_no, purpose, outlet_code, nonce, stamp = _serializer(key).loads(text)
    except (BadData, ValueError, TypeError) as error:
        raise CodeRejected("forged") from error
    issued_at = datetime.fromtimestamp(stamp, UTC)
    return InsuranceCode(person_no, purpose, outlet_code, nonce, issued_at)
