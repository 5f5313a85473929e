"""The access code (取药码) of prescriptions: what its text looks like, and why it is refused.

A prescription is shown by a code of its own, which opens the look at it and nothing else:
to settle it takes the insured's voucher. The code has 130 bits of chance and two signs to
check them by; only its SHA-256 is kept. Letters and digits are Crockford's base32, so that
it survives a phone call, a lost shift key, and a scanner with CapsLock on.
"""

import hashlib
import secrets

from dispensing.errors import DomainError, Words

PREFIX = "YDX"
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DAYS_MAX = 7
PRESCRIPTIONS_MAX = 10
LIVE_MAX = 20  # codes of one person that may be open at once
REFUSED_MAX = 5  # wrong helpers, after which a code is closed
_BODY_SIGNS = 26
_CHECK_SIGNS = 2
LENGTH = len(PREFIX) + _BODY_SIGNS + _CHECK_SIGNS
_GROUP = 5
_LOOKALIKES = str.maketrans("OIL", "011")

REFUSALS = {
    "misread": Words(
        "取药码不完整，或有读错的字。",
        "The access code is incomplete or was misread.",
        "请重新扫码，或逐字核对码下面的那串字。",
        "Scan it again, or compare the letters printed below it one by one.",
    ),
    "unknown": Words(
        "没有这个取药码。",
        "There is no such access code.",
        "请让患者在手机上重新生成取药码。",
        "Ask the patient for a new access code.",
    ),
    "expired": Words(
        "取药码已过期。",
        "The access code has expired.",
        "请让患者在手机上重新生成取药码。",
        "Ask the patient for a new access code.",
    ),
    "withdrawn": Words(
        "患者已撤回这个取药码。",
        "The patient has withdrawn this access code.",
        "请与患者联系；需要时由患者重新生成。",
        "Ask the patient, who makes a new one where it is wanted.",
    ),
    "revoked": Words(
        "医生已撤销这张处方，取药码不能再用。",
        "The doctor has revoked this prescription; its code opens nothing any more.",
        "请患者联系开方医生。",
        "The patient asks the prescriber.",
    ),
    "lapsed": Words(
        "处方已过有效期，取药码不能再用。",
        "The prescription has lapsed; its code opens nothing any more.",
        "请患者联系开方医生重新开方。",
        "The patient asks the prescriber for a new one.",
    ),
    "review-refused": Words(
        "药师审方没有通过这张处方，不能配药。",
        "A pharmacist refused this prescription; it cannot be dispensed.",
        "请患者联系开方医生，由医生撤销后重新开方。",
        "The patient asks the prescriber, who revokes it and writes another one.",
    ),
    "nothing-left": Words(
        "取药码里的处方都已结算、取药，或由另一家药店办理。",
        "What this code shows is settled, collected or held by another pharmacy.",
        "请患者在“我的处方”里查看每张处方的状态。",
        "The patient sees on the own page how each prescription stands.",
    ),
    "other-outlet": Words(
        "这个取药码是给另一家药店的。",
        "The access code was made for another pharmacy.",
        "请到指定的药店，或由患者重新生成取药码。",
        "Go to that pharmacy, or ask the patient for a new code.",
    ),
    "helper-needed": Words(
        "这个取药码交给了代办人，请核对代办人的身份。",
        "This code was given to a helper, whose identity has to be shown.",
        "请输入代办人的姓名、手机号后四位和身份证号。",
        "Enter the helper's name, the phone's last four digits and the ID number.",
    ),
    "other-helper": Words(
        "姓名或手机号后四位与患者登记的代办人不符。",
        "Name or phone are not those of the helper whom the patient has named.",
        "请核对代办人证件；不符时请患者重新生成取药码。",
        "Check the helper's papers; else the patient has to make a new code.",
    ),
    "locked": Words(
        "代办人核对错误次数过多，取药码已停用。",
        "Too many wrong helpers were named: the access code is closed.",
        "请患者重新生成取药码。",
        "The patient has to make a new code.",
    ),
    "too-many": Words(
        f"未过期的取药码已有 {LIVE_MAX} 个。",
        f"There are {LIVE_MAX} open access codes already.",
        "请先撤回不用的取药码。",
        "Withdraw those that are not used.",
    ),
}


class AccessRefused(DomainError):
    """An access code (取药码) that opens nothing here and now."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(REFUSALS[reason], code=f"access-{reason}")


def new_code() -> str:
    """Make a fresh access code.

    >>> code = new_code()
    >>> read_code(code.lower()) == code
    True
    """
    body = "".join(secrets.choice(SIGNS) for _ in range(_BODY_SIGNS))
    return f"{PREFIX}{body}{_check(body)}"


def read_code(text: str) -> str:
    """Give a code as it is kept, from what was scanned, typed or read aloud; raises AccessRefused.

    >>> read_code("ydx-00000")
    Traceback (most recent call last):
    dispensing.access.AccessRefused: The access code is incomplete or was misread.
    """
    code = folded(text)
    body = code[len(PREFIX) : -_CHECK_SIGNS]
    whole = len(code) == LENGTH and code.startswith(PREFIX)
    if not whole or set(body) - set(SIGNS) or not code.endswith(_check(body)):
        raise AccessRefused("misread")
    return code


def folded(text: str) -> str:
    """Fold letters that are taken for each other; leave out what only parts groups.

    >>> folded("ydx-oil 7")
    'YDX0117'
    """
    kept = "".join(text.split()).replace("-", "").upper()
    return kept.translate(_LOOKALIKES)


def grouped(code: str) -> str:
    """Show a code in groups, to be read aloud.

    >>> grouped("YDX0123456789")
    'YDX 01234 56789'
    """
    body = code[len(PREFIX) :]
    parts = [body[at : at + _GROUP] for at in range(0, len(body), _GROUP)]
    return " ".join([PREFIX, *parts])


def index_of(code: str) -> str:
    """Give what is kept of a code: its SHA-256. 130 bits of chance cannot be tried out."""
    return hashlib.sha256(code.encode()).hexdigest()


def _check(body: str) -> str:
    number = int.from_bytes(hashlib.sha256(body.encode()).digest()[:2])
    return SIGNS[number & 31] + SIGNS[(number >> 5) & 31]
