"""What stands on the shelves: choices, least assortments, and alarms of stock and price."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, func, select

from pharmacies import service
from pharmacies.assortment import Held, Minimum, held_against
from pharmacies.batches import Batch, unfit
from pharmacies.catalogue.history import prices_on
from pharmacies.errors import NoPrice
from pharmacies.outlets import Outlet
from pharmacies.replenishing import Choice, beyond_median, choice_key
from pharmacies.reserving import batches
from pharmacies.stock_tables import StockBatchRow
from pharmacies.tables import MedicineRow, OutletRow, StockMovementRow


@dataclass(frozen=True, slots=True)
class OnShelf:
    """One batch at an outlet; `state` is good, expiring, expired or recalled."""

    medicine_code: str
    name: str
    batch: str
    expires_on: date | None
    on_hand: int
    reserved: int
    state: str


@dataclass(frozen=True, slots=True)
class Assorted:
    """How one outlet stands against the least assortments that concern it."""

    outlet_code: str
    name: str
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class StockOut:
    """A medicine that an outlet has sold lately, and of which nothing may go out now."""

    outlet_code: str
    medicine_code: str
    name: str
    sold: int  # within the window, less what came back


@dataclass(frozen=True, slots=True)
class PriceAlarm:
    """A price above the payment standard (支付标准), or far from the median of all lists."""

    price_list: str
    medicine_code: str
    name: str
    price_fen: int
    standard_fen: int
    why: str  # above_standard or beyond_median


def shelf(
    session: Session, outlet_code: str, day: date, *, expiring_days: int
) -> tuple[OnShelf, ...]:
    """List an outlet's batches, by medicine and last day; marks what expires so soon."""
    there = batches(session, outlet_code)
    codes = {one.medicine_code for one in there}
    asked = select(MedicineRow.code, MedicineRow.name)
    names = dict(session.exec(asked.where(col(MedicineRow.code).in_(codes))).all())
    ordered = sorted(
        there,
        key=lambda one: (one.medicine_code, one.expires_on or date.max, one.batch),
    )
    return tuple(
        OnShelf(
            one.medicine_code,
            names.get(one.medicine_code, ""),
            one.batch,
            one.expires_on,
            one.on_hand,
            one.reserved,
            unfit_state(one, day, expiring_days),
        )
        for one in ordered
    )


def unfit_state(batch: Batch, day: date, expiring_days: int) -> str:
    """Tell how a batch stands on a day: good, expiring, expired or recalled."""
    why = unfit(batch, day, expiring_days + 1)
    return {None: "good", "too_short": "expiring"}.get(why, why or "good")


def choices(
    session: Session, outlet_code: str, medicine_code: str, day: date
) -> tuple[Choice, ...]:
    """List the products of a medicine's generic in the order of choice (L20).

    甲类 first, then essential, consistency-evaluated, 集采. It is the prescriber's choice:
    what is prescribed is not replaced.
    """
    generic = service.medicine(session, medicine_code).generic
    same = [one for one in service.catalogue(session) if one.generic == generic]
    there: dict[str, int] = defaultdict(int)
    for batch in batches(session, outlet_code, [one.code for one in same]):
        if unfit(batch, day, 1) is None:
            there[batch.medicine_code] += batch.free
    return tuple(
        Choice(
            one.code,
            one.name,
            one.tier,
            one.essential,
            one.consistency,
            one.vbp,
            _price_fen(session, outlet_code, one.code),
            there[one.code],
        )
        for one in sorted(same, key=choice_key)
    )


def assortment(
    session: Session, pooling_area: str, minima: Iterable[Minimum], day: date
) -> tuple[Assorted, ...]:
    """Hold every institution of a pooling area against the least assortments (L16).

    Counted is what may go out on the day, by the books.
    """
    known = {one.code: one for one in service.catalogue(session)}
    there: dict[str, set[str]] = defaultdict(set)
    for outlet_code, medicine_code in _fit(session, pooling_area, day):
        there[outlet_code].add(medicine_code)
    asked = tuple(minima)
    found = []
    for outlet in _outlets(session, pooling_area):
        has = [known[code] for code in sorted(there[outlet.code]) if code in known]
        held = held_against(asked, outlet, has)
        if held:
            found.append(Assorted(outlet.code, outlet.name, held))
    return tuple(found)


def stock_outs(
    session: Session, pooling_area: str, day: date, *, window_days: int
) -> tuple[StockOut, ...]:
    """Find what was sold at an outlet within a window and may not go out there now (T10)."""
    since = day - timedelta(days=window_days)
    moved = StockMovementRow
    query = (
        select(
            moved.outlet_code,
            moved.medicine_code,
            MedicineRow.name,
            func.sum(moved.quantity),
        )
        .join(OutletRow, col(OutletRow.code) == col(moved.outlet_code))
        .join(MedicineRow, col(MedicineRow.code) == col(moved.medicine_code))
        .where(
            col(moved.on) > since,
            col(moved.on) <= day,
            col(moved.kind).in_(("sold", "sale_returned")),
        )
        .group_by(
            col(moved.outlet_code), col(moved.medicine_code), col(MedicineRow.name)
        )
        .having(func.sum(moved.quantity) < 0)
        .order_by(col(moved.outlet_code), col(moved.medicine_code))
    )
    if pooling_area:
        query = query.where(col(OutletRow.pooling_area) == pooling_area)
    fit = set(_fit(session, pooling_area, day))
    return tuple(
        StockOut(outlet, medicine, name, -int(quantity))
        for outlet, medicine, name, quantity in session.exec(query)
        if (outlet, medicine) not in fit
    )


def price_alarms(
    session: Session, pooling_area: str, day: date, *, percent: int
) -> tuple[PriceAlarm, ...]:
    """Find prices above the payment standard, or so many percent from the median (T10).

    Prices and standards are those of the day, standards those of the area's region.
    """
    prices = prices_on(session, day)
    found = []
    for medicine in service.catalogue(session, day=day, area=pooling_area):
        code, asked = medicine.code, prices.get(medicine.code, {})
        every = list(asked.values())
        for price_list, price_fen in sorted(asked.items()):
            above = price_fen > medicine.standard_fen
            if above or beyond_median(price_fen, every, percent):
                why = "above_standard" if above else "beyond_median"
                name, standard_fen = medicine.name, medicine.standard_fen
                alarm = (price_list, code, name, price_fen, standard_fen, why)
                found.append(PriceAlarm(*alarm))
    return tuple(found)


def _fit(session: Session, pooling_area: str, day: date) -> list[tuple[str, str]]:
    """Name the medicines of which outlets have something that may go out."""
    batch = StockBatchRow
    query = (
        select(batch.outlet_code, batch.medicine_code)
        .where(
            col(batch.on_hand) > 0,
            ~col(batch.recalled),
            col(batch.expires_on).is_(None) | (col(batch.expires_on) >= day),
        )
        .distinct()
    )
    if pooling_area:
        query = query.where(col(batch.pooling_area) == pooling_area)
    return list(session.exec(query).all())


def _outlets(session: Session, pooling_area: str) -> tuple[Outlet, ...]:
    return tuple(
        one for one in service.outlets(session) if one.area.startswith(pooling_area)
    )


def _price_fen(session: Session, outlet_code: str, medicine_code: str) -> int | None:
    try:
        return service.price_fen(session, outlet_code, medicine_code)
    except NoPrice:
        return None
