"""Units of work of the network: what is stored, and what the other parts ask."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import cast

from sqlalchemy import exists, text
from sqlmodel import Session, SQLModel, col, select

from pharmacies import rows
from pharmacies.carrier_service import add_carriers, stored_carriers
from pharmacies.carriers import Carrier, Courier, carriers_for
from pharmacies.catalogue import history
from pharmacies.catalogue.naming import index_names
from pharmacies.catalogue.stored import stored
from pharmacies.crew_service import crew_of
from pharmacies.designation import Agreement
from pharmacies.errors import (
    NoCarrier,
    NoPrice,
    NoSuchCourier,
    NoSuchMedicine,
    NoSuchOutlet,
)
from pharmacies.lot_service import lift_recall, lot, recall_lot, recalls
from pharmacies.medicines import Medicine
from pharmacies.outlets import Kind, Outlet
from pharmacies.quota_service import (
    designated,
    is_designated,
    quota_rank,
    quota_standing,
    quota_standings,
)
from pharmacies.register_service import with_papers
from pharmacies.stock_balance import balance_rows, outlet_areas, stock_differences
from pharmacies.stock_service import (
    correct,
    count_stock,
    is_other_act,
    move_stock,
    movements,
    on_hand,
    put_back,
    settlement_movements,
    sold_rows,
)
from pharmacies.tables import (
    AgreementRow,
    CourierRow,
    MedicineRow,
    OutletRow,
    PriceRow,
    SuspensionRow,
)

__all__ = [
    "NoCarrier",
    "NoPrice",
    "NoSuchCourier",
    "NoSuchMedicine",
    "NoSuchOutlet",
    "add_agreements",
    "add_carriers",
    "add_couriers",
    "add_medicines",
    "add_outlets",
    "add_prices",
    "agreements",
    "balance_rows",
    "candidates",
    "carrier_for",
    "carriers",
    "catalogue",
    "correct",
    "count_stock",
    "courier",
    "courier_names",
    "couriers",
    "couriers_off",
    "crew",
    "designated",
    "is_designated",
    "is_other_act",
    "lift_recall",
    "listed_fen",
    "lot",
    "medicine",
    "medicines",
    "move_stock",
    "movements",
    "on_hand",
    "outlet",
    "outlet_areas",
    "outlet_names",
    "outlets",
    "price_fen",
    "put_back",
    "quota_rank",
    "quota_standing",
    "quota_standings",
    "recall_lot",
    "recalls",
    "settlement_movements",
    "sold_rows",
    "stock_differences",
]


def add_outlets(session: Session, outlets: Iterable[Outlet]) -> None:
    """Store outlets, all or none."""
    _add(session, map(rows.outlet_row, outlets))


def add_agreements(session: Session, agreements: Iterable[Agreement]) -> None:
    """Store agreements with their suspensions, all or none."""
    kept = tuple(agreements)
    session.add_all(map(rows.agreement_row, kept))
    session.flush()  # a suspension refers to its agreement
    _add(session, (row for each in kept for row in rows.suspension_rows(each)))


def add_medicines(session: Session, medicines: Iterable[Medicine]) -> None:
    """Store medicines with the diseases that they serve, all or none."""
    kept = tuple(medicines)
    session.add_all(map(rows.medicine_row, kept))
    session.flush()
    index_names(session, kept)
    _add(session, (row for each in kept for row in rows.condition_rows(each)))


def add_prices(session: Session, prices: Iterable[tuple[str, str, int]]) -> None:
    """Store prices as (price list, medicine code, fen for one pack), all or none."""
    _add(
        session,
        (
            PriceRow(price_list=name, medicine_code=code, price_fen=price_fen)
            for name, code, price_fen in prices
        ),
    )


def add_couriers(session: Session, couriers: Iterable[Courier]) -> None:
    """Store couriers, all or none."""
    _add(session, map(rows.courier_row, couriers))


def outlet(session: Session, code: str, *, fresh: bool = False) -> Outlet:
    """Return one outlet, read anew where asked, or raise NoSuchOutlet."""
    row = session.get(OutletRow, code, populate_existing=fresh)
    if row is None:
        raise NoSuchOutlet(code)
    return rows.outlet_of(row)


def outlet_names(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Return the names of outlets by their codes, those that are known."""
    query = select(OutletRow.code, OutletRow.name).where(col(OutletRow.code).in_(codes))
    return dict(session.exec(query).all())


