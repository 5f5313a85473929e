"""Pictures of plans and of comparisons on the command line, as SVG or PNG files."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from routing.formats.answer import read_answer
from routing.formats.instance import Format
from routing.formats.reading import read_instance
from routing.pictures.curves import convergence, gap_profile
from routing.pictures.map import answer_map, plan_map
from routing.pictures.png import png
from routing.pictures.shapes import Picture, svg
from routing.pictures.timeline import timeline
from routing.pictures.told import read_day
from web import chart
from web.bench_routing import table
from web.bench_routing.works import best_known
from web.commands.given import BadInput, existing, place_for
from web.commands.writing import write_whole


class View(StrEnum):
    """What is drawn."""

    MAP = "map"
    TIMELINE = "timeline"
    CONVERGENCE = "convergence"
    GAPS = "gaps"


def draw(
    plan: Annotated[Path, typer.Argument(help="A day, an answer, or a bench's runs.")],
    *,
    out: Annotated[Path, typer.Option(help="The file to write: .svg or .png.")],
    view: Annotated[View, typer.Option(help="What to draw.")] = View.MAP,
    file: Annotated[
        Path | None, typer.Option(help="The benchmark file that it answers.")
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="Whose format that file has.")
    ] = None,
) -> None:
    """Draw a day of `route city`, an answer of `route solve`, or the runs of a bench."""
    if out.suffix.lower() not in (".svg", ".png"):
        raise BadInput(f"{out}: expected a name that ends in .svg or .png")
    place_for(out)
    existing(plan)
    if (file is None) != (form is None):
        raise BadInput("--file and --format: expected both or none")
    if file is not None and form is not None:
        instance = read_instance(existing(file), form)
        write(answer_map(instance, read_answer(plan)), out)
    elif view is View.GAPS:
        write(_gaps(plan), out)
    else:
        write(_day(plan, view), out)
    typer.echo(str(out))


def write(picture: Picture, out: Path) -> None:
    """Write a picture as the file's name asks."""
    drawn = png(picture) if out.suffix.lower() == ".png" else svg(picture).encode()
    write_whole(out, drawn)


def _day(path: Path, view: View) -> Picture:
    day = read_day(path)
    if view is View.TIMELINE:
        return timeline(day.plan.routes)
    if view is View.CONVERGENCE:
        return convergence({"yaoda": day.better} if day.better else {})
    return plan_map(day.plan.routes, day.points, chart.outlines(chart.DISTRICTS))


def _gaps(path: Path) -> Picture:
    """Draw the runs that `bench routing` keeps, against the best-known answers."""
    try:
        results = json.loads(path.read_text("utf-8"))
        return gap_profile(*table.gaps_of(results, best_known(None)))
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise BadInput(f"{path.name}: expected the runs of a bench, {wrong}") from None
