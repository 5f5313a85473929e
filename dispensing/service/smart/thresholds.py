"""The thresholds of the rules as a bureau has set them: the last of each counts."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from dispensing.errors import FieldError, Malformed
from dispensing.smart.rules import (
    AuditRule,
    UnknownParameter,
    check,
    shipped,
    with_values,
)
from dispensing.tables import SmartThresholdRow


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """One threshold that was set: by whom, when, and why."""

    rule: str
    name: str
    value: int
    reason: str
    by: str
    at: datetime


def rules_of(session: Session, place: str) -> tuple[AuditRule, ...]:
    """Give the rules as they hold in an area: shipped values, and what its bureau has set."""
    last = {
        (one.rule, one.name): (one.value, one.reason) for one in set_in(session, place)
    }
    return with_values(shipped(), last)


def set_in(session: Session, place: str) -> tuple[ThresholdView, ...]:
    """List what an area's bureau has set, the first first."""
    query = select(SmartThresholdRow).where(col(SmartThresholdRow.place) == place)
    rows = session.exec(query.order_by(col(SmartThresholdRow.id)))
    return tuple(
        ThresholdView(row.rule, row.name, row.value, row.reason, row.by, row.at)
        for row in rows
    )


def set_threshold(
    session: Session,
    rule: str,
    name: str,
    value: int,
    *,
    reason: str,
    place: str,
    by: str,
    now: datetime,
) -> None:
    """Set a threshold with its reason; the same once more changes nothing."""
    try:
        check(rule, name, value, reason)
    except UnknownParameter as error:
        raise Malformed([FieldError("value", str(error))]) from error
    held = {(one.rule, one.name): one for one in set_in(session, place)}
    last = held.get((rule, name))
    if last is None or (last.value, last.reason) != (value, reason):
        session.add(
            SmartThresholdRow(
                place=place,
                rule=rule,
                name=name,
                value=value,
                reason=reason,
                by=by,
                at=now,
            )
        )
    session.commit()
