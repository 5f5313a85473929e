"""An outlet's own till file of a day, kept as it was read."""

import hashlib
from datetime import date, datetime

from sqlmodel import Session

from dispensing.errors import FieldError, Malformed
from dispensing.reconcile import BadTillFile, read_till_file
from dispensing.service.closing_days import reject_closed
from dispensing.service.reconciling import reject_future
from dispensing.tables import TillFileRow, TillLineRow
from pharmacies import service as pharmacies


def keep_till_file(
    session: Session,
    *,
    outlet_code: str,
    day: date,
    raw: bytes,
    by: str,
    now: datetime,
) -> int:
    """Keep an outlet's own till file of a day; tells how many lines. The last one counts.

    Raises Malformed with every faulty line.
    """
    pharmacies.outlet(session, outlet_code)
    reject_future(day, now)
    reject_closed(session, outlet_code, day)
    try:
        lines = read_till_file(raw)
    except BadTillFile as error:
        raise Malformed(
            [
                FieldError(f"line {one.line_no}: {one.column}", one.expected)
                for one in error.faults
            ]
        ) from None
    row = TillFileRow(
        outlet_code=outlet_code,
        day=day,
        sha256=hashlib.sha256(raw).hexdigest(),
        at=now,
        by=by,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    session.add_all(
        TillLineRow(
            file_id=row.id,
            line_no=line.line_no,
            msgid=line.msgid,
            method=line.method,
            amount_fen=line.amount_fen,
        )
        for line in lines
    )
    session.commit()
    return len(lines)
