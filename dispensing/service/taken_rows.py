"""The rows of a prescription that is taken in, and what its sender hears."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from dispensing.days import day_of, later
from dispensing.desk import Desk
from dispensing.intake.incoming import Incoming
from dispensing.intake.message import PrescriptionMessage, dumps
from dispensing.intake.signature import Verdict
from dispensing.sealed import at
from dispensing.service.recording import records
from dispensing.service.views import Received
from dispensing.service.writing import Values
from dispensing.tables import PrescriptionRow


@dataclass(frozen=True, slots=True)
class Ready:
    """A prescription that may be written: its rows, and what its sender will hear."""

    received: Received
    row: Values
    lines: Sequence[Values]
    event: Values
    told: Sequence[Values]


def row_of(
    incoming: Incoming, desk: Desk, verdict: Verdict, now: datetime
) -> dict[str, Any]:
    """Make the row of a prescription, but for the digest of its message."""
    message, signed, repeat = incoming.message, incoming.signed, incoming.message.repeat
    id_ = uuid4()
    place = at(PrescriptionRow, "message_sealed", id_)
    return {
        "id": id_,
        "issuer": message.issuer,
        "hosp_rx_no": message.hosp_rx_no,
        "format": incoming.format,
        "message_sealed": desk.vault.seal(_evidence(incoming), place),
        "source": message.source,
        "person_no": message.insured.person_no,
        "doctor_name": message.doctor.name,
        "disease_sealed": desk.vault.seal(
            message.disease, at(PrescriptionRow, "disease_sealed", id_)
        ),
        "issued_at": message.issued_at,
        "valid_days": message.valid_days,
        "long_term": message.long_term,
        "record_no": message.record_no,
        "rx_type": message.rx_type,
        "repeat_max": repeat.max if repeat else None,
        "repeat_interval_days": repeat.interval_days if repeat else None,
        "refill_of": message.refill_of,
        "signature": verdict.state,
        "signature_reason": verdict.reason,
        "key_id": signed.key_id if signed else None,
        "state": "received",
        "outlet_code": None,
        "received_at": now,
    }


def _evidence(incoming: Incoming) -> str:
    """Give what was received, word for word; every format keeps it so."""
    return dumps(incoming.raw)


def made(message: PrescriptionMessage, row: Values, event_id: int, area: str) -> Ready:
    """Make what is written with a prescription's row, and its answer."""
    event = _event(row, event_id)
    received = Received(
        row["id"],
        seen(message, row["state"], row["received_at"]),
        row["signature"],
        created=True,
        signature_reason=row["signature_reason"],
    )
    return Ready(
        received=received,
        row=row,
        lines=[_line(row["id"], no, line) for no, line in enumerate(message.lines, 1)],
        event=event,
        told=records([("event", event)], person_no=row["person_no"], area=area),
    )


def seen(message: PrescriptionMessage, state: str, now: datetime) -> str:
    """Tell the state that people see: what is open after its last day has lapsed (R16)."""
    last = later(day_of(message.issued_at), (message.valid_days or 1) - 1)
    return "lapsed" if state == "received" and day_of(now) > last else state


def _line(prescription_id: UUID, no: int, line: Any) -> dict[str, Any]:
    return {
        "prescription_id": prescription_id,
        "no": no,
        "medicine_code": line.medicine,
        "quantity": line.quantity,
        "supply_days": line.supply_days,
        "dosage": line.dosage,
    }


def _event(row: Mapping[str, Any], id_: int) -> dict[str, Any]:
    return {
        "id": id_,
        "prescription_id": row["id"],
        "at": row["received_at"],
        "kind": "received",
        "by": row["issuer"],
        "detail": "",
    }
