"""`yaoda conformance`: the scenarios of the texts, run against any implementation."""

from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Annotated

import httpx
import typer

from dispensing.days import CHINA
from web.commands.given import BadInput
from web.conformance import running
from web.conformance.given import BadGiven, Given, load_given
from web.conformance.script import BadScript, Outcome


def command(
    url: Annotated[str, typer.Argument(help="The address of what is held to them.")],
    *,
    kind: Annotated[
        str, typer.Option("--kind", help="sandbox: the settlement interface; or api.")
    ] = "sandbox",
    given: Annotated[
        Path | None, typer.Option("--with", help="Institution, people, tokens: YAML.")
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Also what takes more than a minute.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Tell programs.")] = False,
) -> None:
    """Hold an implementation to the scenarios: 1 where one fails, 2 where none can be run."""
    try:
        outcomes = _run(url, kind, load_given(given), wait)
    except (BadGiven, BadScript) as error:
        raise BadInput(str(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise BadInput(f"{url}: nobody answers ({type(error).__name__})") from error
    lines = [running.as_json(outcomes)] if json else running.told(outcomes)
    for line in lines:
        typer.echo(line)
    if any(one.state == "failed" for one in outcomes):
        raise typer.Exit(1)


def _run(url: str, kind: str, given: Given, wait: bool) -> tuple[Outcome, ...]:
    if kind == "sandbox":
        return running.against_platform(url, given, _now)
    if kind == "api":
        return running.against_api(url, given, _now, sleep if wait else None)
    raise BadInput(f"--kind {kind}: expected one of {', '.join(running.KINDS)}")


def _now() -> datetime:
    return datetime.now(CHINA)
