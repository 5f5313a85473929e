"""What was paid for a prescription and handed out of it, over all its settlements."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.service.checking import lines_of
from dispensing.service.holding import LIVE, latest_settlement
from dispensing.service.parts import LineOf, lines_settled
from dispensing.service.receiving import prescription_row
from dispensing.service.settling import settled_view
from dispensing.service.views import SettledView
from dispensing.tables import (
    EventRow,
    PrescriptionLineRow,
    PrescriptionRow,
    SettlementRow,
)


@dataclass(frozen=True, slots=True)
class Paid:
    """Who paid how much, in fen; relatives' accounts are among the accounts."""

    total_fen: int
    fund_fen: int
    account_fen: int
    cash_fen: int


@dataclass(frozen=True, slots=True)
class LastPaid:
    """Where and when a prescription was settled last."""

    outlet_code: str
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class Takings:
    """What was paid, and of each line by its number: the packs handed out, and those not.

    `left_packs` are those of the present filling, also where its rest was closed.
    """

    paid: Paid
    last: LastPaid | None
    taken_packs: Mapping[int, int]
    left_packs: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Filling:
    """One settlement of a prescription: which packs it is for, and when they were handed out."""

    no: int
    settled: SettledView
    lines: tuple[LineOf, ...]
    handed_at: datetime | None


def fillings_of(session: Session, prescription_id: UUID) -> tuple[Filling, ...]:
    """List the settlements of a prescription that stand, and what became of the last one."""
    row = prescription_row(session, prescription_id)
    query = select(SettlementRow).where(col(SettlementRow.prescription_id) == row.id)
    latest = latest_settlement(session, row.id)
    stand = [
        one
        for one in session.exec(query.order_by(col(SettlementRow.filling)))
        if one.state in LIVE or one is latest
    ]
    lines, handed = lines_settled(session, stand), _handed_at(session, row.id)
    return tuple(
        Filling(
            one.filling,
            settled_view(one),
            lines[one.id],
            handed[one.filling - 1] if _is_out(row, one) else None,
        )
        for one in stand
    )


def takings_of(session: Session, prescription_id: UUID) -> Takings:
    """Tell what was paid for a prescription and handed out of it; what was reversed is not."""
    row = prescription_row(session, prescription_id)
    query = select(SettlementRow).where(
        col(SettlementRow.prescription_id) == row.id,
        col(SettlementRow.state) == "posted",
    )
    posted = session.exec(query.order_by(col(SettlementRow.filling))).all()
    lines = lines_settled(session, posted)
    out = [one for one in posted if _is_out(row, one)]
    taken = _packs(lines, out)
    present = _packs(lines, [one for one in out if one.filling >= row.round_from])
    # Where a filling is over and the next one is not begun, nothing is owed.
    is_between = row.rounds_filled > 0 and not present and row.state != "dispensed"
    prescribed = lines_of(session, row.id)
    return Takings(
        paid=Paid(
            total_fen=sum(one.total_fen for one in posted),
            fund_fen=sum(one.fund_fen for one in posted),
            account_fen=sum(one.account_fen + one.mutual_aid_fen for one in posted),
            cash_fen=sum(one.cash_fen for one in posted),
        ),
        last=LastPaid(posted[-1].outlet_code, posted[-1].changed_at)
        if posted
        else None,
        taken_packs={one.no: taken[one.no] for one in prescribed},
        left_packs={
            one.no: 0 if is_between else one.quantity - present[one.no]
            for one in prescribed
        },
    )


def handed_packs(
    session: Session, row: PrescriptionRow, lines: Sequence[PrescriptionLineRow]
) -> Mapping[int, int]:
    """Count the packs of each line that were handed out in the present filling.

    Where all is over, those of the last one: the lines count no more then.
    """
    if row.state != "dispensed":
        return {line.no: line.taken for line in lines}
    query = select(SettlementRow).where(
        col(SettlementRow.prescription_id) == row.id,
        col(SettlementRow.state) == "posted",
        col(SettlementRow.filling) >= row.round_from,
    )
    out = list(session.exec(query).all())
    packs = _packs(lines_settled(session, out), out)
    return {line.no: packs[line.no] for line in lines}


def _handed_at(session: Session, prescription_id: UUID) -> list[datetime]:
    """Give when goods were handed out, filling by filling: each leaves one such event."""
    query = select(EventRow.at).where(
        col(EventRow.prescription_id) == prescription_id,
        col(EventRow.kind).in_(("part_dispensed", "dispensed")),
    )
    return list(session.exec(query.order_by(col(EventRow.id))))


def _is_out(row: PrescriptionRow, settled: SettlementRow) -> bool:
    """Tell whether the goods of a settlement were handed out."""
    return settled.filling < row.filling or row.state == "dispensed"


def _packs(
    lines: Mapping[UUID, tuple[LineOf, ...]], of: list[SettlementRow]
) -> Counter[int]:
    found: Counter[int] = Counter()
    for settled in of:
        for line in lines[settled.id]:
            found[line.no] += line.quantity
    return found
