"""What outlets do on a simulated day: settle, take the order, pack, hand out what stayed."""

from typing import Any
from uuid import UUID

from sqlmodel import Session

from dispensing import service
from fixtures import cast
from fixtures.day import packs_of
from fixtures.rounds.given import Order
from web.bench_day import town as towns
from web.bench_day.town import Town

_LINE = {"quantity": 3, "supply_days": 28, "dosage": "每日一次"}
_LEAD_S = 600  # from the prescription to the order


def place(town: Town, order: Order) -> UUID:
    """Take a prescription in, settle it and order its delivery; gives the order's id."""
    now, shop = town.at(order.placed_s), town.day.outlets[order.outlet].code
    raw = _message(town, order)
    with town.open() as session:
        got = service.receive(
            session, town.desk, raw, now=town.at(order.placed_s - _LEAD_S)
        )
        _settle(session, town, order, raw, id_=got.id)
        placed = service.order_delivery(
            session,
            town.desk,
            prescription_id=got.id,
            delivery=service.Delivery(
                window_opens=town.at(order.open_s),
                window_closes=town.at(order.close_s),
                area=order.area,
                address=f"温州市第{order.no + 1}号",
                point=order.home,
                phone=f"1200002{order.no:04d}",
            ),
            now=now,
        )
    assert placed.outlet_code == shop, (placed.outlet_code, shop)
    return placed.id


def pack(town: Town, order: Order, order_id: UUID, at_s: int) -> None:
    """Note that a parcel is packed."""
    shop = town.day.outlets[order.outlet].code
    with town.open() as session:
        service.pack(
            session, town.desk, order_id=order_id, outlet_code=shop, now=town.at(at_s)
        )


def hand_out(town: Town, order: Order, order_id: UUID, at_s: int) -> None:
    """Cancel what no route took; its patient comes, pays and collects it."""
    shop, now = town.day.outlets[order.outlet].code, town.at(at_s)
    with town.open() as session:
        view = service.cancel_order(
            session, town.desk, order_id=order_id, outlet_code=shop, now=now
        )
        held = service.settlement(session, view.prescription_id)
        service.tender(
            session,
            settlement_id=held.id,
            outlet_code=shop,
            parts={"mobile": held.cash_fen},
            by=cast.counter.name,
            now=now,
        )
        service.collect(
            session,
            town.desk,
            prescription_id=view.prescription_id,
            outlet_code=shop,
            receiver=service.Receiver(),
            now=now,
        )


def _settle(
    session: Session, town: Town, order: Order, raw: dict[str, Any], *, id_: UUID
) -> None:
    settled = service.settle(
        session,
        town.desk,
        prescription_id=id_,
        outlet_code=town.day.outlets[order.outlet].code,
        voucher="card",
        scanned_code=towns.id_number(order),
        trace_codes=packs_of(raw["hosp_rx_no"], raw["lines"]),
        override=None,
        tender="on_delivery",
        by=cast.counter.name,
        now=town.at(order.placed_s - _LEAD_S // 2),
    )
    assert settled.state == "posted", settled.state


def _message(town: Town, order: Order) -> dict[str, Any]:
    """Write the prescription that an order is for."""
    day = town.day.given.day
    medicine = towns.INSULIN if order.cold else towns.AMLODIPINE
    return {
        "hosp_rx_no": f"{cast.HOSPITAL}-{day:%Y%m%d}-{order.no + 1:04d}",
        "source": "external",
        "issuer": cast.HOSPITAL,
        "doctor": {"code": cast.dr_lin.code, "name": cast.dr_lin.name},
        "insured": {
            "person_no": towns.person_no(order),
            "id_number": towns.id_number(order),
            "name": f"患者{order.no + 1}",
        },
        "disease": "diabetes" if order.cold else "hypertension",
        "diagnosis": "E11.900" if order.cold else "I10.x00",
        "issued_at": town.at(order.placed_s - 2 * _LEAD_S).isoformat(),
        "valid_days": 3,
        "long_term": False,
        "record_no": f"WZ{day:%Y%m%d}-{order.no + 1:05d}",
        "lines": [{"medicine": medicine, **_LINE}],
        "signature": None,
    }
