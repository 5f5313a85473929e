"""`yaoda outlets`: who can serve a prescription, asked from the command line."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from dispensing import service
from dispensing.desk import Reader
from dispensing.errors import DomainError
from dispensing.service import OutletsView, Where
from dispensing.service.serving import FOUND_MAX, PROMISE_H, Offer
from web import clock
from web.api.serving import DETOUR_PERMILLE
from web.commands.given import BadInput
from web.commands.opened import books
from web.pages.showing import km, moment, yuan

app = typer.Typer(help="Outlets (取药去处).", no_args_is_help=True)


class How(StrEnum):
    """Brought to the door, or fetched."""

    DELIVER = "deliver"
    COLLECT = "collect"


class Sort(StrEnum):
    """The nearest or the cheapest first."""

    DISTANCE = "distance"
    PRICE = "price"


@app.callback()
def outlets() -> None:
    """Tell of outlets."""


@app.command()
def near(
    prescription: Annotated[str, typer.Argument(help="The prescription's id.")],
    *,
    how: Annotated[How, typer.Option(help="Brought to the door, or fetched.")] = (
        How.DELIVER
    ),
    sort: Annotated[Sort, typer.Option(help="What comes first.")] = Sort.DISTANCE,
    limit: Annotated[int, typer.Option(min=1, max=50)] = FOUND_MAX,
    hours: Annotated[
        int, typer.Option(min=1, max=240, help="Promise after opening; no text says.")
    ] = PROMISE_H,
) -> None:
    """Tell who can serve a prescription now, at which price, and why those nearer cannot."""
    try:
        number = UUID(prescription)
    except ValueError:
        raise BadInput(f"{prescription}: expected a prescription's id") from None
    where = Where(
        how=how.value,
        sort=sort.value,
        found_max=limit,
        promise_h=hours,
        detour_permille=DETOUR_PERMILLE,
    )
    try:
        with books() as (session, platform):
            view = service.outlets_near(
                session,
                platform["desk"],
                number,
                reader=Reader("command line", "admin", "查询哪里可以取药"),
                now=clock.now(),
                where=where,
            )
    except DomainError as error:
        raise BadInput(f"{prescription}: {error.words.zh} {error}") from error
    _tell(view)


def _tell(view: OutletsView) -> None:
    for note in view.notes:
        typer.echo(f"! {note.zh}{note.next_zh}")
    for number, each in enumerate(view.offers, 1):
        typer.echo(_line(number, each))
        if each.problem is not None:
            typer.echo(f"    {each.problem.zh}{each.problem.next_zh}")
    if view.left_out:
        typer.echo("附近不能配的：")
    for one in view.left_out:
        why = "".join(reason.zh for reason in one.reasons)
        typer.echo(f"  {one.outlet} {one.name} {km(one.distance_m)} km：{why}")
    typer.echo(f"看了 {view.looked_at} 家，统筹区 {view.pooling_area}。")


def _line(number: int, offer: Offer) -> str:
    pays = "待定" if offer.patient_fen is None else f"{yuan(offer.patient_fen)} 元"
    by = f"，最迟 {moment(offer.by)} 送到" if offer.by else ""
    marks = "".join(f"（{label}）" for label in offer.labels)
    ready = "现在营业" if offer.open_now else f"{moment(offer.ready_at)} 开门"
    return (
        f"{number:>2}. {offer.outlet} {offer.name} {km(offer.distance_m)} km，"
        f"您付 {pays}{marks}，共 {yuan(offer.total_fen)} 元，{ready}{by}"
    )