def institutions_called(
    session: Session, area: str, words: Collection[str]
) -> dict[str, str]:
    """Find the medical institutions of a pooling area by code or name: code by word.

    A name that two of them bear names none.
    """
    query = select(OutletRow.code, OutletRow.name).where(
        col(OutletRow.pooling_area) == area, col(OutletRow.kind) != "pharmacy"
    )
    bears = col(OutletRow.name).in_(words) | col(OutletRow.code).in_(words)
    found = session.exec(query.where(bears)).all()
    names = Counter(name for _, name in found)
    called = {name: code for code, name in found if names[name] == 1}
    codes = {code: code for code, _ in found}
    return {one: code for one in words if (code := (called | codes).get(one))}


def outlets(
    session: Session, kind: Kind | None = None, area: str | None = None
) -> tuple[Outlet, ...]:
    """List the outlets, of one kind or in one area where asked, by code."""
    query = select(OutletRow).order_by(col(OutletRow.code))
    if kind is not None:
        query = query.where(col(OutletRow.kind) == kind)
    if area is not None:
        query = query.where(col(OutletRow.area) == area)
    return tuple(map(rows.outlet_of, session.exec(query)))


def outlets_of(session: Session, codes: Collection[str]) -> tuple[Outlet, ...]:
    """Return the outlets of some codes; who does not exist is left out."""
    # Plain rows: as objects of the session they would take far longer.
    table = OutletRow.metadata.tables["outlet"]
    found = session.execute(table.select().where(table.c.code.in_(codes)))
    return tuple(rows.outlet_of(cast("OutletRow", row)) for row in found)


def cells_of(session: Session, area: str) -> tuple[int, ...]:
    """List the cells of the outlets of a pooling area in order, one for each outlet."""
    cells = select(OutletRow.cell).where(col(OutletRow.pooling_area) == area)
    return tuple(session.exec(cells.order_by(col(OutletRow.cell))))


def medicine(
    session: Session, code: str, day: date | None = None, area: str = ""
) -> Medicine:
    """Return one medicine as it is on a day, or raise NoSuchMedicine."""
    return medicines(session, [code], day, area)[0]


def medicines(
    session: Session, codes: Sequence[str], day: date | None = None, area: str = ""
) -> tuple[Medicine, ...]:
    """Return the medicines in the order of the codes, or raise NoSuchMedicine.

    As they are on a day, on the terms of an area's region; without a day as they were
    put in force last.
    """
    found = stored(session, col(MedicineRow.code).in_(codes))
    if day is not None:
        found = history.on_day(session, found, day, area)
    for code in codes:
        if code not in found:
            raise NoSuchMedicine(code)
    return tuple(found[code] for code in codes)


def catalogue(
    session: Session,
    condition: str | None = None,
    *,
    atcs: Collection[str] | None = None,
    day: date | None = None,
    area: str = "",
) -> tuple[Medicine, ...]:
    """List the catalogue by code, the drug range of a disease, or what has some ATC codes.

    It is as of a day where asked, on the terms of an area's region.
    """
    where = None if atcs is None else col(MedicineRow.atc).in_(atcs)
    found = stored(session, where)
    if day is not None:
        found = history.on_day(session, found, day, area)
    return tuple(
        sorted(
            (each for each in found.values() if condition in {None, *each.conditions}),
            key=lambda each: each.code,
        )
    )


def price_fen(
    session: Session, outlet_code: str, medicine_code: str, day: date | None = None
) -> int:
    """Return what an outlet asks for one pack in fen, or raise NoPrice."""
    price_list = outlet(session, outlet_code).price_list
    return listed_fen(session, price_list, medicine_code, day)


