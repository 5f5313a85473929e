"""What a notice says: which prescription, what happened, where it stands; nobody's name."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispensing.days import CHINA


@dataclass(frozen=True, slots=True)
class LineState:
    """How many packs of a line were prescribed, and how many were taken so far."""

    no: int
    quantity: int
    taken: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A prescription as notices tell of it; no patient, no diagnosis, no medicine."""

    prescription_id: UUID
    issuer: str
    hosp_rx_no: str
    state: str
    outlet_code: str | None
    lines: Sequence[LineState]


def notice_body(of: Subject, *, kind: str, at: datetime, seq: int) -> str:
    """Write the body that is signed and sent; it is kept, so that each try sends the same.

    `seq` counts the events of one prescription from 1. `state` is where the prescription
    stood when the notice was written, which may be later than the event.
    """
    told = {
        "type": f"prescription.{kind}",
        "timestamp": at.astimezone(CHINA).isoformat(),
        "data": {
            "prescription_id": str(of.prescription_id),
            "issuer": of.issuer,
            "hosp_rx_no": of.hosp_rx_no,
            "seq": seq,
            "event": kind,
            "state": of.state,
            "outlet": of.outlet_code,
            "lines": [
                {"no": line.no, "quantity": line.quantity, "taken": line.taken}
                for line in of.lines
            ],
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
