"""Between the stored rows and the frozen values."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from pharmacies.carriers import Carrier, Courier
from pharmacies.cells import cell_of
from pharmacies.designation import Agreement, AgreementKind
from pharmacies.medicines import Group, Medicine, Storage, Tier
from pharmacies.outlets import Kind, Level, Outlet
from pharmacies.places import Point, pooling_area
from pharmacies.tables import (
    AgreementRow,
    CarrierRow,
    CourierRow,
    DesignationActRow,
    MedicineConditionRow,
    MedicineRow,
    OutletRow,
    SuspensionRow,
)


def outlet_row(value: Outlet) -> OutletRow:
    """Make the row of an outlet."""
    return OutletRow(
        code=value.code,
        name=value.name,
        kind=value.kind,
        level=value.level,
        area=value.area,
        lon=value.point.lon,
        lat=value.point.lat,
        chain=value.chain,
        internet=value.internet,
        cold_chain=value.cold_chain,
        opens=value.opens,
        closes=value.closes,
        price_list=value.price_list,
        quota_unit=value.quota_unit,
        address=value.address,
        phone=value.phone,
        pooling_area=pooling_area(value.area),
        cell=cell_of(value.point),
    )


def outlet_of(row: OutletRow) -> Outlet:
    """Read an outlet from its row."""
    return Outlet(
        code=row.code,
        name=row.name,
        kind=cast("Kind", row.kind),
        level=cast("Level | None", row.level),
        area=row.area,
        point=Point(row.lon, row.lat),
        chain=row.chain,
        internet=row.internet,
        cold_chain=row.cold_chain,
        opens=row.opens,
        closes=row.closes,
        price_list=row.price_list,
        quota_unit=row.quota_unit,
        address=row.address,
        phone=row.phone,
    )


def agreement_row(value: Agreement) -> AgreementRow:
    """Make the row of an agreement, without its suspensions."""
    return AgreementRow(
        outlet_code=value.outlet_code,
        kind=value.kind,
        begins=value.begins,
        ends=value.ends,
        card_settlement_from=value.card_settlement_from,
        quota_unit=value.quota_unit,
    )


def suspension_rows(value: Agreement) -> tuple[SuspensionRow, ...]:
    """Make the rows of an agreement's suspensions."""
    return tuple(
        SuspensionRow(
            outlet_code=value.outlet_code,
            kind=value.kind,
            begins=value.begins,
            first_day=first,
            last_day=last,
            stops_orders=first in value.stops,
        )
        for first, last in value.suspended
    )


def agreement_of(row: AgreementRow, pauses: Iterable[SuspensionRow]) -> Agreement:
    """Read an agreement from its row and those suspensions that are its own."""
    own = [
        pause
        for pause in pauses
        if (pause.outlet_code, pause.kind, pause.begins)
        == (row.outlet_code, row.kind, row.begins)
    ]
    return Agreement(
        outlet_code=row.outlet_code,
        kind=cast("AgreementKind", row.kind),
        begins=row.begins,
        ends=row.ends,
        card_settlement_from=row.card_settlement_from,
        quota_unit=row.quota_unit,
        suspended=tuple((pause.first_day, pause.last_day) for pause in own),
        stops=frozenset(pause.first_day for pause in own if pause.stops_orders),
    )


def told_agreement(value: Agreement) -> dict[str, Any]:
    """Tell an agreement with plain values, as an act of its life keeps it."""
    return {
        "begins": value.begins.isoformat(),
        "ends": _iso(value.ends),
        "card_settlement_from": _iso(value.card_settlement_from),
        "quota_unit": value.quota_unit,
        "suspended": [
            [first.isoformat(), _iso(last)] for first, last in value.suspended
        ],
        "stops": sorted(first.isoformat() for first in value.stops),
    }


