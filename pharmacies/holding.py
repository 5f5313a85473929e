"""What pharmacies have to give on a day, as ATC codes and diseases, and who stands where."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select as sum_of
from sqlmodel import Session, and_, case, col, func, or_, select

from pharmacies import rows
from pharmacies.designation import Agreement
from pharmacies.outlets import Outlet
from pharmacies.tables import (
    AgreementRow,
    MedicineConditionRow,
    MedicineRow,
    OutletRow,
    PriceRow,
    StockBatchRow,
    StockMovementRow,
    SuspensionRow,
)


def held(
    session: Session, pooling_area: str, day: date
) -> Mapping[str, frozenset[str]]:
    """Return what each outlet has in stock: ATC codes, and diseases that it has something for.

    A batch counts that is not recalled, not over, and not set aside to the last pack. An
    outlet that keeps no stock here is not named.
    """
    served = _served(session)
    query = (
        select(StockBatchRow.outlet_code, MedicineRow.code, MedicineRow.atc)
        .join(MedicineRow, col(MedicineRow.code) == col(StockBatchRow.medicine_code))
        .where(
            col(StockBatchRow.pooling_area) == pooling_area,
            col(StockBatchRow.on_hand) > col(StockBatchRow.reserved),
            col(StockBatchRow.recalled).is_(False),
            or_(
                col(StockBatchRow.expires_on).is_(None),
                col(StockBatchRow.expires_on) >= day,
            ),
        )
    )
    found: dict[str, set[str]] = defaultdict(set)
    for outlet, code, atc in session.exec(query):
        found[outlet] |= {atc, *served.get(code, ())}
    return {outlet: frozenset(things) for outlet, things in found.items()}


def stocked_by_chain(
    session: Session, pooling_area: str, day: date
) -> Mapping[str, frozenset[str]]:
    """Return the medicines that some shop of each chain had at the end of a day.

    It is the sum of the movements until then. A batch that is over by then does not count,
    nor one that is recalled by now. A chain whose shops keep no stock here is not named.
    """
    moved: Any = StockMovementRow
    batch: Any = StockBatchRow
    key = (moved.outlet_code, moved.medicine_code, moved.batch)
    query = (
        sum_of(
            col(OutletRow.chain),
            moved.medicine_code,
            func.sum(moved.quantity),
            func.max(batch.expires_on),
            func.max(case((batch.recalled, 1), else_=0)),
        )
        .join(OutletRow, col(OutletRow.code) == moved.outlet_code)
        .join(
            batch,
            and_(
                batch.pooling_area == pooling_area,
                batch.outlet_code == moved.outlet_code,
                batch.medicine_code == moved.medicine_code,
                batch.batch == moved.batch,
            ),
        )
        .where(col(OutletRow.chain).is_not(None), moved.on <= day)
        .group_by(col(OutletRow.chain), *key)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for chain, code, quantity, expires_on, recalled in session.execute(query):
        mine = found[str(chain)]
        if quantity > 0 and not recalled and (expires_on is None or expires_on >= day):
            mine.add(code)
    return {chain: frozenset(codes) for chain, codes in found.items()}


def listed(session: Session, pooling_area: str) -> Mapping[str, frozenset[str]]:
    """Return what the price list of each outlet names: ATC codes and diseases."""
    served, by_list = _served(session), defaultdict[str, set[str]](set)
    query = select(PriceRow.price_list, MedicineRow.code, MedicineRow.atc).join(
        MedicineRow, col(MedicineRow.code) == col(PriceRow.medicine_code)
    )
    for name, code, atc in session.exec(query):
        by_list[name] |= {atc, *served.get(code, ())}
    told = {name: frozenset(things) for name, things in by_list.items()}
    outlets = select(OutletRow.code, OutletRow.price_list).where(
        col(OutletRow.area).startswith(pooling_area)
    )
    return {code: told.get(name, frozenset()) for code, name in session.exec(outlets)}


def _served(session: Session) -> Mapping[str, set[str]]:
    served: dict[str, set[str]] = defaultdict(set)
    for row in session.exec(select(MedicineConditionRow)).all():
        served[row.medicine_code].add(row.condition)
    return served


def standing(
    session: Session, pooling_area: str, day: date
) -> tuple[tuple[Outlet, Agreement], ...]:
    """List the pharmacies that count towards a quota unit on a day, with the agreement."""
    query = (
        select(OutletRow, AgreementRow)
        .join(AgreementRow, col(AgreementRow.outlet_code) == col(OutletRow.code))
        .where(col(AgreementRow.kind) == "chronic", col(AgreementRow.begins) <= day)
        .where(col(OutletRow.area).startswith(pooling_area))
        .order_by(col(OutletRow.code), col(AgreementRow.begins))
    )
    pauses = _pauses(session)
    found: dict[str, tuple[Outlet, Agreement]] = {}
    for outlet, row in session.exec(query):
        agreement = rows.agreement_of(row, pauses.get(outlet.code, ()))
        if agreement.counts(day):
            found[outlet.code] = (rows.outlet_of(outlet), agreement)
    return tuple(found.values())


def _pauses(session: Session) -> Mapping[str, Sequence[SuspensionRow]]:
    found: dict[str, list[SuspensionRow]] = defaultdict(list)
    for row in session.exec(select(SuspensionRow)).all():
        found[row.outlet_code].append(row)
    return found
