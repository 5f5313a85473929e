"""`yaoda smart`: the rules of smart audit over a book of claim lines, and a made-up book."""

import csv
from pathlib import Path
from typing import Annotated

import typer

from dispensing.money import yuan
from dispensing.smart.rules import AuditRule, UnknownParameter, shipped, with_values
from pharmacies.table_cells import cells
from web.commands.bulk import packages
from web.commands.given import BadInput, place_for

app = typer.Typer(help="Smart audit (智能审核): rules, alarms.", no_args_is_help=True)

HEAD = (
    *("alarm", "rule", "edition", "subject", "outlet", "first_day", "last_day"),
    *("lines", "stake_fen"),
)


@app.command(name="rules")
def rules() -> None:
    """List the rules, the sentence each rests on, and its thresholds with whose they are."""
    for one in shipped():
        typer.echo(f"{one.id} v{one.version} {one.zh} ({one.en})")
        typer.echo(f"  {one.document} {one.clause}: {one.quote}")
        for each in one.parameters:
            typer.echo(f"  {each.name} = {each.value} {each.unit} [{each.standing}]")


@app.command(name="run")
def run(
    book: Annotated[
        Path, typer.Argument(help="A parquet file of claim lines, or a folder of them.")
    ],
    *,
    only: Annotated[
        list[str] | None, typer.Option("--rule", help="Only this rule.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="RULE.NAME=VALUE, a threshold of your own."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A table (CSV) of the alarms to write.")
    ] = None,
) -> None:
    """Run the rules; a folder may hold places, hours, stays, ends and lists beside claims."""
    with packages():
        from dispensing.smart_book.opened import audit_files

        chosen = _chosen(only or [], given or [])
        if out is not None:
            place_for(out)
        try:
            found = audit_files(book, chosen)
        except ValueError as error:
            raise BadInput(str(error)) from error
    for one in found.unrun:
        typer.echo(f"{one.rule}: not run, no data: {one.needs}")
    for rule in chosen:
        mine = [each for each in found.alarms if each.rule == rule.id]
        if mine:
            stake = yuan(sum(each.stake_fen for each in mine))
            typer.echo(f"{rule.id}: {len(mine)} alarms, at stake {stake}")
    typer.echo(f"{found.lines} lines, {len(found.alarms)} alarms")
    if out is not None:
        with out.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(HEAD)
            for each in found.alarms:
                table.writerow(
                    cells(
                        *(each.id, each.rule, each.edition, each.subject, each.outlet),
                        *(each.first_day, each.last_day),
                        *(len(each.evidence), each.stake_fen),
                    )
                )


@app.command(name="book")
def book(
    lines: Annotated[int, typer.Argument(min=1, help="About how many claim lines.")],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    *,
    year: Annotated[int, typer.Option(min=2000, max=2100, help="The year.")] = 2025,
    seed: Annotated[int, typer.Option(min=0, help="Where the chance begins.")] = 2025,
) -> None:
    """Write a made-up book with planted fraud, innocent look-alikes and the truth of both."""
    with packages():
        from dispensing.claim_book.opened import shop
        from dispensing.smart_book.planted import write_planted

        with shop() as connection:
            write_planted(connection, out, lines=lines, year=year, seed=seed)
    typer.echo(f"{out}: made-up people and claims")


def _chosen(only: list[str], given: list[str]) -> tuple[AuditRule, ...]:
    known = {one.id for one in shipped()}
    for name in only:
        if name not in known:
            raise BadInput(f"{name}: expected one of {', '.join(sorted(known))}")
    values = {}
    for said in given:
        name, _, value = said.partition("=")
        rule, _, parameter = name.partition(".")
        if not value.isdecimal():
            raise BadInput(f"{said}: expected RULE.NAME=VALUE, a whole number")
        values[rule, parameter] = int(value), "given on the command line"
    try:
        laid = with_values(shipped(), values)
    except UnknownParameter as error:
        raise BadInput(str(error)) from error
    return tuple(one for one in laid if not only or one.id in only)
