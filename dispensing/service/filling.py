"""What a hand-over makes of a prescription: filled, filled in part, or open for the next one."""

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Work
from dispensing.prescription import step
from dispensing.service.parts import lines_settled
from dispensing.service.receiving import note
from dispensing.service.standing import is_repeated
from dispensing.tables import PrescriptionLineRow, PrescriptionRow, SettlementRow


def handed_out(
    work: Work, prescription: PrescriptionRow, held: SettlementRow, *, by: str, to: str
) -> None:
    """Move a prescription on after the goods of a settlement were handed out.

    Where a part is still open, or another filling may follow, it waits to be settled
    again under the next number. The claim of the pharmacy ends with the goods.
    """
    prescription.state = step(prescription.state, "dispensed")
    _end_claim(prescription)
    has_rest = _take(work.session, prescription, held)
    kind = "part_dispensed" if has_rest else "dispensed"
    work.session.add(note(prescription.id, work.now, kind, by=by, detail=to))
    if has_rest:
        _open_again(prescription)
    else:
        end_round(work, prescription)


def end_round(work: Work, prescription: PrescriptionRow) -> None:
    """Count a filling as over; opens the next one where it may be filled again."""
    lines = open_lines(work.session, prescription)
    for line in lines:
        line.taken = 0
    again = is_repeated(prescription)
    prescription.rounds_filled += 1
    prescription.filled_on = day_of(work.now)
    if again:
        _open_again(prescription)
        prescription.round_from = prescription.filling


def open_lines(
    session: Session, prescription: PrescriptionRow
) -> tuple[PrescriptionLineRow, ...]:
    """Read a prescription's lines for writing, in their order."""
    query = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id) == prescription.id
    )
    return tuple(session.exec(query.order_by(col(PrescriptionLineRow.no))))


def _take(session: Session, prescription: PrescriptionRow, held: SettlementRow) -> bool:
    """Note what was taken of each line; tells whether something is still open."""
    lines = open_lines(session, prescription)
    taken = {one.no: one.quantity for one in lines_settled(session, [held])[held.id]}
    left = [line.quantity - line.taken - taken.get(line.no, 0) for line in lines]
    assert min(left) >= 0, "no more is settled than is open"
    for line in lines:
        line.taken += taken.get(line.no, 0)
    session.flush()
    return any(left)


def _open_again(prescription: PrescriptionRow) -> None:
    if prescription.state == "dispensed":
        prescription.state = step("dispensed", "received")
    prescription.filling += 1


def _end_claim(prescription: PrescriptionRow) -> None:
    prescription.claimed_by = prescription.claim_digest = None
    prescription.claimed_until = None
