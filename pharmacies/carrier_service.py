"""Delivery firms as they are stored: each with the areas in which it delivers."""

from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from pharmacies import rows
from pharmacies.carriers import Carrier
from pharmacies.tables import CarrierAreaRow, CarrierRow


def add_carriers(session: Session, carriers: Iterable[Carrier]) -> None:
    """Store delivery firms, all or none."""
    kept = tuple(carriers)
    session.add_all(map(rows.carrier_row, kept))
    session.flush()
    session.add_all(
        CarrierAreaRow(area=area, carrier_code=each.code)
        for each in kept
        for area in sorted(each.areas)
    )
    session.commit()


def stored_carriers(session: Session, area: str | None = None) -> tuple[Carrier, ...]:
    """List the firms by code, those of one area where asked, without their papers."""
    query = (
        select(CarrierRow, CarrierAreaRow.area)
        .outerjoin(
            CarrierAreaRow, col(CarrierAreaRow.carrier_code) == col(CarrierRow.code)
        )
        .order_by(col(CarrierRow.code))
    )
    if area is not None:
        there = select(CarrierAreaRow.carrier_code).where(
            col(CarrierAreaRow.area) == area
        )
        query = query.where(col(CarrierRow.code).in_(there))
    areas: dict[str, list[str]] = defaultdict(list)
    firms: dict[str, CarrierRow] = {}
    for firm, each in session.exec(query):
        firms[firm.code] = firm
        areas[firm.code] += [each] if each is not None else []
    return tuple(rows.carrier_of(firm, areas[code]) for code, firm in firms.items())
