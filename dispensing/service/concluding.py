"""Post what the platform has booked while its answer was lost: many in one act."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from dispensing.desk import Work
from dispensing.gateway import Receipt
from dispensing.service.parts import LineOf, lines_settled
from dispensing.service.posting import PostedLine, Posting, post
from dispensing.service.receiving import note
from dispensing.service.recording import values_of
from dispensing.service.stocking import taken_of
from dispensing.tables import (
    PersonRow,
    PrescriptionRow,
    SettlementRow,
)
from pharmacies import reserving
from pharmacies import service as pharmacies
from pharmacies.reserving import Reserving


def post_booked(work: Work, receipts: Mapping[str, Receipt]) -> frozenset[str]:
    """Post settlements by their message numbers in one unit of work; tells which were open.

    One that is barred is not posted: its charge is reversed at the platform, or about to be.
    So is one that the platform has booked with other amounts than it was asked for, or of
    another person.
    """
    rows = [
        row
        for row in _locked(work.session, receipts)
        if row.state in {"pending", "unknown"} and not row.barred
    ]
    for row in rows:
        why = _difference(row, receipts[row.msgid])
        if why is not None:
            bar_differing(work, row, why)
    rows = [row for row in rows if not row.barred]
    if rows:
        postings = _postings(work.session, rows)
        booked = [(one, receipts[one.settlement["msgid"]]) for one in postings]
        posted = post(work.session, booked, work.now)
        assert posted is not None, "nobody changes what is locked"
    done = frozenset(row.msgid for row in rows)
    work.session.commit()
    return done


def bar_differing(work: Work, row: SettlementRow, why: str) -> None:
    """Let nobody post a settlement that the platform has booked with other amounts."""
    row.barred = True
    rx_id, by = row.prescription_id, row.by
    event = note(rx_id, work.now, "amount_differs", by=by, detail=why)
    work.session.add(event)


def _difference(row: SettlementRow, receipt: Receipt) -> str | None:
    """Say how what was booked is not what was asked, if it is not; it names nobody."""
    if receipt.booked_fen is not None and receipt.booked_fen != _asked_fen(row):
        return f"booked {receipt.booked_fen} fen"
    if receipt.person_no is not None and receipt.person_no != row.person_no:
        return "booked of another person"
    return None


def _asked_fen(row: SettlementRow) -> tuple[int, int, int]:
    return row.total_fen, row.fund_fen, row.account_fen + row.mutual_aid_fen


def _locked(session: Session, receipts: Mapping[str, Receipt]) -> list[SettlementRow]:
    """Lock the prescriptions of settlements, then the settlements, each in their order."""
    mine = col(SettlementRow.msgid).in_(receipts)
    prescriptions = select(SettlementRow.prescription_id).where(mine)
    session.exec(
        select(PrescriptionRow.id)
        .where(col(PrescriptionRow.id).in_(prescriptions))
        .order_by(col(PrescriptionRow.id))
        .with_for_update()
    ).all()
    query = select(SettlementRow).where(mine).order_by(col(SettlementRow.id))
    fresh = query.with_for_update().execution_options(populate_existing=True)
    return list(session.exec(fresh))


def _postings(session: Session, rows: list[SettlementRow]) -> list[Posting]:
    numbers = {row.person_no for row in rows}
    asked = select(PersonRow.person_no, PersonRow.area)
    areas = dict(session.exec(asked.where(col(PersonRow.person_no).in_(numbers))).all())
    shops = pharmacies.outlet_areas(session, {row.outlet_code for row in rows})
    lines = lines_settled(session, rows)
    aside = reserving.rows_for(session, [row.prescription_id for row in rows])
    codes = sorted({one.medicine_code for each in lines.values() for one in each})
    atcs = {each.code: each.atc for each in pharmacies.medicines(session, codes)}
    return [
        Posting(
            values_of(row),
            areas[row.person_no],
            shops[row.outlet_code],
            tuple(
                _line(line, atcs, aside.get((row.prescription_id, line.no), ()))
                for line in lines[row.id]
            ),
        )
        for row in rows
    ]


def _line(
    line: LineOf, atcs: Mapping[str, str], aside: Sequence[Reserving]
) -> PostedLine:
    return PostedLine(
        line.no,
        line.medicine_code,
        line.quantity,
        line.supply_days,
        atcs[line.medicine_code],
        taken_of(aside, line.quantity),
    )
