"""Who will come back when: demand of running long prescriptions, by outlet and medicine."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from dispensing.service.parts import lines_settled
from dispensing.tables import PrescriptionRow, SettlementRow
from pharmacies.batches import unfit
from pharmacies.replenishing import (
    Due,
    Figures,
    Need,
    Reorder,
    needs,
    reorders,
)
from pharmacies.reserving import batches

LOOK_BACK_DAYS = 180  # longer than any supply, with time to be late


def due(
    session: Session,
    day: date,
    *,
    outlet_code: str | None = None,
    pooling_area: str = "",
) -> tuple[Due, ...]:
    """Tell whose supply of what ends when: long prescriptions and those to be filled again.

    Reckoned from the last settlement of each person's medicine that was not reversed: whoever
    had so many packs for so many days will want as many where they were, the day after. That
    is a forecast by the operator, no rule of a text.
    """
    query = (
        select(SettlementRow)
        .join(
            PrescriptionRow,
            col(PrescriptionRow.id) == col(SettlementRow.prescription_id),
        )
        .where(
            col(SettlementRow.state) == "posted",
            col(SettlementRow.on) > day - timedelta(days=LOOK_BACK_DAYS),
            col(SettlementRow.on) <= day,
            col(PrescriptionRow.long_term)
            | (col(PrescriptionRow.rounds_filled) < col(PrescriptionRow.repeat_max)),
        )
        .order_by(col(SettlementRow.opened_at))
    )
    if outlet_code is not None:
        query = query.where(col(SettlementRow.outlet_code) == outlet_code)
    rows = [
        row
        for row in session.exec(query)
        if row.outlet_code[1:].startswith(pooling_area)
    ]
    return _latest(session, rows)


def demand(
    session: Session,
    day: date,
    *,
    days: int,
    outlet_code: str | None = None,
    pooling_area: str = "",
) -> tuple[Need, ...]:
    """Forecast what is wanted within some days, by outlet and medicine."""
    found = due(session, day, outlet_code=outlet_code, pooling_area=pooling_area)
    return needs(found, day, days)


def replenishment(
    session: Session, outlet_code: str, day: date, figures: Figures
) -> tuple[Reorder, ...]:
    """List what an outlet should order: forecast until it lasts, less what is free."""
    days = figures.lead_days + figures.cover_days
    expected = demand(session, day, days=days, outlet_code=outlet_code)
    there: dict[str, tuple[int, int]] = {}
    codes = {one.medicine_code for one in expected}
    for one in batches(session, outlet_code, codes):
        if unfit(one, day, 1) is None:
            on_hand, reserved = there.get(one.medicine_code, (0, 0))
            there[one.medicine_code] = on_hand + one.on_hand, reserved + one.reserved
    return reorders(expected, there)


def _latest(session: Session, rows: Sequence[SettlementRow]) -> tuple[Due, ...]:
    found: dict[tuple[str, str], Due] = {}
    lines = lines_settled(session, rows)
    for row in rows:
        for line in lines[row.id]:
            found[row.person_no, line.medicine_code] = Due(
                row.outlet_code,
                line.medicine_code,
                row.person_no,
                row.on + timedelta(days=line.supply_days),
                line.quantity,
            )
    return tuple(sorted(found.values(), key=lambda one: (one.day, one.person_no)))
