"""`yaoda designation`: the life of designations: shown, acted on, running out, checked."""

from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid5

import typer

from dispensing import service
from dispensing.approvals import SecondNeeded
from dispensing.errors import DomainError, Malformed
from pharmacies import designation_service as designations
from pharmacies.designation import AGREEMENT_KINDS, page
from pharmacies.designation_service import AgreementView, DesignationView
from pharmacies.service import NoSuchOutlet
from web import clock
from web.commands.given import BadInput, form, instant
from web.commands.given import day as day_of
from web.commands.opened import books

app = typer.Typer(help="Designated outlets (定点、指定药店).", no_args_is_help=True)
Outlet = Annotated[str, typer.Argument(help="The outlet's code.")]
Kind = Annotated[str, typer.Option(help="general (定点) or chronic (指定药店).")]
Day = Annotated[str | None, typer.Option(help="The day; else today.")]
BY, ROLE = "operator", "admin"
_ACTS = UUID("0d2e6b1a-93c4-5f5b-8c63-7b1f2f0a54c1")  # the numbers of typed acts


@app.command()
def table() -> None:
    """Write the table that the services ask: the lists of docs/designation.md."""
    typer.echo(page.written(), nl=False)


@app.command()
def show(
    outlet: Outlet,
    *,
    kind: Kind = "chronic",
    day: Day = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="As was known at an instant such as 2025-09-15T08:12:00Z."),
    ] = None,
) -> None:
    """Tell a designation's life on a day: its state, its agreement, its acts."""
    if kind not in AGREEMENT_KINDS:
        raise BadInput(f"--kind: expected one of {', '.join(AGREEMENT_KINDS)}")
    at = instant("--known-at", known_at)
    with books(read_only=True) as (session, _):
        on = day_of(day) if day else clock.today()
        try:
            found = designations.life(session, outlet, kind, on, known_at=at)
        except NoSuchOutlet:
            raise BadInput(f"{outlet}: no such outlet") from None
    _tell(found)


@app.command()
def act(
    outlet: Outlet,
    file: Annotated[Path, typer.Argument(help="The act as JSON, as POST takes it.")],
    number: Annotated[
        str,
        typer.Option("--act", help="Your own number of this act: it is done once."),
    ] = "",
) -> None:
    """Do one act: apply, accept, refuse, sign, suspend, resume, renew, end."""
    from web.api.designations import asked
    from web.schemas_designation import DesignationAct

    given = form(DesignationAct, file)
    name = number or file.read_text("utf-8")
    with books() as (session, platform):
        now = clock.now()
        told = f"{outlet} {name} {'' if number else now.isoformat()}"
        try:
            done = service.designate(
                session,
                platform["desk"],
                asked(outlet, given, act_id=uuid5(_ACTS, told)),
                by=BY,
                role=ROLE,
                now=now,
            )
        except NoSuchOutlet:
            raise BadInput(f"{outlet}: no such outlet") from None
        except DomainError as error:
            raise BadInput(_why(error)) from error
    _tell(done.life)
    if done.released or done.running:
        typer.echo(
            f"{done.released} prescriptions given back, {done.running} orders run"
        )


@app.command(name="running-out")
def running_out(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days ahead.")] = 90,
    day: Day = None,
) -> None:
    """List the agreements whose last day comes within so many days."""
    with books(read_only=True) as (session, _):
        on = day_of(day) if day else clock.today()
        found = designations.running_out(session, on, days)
    for one in found:
        typer.echo(_agreement(one))
    typer.echo(f"{len(found)} run out from {on} on, within {days} days")


@app.command()
def check() -> None:
    """Find agreements that are not as their last act has left them; 1 where there are."""
    with books(read_only=True) as (session, _):
        found = designations.astray(session)
    for one in found:
        typer.echo(one)
    typer.echo(f"{len(found)} astray")
    if found:
        raise typer.Exit(1)


def _tell(found: DesignationView) -> None:
    typer.echo(f"{found.outlet_code} {found.outlet_name} {found.kind}: {found.state}")
    for one in found.agreements:
        typer.echo(f"  {_agreement(one)}")
        for pause in one.suspensions:
            until = pause.last or "resumed"
            typer.echo(f"    suspended from {pause.first} until {until}")
    for done in found.acts:
        late = ", entered late" if done.late else ""
        typer.echo(f"  {done.at:%Y-%m-%d} {done.act} from {done.on} by {done.by}{late}")
        typer.echo(f"    {done.reason}")


def _agreement(one: AgreementView) -> str:
    unit = f", {one.quota_unit}" if one.quota_unit else ""
    ends = f"until {one.ends}" if one.ends else "without an end"
    return f"{one.outlet_code} {one.kind} from {one.begins} {ends}{unit}"


def _why(error: DomainError) -> str:
    if isinstance(error, SecondNeeded):
        return f"{error.words.en} {error.words.next_en} ({error.proposal_id})"
    if isinstance(error, Malformed):
        return "; ".join(f"{one.where}: {one.expected}" for one in error.errors)
    return f"{error.words.en} {error.words.next_en}"
