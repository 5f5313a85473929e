"""The QR insurance code (医保码) of our own issuer: issue and read.

Domain reference: a decoded code carries a business purpose, and one code must not serve two;
it lives about a minute and opens one act at one outlet, for one operator where it names one.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, get_args

from itsdangerous import BadData, URLSafeSerializer

from dispensing.errors import CodeRejected

Purpose = Literal[
    "settle", "download"
]  # 02121 buy at a pharmacy, 02122 fetch a prescription
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LIFE = timedelta(seconds=60)
LEEWAY = timedelta(seconds=5)  # clocks of two machines differ
# One letter of each case: by them a scanner's CapsLock is known, and a lost shift.
PREFIX = "Ym1."
SIGNATURE_SIGNS = 43  # HMAC-SHA256
NONCE_BYTES = 16  # 128 bits (ASVS 11.5.1)


@dataclass(frozen=True, slots=True)
class InsuranceCode:
    """What one code says: whose it is, what for, where, and until when.

    `agent_no` is the relative who shows it in the person's stead (代办), `operator` the
    account that alone may scan it.
    """

    person_no: str
    purpose: Purpose
    outlet_code: str
    nonce: str
    issued_at: datetime
    agent_no: str | None = None
    operator: str | None = None

    @property
    def expires_at(self) -> datetime:
        """The instant from which the code opens nothing."""
        return self.issued_at + LIFE


def issue(
    key: bytes,
    *,
    person_no: str,
    purpose: Purpose,
    outlet_code: str,
    now: datetime,
    agent_no: str | None = None,
    operator: str | None = None,
) -> tuple[str, InsuranceCode]:
    """Make a fresh code, as the text to draw and as its value."""
    code = InsuranceCode(
        person_no,
        purpose,
        outlet_code,
        secrets.token_urlsafe(NONCE_BYTES),
        now.replace(microsecond=0),
        agent_no,
        operator,
    )
    fields = [
        *(person_no, purpose, outlet_code, code.nonce),
        int(code.issued_at.timestamp()),
        *(agent_no, operator),
    ]
    return PREFIX + _serializer(key).dumps(fields), code


def read(
    key: bytes,
    text: str,
    *,
    purpose: Purpose,
    outlet_code: str,
    now: datetime,
    operator: str | None = None,
) -> InsuranceCode:
    """Read a scanned code for one purpose at one outlet; raises CodeRejected.

    Whether the code was used before is the caller's to record, by its nonce.
    """
    code = _parse(key, text)
    if now >= code.expires_at:
        raise CodeRejected("expired")
    if now < code.issued_at - LEEWAY:
        raise CodeRejected("not_yet")
    if code.purpose != purpose:
        raise CodeRejected("other_purpose")
    if code.outlet_code != outlet_code:
        raise CodeRejected("other_outlet")
    if code.operator not in {None, operator}:
        raise CodeRejected("other_operator")
    return code


def _serializer(key: bytes) -> URLSafeSerializer:
    by = {"digest_method": sha256}
    return URLSafeSerializer(key, salt="insurance-code", signer_kwargs=by)


def _parse(key: bytes, text: str) -> InsuranceCode:
    if not text.startswith(PREFIX):
        raise CodeRejected("forged")
    try:
        fields = _serializer(key).loads(text.removeprefix(PREFIX))
        person_no, purpose, outlet_code, nonce, stamp, agent_no, operator = fields
    except (BadData, ValueError, TypeError) as error:
        raise CodeRejected("forged") from error
    issued_at = datetime.fromtimestamp(stamp, UTC)
    return InsuranceCode(
        person_no, purpose, outlet_code, nonce, issued_at, agent_no, operator
    )