def listed_fen(
    session: Session, price_list: str, medicine_code: str, day: date | None = None
) -> int:
    """Return what a price list asks for one pack in fen on a day, or raise NoPrice.

    Without a day it is the price that was put in force last.
    """
    if day is not None:
        found = history.price_on(session, price_list, medicine_code, day)
    else:
        asked = {"list": price_list, "medicine": medicine_code}
        found = session.connection().execute(_PRICE, asked).scalar_one_or_none()
    if found is None:
        raise NoPrice(f"{medicine_code} in {price_list}")
    return int(found)


def agreements(session: Session, outlet_code: str) -> tuple[Agreement, ...]:
    """List the agreements of one outlet, the oldest first."""
    query = select(AgreementRow).where(col(AgreementRow.outlet_code) == outlet_code)
    query = query.order_by(col(AgreementRow.begins), col(AgreementRow.kind))
    kept = session.exec(query).all()
    pauses = session.exec(
        select(SuspensionRow)
        .where(col(SuspensionRow.outlet_code) == outlet_code)
        .order_by(col(SuspensionRow.first_day))
    ).all()
    return tuple(rows.agreement_of(row, pauses) for row in kept)


def candidates(session: Session) -> tuple[Outlet, ...]:
    """List the pharmacies that never had a chronic agreement: who could be next."""
    query = (
        select(OutletRow)
        .where(col(OutletRow.kind) == "pharmacy")
        .where(
            ~exists().where(
                col(AgreementRow.outlet_code) == col(OutletRow.code),
                col(AgreementRow.kind) == "chronic",
            )
        )
        .order_by(col(OutletRow.code))
    )
    return tuple(map(rows.outlet_of, session.exec(query)))


def carriers(session: Session) -> tuple[Carrier, ...]:
    """List the delivery firms by code, with their papers."""
    return with_papers(session, stored_carriers(session))


def carrier_for(session: Session, area: str, day: date, cold: bool) -> Carrier:
    """Choose the firm for one parcel, the most local first, or raise NoCarrier."""
    found = with_papers(session, stored_carriers(session, area))
    fit = carriers_for(found, area, day, cold)
    if not fit:
        raise NoCarrier(f"{area} on {day}, {'cold' if cold else 'ambient'}")
    return fit[0]


def courier(session: Session, code: str, day: date | None = None) -> Courier:
    """Return one courier, with the terms of a day where asked, or raise NoSuchCourier."""
    row = session.get(CourierRow, code)
    if row is None:
        raise NoSuchCourier(code)
    if day is None:
        return rows.courier_of(row)
    found = crew_of(session, row.carrier, day, only=[code])
    return found[0] if found else rows.courier_of(row)


def courier_names(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Return the names of couriers by their codes."""
    query = select(CourierRow.code, CourierRow.name)
    return dict(session.exec(query.where(col(CourierRow.code).in_(codes))).all())


def crew(session: Session, carrier_code: str, day: date) -> tuple[Courier, ...]:
    """List all couriers of a firm on a day by code, those who are off among them."""
    return crew_of(session, carrier_code, day)


def couriers(
    session: Session,
    carrier_code: str,
    day: date,
    *,
    only: Collection[str] | None = None,
) -> tuple[Courier, ...]:
    """List a firm's couriers who work on a day, by code; of some of them where asked."""
    listed = crew_of(session, carrier_code, day, only=only)
    return tuple(each for each in listed if each.works_on(day))


def couriers_off(session: Session, carrier_code: str, day: date) -> tuple[Courier, ...]:
    """List a firm's couriers who are off on a day, by code."""
    listed = crew(session, carrier_code, day)
    return tuple(each for each in listed if not each.works_on(day))


def _add(session: Session, new: Iterable[SQLModel]) -> None:
    session.add_all(new)
    session.commit()


_PRICE = text(
    "SELECT price_fen FROM price WHERE price_list = :list AND medicine_code = :medicine"
)
