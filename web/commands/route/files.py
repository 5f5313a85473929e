"""Public benchmark files on the command line: planned, and their answers checked."""

import time
from pathlib import Path
from typing import Annotated

import typer

from routing.formats.answer import answer_of, read_answer
from routing.formats.checking import objections
from routing.formats.instance import Format
from routing.formats.reading import read_instance
from routing.formats.scaled import Objective, problem_of, routes_of
from routing.solve import solve as plan_routes
from web.commands.given import existing, place_for
from web.commands.route.options import Seconds, Seed, Workers, seconds_in_bounds
from web.commands.route.stopping import stoppable
from web.commands.writing import write_whole

Instance = Annotated[Path, typer.Argument(help="A file of a public benchmark.")]
Form = Annotated[Format, typer.Option("--format", help="Whose format it has.")]


def solve(
    file: Instance,
    form: Form,
    *,
    out: Annotated[Path, typer.Option(help="The JSON file to write.")],
    seconds: Seconds = 30.0,
    seed: Seed = 1,
    workers: Workers = 2,
    objective: Annotated[
        Objective, typer.Option(help="Vehicles first, or distance alone.")
    ] = Objective.VEHICLES,
) -> None:
    """Plan the routes of a benchmark file; 1 where the answer does not pass the check."""
    seconds_in_bounds(seconds)
    place_for(out)
    begun = time.monotonic()
    instance = read_instance(existing(file), form)
    problem = problem_of(instance, objective)
    # Reading the file is part of the time that was given.
    left_s = max(seconds - (time.monotonic() - begun), seconds / 10)
    with stoppable() as stopped:
        plan = plan_routes(
            problem, seconds_max=left_s, seed=seed, workers=workers, cancelled=stopped
        )
    answer = answer_of(instance, routes_of(plan))
    write_whole(out, answer.json().encode())
    typer.echo(
        f"{out}: {answer.vehicles} vehicles, distance {answer.distance:.2f},"
        f" {len(answer.unserved)} unserved"
    )
    _tell(objections(instance, answer))


def verify(
    file: Instance,
    plan: Annotated[Path, typer.Argument(help="The JSON file with the routes.")],
    form: Form,
) -> None:
    """Check an answer against its file, in double precision; 1 and a line for each fault."""
    instance = read_instance(existing(file), form)
    answer = read_answer(existing(plan))
    _tell(objections(instance, answer))
    typer.echo(
        f"{answer.vehicles} vehicles, distance {answer.distance:g},"
        f" {len(answer.unserved)} unserved: nothing wrong"
    )


def _tell(said: tuple[str, ...]) -> None:
    for each in said:
        typer.echo(each)
    if said:
        raise typer.Exit(1)
