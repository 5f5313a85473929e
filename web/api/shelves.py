"""Boards of stock over the interface: batches, choices, orders, alarms, demand, recalls."""

from dataclasses import dataclass

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.service import forecasting
from pharmacies import lot_service, shelf_service
from pharmacies.assortment import Minimum
from pharmacies.lot_service import RecallNote
from pharmacies.replenishing import Choice, Figures, Need, Reorder
from pharmacies.shelf_service import Assorted, OnShelf, PriceAlarm, StockOut
from pharmacies.stock_balance import StockDifference, stock_differences
from web import clock, db, parts
from web.auditing import area_of_caller
from web.auth import caller, may
from web.openapi import answers, reply
from web.schemas_stock import (
    AlarmQuery,
    ChoiceQuery,
    DemandQuery,
    RecallForm,
    ReorderQuery,
    ShelfQuery,
)

bp = APIBlueprint("shelves", __name__, url_prefix="/api")


@dataclass(frozen=True, slots=True)
class Alarms:
    """What is sold out, and prices that stand out (T10)."""

    stock_outs: tuple[StockOut, ...]
    prices: tuple[PriceAlarm, ...]


@bp.get("/stock/batches")
@may("stock.read")
@bp.input(ShelfQuery, location="query", arg_name="query")
@answers({200: tuple[OnShelf, ...]})
def batches(query: ShelfQuery) -> ResponseReturnValue:
    """List this outlet's batches: on hand, set aside, last day, state."""
    return reply(on_shelf(query.expiring_days))


@bp.get("/stock/choices")
@may("stock.read")
@bp.input(ChoiceQuery, location="query", arg_name="query")
@answers({200: tuple[Choice, ...]})
def choices(query: ChoiceQuery) -> ResponseReturnValue:
    """List the products of a medicine's generic in the order of choice, with stock and price."""
    return reply(chosen(query.medicine))


@bp.get("/stock/reorders")
@may("stock.read")
@bp.input(ReorderQuery, location="query", arg_name="query")
@answers({200: tuple[Reorder, ...]})
def reorders(query: ReorderQuery) -> ResponseReturnValue:
    """List what this outlet should order, by the caller's own figures."""
    return reply(to_order(query))


@bp.get("/stock/differences")
@may("stock.read")
@answers({200: tuple[StockDifference, ...]})
def differences() -> ResponseReturnValue:
    """List this outlet's batches whose balance is not what its movements add up to."""
    return reply(stock_differences(db.session(), caller().subject))


@bp.get("/assortment")
@may("supply.read")
@answers({200: tuple[Assorted, ...]})
def assortment() -> ResponseReturnValue:
    """Hold every institution against the least assortments that the texts ask for (L16)."""
    return reply(assorted())


@bp.get("/stock-alarms")
@may("supply.read")
@bp.input(AlarmQuery, location="query", arg_name="query")
@answers({200: Alarms})
def alarms(query: AlarmQuery) -> ResponseReturnValue:
    """Tell what is sold out and which prices stand out (T10), by the caller's own figures."""
    return reply(alarmed(query))


@bp.get("/demand")
@may("supply.read")
@bp.input(DemandQuery, location="query", arg_name="query")
@answers({200: tuple[Need, ...]})
def demand(query: DemandQuery) -> ResponseReturnValue:
    """Forecast what long prescriptions want, by outlet and medicine; it names nobody."""
    return reply(expected(query.days))


@bp.get("/recalls")
@may("recall.read")
@answers({200: tuple[RecallNote, ...]})
def recalls() -> ResponseReturnValue:
    """List what was said about lots, the latest first."""
    return reply(lot_service.recalls(db.session()))


@bp.post("/recalls")
@may("recall.order")
@bp.input(
    RecallForm,
    arg_name="form",
    example={
        "act": "recall",
        "medicine": "XC08CA01000000000000001",
        "batch": "20250801",
        "source": "药品召回通知",
        "reason": "一级召回",
    },
)
@answers({201: tuple[RecallNote, ...]})
def recall(form: RecallForm) -> ResponseReturnValue:
    """Recall a lot everywhere, or give it free again; lists what was said about lots."""
    said(form)
    return reply(lot_service.recalls(db.session()), 201)


def said(form: RecallForm) -> None:
    """Say of a lot what the form says."""
    act = lot_service.recall_lot if form.act == "recall" else lot_service.lift_recall
    act(
        db.session(),
        form.medicine,
        form.batch,
        source=form.source,
        reason=form.reason,
        by=caller().user,
        now=clock.now(),
    )


def on_shelf(expiring_days: int) -> tuple[OnShelf, ...]:
    """List the caller's batches."""
    return shelf_service.shelf(
        db.session(), caller().subject, clock.today(), expiring_days=expiring_days
    )


def chosen(medicine_code: str) -> tuple[Choice, ...]:
    """List the products of a medicine's generic at the caller's outlet."""
    return shelf_service.choices(
        db.session(), caller().subject, medicine_code, clock.today()
    )


def to_order(query: ReorderQuery) -> tuple[Reorder, ...]:
    """List what the caller's outlet should order."""
    figures = Figures(query.lead_days, query.cover_days, query.source)
    return forecasting.replenishment(
        db.session(), caller().subject, clock.today(), figures
    )


def assorted() -> tuple[Assorted, ...]:
    """Hold the institutions of the caller's area against what the region's texts ask for."""
    today = clock.today()
    return shelf_service.assortment(db.session(), area_of_caller(), minima_of(), today)


def minima_of() -> tuple[Minimum, ...]:
    """Read the least assortments of this installation's region."""
    rules = parts.rules(clock.today())
    return tuple(
        Minimum(
            row["outlets"],
            row["what"],
            row.get("disease"),
            row["at_least"],
            rules.cited("stock.minima").clause,
            row["quote"],
        )
        for row in rules.rows("stock.minima")
    )


def alarmed(query: AlarmQuery) -> Alarms:
    """Tell what is sold out and which prices stand out."""
    session, today = db.session(), clock.today()
    return Alarms(
        shelf_service.stock_outs(
            session, area_of_caller(), today, window_days=query.window_days
        ),
        shelf_service.price_alarms(
            session, area_of_caller(), query.day or today, percent=query.percent
        ),
    )


def expected(days: int) -> tuple[Need, ...]:
    """Forecast what is wanted in the caller's area."""
    session, today = db.session(), clock.today()
    return forecasting.demand(session, today, days=days, pooling_area=area_of_caller())
