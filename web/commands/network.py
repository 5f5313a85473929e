"""`yaoda network`: who closes the quota's gaps best, and what chains and firms lack."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dispensing.errors import Malformed
from dispensing.policy.rules import Rules
from pharmacies import register_service as register
from pharmacies.catalogue.said import BadFile
from pharmacies.gaps import Gap
from pharmacies.places import AREAS
from pharmacies.register_service import FILE_KINDS, Entered, FileKind
from routing.service import siting
from routing.service.weighing import weights_of
from routing.siting import limit_of
from web import clock
from web.commands.given import BadInput, day, readable
from web.commands.opened import books

app = typer.Typer(
    help="The network of pharmacies, chains and firms.", no_args_is_help=True
)
Day = Annotated[str | None, typer.Option("--day", help="The day; else today.")]


@app.command(name="close")
def close(
    unit: Annotated[
        list[str] | None, typer.Option(help="A quota unit; again for more; else all.")
    ] = None,
    km: Annotated[
        float | None,
        typer.Option(help="How far is near, in kilometres of way; or --minutes."),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="How far is near, in minutes.")
    ] = None,
    *,
    extra: Annotated[int, typer.Option(min=0, help="Shops beyond the gaps.")] = 0,
    drugs: Annotated[
        str, typer.Option(help="in_stock, listed (no stock kept: price list), or any.")
    ] = "listed",
    weight: Annotated[
        list[str] | None,
        typer.Option(help="Who counts more, such as tuberculosis=3 or 330329=2."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.01, help="How long to search.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Where the chance begins.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Threads.")] = 1,
    on: Day = None,
) -> None:
    """Choose the candidates that fill each gap and serve most unserved patients; 1 if short."""
    if drugs not in siting.DRUGS:
        raise BadInput(f"--drugs: expected one of {', '.join(siting.DRUGS)}")
    try:
        near = limit_of(km, minutes)
    except ValueError as error:
        raise BadInput(f"--km, --minutes: {error}") from None
    with books(read_only=True) as (session, platform):
        found_day, region, rules = _rules(on, platform)
        asked = siting.Asked(
            siting.pooling_area_of(region),
            found_day,
            near,
            tuple(unit or ()),
            extra=extra,
            drugs=drugs,
            weights=_weights(weight or ()),
            seconds_max=seconds,
            seed=seed,
            workers=workers,
        )
        try:
            found = siting.close_gaps(
                *(session, siting.quota_of(rules), asked, platform["travel"]),
                vault=platform["desk"].vault,
            )
        except siting.NoSuchUnit as error:
            raise BadInput(f"--unit: {error.words.en} {error.words.next_en}") from None
    _tell(found)
    if any(it.lacks for it in found.outcomes):
        raise typer.Exit(1)


def _rules(on: str | None, platform: Mapping[str, Any]) -> tuple[date, str, Rules]:
    """Read the day that is asked for, the region, and its rules of that day."""
    asked, region = day(on) if on else clock.today(), platform["settings"].region
    return asked, region, platform["desk"].rules_of(region, asked)


def _weights(said: Iterable[str]) -> Mapping[str, int]:
    try:
        return weights_of(said)
    except Malformed as error:
        raise BadInput(f"--weight: {error.errors[0].expected}") from None


def _tell(found: siting.SitingView) -> None:
    served = found.served_before + found.served_newly
    typer.echo(
        f"patients {found.patients}, served before {found.served_before}, now {served}"
    )
    for site in found.sites:
        typer.echo(
            f"{site.unit} {site.code} {site.name}: serves {site.serves},"
            f" adds {site.adds}"
        )
    for it in found.outcomes:
        if it.gap:
            short = f", LACKS {it.lacks} for want of candidates" if it.lacks else ""
            typer.echo(f"{it.unit}: lacked {it.gap}, chosen {it.chosen}{short}")
    if found.without_stock:
        count = f"{found.without_stock} of {found.candidates}"
        typer.echo(f"{count} candidates keep no stock here")
    proven = "the optimum is proven"
    if found.proof != "optimal":
        proven = f"no choice is better by more than {found.gap_percent:.2f} %"
    typer.echo(f"{proven}; ways: {found.travel}")


@app.command(name="gaps")
def gaps(
    on: Day = None,
    within: Annotated[
        int, typer.Option("--within", min=0, max=3660, help="Days ahead to warn.")
    ] = 60,
) -> None:
    """Tell what chains and firms lack on a day, and which papers end soon; 1 if anything lacks."""
    with books(read_only=True) as (session, platform):
        found_day, region, rules = _rules(on, platform)
        found = register.gap_report(
            session,
            diseases=tuple(sorted(rules.diseases)),
            pooling_area=siting.pooling_area_of(region),
            day=found_day,
            within_days=within,
        )
    for gap in found.gaps:
        typer.echo(_gap(gap))
    for paper in found.expiring:
        typer.echo(f"ends {paper.ends}: {paper.holder} {paper.kind} {paper.number}")
    typer.echo(f"{len(found.gaps)} gaps, {len(found.expiring)} papers end soon")
    if found.gaps:
        raise typer.Exit(1)


def _gap(gap: Gap) -> str:
    parts = (gap.who, AREAS.get(gap.area, gap.area), gap.disease, gap.medicine)
    since = f" since {gap.since}" if gap.since else ""
    said = " ".join(part for part in parts if part)
    return f"{gap.requirement} {gap.kind}: {said}{since}"


@app.command(name="import")
def import_(
    kind: Annotated[str, typer.Argument(help="papers or lists.")],
    path: Annotated[Path, typer.Argument(help="A table: CSV or XLSX.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing, only tell.")
    ] = False,
) -> None:
    """Enter a file of papers or drug lists: every row, or none where one is bad (1)."""
    kinds: dict[str, FileKind] = {name: name for name in FILE_KINDS}
    if kind not in kinds:
        raise BadInput(f"expected one of {', '.join(kinds)}, got {kind}")
    raw = readable(path).read_bytes()
    with books() as (session, _):
        entered = Entered("command", clock.now(), path.name)
        try:
            told = register.import_file(
                session, kinds[kind], raw, entered=entered, dry_run=dry_run
            )
        except BadFile as error:
            raise BadInput(f"{path}: {error}") from None
    for fate in told.fates:
        if fate.outcome == "refused":
            typer.echo(f"line {fate.line}: {fate.why_en}: {fate.said}")
    counts = ", ".join(f"{told.count(it)} {it}" for it in ("new", "same", "refused"))
    typer.echo(f"{counts}; {'written' if told.written else 'nothing written'}")
    if told.count("refused"):
        raise typer.Exit(1)
