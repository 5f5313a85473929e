"""`yaoda stock`: what an outlet has by its movements; receipts, losses and counts."""

from typing import Annotated
from uuid import UUID, uuid5

import typer

from dispensing import service
from pharmacies import service as pharmacies
from pharmacies.movements import Act, OnHand
from web import create_app, db
from web.commands.given import BadInput, settings

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
BY = "command"
_ACTS = UUID("6b0b1f3e-2c5d-5d0e-9a55-1f7c1de2b0a4")  # the numbers of typed acts


@app.command(name="show")
def show(outlet: Outlet) -> None:
    """List what an outlet has by its movements."""
    platform = create_app(settings())
    with db.open_session(platform.extensions["engine"], read_only=True) as session:
        found = pharmacies.on_hand(session, outlet)
    for one in found:
        typer.echo(_told(one))


@app.command(name="receive")
def receive(
    outlet: Outlet,
    medicine: Medicine,
    quantity: Quantity,
    *,
    batch: Annotated[str, typer.Option(help="The maker's batch number.")] = "",
    number: Number = "",
) -> None:
    """Enter what came in."""
    _move(
        outlet,
        medicine,
        kind="received",
        quantity=quantity,
        batch=batch,
        number=number,
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
    _move(
        outlet,
        medicine,
        kind="written_off",
        quantity=quantity,
        reason=reason,
        number=number,
    )


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
    _move(
        outlet,
        medicine,
        kind="counted",
        quantity=counted,
        reason=reason,
        number=number,
    )


def _move(
    outlet: str,
    medicine: str,
    *,
    kind: str,
    quantity: int,
    batch: str = "",
    reason: str = "",
    number: str = "",
) -> None:
    # An act is named by its number, the outlet, the medicine and what is done.
    told = f"{outlet} {medicine} {kind} {batch} {number}"
    act_id = uuid5(_ACTS, told) if number else None
    platform = create_app(settings())
    now = platform.extensions["clock"].now()
    with db.open_session(platform.extensions["engine"]) as session:
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
                )
        except LookupError as error:
            raise BadInput(f"{error}: no such outlet or medicine") from error
    typer.echo(_told(left))


def _told(one: OnHand) -> str:
    return f"{one.medicine_code} {one.quantity:6} {one.name}"
