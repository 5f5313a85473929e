"""`yaoda stock`: what an outlet has by its movements; receipts, losses and counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid5

import typer
from sqlmodel import Session

from dispensing import service
from dispensing.days import day_of
from dispensing.service import forecasting
from pharmacies import service as pharmacies
from pharmacies import shelf_service
from pharmacies.errors import StockError
from pharmacies.movements import Act, OnHand
from pharmacies.replenishing import Figures
from pharmacies.stock_file_service import COLUMNS, receipts_of, receive_all
from web import clock
from web.api.shelves import minima_of
from web.commands.given import BadInput, day
from web.commands.opened import books

app = typer.Typer(help="An outlet's stock (库存).", no_args_is_help=True)
Outlet = Annotated[str, typer.Argument(help="The outlet's code.")]
Medicine = Annotated[str, typer.Argument(help="The medicine's code.")]
Quantity = Annotated[int, typer.Argument(min=1, help="How many packs.")]
Reason = Annotated[str, typer.Option(help="Why, in a few words.")]
Number = Annotated[
    str,
    typer.Option(
        "--act", help="Your own number of this act: typed twice, it counts once."
    ),
]
Batch = Annotated[str, typer.Option(help="The maker's batch number.")]
Area = Annotated[str, typer.Option(help="A pooling area, four digits; else all.")]
BY = "command"
_ACTS = UUID("6b0b1f3e-2c5d-5d0e-9a55-1f7c1de2b0a4")  # the numbers of typed acts


@app.command(name="show")
def show(outlet: Outlet) -> None:
    """List what an outlet has by its movements."""
    with _books(read_only=True) as session:
        found = pharmacies.on_hand(session, outlet)
    for one in found:
        typer.echo(_told(one))


@app.command(name="receive")
def receive(
    outlet: Outlet,
    medicine: Medicine,
    quantity: Quantity,
    *,
    batch: Batch = "",
    expires: Annotated[str, typer.Option(help="Its last day, as 2026-06-30.")] = "",
    number: Number = "",
) -> None:
    """Enter what came in."""
    last = day(expires) if expires else None
    given = {"batch": batch, "number": number}
    _move(outlet, medicine, "received", quantity, expires_on=last, **given)


@app.command(name="send-back")
def send_back(
    outlet: Outlet,
    medicine: Medicine,
    quantity: Quantity,
    *,
    batch: Batch = "",
    reason: Reason = "",
    number: Number = "",
) -> None:
    """Enter what goes back to the supplier (退回供应商)."""
    given = {"batch": batch, "reason": reason, "number": number}
    _move(outlet, medicine, "sent_back", quantity, expires_on=None, **given)


@app.command(name="batches")
def batches(
    outlet: Outlet,
    *,
    expiring: Annotated[int, typer.Option(min=1, help="Mark what ends so soon.")] = 90,
) -> None:
    """List an outlet's batches: on hand, set aside, last day, state."""
    with _books(read_only=True) as session:
        found = shelf_service.shelf(
            session, outlet, clock.today(), expiring_days=expiring
        )
    for one in found:
        last = one.expires_on or "-"
        typer.echo(
            f"{one.medicine_code} {one.batch or '-':12} {last!s:10}"
            f" {one.on_hand:6} {one.reserved:6} {one.state:8} {one.name}"
        )


@app.command(name="check")
def check(
    outlet: Annotated[str | None, typer.Argument(help="Of one outlet only.")] = None,
) -> None:
    """Hold every balance against movements and reservations; 1 where one differs."""
    with _books(read_only=True) as session:
        found = pharmacies.stock_differences(session, outlet)
    for one in found:
        typer.echo(
            f"{one.outlet_code} {one.medicine_code} {one.batch or '-'}: on hand"
            f" {one.on_hand}, moved {one.moved}; reserved {one.reserved}, held {one.held}"
        )
    typer.echo(f"{len(found)} batches differ")
    if found:
        raise typer.Exit(1)


@app.command(name="recall")
def recall(
    medicine: Medicine,
    batch: Annotated[str, typer.Argument(help="The lot.")],
    *,
    source: Annotated[str, typer.Option(help="Where it is written.")],
    reason: Reason = "",
    lift: Annotated[bool, typer.Option(help="Give it free again.")] = False,
) -> None:
    """Recall a lot everywhere (召回): who has it, and by which settlements it went out."""
    with books() as (session, _):
        said: dict[str, Any] = {
            "source": source,
            "reason": reason,
            "by": BY,
            "now": clock.now(),
        }
        try:
            if lift:
                pharmacies.lift_recall(session, medicine, batch, **said)
                typer.echo(f"{medicine} {batch} is free again")
                return
            found = pharmacies.recall_lot(session, medicine, batch, **said)
        except (LookupError, ValueError, StockError) as error:
            raise BadInput(f"{medicine} {batch}: {error}") from error
    for there in found.there:
        typer.echo(f"there {there.outlet_code} {there.on_hand} (freed {there.freed})")
    for sold in found.sold:
        typer.echo(f"sold {sold.outlet_code} {sold.quantity} {sold.settlement_id}")


