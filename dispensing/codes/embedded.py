"""Codes of our own issuer, read with our own key."""

from dataclasses import dataclass, field
from datetime import datetime

from dispensing import insurance_code
from dispensing.codes.port import Asked, Decoded


@dataclass(frozen=True, slots=True)
class EmbeddedDecoder:
    """Reads what `insurance_code.issue` has made."""

    key: bytes = field(repr=False)

    def decode(self, text: str, asked: Asked, now: datetime) -> Decoded:
        """Read a scanned code; raises CodeRejected."""
        code = insurance_code.read(
            self.key,
            text,
            purpose=asked.purpose,
            outlet_code=asked.outlet_code,
            operator=asked.operator,
            now=now,
        )
        return Decoded(
            code.nonce, asked, person_no=code.person_no, agent_no=code.agent_no
        )
