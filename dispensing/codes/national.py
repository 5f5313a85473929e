"""The national decoder of insurance codes (医保电子凭证解码, `ec.query`) over HTTP.

Field names as public clients of the interface print them: asked with transType, orgId,
businessType, operatorId, operatorName, officeId and officeName, it answers userName, idNo,
idType, insuOrg and ecToken. No list of its error numbers is public: an operator maps what
the bureau has told (`refusals`), and a number that is not listed is `forged`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from dispensing.codes.port import BUSINESS_TYPES, Asked, Decoded, DecoderAway
from dispensing.errors import CodeRejected
from dispensing.identity import is_id_number

ID_CARD = "01"  # idType: the resident identity card, whose number we know people by
SECONDS_MAX = 5


@dataclass(frozen=True, slots=True)
class NationalDecoder:
    """Asks a front machine (前置机) that holds the line to the national platform."""

    url: str
    office_code: str
    office_name: str
    refusals: Mapping[str, str]  # its numbers, as reasons of CodeRejected
    seconds_max: int = SECONDS_MAX
    transport: httpx.BaseTransport | None = None

    def decode(self, text: str, asked: Asked, now: datetime) -> Decoded:
        """Read a scanned code; raises CodeRejected, and DecoderAway where nobody answers."""
        answer = self._ask(_request(self, text, asked))
        if str(answer.get("code")) != "0":
            raise CodeRejected(self.refusals.get(str(answer.get("code")), "forged"))
        found = answer.get("data")
        if not isinstance(found, dict) or not found.get("ecToken"):
            raise DecoderAway
        id_number = str(found.get("idNo", "")).strip().upper()
        if found.get("idType") != ID_CARD or not is_id_number(id_number):
            raise CodeRejected("other_identity")
        # The text itself, not the token: another token for the same scan opens nothing.
        nonce = hashlib.sha256(f"ec.query\0{text}".encode()).hexdigest()
        return Decoded(nonce, asked, id_number=id_number)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request and never a second one: a code that was decoded is used up."""
        try:
            with httpx.Client(
                timeout=self.seconds_max, transport=self.transport, trust_env=False
            ) as client:
                response = client.post(self.url, json=request)
                response.raise_for_status()
                answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise DecoderAway from error
        if not isinstance(answer, dict):
            raise DecoderAway
        return answer


def _request(front: NationalDecoder, text: str, asked: Asked) -> dict[str, Any]:
    return {
        "transType": "ec.query",
        "orgId": asked.outlet_code,
        "data": {
            "orgId": asked.outlet_code,
            "businessType": BUSINESS_TYPES[asked.purpose],
            "operatorId": asked.operator,
            "operatorName": asked.operator,
            "officeId": front.office_code,
            "officeName": front.office_name,
            "ecQrCode": text,
        },
    }
