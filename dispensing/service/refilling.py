"""Close what is owed of a prescription that was handed out in part."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.desk import Desk, Work
from dispensing.prescription import step
from dispensing.service.claiming import release
from dispensing.service.filling import end_round
from dispensing.service.receiving import note, prescription_row
from dispensing.service.standing import permit_now, reject_stranger

# Why the rest is never handed out, in both languages.
CLOSURES: Mapping[str, tuple[str, str]] = {
    "not_wanted": ("患者不要剩余药品", "the patient does not want the rest"),
    "out_of_stock": ("长期缺货", "out of stock for long"),
    "doctor_stopped": ("医生停药", "the doctor has stopped it"),
    "other": ("其他", "other"),
}


def close_rest(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Close the rest of a part with a coded reason; nothing of it was settled.

    The pharmacy on whose desk it lies may do so. Where it may be filled again, the next
    filling is open from its own day.
    """
    assert reason in CLOSURES
    row = prescription_row(session, prescription_id, lock=True)
    reject_stranger(row, outlet_code)
    work = Work(session, desk, now)
    permit_now(work, "close_rest", row)
    row.filling -= 1  # the one that was open for the rest is not used
    row.state = step(step(step(row.state, "settling"), "settled"), "dispensed")
    end_round(work, row)
    release(session, row, now)
    session.add(note(row.id, now, "rest_closed", by=by, detail=reason))
    session.commit()
