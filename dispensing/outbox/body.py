"""What a notice says: which prescription, what happened, where it stands; nobody's name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dispensing.days import CHINA

_FIRMS = ("order", "outlet", "seq", "event")


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


def notice_body(
    of: Subject,
    *,
    kind: str,
    at: datetime,
    seq: int,
    order_id: UUID | None = None,
) -> str:
    """Write the body that is signed and sent; it is kept, so that each try sends the same.

    `seq` counts the events of one prescription from 1. `state` is where the prescription
    stood when the notice was written, which may be later than the event. What happens to
    a delivery names its order.
    """
    told: dict[str, Any] = {
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
    if order_id is not None:
        told["data"]["order"] = str(order_id)
    return _written(told)


def firms_body(body: str) -> str:
    """Leave of a body what a delivery firm may know: its order, where it is fetched, what happened.

    Who prescribed how much, under which number, is not told: a parcel is nobody's illness.
    """
    told = json.loads(body)
    data = told["data"]
    return _written({**told, "data": {name: data[name] for name in _FIRMS}})


def _written(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