@app.command(name="alarms")
def alarms(
    *,
    window: Annotated[int, typer.Option(min=1, help="Sold within so many days.")],
    percent: Annotated[int, typer.Option(min=1, help="From the median price.")],
    on: Annotated[str, typer.Option(help="Prices of this day; else today.")] = "",
    area: Area = "",
) -> None:
    """Tell what is sold out, and prices that stand out (T10), by your own figures."""
    with _books(read_only=True) as session:
        gone = shelf_service.stock_outs(
            session, area, clock.today(), window_days=window
        )
        asked = day(on) if on else clock.today()
        prices = shelf_service.price_alarms(session, area, asked, percent=percent)
    for one in gone:
        typer.echo(f"sold out {one.outlet_code} {one.medicine_code} {one.name}")
    for dear in prices:
        typer.echo(
            f"{dear.why} {dear.price_list} {dear.medicine_code}"
            f" {dear.price_fen} fen, standard {dear.standard_fen}"
        )


@app.command(name="demand")
def demand(
    *,
    days: Annotated[int, typer.Option(min=1, help="So many days ahead.")],
    outlet: Annotated[str | None, typer.Option(help="Of one outlet only.")] = None,
    area: Area = "",
) -> None:
    """Forecast what running long prescriptions want, by outlet and medicine."""
    with _books(read_only=True) as session:
        found = forecasting.demand(
            session, clock.today(), days=days, outlet_code=outlet, pooling_area=area
        )
    for one in found:
        typer.echo(
            f"{one.outlet_code} {one.medicine_code} {one.quantity:6}"
            f" {one.people:5} people from {one.first_day}"
        )


@app.command(name="reorder")
def reorder(
    outlet: Outlet,
    *,
    lead: Annotated[int, typer.Option(min=0, help="Days until an order comes.")],
    cover: Annotated[int, typer.Option(min=1, help="Days that it should last.")],
    source: Annotated[str, typer.Option(help="Whose figures these are.")],
) -> None:
    """List what an outlet should order: forecast, less what is there and not set aside."""
    figures = Figures(lead, cover, source)
    with _books(read_only=True) as session:
        found = forecasting.replenishment(session, outlet, clock.today(), figures)
    for one in found:
        typer.echo(
            f"{one.medicine_code} order {one.quantity} (needed {one.needed} for"
            f" {one.people}, on hand {one.on_hand}, set aside {one.reserved})"
        )


@app.command(name="assortment")
def assortment(
    *,
    area: Area = "",
    lacking: Annotated[bool, typer.Option(help="Only what lacks.")] = False,
) -> None:
    """Hold institutions against the least assortments of the region's texts (L16)."""
    with _books(read_only=True) as session:
        found = shelf_service.assortment(session, area, minima_of(), clock.today())
    for one in found:
        for held in one.held:
            if held.lacking or not lacking:
                what = held.minimum.disease or held.minimum.what
                typer.echo(
                    f"{one.outlet_code} {what} {len(held.found)} of"
                    f" {held.minimum.at_least} {one.name}"
                )


@app.command(name="write-off")
def write_off(
    outlet: Outlet,
    medicine: Medicine,
    quantity: Quantity,
    *,
    reason: Reason = "",
    number: Number = "",
) -> None:
    """Enter what was lost or destroyed."""
    _move(outlet, medicine, "written_off", quantity, reason=reason, number=number)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: " + ",".join(COLUMNS))],
) -> None:
    """Enter receipts of many outlets and batches from a file: all of them, or none."""
    with _books() as session:
        now = clock.now()
        try:
            came = receipts_of(file.read_text("utf-8"))
            act = Act("", day_of(now), now, BY, reason=file.name)
            shops = {one.outlet_code for one in came}
            on = {code: service.books_day(session, code, now) for code in shops}
            done = receive_all(session, act, came, on)
        except (OSError, ValueError) as error:
            raise BadInput(str(error)) from error
    typer.echo(f"{done} receipts entered")


@app.command(name="count")
def count(
    outlet: Outlet,
    medicine: Medicine,
    counted: Annotated[int, typer.Argument(min=0, help="How many packs are there.")],
    *,
    reason: Reason = "",
    number: Number = "",
) -> None:
    """Enter what was counted; what differs becomes a movement."""
    _move(outlet, medicine, "counted", counted, reason=reason, number=number)


@contextmanager
def _books(*, read_only: bool = False) -> Iterator[Session]:
    """Open the books; an outlet or medicine that is not there is refused in one line."""
    with books(read_only=read_only) as (session, _):
        try:
            yield session
        except LookupError as error:
            raise BadInput(f"{error}: no such outlet or medicine") from error


def _move(
    outlet: str,
    medicine: str,
    kind: str,
    quantity: int,
    *,
    expires_on: date | None = None,
    batch: str = "",
    reason: str = "",
    number: str = "",
) -> None:
    # An act is named by its number, the outlet, the medicine and what is done.
    told = f"{outlet} {medicine} {kind} {batch} {number}"
    act_id = uuid5(_ACTS, told) if number else None
    with _books() as session:
        now = clock.now()
        on = service.books_day(session, outlet, now)
        if act_id and pharmacies.is_other_act(session, act_id, kind, quantity):
            raise BadInput(f"--act {number}: entered before with another quantity")
        act = Act(outlet, on, now, BY, reason=reason)
        try:
            if kind == "counted":
                left = pharmacies.count_stock(
                    session,
                    act,
                    medicine_code=medicine,
                    counted=quantity,
                    act_id=act_id,
                )
            else:
                left = pharmacies.move_stock(
                    session,
                    act,
                    kind=kind,
                    medicine_code=medicine,
                    quantity=quantity,
                    batch=batch,
                    act_id=act_id,
                    expires_on=expires_on,
                )
        except StockError as error:
            raise BadInput(str(error)) from error
    typer.echo(_told(left))


def _told(one: OnHand) -> str:
    return f"{one.medicine_code} {one.quantity:6} {one.name}"
