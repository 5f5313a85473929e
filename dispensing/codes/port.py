"""Who reads insurance codes (医保码): a port with two providers, ours and the national one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dispensing.errors import Conflict, Words
from dispensing.insurance_code import Purpose

# The business type (业务类型) of each purpose, as the decoding interface numbers them.
BUSINESS_TYPES: dict[Purpose, str] = {"settle": "02121", "download": "02122"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a code shall open: for which purpose, where, and who scans it."""

    purpose: Purpose
    outlet_code: str
    operator: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a provider says of a code; the person by number, or by identity number.

    `nonce` names the code: what was opened by it is not opened again.
    """

    nonce: str
    asked: Asked
    person_no: str | None = None
    id_number: str | None = None
    agent_no: str | None = None  # the relative who shows it in the person's stead


class Decoder(Protocol):
    """A provider of insurance codes, asked once for each scan."""

    def decode(self, text: str, asked: Asked, now: datetime) -> Decoded:
        """Read a scanned code; raises CodeRejected, and DecoderAway where it cannot tell."""


class DecoderAway(Conflict):
    """The provider of insurance codes does not answer: nothing was opened."""

    code = "decoder-away"

    def __init__(self) -> None:
        super().__init__(
            Words(
                "医保码解码服务没有响应，没有扣款。",
                "The service that reads insurance codes does not answer; nothing was charged.",
                "请让患者刷新医保码后重新扫码，或改用社保卡。",
                "Ask the patient for a fresh code and scan again, or take the card.",
            )
        )
