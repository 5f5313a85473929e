"""The settled claim lines of a pooling area and a span of days, as the bureau's desk reads them.

What was charged is read from the decision that each settlement rests on: prices, standards and
the split line by line, as they were that day. Four queries for every thousand settlements.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from dispensing.audit import pooling_area
from dispensing.claim_book.lines import ClaimLine, channel_of
from dispensing.days import CHINA, day_of
from dispensing.desk import Desk
from dispensing.sealed import unseal
from dispensing.service.decisions import record_of
from dispensing.service.kept_messages import diagnosis_of
from dispensing.tables import (
    AssessmentRow,
    PersonRow,
    PrescriptionLineRow,
    PrescriptionRow,
    SettlementLineRow,
    SettlementRow,
    TraceEventRow,
)

AT_ONCE = 1000
CHARGED = ("posted", "reversing", "reversed")
_AMOUNTS = (
    *("total_fen", "own_paid_fen", "over_standard_fen"),
    *("in_scope_fen", "fund_fen", "cash_fen"),
)
Found = tuple[SettlementRow, AssessmentRow, PrescriptionRow, PersonRow]


def claim_lines(
    session: Session,
    desk: Desk,
    *,
    area: str,
    first: date,
    last: date,
    outlet: str = "",
    diagnoses: bool = False,
) -> Iterator[ClaimLine]:
    """Give the lines of every settlement from the first day to the last, by day.

    `area` is a pooling area, '' all; `outlet` the code of the one that settled, '' every one.
    What was reversed is among them, with the day of it. With `diagnoses` each claim tells the
    code that its prescription bears, opened from the message, one by one.
    """
    begun: tuple[date, UUID] | None = None
    covered: dict[tuple[str, date], frozenset[str]] = {}
    while found := _settled(session, (area, outlet), (first, last), begun):
        lines = _lines(session, desk, found, covered)
        yield from _diagnosed(session, desk, lines, found) if diagnoses else lines
        begun = found[-1][0].on, found[-1][0].id


def _settled(
    session: Session,
    place: tuple[str, str],
    days: tuple[date, date],
    begun: tuple[date, UUID] | None,
) -> Sequence[Found]:
    on, key = col(SettlementRow.on), col(SettlementRow.id)
    query = (
        select(SettlementRow, AssessmentRow, PrescriptionRow, PersonRow)
        .join(AssessmentRow, col(AssessmentRow.id) == SettlementRow.assessment_id)
        .join(PrescriptionRow, col(PrescriptionRow.id) == SettlementRow.prescription_id)
        .join(PersonRow, col(PersonRow.person_no) == SettlementRow.person_no)
        .where(on.between(*days), col(SettlementRow.state).in_(CHARGED))
        .order_by(on, key)
        .limit(AT_ONCE)
    )
    area, outlet = place
    if outlet:
        query = query.where(col(SettlementRow.outlet_code) == outlet)
    if area:
        query = query.where(col(PersonRow.area).startswith(pooling_area(area)))
    if begun is not None:
        query = query.where(or_(on > begun[0], (on == begun[0]) & (key > begun[1])))
    return session.exec(query).all()


def _lines(
    session: Session,
    desk: Desk,
    found: Sequence[Found],
    covered: dict[tuple[str, date], frozenset[str]],
) -> Iterator[ClaimLine]:
    medicines = _medicines(session, {rx.id for _, _, rx, _ in found})
    parts = _parts(session, [settled.id for settled, *_ in found])
    traces = _traces(session, [settled.id for settled, *_ in found])
    addresses: dict[str, str | None] = {}
    for settled, assessed, rx, person in found:
        if person.person_no not in addresses:
            addresses[person.person_no] = _address_key(desk, person)
        whole = medicines[rx.id]
        numbers = parts.get(settled.id) or sorted(whole)
        record, split = record_of(desk.vault, assessed), assessed.split
        assert split is not None, "what was settled has a split"
        where = record["insured"]["area"], settled.on
        if where not in covered:
            rules = desk.rules(where[0], record["outlet"]["area"], where[1])
            covered[where] = rules.diseases
        common = _common(settled, rx, record, covered[where])
        for no, line, part in zip(
            numbers, record["lines"], split["lines"], strict=True
        ):
            yield ClaimLine(
                **common,
                line=no,
                medicine=whole[no],
                traces=tuple(traces.get((settled.id, no), ())),
                address_key=addresses[person.person_no],
                account_fen=part["account_fen"] + part["mutual_aid_fen"],
                **{name: part[name] for name in _AMOUNTS},
                **{name: line[name] for name in _OF_LINE},
            )


def _diagnosed(
    session: Session, desk: Desk, lines: Iterator[ClaimLine], found: Sequence[Found]
) -> Iterator[ClaimLine]:
    of_claim = {
        str(settled.id): diagnosis_of(session, desk, rx.id)
        for settled, _, rx, _ in found
    }
    return (replace(one, diagnosis=of_claim[one.claim]) for one in lines)


_OF_LINE = ("atc", "quantity", "supply_days", "price_fen", "standard_fen")


def _common(
    settled: SettlementRow,
    rx: PrescriptionRow,
    record: Mapping[str, Any],
    covered: frozenset[str],
) -> dict[str, Any]:
    """Give what all lines of a claim have in common."""
    insured, outlet = record["insured"], record["outlet"]
    disease = record["prescription"]["disease"]
    return {
        "claim": str(settled.id),
        "person": settled.person_no,
        "day": settled.on,
        "settled_at": settled.opened_at.astimezone(CHINA).replace(tzinfo=None),
        "outlet": settled.outlet_code,
        "outlet_kind": outlet["kind"],
        "outlet_area": outlet["area"],
        "area": insured["area"],
        "scheme": insured["scheme"],
        "channel": channel_of(
            disease,
            begun=insured["chronic_outpatient"],
            day=record["on"],
            covered=covered,
        ),
        "disease": disease,
        "diagnosis": None,
        "doctor": rx.doctor_name,
        "issuer": rx.issuer,
        "voucher": settled.voucher,
        "reversed_on": day_of(settled.changed_at)
        if settled.state == "reversed"
        else None,
    }


def _medicines(session: Session, ids: set[UUID]) -> dict[UUID, dict[int, str]]:
    query = select(PrescriptionLineRow).where(
        col(PrescriptionLineRow.prescription_id).in_(ids)
    )
    found: dict[UUID, dict[int, str]] = defaultdict(dict)
    for row in session.exec(query):
        found[row.prescription_id][row.no] = row.medicine_code
    return found


def _parts(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[int]]:
    """Give the lines of those that are not for the whole prescription."""
    query = select(SettlementLineRow.settlement_id, SettlementLineRow.no).where(
        col(SettlementLineRow.settlement_id).in_(ids)
    )
    found: dict[UUID, list[int]] = defaultdict(list)
    for settlement_id, no in session.exec(
        query.order_by(col(SettlementLineRow.settlement_id), col(SettlementLineRow.no))
    ):
        found[settlement_id].append(no)
    return found


def _traces(session: Session, ids: Sequence[UUID]) -> dict[tuple[UUID, int], list[str]]:
    query = select(
        TraceEventRow.settlement_id, TraceEventRow.line_no, TraceEventRow.code
    ).where(
        col(TraceEventRow.settlement_id).in_(ids), col(TraceEventRow.kind) == "sold"
    )
    found: dict[tuple[UUID, int], list[str]] = defaultdict(list)
    for settlement_id, line_no, code in session.exec(
        query.order_by(col(TraceEventRow.id))
    ):
        found[settlement_id, line_no].append(code)
    return found


def _address_key(desk: Desk, person: PersonRow) -> str | None:
    """Give a keyed digest, equal for equal addresses; None where none is known."""
    address = "".join(unseal(desk.vault, person, "address_sealed").split())
    return desk.vault.fingerprint(f"address:{address}") if address else None
