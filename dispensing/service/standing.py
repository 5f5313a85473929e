"""In which state of its life a prescription is: read from its row, asked of `dispensing.life`."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import CHINA, day_of
from dispensing.desk import Desk, Work
from dispensing.errors import Conflict, NotFound
from dispensing.life import (
    LifeRules,
    Repeat,
    Standing,
    fills_left,
    last_day,
    next_day,
    permit,
    refusal,
    state_of,
)
from dispensing.service.facts import Rx
from dispensing.service.receiving import prescription_row
from dispensing.tables import OrderRow, PrescriptionRow, SettlementRow

ENDED_ORDERS = ("returned", "cancelled")
DEFAULT_VALID_DAYS = 1  # where the prescriber names none: the day of issue


def standing_of(
    rx: Rx | PrescriptionRow,
    rules: LifeRules,
    *,
    order_state: str | None = None,
    is_reversing: bool = False,
) -> Standing:
    """Tell what the state of a prescription follows from; the row may be either's."""
    valid_days = rx.valid_days or DEFAULT_VALID_DAYS
    return Standing(
        row_state=rx.state,
        last_day=last_day(day_of(rx.issued_at), valid_days),
        reviews_needed=rules.reviews_needed(rx.source),
        reviews=rx.reviews,
        review_refused=rx.review_refused_at is not None,
        is_checked=rx.outlet_code is not None,
        claimed_by=rx.claimed_by,
        claimed_until=rx.claimed_until,
        has_taken_part=rx.filling > rx.round_from,
        filled=rx.rounds_filled,
        order_state=order_state,
        is_reversing=is_reversing,
    )


def state_now(work: Work, row: PrescriptionRow) -> str:
    """Tell the state of a prescription at this instant."""
    return read_state(work.session, row, work.desk.life, work.now)


def read_state(
    session: Session, row: PrescriptionRow, rules: LifeRules, now: datetime
) -> str:
    """Tell the state of a prescription at an instant, by an operator's rules."""
    if row.state != "settled":
        return state_of(standing_of(row, rules), now)
    order_state, is_reversing = _held(session, row)
    found = standing_of(row, rules, order_state=order_state, is_reversing=is_reversing)
    return state_of(found, now)


def permit_now(work: Work, operation: str, row: PrescriptionRow) -> str:
    """Tell the state, after the table has let the operation through; raises Conflict."""
    state = state_now(work, row)
    permit(operation, state)
    return state


def may(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    operation: str,
    now: datetime,
) -> str:
    """Ask whether an operation is let through now: its state, or Conflict with the reason."""
    row = prescription_row(session, prescription_id)
    return permit_now(Work(session, desk, now), operation, row)


def reject_claimed_elsewhere(
    rx: Rx | PrescriptionRow, outlet_code: str, now: datetime
) -> None:
    """Raise Conflict, which says until when, where another pharmacy holds it."""
    until = rx.claimed_until
    if until is not None and is_claimed_elsewhere(rx, outlet_code, now):
        raise claimed_elsewhere(until)


def is_claimed_elsewhere(
    rx: Rx | PrescriptionRow, outlet_code: str, now: datetime
) -> bool:
    """Tell whether another pharmacy holds it at an instant."""
    until = rx.claimed_until
    return until is not None and now < until and rx.claimed_by != outlet_code


def reject_stranger(row: PrescriptionRow, outlet_code: str) -> None:
    """Raise NotFound for an outlet where a prescription lies on another one's desk."""
    if row.outlet_code not in (None, outlet_code):
        raise NotFound("处方", "prescription")


def claimed_elsewhere(until: datetime) -> Conflict:
    """Say that another pharmacy holds a prescription, and until when."""
    at = f"{until.astimezone(CHINA):%Y-%m-%d %H:%M}"
    return refusal("claimed-elsewhere", zh=f"锁定到 {at}。", en=f"It does until {at}.")


def repeat_of(rx: Rx | PrescriptionRow) -> Repeat:
    """Tell how often a prescription may be filled, and was."""
    return Repeat(
        rx.repeat_max or 1,
        rx.repeat_interval_days or 0,
        rx.rounds_filled,
        rx.filled_on,
    )


def reject_too_early(rx: Rx | PrescriptionRow, rules: LifeRules, now: datetime) -> None:
    """Raise Conflict, which names the day, before the day of the next filling."""
    if rx.filling > rx.round_from:
        return  # the rest of a filling that has begun
    from_day = next_day(repeat_of(rx), rules.refill_lead_days)
    if from_day is not None and day_of(now) < from_day:
        raise refusal(
            "too-early", zh=f"最早是 {from_day}。", en=f"The first day is {from_day}."
        )


def is_repeated(rx: Rx | PrescriptionRow) -> bool:
    """Tell whether another filling may follow the present one."""
    return fills_left(repeat_of(rx)) > 1


def held_longer(work: Work, row: PrescriptionRow) -> None:
    """Let a claim that stands begin anew: work at the prescription keeps it."""
    until = row.claimed_until
    if until is not None and work.now < until:
        row.claimed_until = max(until, work.now + work.desk.life.claim_lasts)


def _held(session: Session, row: PrescriptionRow) -> tuple[str | None, bool]:
    order = select(OrderRow.state).where(
        col(OrderRow.prescription_id) == row.id,
        col(OrderRow.filling) == row.filling,
        col(OrderRow.state).not_in(ENDED_ORDERS),
    )
    reversing = select(SettlementRow.id).where(
        col(SettlementRow.prescription_id) == row.id,
        col(SettlementRow.state) == "reversing",
    )
    return session.exec(order).first(), session.exec(reversing).first() is not None
