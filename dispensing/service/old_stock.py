"""The no-code list (无码库存): old stock that may be sold without a trace code, and until when.

Bought before codes were asked for. Each entry names its source and ends on a day; an entry
is never changed, only ended early. What is sold by it is written down pack by pack.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.tables import NoCodeEndRow, NoCodeRow
from pharmacies import service as pharmacies


@dataclass(frozen=True, slots=True)
class OldStock:
    """Which packs may be sold without a code: of every batch or outlet where none is named."""

    medicine_code: str
    batch: str | None
    outlet_code: str | None
    first_day: date
    last_day: date
    source: str


@dataclass(frozen=True, slots=True)
class NoCodeView:
    """An entry of the list; `ended_at` where it ended before its last day."""

    id: UUID
    stock: OldStock
    medicine_name: str
    at: datetime
    by: str
    ended_at: datetime | None
    ended_by: str | None
    ended_because: str | None


def allow_no_code(
    session: Session, stock: OldStock, *, by: str, now: datetime
) -> NoCodeView:
    """Enter old stock into the list; the medicine and the outlet must be known."""
    pharmacies.medicine(session, stock.medicine_code)
    if stock.outlet_code is not None:
        pharmacies.outlet(session, stock.outlet_code)
    if stock.first_day > stock.last_day:
        raise Malformed([FieldError("last_day", "not before the first day")])
    row = NoCodeRow(
        medicine_code=stock.medicine_code,
        batch=stock.batch,
        outlet_code=stock.outlet_code,
        first_day=stock.first_day,
        last_day=stock.last_day,
        source=stock.source,
        at=now,
        by=by,
    )
    session.add(row)
    session.flush()
    view = _view(session, row, None)
    session.commit()
    return view


def end_no_code(
    session: Session, entry_id: UUID, *, reason: str, by: str, now: datetime
) -> NoCodeView:
    """End an entry before its last day, once; sales that it allowed stay as they are."""
    row = session.get(NoCodeRow, entry_id, with_for_update=True)
    if row is None:
        raise NotFound("无码目录条目", "entry of the no-code list")
    if session.get(NoCodeEndRow, entry_id) is not None:
        raise _ended_before()
    end = NoCodeEndRow(no_code_id=entry_id, at=now, by=by, reason=reason)
    session.add(end)
    session.flush()
    view = _view(session, row, end)
    session.commit()
    return view


def no_code_list(session: Session) -> tuple[NoCodeView, ...]:
    """List the entries, the latest first."""
    query = (
        select(NoCodeRow, NoCodeEndRow)
        .join(
            NoCodeEndRow,
            col(NoCodeEndRow.no_code_id) == col(NoCodeRow.id),
            isouter=True,
        )
        .order_by(col(NoCodeRow.at).desc(), col(NoCodeRow.id))
    )
    return tuple(_view(session, row, end) for row, end in session.exec(query))


def allowing(
    session: Session,
    medicine_code: str,
    batches: Sequence[str],
    *,
    outlet_code: str,
    on: date,
) -> tuple[tuple[str, UUID], ...]:
    """Give those packs that may be sold without a code, each with the entry that allows it."""
    if not batches:
        return ()
    query = (
        select(NoCodeRow.batch, NoCodeRow.id)
        .join(
            NoCodeEndRow,
            col(NoCodeEndRow.no_code_id) == col(NoCodeRow.id),
            isouter=True,
        )
        .where(
            col(NoCodeRow.medicine_code) == medicine_code,
            col(NoCodeRow.first_day) <= on,
            col(NoCodeRow.last_day) >= on,
            col(NoCodeEndRow.no_code_id).is_(None),
            or_(
                col(NoCodeRow.outlet_code).is_(None),
                col(NoCodeRow.outlet_code) == outlet_code,
            ),
        )
    )
    listed = dict(session.exec(query).all())
    found = ((batch, listed.get(batch) or listed.get(None)) for batch in batches)
    return tuple((batch, entry) for batch, entry in found if entry is not None)


def _view(session: Session, row: NoCodeRow, end: NoCodeEndRow | None) -> NoCodeView:
    stock = OldStock(
        row.medicine_code,
        row.batch,
        row.outlet_code,
        row.first_day,
        row.last_day,
        row.source,
    )
    return NoCodeView(
        id=row.id,
        stock=stock,
        medicine_name=pharmacies.medicine(session, row.medicine_code).name,
        at=row.at,
        by=row.by,
        ended_at=end.at if end else None,
        ended_by=end.by if end else None,
        ended_because=end.reason if end else None,
    )


def _ended_before() -> Conflict:
    return Conflict(
        Words(
            "这个条目已经终止。",
            "This entry was ended before.",
            "请刷新列表。",
            "Refresh the list.",
        ),
        code="ended-before",
    )
