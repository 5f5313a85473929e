"""What a scenario knows of our own interface: who speaks, which prescriptions, what was said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx

from dispensing.days import CHINA
from web.conformance.given import Given
from web.conformance.script import Missed

REASON = "药师已核对"
QUANTITY = 3
_numbers = count(1)


@dataclass
class Api:
    """One scenario's client, its prescriptions by name, and the last answer."""

    client: httpx.Client
    given: Given
    begun: datetime
    wait: Callable[[int], object]
    ids: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    packs: dict[str, list[str]] = field(default_factory=dict)
    settled: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    kind: str = ""
    said: Any = None

    def ask(self, who: str | None, method: str, path: str, body: Any = None) -> None:
        """Send one request in somebody's name, and keep what is answered."""
        token = self.given.tokens[who] if who else None
        headers = {"Authentication-Token": token} if token else {}
        try:
            answer = self.client.request(
                method, f"/api{path}", json=body, headers=headers
            )
            self.status, self.kind = answer.status_code, answer.headers["content-type"]
            self.said = answer.json() if answer.content else None
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Missed(f"没有可读的应答（{type(error).__name__}）") from None

    def done(self) -> Any:
        """Give what a successful request has answered."""
        if self.status >= 300:
            raise Missed(f"HTTP {self.status}：{self.said}")
        return self.said

    def message(self, name: str) -> dict[str, Any]:
        """Make an external prescription under a number of its own."""
        no = next(_numbers)
        unique = f"{self.begun.astimezone(CHINA):%Y%m%d%H%M%S}-{no:04d}"
        person = self.given.people["居民"]
        return {
            "hosp_rx_no": f"{self.given.issuer}-{unique}",
            "source": "external",
            "issuer": self.given.issuer,
            "doctor": {"code": "D330302000001", "name": "林医生"},
            "insured": {
                "person_no": person["person_no"],
                "id_number": person["id_number"],
                "name": person["name"],
            },
            "disease": "hypertension",
            "diagnosis": "I10.x00",
            "issued_at": self.begun.astimezone(CHINA).isoformat(timespec="seconds"),
            "valid_days": 3,
            "long_term": False,
            "record_no": f"WZ{unique}",
            "lines": [
                {
                    "medicine": self.given.medicine,
                    "quantity": QUANTITY,
                    "supply_days": 28,
                    "dosage": "5mg 每日一次",
                }
            ],
            "signature": None,
        }

    def new_packs(self) -> list[str]:
        """Make the trace codes of the packs of one prescription."""
        first = f"8{self.begun.astimezone(CHINA):%y%m%d%H%M%S}"
        return [f"{first}{next(_numbers):07d}" for _ in range(QUANTITY)]
