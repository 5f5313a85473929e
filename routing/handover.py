"""The hand-over at the door: by code, identity or proxy (代领), warm box or cold, or not at all.

The patient has a code of six digits that the courier does not know, or shows the own identity
number, which the courier does not know either; both are counted when they are wrong. A proxy
shows both identity numbers, his own and the patient's (医疗保障基金使用监督管理条例
第十七条). A cold parcel is read before it leaves the box: 2.0-8.0 °C, in tenths
of a degree (`_dc`). Pure; instants are aware datetimes.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispensing.identity import is_id_number

CODE_DIGITS = 6
WRONG_CODES_MAX = 5
COLD_DC_MIN = 20
COLD_DC_MAX = 80


class Failure(StrEnum):
    """Why a courier comes back with a parcel, as told at the door."""

    NOT_HOME = "not_home"
    REFUSED = "refused"
    BROKEN_SEAL = "broken_seal"
    WRONG_ADDRESS = "wrong_address"
    TOO_WARM = "too_warm"
    LATE = "late"  # as the desk says it: the window has passed


FAILURE_WORDS = {
    Failure.NOT_HOME: "收货人不在",
    Failure.REFUSED: "收货人拒收",
    Failure.BROKEN_SEAL: "封签破损",
    Failure.WRONG_ADDRESS: "地址有误",
    Failure.TOO_WARM: "冷链温度超标",
    Failure.LATE: "超过约定时段",
}


class Refusal(StrEnum):
    """Why a hand-over is not accepted as it was presented."""

    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    PROXY_NAMELESS = "proxy_nameless"
    PROXY_ID_INVALID = "proxy_id_invalid"
    PROXY_IS_PATIENT = "proxy_is_patient"
    PATIENT_ID_WRONG = "patient_id_wrong"
    TEMPERATURE_MISSING = "temperature_missing"
    TEMPERATURE_OUTSIDE = "temperature_outside"
    SEAL_BROKEN = "seal_broken"


REFUSAL_WORDS = {
    Refusal.CODE_LOCKED: "取药码已锁定，请由药店重新发码",
    Refusal.CODE_WRONG: "取药码不符",
    Refusal.PROXY_NAMELESS: "代领人须登记姓名",
    Refusal.PROXY_ID_INVALID: "代领人身份证号码无效",
    Refusal.PROXY_IS_PATIENT: "代领人与参保人身份证号码相同",
    Refusal.PATIENT_ID_WRONG: "出示的参保人身份证号码不符",
    Refusal.TEMPERATURE_MISSING: "冷藏药品须登记交付温度",
    Refusal.TEMPERATURE_OUTSIDE: "交付温度不在2.0-8.0°C，不得交付",
    Refusal.SEAL_BROKEN: "封签破损，不得交付",
}


@dataclass(frozen=True, slots=True)
class Due:
    """One parcel at the door, and what must be shown for it."""

    order_id: str
    code: str
    patient_id_number: str
    cold: bool
    wrong_codes: int = 0
    released: bool = False  # a pharmacist lets it go in spite of its temperature

    def __post_init__(self) -> None:
        if not _is_code(self.code):
            raise ValueError(f"order {self.order_id}: expected {CODE_DIGITS} digits")
        if self.wrong_codes < 0:
            raise ValueError(f"order {self.order_id}: wrong_codes below 0")

    @property
    def is_locked(self) -> bool:
        """Tell whether too many wrong codes have been given."""
        return self.wrong_codes >= WRONG_CODES_MAX


@dataclass(frozen=True, slots=True)
class Proxy:
    """Somebody who collects for the patient (代领人), with both identity numbers."""

    name: str
    id_number: str
    patient_id_number: str


@dataclass(frozen=True, slots=True)
class Presented:
    """What the receiver showed and the courier saw: six digits, or who the patient is."""

    code: str
    seal_intact: bool
    proxy: Proxy | None = None
    temperature_dc: int | None = None
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A parcel that reached its patient or the patient's proxy."""

    order_id: str
    at: datetime
    proxy: Proxy | None
    temperature_dc: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A hand-over that was not accepted; `wrong_codes` is the new count to keep."""

    order_id: str
    at: datetime
    refusals: tuple[Refusal, ...]
    wrong_codes: int

    @property
    def words(self) -> str:
        """Return all refusals in Chinese, as the courier reads them."""
        return "；".join(REFUSAL_WORDS[refusal] for refusal in self.refusals)

    @property
    def failure(self) -> Failure | None:
        """Return the failure that this refusal makes certain, if any."""
        if Refusal.TEMPERATURE_OUTSIDE in self.refusals:
            return Failure.TOO_WARM
        return Failure.BROKEN_SEAL if Refusal.SEAL_BROKEN in self.refusals else None


def hand_over(due: Due, presented: Presented, *, at: datetime) -> HandedOver | Refused:
    """Accept a parcel's hand-over, or refuse it with everything that is missing.

    A locked code is not compared: guessing on would tell whether it was right.
    """
    _expect_aware(at)
    if due.is_locked:
        return Refused(due.order_id, at, (Refusal.CODE_LOCKED,), due.wrong_codes)
    refusal = _of_key(due, presented)
    if refusal is not None:
        count = due.wrong_codes + 1
        if count >= WRONG_CODES_MAX:
            return Refused(due.order_id, at, (refusal, Refusal.CODE_LOCKED), count)
        return Refused(due.order_id, at, (refusal,), count)
    refusals = (*_of_proxy(due, presented.proxy), *_of_parcel(due, presented))
    if refusals:
        return Refused(due.order_id, at, refusals, due.wrong_codes)
    return HandedOver(due.order_id, at, presented.proxy, presented.temperature_dc)


def may_try_again(failure: Failure, *, cold: bool) -> bool:
    """Tell whether a parcel that was not handed over may go out a second time.

    A cold parcel's time out of the fridge is used up, and nobody vouches for what
    was too warm or lay under a broken seal.
    """
    return not cold and failure not in {Failure.BROKEN_SEAL, Failure.TOO_WARM}


def handover_code(secret: bytes, order_id: str, *, issue: int = 1) -> str:
    """Derive the code (取药码) of one order, six digits; a new issue is a new code.

    Derived with HMAC-SHA-256, the code needs no storing; who has the database
    but not the secret cannot know it.

    >>> handover_code(b"a secret of sixteen bytes", "order-1")
    '146026'
    """
    if len(secret) < 16:
        raise ValueError("expected a secret of 16 bytes or more")
    if not order_id or issue < 1:
        raise ValueError("expected an order and an issue of 1 or more")
    text = f"handover\n{order_id}\n{issue}".encode()
    number = int.from_bytes(hmac.new(secret, text, hashlib.sha256).digest(), "big")
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def code_matches(expected: str, given: str) -> bool:
    """Compare two codes in a time that does not tell how much of them agrees."""
    return hmac.compare_digest(expected.encode(), given.strip().encode())


def _of_key(due: Due, presented: Presented) -> Refusal | None:
    """Refuse who shows neither the code nor, without one, the patient's identity number."""
    proxy = presented.proxy
    shown = presented.id_number or (proxy.patient_id_number if proxy else "")
    if presented.code or not shown:
        fits = code_matches(due.code, presented.code)
        return None if fits else Refusal.CODE_WRONG
    fits = code_matches(due.patient_id_number.upper(), shown.upper())
    return None if fits else Refusal.PATIENT_ID_WRONG


