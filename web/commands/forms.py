"""`yaoda forms`: the forms of a bureau, counted from its own book of claim lines."""

from datetime import UTC, date
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from dispensing.errors import DomainError
from dispensing.forms.apart import APART
from dispensing.forms.due import due_of, next_month
from dispensing.forms.faults import faults
from dispensing.forms.layout import DISEASES, ROWS
from dispensing.forms.schedule import FormCount, Schedule, Span, to_record
from dispensing.money import yuan
from dispensing.service.forms.kept import FormVersion
from dispensing.service.forms.monthly import Monthly, month_of
from web.clock import starting_at
from web.commands.bulk import packages
from web.commands.given import BadInput, day, place_for, settings
from web.pages import form_sheets

app = typer.Typer(help="Forms of a bureau (调度表、统计表).", no_args_is_help=True)
MONTHLY, APART_KIND = "monthly", "apart"


@app.callback()
def group() -> None:
    """Count the forms of a bureau."""


@app.command(name="book")
def book(
    claims: Annotated[Path, typer.Argument(help="A parquet file of claim lines.")],
    month: Annotated[str, typer.Argument(help="A month such as 2025-08.")],
    *,
    since: Annotated[str, typer.Option(help="Since when the policy holds, a day.")],
    kind: Annotated[str, typer.Option(help="monthly, or apart (L27).")] = MONTHLY,
    area: Annotated[str, typer.Option(help="What the area begins with.")] = "",
    name: Annotated[str, typer.Option(help="Whose form it is, for its title.")] = "",
    xlsx: Annotated[Path | None, typer.Option(help="monthly: a file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="monthly: a file.")] = None,
) -> None:
    """Count a form from a bureau's own book of claims; nothing is kept or sent."""
    if kind not in (MONTHLY, APART_KIND):
        raise BadInput(f"--kind {kind}: expected {MONTHLY} or {APART_KIND}")
    span = _span(month, day(since))
    for path in (xlsx, pdf):
        if path is not None:
            place_for(path)
    with packages():
        from dispensing.claim_book.opened import see_file, shop
        from dispensing.forms.counting_book import count_book, count_book_apart

        with shop() as opened:
            see_file(opened, claims)
            if kind == APART_KIND:
                for row, cell in count_book_apart(opened, span, area=area).items():
                    _tell(APART[row], (("month", cell.month), ("whole", cell.whole)))
                return
            cells = count_book(opened, span, area=area)
    found = Schedule(span, cells, dict.fromkeys(DISEASES))
    for (row, disease), cell in cells.items():
        spans = (("month", cell.month), ("whole", cell.whole))
        _tell(f"{ROWS[row]} {DISEASES[disease]}", spans)
    for fault in faults(found):
        typer.echo(f"! {fault.code} {fault.row} {fault.disease}".rstrip())
    _write(found, area, name, xlsx=xlsx, pdf=pdf)


def _span(month: str, since: date) -> Span:
    first = day(f"{month}-01")
    last = date.fromordinal(next_month(first).toordinal() - 1)
    today = starting_at(settings().clock_start).now().date()
    if first > today:
        raise BadInput(f"{month}: expected a month that has begun")
    try:
        return Span(since, first, min(last, today))
    except ValueError as error:
        raise BadInput(str(error)) from None


def _tell(name: str, spans: tuple[tuple[str, FormCount], ...]) -> None:
    typer.echo(name)
    for span, one in spans:
        fen = (one.cost_fen, one.in_scope_fen, one.fund_fen)
        cost, scope, fund = map(yuan, fen)
        typer.echo(
            f"  {span}: {one.people} people, {one.visits} visits,"
            f" cost {cost}, in scope {scope}, fund {fund}"
        )


def _write(
    found: Schedule, area: str, name: str, *, xlsx: Path | None, pdf: Path | None
) -> None:
    """Write the files that were asked for, as a first version that nobody has sent."""
    at = starting_at(settings().clock_start).now().astimezone(UTC)
    of = month_of(area, found.span.first)
    version = FormVersion(uuid4(), of, 1, to_record(found), "", "", at, None)
    due = due_of(found.span.first)
    shown = Monthly(of, due, (version,), version, found, faults(found), (), ())
    for path, made in ((xlsx, form_sheets.xlsx), (pdf, form_sheets.pdf)):
        if path is not None:
            try:
                path.write_bytes(made(shown, name))
            except DomainError as error:
                raise BadInput(str(error)) from error
            typer.echo(str(path))
