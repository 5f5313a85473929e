"""The options that the commands of routes share."""

from typing import Annotated

import typer

from web.commands.given import BadInput

SECONDS_MAX = 86_400.0

Seconds = Annotated[float, typer.Option(help="How long to search.")]
Seed = Annotated[int, typer.Option(min=0, help="Where the chance begins.")]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Processes that search.")]


def seconds_in_bounds(seconds: float) -> None:
    """Refuse a time that is no time to search in."""
    if not 0 < seconds <= SECONDS_MAX:
        raise BadInput(
            f"--seconds {seconds:g}: expected above 0, up to {SECONDS_MAX:g}"
        )
