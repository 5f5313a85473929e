"""`yaoda life`: what may be done with a prescription in which state."""

import typer

from dispensing.life import page

app = typer.Typer(help="The life of a prescription.", no_args_is_help=True)


@app.callback()
def life() -> None:
    """Tell of the life of a prescription."""


@app.command()
def table() -> None:
    """Write the table that the services ask: the lists of docs/life.md."""
    typer.echo(page.written(), nl=False)
