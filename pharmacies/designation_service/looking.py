"""What is asked of all agreements: which run out, which stop orders, which went astray."""

from datetime import date, timedelta

from sqlalchemy import Date, bindparam, text
from sqlmodel import Session, col, select

from pharmacies import rows
from pharmacies.designation_service.views import (
    AgreementView,
    agreement_view,
    agreements_of,
)
from pharmacies.tables import AgreementRow, DesignationActRow

_STOPPED = text(
    "SELECT 1 FROM suspension WHERE outlet_code = :outlet AND stops_orders"
    " AND first_day <= :day AND (last_day IS NULL OR last_day >= :day)"
).bindparams(bindparam("day", type_=Date))

_IN_FORCE = """SELECT 1 FROM agreement AS a
WHERE a.outlet_code = :outlet AND a.kind = 'general' AND a.begins <= :day
AND (a.ends IS NULL OR a.ends >= :day) AND NOT EXISTS (
SELECT 1 FROM suspension AS s WHERE s.outlet_code = a.outlet_code
AND s.kind = a.kind AND s.begins = a.begins
AND s.first_day <= :day AND (s.last_day IS NULL OR s.last_day >= :day))"""
_LAPSED = text(
    "SELECT 1 FROM agreement WHERE outlet_code = :outlet AND kind = 'general'"
    f" AND begins <= :day AND NOT EXISTS ({_IN_FORCE})"
).bindparams(bindparam("day", type_=Date))


def running_out(
    session: Session, day: date, days: int, *, pooling: str = ""
) -> tuple[AgreementView, ...]:
    """List the agreements whose last day comes within so many days, the first one first."""
    last = day + timedelta(days=min(days, (date.max - day).days))
    query = select(AgreementRow).where(col(AgreementRow.ends).between(day, last))
    query = query.where(col(AgreementRow.begins) <= day)
    if pooling:
        query = query.where(col(AgreementRow.outlet_code).like(f"_{pooling}%"))
    order = (AgreementRow.ends, AgreementRow.outlet_code, AgreementRow.kind)
    listed = session.exec(query.order_by(*map(col, order))).all()
    return tuple(agreement_view(rows.agreement_of(row, ())) for row in listed)


def stops_orders(session: Session, outlet_code: str, day: date) -> bool:
    """Tell whether what an outlet has settled must wait on a day: its goods are in doubt."""
    asked = {"outlet": outlet_code, "day": day}
    return session.connection().execute(_STOPPED, asked).first() is not None


def has_lapsed(session: Session, outlet_code: str, day: date) -> bool:
    """Tell whether the designation (定点) that an outlet had is suspended or over on a day."""
    asked = {"outlet": outlet_code, "day": day}
    return session.connection().execute(_LAPSED, asked).first() is not None


def astray(session: Session) -> tuple[str, ...]:
    """Find agreements that are not as their last act has left them; empty where all are."""
    last: dict[tuple[str, str, date | None], DesignationActRow] = {}
    query = select(DesignationActRow).where(col(DesignationActRow.begins).is_not(None))
    for act in session.exec(query.order_by(col(DesignationActRow.id))):
        last[act.outlet_code, act.kind, act.begins] = act
    found = []
    for (code, kind, begins), act in last.items():
        held = {each.begins: each for each in agreements_of(session, code, kind)}  # type: ignore[arg-type]
        stands = held.get(begins)  # type: ignore[arg-type]
        if stands is None or rows.told_agreement(stands) != act.after:
            found.append(f"{code} {kind} {begins}: not as act {act.act_id} left it")
    return tuple(found)
