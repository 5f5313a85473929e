"""`yaoda keys`: the keys of institutions' programs; every act is on the audit chain."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from sqlmodel import Session

from dispensing.errors import DomainError
from web import clock, program_door, program_keys
from web.accounts import BY_COMMAND
from web.commands.given import BadInput
from web.commands.given import day as _day
from web.commands.opened import books
from web.program_keys import MadeKey, NewKey, ProgramKeyView, Reach

app = typer.Typer(help="Keys of institutions' programs.", no_args_is_help=True)
ALL = Reach()

Key = Annotated[str, typer.Argument(help="The eight signs that a key is known by.")]
LastDay = Annotated[str, typer.Option(help="The last day on which the key opens.")]


@app.command(name="list")
def list_keys(
    place: Annotated[str | None, typer.Option(help="An institution's code.")] = None,
) -> None:
    """List the keys: prefix, institution, role, program, standing, end, actions."""
    with books(read_only=True) as (session, _):
        for key in program_keys.program_keys(session, Reach(place), now=clock.now()):
            typer.echo(_told(key))


@app.command()
def make(
    place: Annotated[str, typer.Argument(help="An outlet, a hospital or a firm.")],
    acts_as: Annotated[str, typer.Argument(help="counter, hospital or dispatch.")],
    action: Annotated[list[str], typer.Argument(help="What it may do (users rights).")],
    *,
    name: Annotated[str, typer.Option(help="Which program it is for.")],
    last_day: LastDay,
) -> None:
    """Make a key and print it, this once."""
    with books() as (session, _):
        if acts_as not in program_keys.ROLES:
            raise BadInput(f"{acts_as}: expected one of {program_keys.ROLES}")
        strange = set(action) - set(program_door.may_be_opened(acts_as))
        if strange:
            raise BadInput(f"{min(strange)}: nothing that a {acts_as}'s program does")
        new = NewKey(name, acts_as, place, tuple(action), _end(last_day))
        made = program_keys.make(session, new, by=BY_COMMAND, now=clock.now())
    _tell(made)


@app.command()
def replace(
    key: Key,
    last_day: LastDay,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=336, help="How long the old one opens beside it.")
    ] = 72,
) -> None:
    """Make a key in the place of another and print it, this once."""
    with books() as (session, _):
        try:
            made = program_keys.replace(
                session,
                program_keys.id_of(session, key),
                reach=ALL,
                expires_at=_end(last_day),
                overlap=timedelta(hours=overlap_hours),
                by=BY_COMMAND,
                now=clock.now(),
            )
        except DomainError as error:
            raise BadInput(error.words.en) from error
    _tell(made)


@app.command()
def withdraw(key: Key) -> None:
    """Let a key open nothing from now on."""
    with books() as (session, _):
        _withdraw(session, program_keys.id_of(session, key))


@app.command(name="withdraw-all")
def withdraw_all(
    place: Annotated[str, typer.Argument(help="An institution's code.")],
) -> None:
    """Let no key of an institution open anything from now on."""
    with books() as (session, _):
        held = program_keys.program_keys(session, Reach(place), now=clock.now())
        for key in held:
            if key.state in ("open", "replaced"):
                _withdraw(session, key.id)


def _withdraw(session: Session, key_id: UUID) -> None:
    now = clock.now()
    told = program_keys.withdraw(session, key_id, reach=ALL, by=BY_COMMAND, now=now)
    typer.echo(_told(told))


def _end(last_day: str) -> datetime:
    return program_keys.end_of(_day(last_day), today=clock.today())


def _tell(made: MadeKey) -> None:
    typer.echo(_told(made.program_key))
    typer.echo(made.secret)


def _told(key: ProgramKeyView) -> str:
    told = f"{key.prefix} {key.place} {key.acts_as} {key.name} {key.state}"
    end = f"until {key.ends_at:%Y-%m-%d %H:%M}"
    used = f"used {key.used_at:%Y-%m-%d %H}h" if key.used_at else "never used"
    return f"{told} {end}, {used}: {' '.join(key.actions)}"