def _of_proxy(due: Due, proxy: Proxy | None) -> tuple[Refusal, ...]:
    """Refuse a proxy without a name or without both identity numbers."""
    if proxy is None:
        return ()
    agent, shown = proxy.id_number.upper(), proxy.patient_id_number.upper()
    principal = due.patient_id_number.upper()
    found = {
        Refusal.PROXY_NAMELESS: not proxy.name.strip(),
        Refusal.PROXY_ID_INVALID: not is_id_number(agent),
        Refusal.PROXY_IS_PATIENT: agent == principal,
        Refusal.PATIENT_ID_WRONG: not code_matches(principal, shown),
    }
    return tuple(refusal for refusal, is_so in found.items() if is_so)


def _of_parcel(due: Due, presented: Presented) -> tuple[Refusal, ...]:
    """Refuse a parcel with a broken seal, or a cold one outside 2.0-8.0 °C."""
    found = () if presented.seal_intact else (Refusal.SEAL_BROKEN,)
    if not due.cold:
        return found
    if presented.temperature_dc is None:
        return (*found, Refusal.TEMPERATURE_MISSING)
    inside = COLD_DC_MIN <= presented.temperature_dc <= COLD_DC_MAX
    if not inside and not due.released:
        return (*found, Refusal.TEMPERATURE_OUTSIDE)
    return found


def _is_code(text: str) -> bool:
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit()


def _expect_aware(at: datetime) -> None:
    if at.utcoffset() is None:
        raise ValueError("expected an instant with its offset from UTC")
