"""Deliveries that have ended or left a proof, looked up by number, day, courier and name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, not_
from sqlmodel import Session, col, or_, select

from dispensing.days import start_of
from dispensing.desk import Reader
from dispensing.sealed import unseal
from dispensing.service.locking_away import locked
from dispensing.service.people import name_of, record_reads
from dispensing.tables import HandoverRow, OrderRow, PersonRow, PrescriptionRow
from dispensing.vault import Vault, mask_name
from pharmacies import service as pharmacies
from routing.service.proving import ProofView, proofs
from routing.tables import DeliveryProofRow, RouteRow, StopRow

LISTED_MAX = 50
OPENED_MAX = 2000  # names that one search by name opens
DAYS = timedelta(
    days=31
)  # that are looked through where neither number nor day is given


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose deliveries are looked up: of an outlet, a firm, an area, a person, or one order."""

    outlet_code: str = ""
    carrier_code: str = ""
    area: str = ""  # the first four digits
    person_no: str = ""
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of a delivery: the beginning of its number, day, courier, masked name."""

    number: str = ""
    day: date | None = None
    courier_code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as it ended: who brought it, who received it, and what was kept of it."""

    order_id: UUID
    state: str
    ended_at: datetime | None
    outlet_name: str
    patient: str  # masked, like the proxy
    couriers: tuple[str, ...]
    receiver: str  # patient, proxy, or nobody yet
    proxy: str
    temperature_dc: int | None
    proofs: tuple[ProofView, ...]


def delivered(
    session: Session,
    vault: Vault,
    whose: Whose,
    sought: Sought,
    *,
    reader: Reader | None,
    now: datetime,
) -> tuple[Delivered, ...]:
    """List deliveries, the last ended first; the look at each is recorded for its patient.

    Without a `reader` it is the patient's own look. What is locked only the patient sees.
    """
    query = (
        select(OrderRow, PersonRow)
        .join(PrescriptionRow, col(PrescriptionRow.id) == OrderRow.prescription_id)
        .join(PersonRow, col(PersonRow.person_no) == PrescriptionRow.person_no)
        .where(*_theirs(whose), *_as_sought(sought, whose, now))
        .where(*(() if whose.person_no else (not_(locked()),)))
        .order_by(col(OrderRow.ended_at).desc(), col(OrderRow.id))
    )
    # A name is sealed: it is opened to be held against what is looked for.
    most = OPENED_MAX if sought.name else LISTED_MAX
    found = [
        (order, person)
        for order, person in session.exec(query.limit(most))
        if not sought.name or _shown(vault, person) == _masked(sought.name)
    ][:LISTED_MAX]
    listed = _views(session, vault, found)
    if reader is not None and found:
        people = {person.person_no for _, person in found}
        record_reads(session, sorted(people), reader, now)
        session.commit()
    return listed


def _theirs(whose: Whose) -> list[ColumnElement[bool]]:
    asked = (
        (whose.outlet_code, col(OrderRow.outlet_code) == whose.outlet_code),
        (whose.carrier_code, col(OrderRow.carrier_code) == whose.carrier_code),
        (whose.area, col(OrderRow.area).startswith(whose.area)),
        (whose.person_no, col(PersonRow.person_no) == whose.person_no),
        (whose.order_id, col(OrderRow.id) == whose.order_id),
    )
    kept = [condition for given, condition in asked if given]
    assert kept, "nobody looks through everybody's deliveries"
    return kept


def _as_sought(
    sought: Sought, whose: Whose, now: datetime
) -> list[ColumnElement[bool]]:
    kept = exists().where(col(DeliveryProofRow.order_id) == col(OrderRow.id))
    over = col(OrderRow.state).in_(("handed_over", "returned"))
    asked: list[ColumnElement[bool]] = [or_(over, kept)]
    if sought.number:
        # A number is kept as text here and as a number there; both sort alike.
        digits = sought.number.replace("-", "").lower()
        first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
        asked.append(col(OrderRow.id).between(first, last))
    if sought.day is not None:
        begins = start_of(sought.day)
        ends = start_of(sought.day + timedelta(days=1))
        asked.append(col(OrderRow.ended_at).between(begins, ends))
    elif not sought.number and whose.order_id is None:
        recent = col(OrderRow.ended_at).is_(None) | (
            col(OrderRow.ended_at) > now - DAYS
        )
        asked.append(recent)
    if sought.courier_code:
        brought = (
            select(StopRow.order_id)
            .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
            .where(*_BROUGHT, col(RouteRow.courier_code) == sought.courier_code)
        )
        asked.append(col(OrderRow.id).in_(brought))
    return asked


_BROUGHT = (col(StopRow.kind) == "dropoff", col(StopRow.done_at).is_not(None))


def _shown(vault: Vault, person: PersonRow) -> str:
    return mask_name(name_of(vault, person))


def _proxy(vault: Vault, row: HandoverRow | None) -> str:
    if row is None or row.proxy_name is None:
        return ""
    return mask_name(unseal(vault, row, "proxy_name"))


def _masked(name: str) -> str:
    """Take a name as it stands on lists, with stars, or as it is."""
    return name if "*" in name else mask_name(name)


def _views(
    session: Session, vault: Vault, found: Sequence[tuple[OrderRow, PersonRow]]
) -> tuple[Delivered, ...]:
    ids = [order.id for order, _ in found]
    shops = pharmacies.outlet_names(session, {it.outlet_code for it, _ in found})
    brought, kept = _couriers(session, ids), proofs(session, ids)
    handed = _handed(session, {it.prescription_id for it, _ in found})
    listed = []
    for order, person in found:
        got = next(
            (
                it
                for it in handed.get(order.prescription_id, ())
                if order.state == "handed_over" and it.at >= order.placed_at
            ),
            None,
        )
        listed.append(
            Delivered(
                order_id=order.id,
                state=order.state,
                ended_at=order.ended_at,
                outlet_name=shops.get(order.outlet_code, order.outlet_code),
                patient=_shown(vault, person),
                couriers=tuple(brought.get(order.id, ())),
                receiver=got.receiver if got else "",
                proxy=_proxy(vault, got),
                temperature_dc=got.temperature_dc if got else None,
                proofs=tuple(it for it in kept if it.order_id == order.id),
            )
        )
    return tuple(listed)


def _couriers(session: Session, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    query = (
        select(StopRow.order_id, RouteRow.courier_code)
        .join(RouteRow, col(RouteRow.id) == col(StopRow.route_id))
        .where(col(StopRow.order_id).in_(ids), *_BROUGHT)
        .order_by(col(StopRow.done_at))
    )
    rows = [(order_id, code) for order_id, code in session.exec(query) if order_id]
    names = pharmacies.courier_names(session, {code for _, code in rows})
    found: dict[UUID, list[str]] = {}
    for order_id, code in rows:
        told = f"{names.get(code, '')} {code}".strip()
        if told not in found.setdefault(order_id, []):
            found[order_id].append(told)
    return found


def _handed(session: Session, ids: Collection[UUID]) -> dict[UUID, list[HandoverRow]]:
    query = select(HandoverRow).where(col(HandoverRow.prescription_id).in_(ids))
    found: dict[UUID, list[HandoverRow]] = {}
    for row in session.exec(query.order_by(col(HandoverRow.at))):
        found.setdefault(row.prescription_id, []).append(row)
    return found
