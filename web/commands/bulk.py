"""Books of claims on the command line: make one up, adjudicate one, compare two policies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from dispensing.few import PEOPLE_MIN
from web.commands.given import BadInput, place_for

app = typer.Typer(help="Millions of claim rows at once.", no_args_is_help=True)

MISSING = "needs the extra packages of bulk: pip install 'yaoda[bulk]'"
Claims = Annotated[Path, typer.Argument(help="A parquet file of claims.")]


@app.command(name="adjudicate")
def adjudicate(
    claims: Claims,
    policy: Annotated[str, typer.Option(help="A region, or a pack file.")],
    overlay: Annotated[
        Path | None, typer.Option(help="The operator's figures for open parameters.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The parquet file to write.")] = Path(
        "splits.parquet"
    ),
) -> None:
    """Check and split every row of a book of claims."""
    with packages():
        from dispensing.bulk import book as books
        from dispensing.bulk.adjudicate import write_splits
        from dispensing.bulk.policies import policy_of

        place_for(out)
        rules = policy_of(policy, overlay)
        with books.workshop() as shop:
            book = books.open_book(shop, claims)
            write_splits(book, rules, out)
            typer.echo(f"{out}: {book.rows} rows, {book.first} to {book.last}")


@app.command(name="sample")
def sample(
    rows: Annotated[int, typer.Argument(min=1, help="How many rows.")],
    out: Annotated[Path, typer.Option(help="The parquet file to write.")],
    *,
    seed: Annotated[int, typer.Option(min=0, help="Where the chance begins.")] = 2025,
    policy: Annotated[str, typer.Option(help="Whose people: a region.")] = "wenzhou",
    year: Annotated[int, typer.Option(min=2000, max=2100, help="The year.")] = 2025,
) -> None:
    """Write a made-up book of claims; the same seed gives the same rows."""
    with packages():
        from dispensing.bulk.book import workshop
        from dispensing.bulk.made_up import REGIONS, write_made_up

        if policy not in REGIONS:
            raise BadInput(f"{policy}: expected one of {', '.join(REGIONS)}")
        place_for(out)
        with workshop() as shop:
            write_made_up(shop, out, region=policy, rows=rows, year=year, seed=seed)
        typer.echo(f"{out}: {rows} rows")


def whatif(
    before: Annotated[str, typer.Argument(help="A region, a pack file or an overlay.")],
    after: Annotated[str, typer.Argument(help="The one to compare with it.")],
    claims: Claims,
    *,
    csv: Annotated[Path | None, typer.Option(help="A table to write.")] = None,
    page: Annotated[Path | None, typer.Option(help="A page to write.")] = None,
) -> None:
    """Compare two policies over a book: fund, people better off and worse off."""
    with packages():
        from dispensing.bulk.book import open_book, workshop
        from dispensing.bulk.policies import policy_of
        from dispensing.bulk.whatif import TooFew, compare
        from web import whatif_page

        for path in filter(None, (csv, page)):
            place_for(path)
        old, new = policy_of(before), policy_of(after)
        if old.region != new.region:
            raise BadInput(f"expected one region, got {old.region} and {new.region}")
        with workshop() as shop:
            try:
                found = compare(
                    open_book(shop, claims), old, new, people_min=PEOPLE_MIN
                )
            except TooFew as error:
                raise BadInput(f"{claims}: {error}, fewer than {PEOPLE_MIN}") from None
        for line in whatif_page.table(found):
            typer.echo(line)
        if csv:
            whatif_page.write(csv, whatif_page.csv_text(found))
        if page:
            names: Any = (Path(before).name, Path(after).name)
            whatif_page.write(page, whatif_page.page(found, *names))


@contextmanager
def packages() -> Iterator[None]:
    """Tell in one line what to install where the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"ibis", "duckdb", "pyarrow", "pandas"}:
            raise BadInput(MISSING) from error
        raise