def agreement_told(act: DesignationActRow, told: Mapping[str, Any]) -> Agreement:
    """Read an agreement as an act has kept it."""
    begins = _day(told["begins"])
    assert begins is not None
    return Agreement(
        outlet_code=act.outlet_code,
        kind=cast("AgreementKind", act.kind),
        begins=begins,
        ends=_day(told["ends"]),
        card_settlement_from=_day(told["card_settlement_from"]),
        quota_unit=told["quota_unit"],
        suspended=tuple(
            (date.fromisoformat(first), _day(last)) for first, last in told["suspended"]
        ),
        stops=frozenset(map(date.fromisoformat, told["stops"])),
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def medicine_row(value: Medicine) -> MedicineRow:
    """Make the row of a medicine, without its diseases."""
    return MedicineRow(
        code=value.code,
        name=value.name,
        generic=value.generic,
        inn=value.inn,
        atc=value.atc,
        drug_class=value.drug_class,
        tier=value.tier,
        standard_fen=value.standard_fen,
        self_pay_permyriad=value.self_pay_permyriad,
        vbp=value.vbp,
        essential=value.essential,
        consistency=value.consistency,
        on_platform=value.on_platform,
        storage=value.storage,
        drug_group=value.group,
        spec=value.spec,
        label=value.label,
        printed=value.printed,
        use_limit=value.limit,
        pack_parts=value.pack_parts,
        form=value.form,
        strength=value.strength,
        pack=value.pack,
        barcode=value.barcode,
        trace_prefix=value.trace_prefix,
    )


def condition_rows(value: Medicine) -> tuple[MedicineConditionRow, ...]:
    """Make the rows of the diseases that a medicine serves."""
    return tuple(
        MedicineConditionRow(medicine_code=value.code, condition=slug)
        for slug in sorted(value.conditions)
    )


def medicine_of(row: Any, conditions: frozenset[str]) -> Medicine:
    """Read a medicine from its row, or from a version of it, and its diseases."""
    return Medicine(
        code=row.code,
        name=row.name,
        generic=row.generic,
        inn=row.inn,
        atc=row.atc,
        drug_class=row.drug_class,
        tier=cast("Tier", row.tier),
        standard_fen=row.standard_fen,
        self_pay_permyriad=row.self_pay_permyriad,
        vbp=row.vbp,
        essential=row.essential,
        consistency=row.consistency,
        on_platform=row.on_platform,
        storage=cast("Storage", row.storage),
        group=cast("Group", row.drug_group),
        spec=row.spec,
        conditions=conditions,
        label=row.label,
        printed=row.printed,
        limit=row.use_limit,
        pack_parts=row.pack_parts,
        form=row.form,
        strength=row.strength,
        pack=row.pack,
        barcode=row.barcode,
        trace_prefix=row.trace_prefix,
    )


def carrier_row(value: Carrier) -> CarrierRow:
    """Make the row of a delivery firm."""
    return CarrierRow(
        code=value.code,
        name=value.name,
        cold_chain=value.cold_chain,
        licence_no=value.licence_no,
        licence_until=value.licence_until,
    )


def carrier_of(row: CarrierRow, areas: Iterable[str]) -> Carrier:
    """Read a delivery firm from its row and the areas in which it delivers."""
    return Carrier(
        code=row.code,
        name=row.name,
        areas=frozenset(areas),
        cold_chain=row.cold_chain,
        licence_no=row.licence_no,
        licence_until=row.licence_until,
    )


def courier_row(value: Courier) -> CourierRow:
    """Make the row of a courier."""
    return CourierRow(
        code=value.code,
        carrier=value.carrier,
        name=value.name,
        phone=value.phone,
        lon=value.start.lon,
        lat=value.start.lat,
        shift_begins=value.shift_begins,
        shift_ends=value.shift_ends,
        capacity_parcels=value.capacity_parcels,
        cold_capacity_parcels=value.cold_capacity_parcels,
        areas=" ".join(sorted(value.areas)),
        rest_weekday=value.rest_weekday,
    )


def courier_of(row: CourierRow) -> Courier:
    """Read a courier from its row."""
    return Courier(
        code=row.code,
        carrier=row.carrier,
        name=row.name,
        phone=row.phone,
        start=Point(row.lon, row.lat),
        shift_begins=row.shift_begins,
        shift_ends=row.shift_ends,
        capacity_parcels=row.capacity_parcels,
        cold_capacity_parcels=row.cold_capacity_parcels,
        areas=frozenset(row.areas.split()),
        rest_weekday=row.rest_weekday,
    )
