"""The officer's workbench: run policy cases, begin new ones, see what they cover."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dispensing import case_coverage, case_writing, cases
from dispensing.case_fields import CaseError
from dispensing.policy import regions
from web.commands.given import BadInput, existing

app = typer.Typer(help="Policy cases.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="Case files, or folders of them.")]


@app.command(name="run")
def run(files: Files) -> None:
    """Run policy cases; 1 where a case failed, 2 where one is not fit to be run."""
    on_terminal = sys.stderr.isatty()
    code = cases.main(
        _files(files), echo=typer.echo, progress=_progress if on_terminal else None
    )
    raise typer.Exit(code)


@app.command(name="new")
def new(
    policy: Annotated[str, typer.Argument(help="The region whose rules it asks.")],
) -> None:
    """Print a case file to begin with: it runs as it is, and is then changed."""
    if policy not in regions():
        raise BadInput(f"{policy}: expected one of {', '.join(regions())}")
    typer.echo(case_writing.template(policy), nl=False)


@app.command(name="coverage")
def coverage(files: Files) -> None:
    """Tell which checks, clauses and requirements the cases decide, and which not."""
    try:
        for line in case_coverage.told(_files(files)):
            typer.echo(line)
    except CaseError as error:
        raise BadInput(str(error)) from error


def _files(paths: list[Path]) -> tuple[Path, ...]:
    found = cases.case_files([existing(path) for path in paths])
    if not found:
        raise BadInput(f"{paths[0]}: expected case files, ending in .yaml or .yml")
    return found


def _progress(done: int, of: int) -> None:
    """Draw one line that overwrites itself, on the terminal only."""
    width = 30 * done // of
    end = "\n" if done == of else ""
    bar = "█" * width + "·" * (30 - width)
    print(f"\r{bar} {done}/{of}", end=end, file=sys.stderr, flush=True)
