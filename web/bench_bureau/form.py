"""The monthly form over ten million claims: counted in a process of its own."""

import resource
from collections.abc import Callable
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

CLAIMS = 10_000_000
SEED = 2025
YEAR = 2025
_LINES_A_CLAIM = 1.46  # asked for, that no fewer claims are written
_MIB = 1024  # of what the system tells in KiB


def run(echo: Callable[[str], object], claims: int = CLAIMS) -> None:
    """Write a made-up year, then fill the form in; tells seconds and the peak of memory."""
    with TemporaryDirectory(prefix="yaoda-bench-") as folder:
        path = Path(folder) / "book.parquet"
        begun = perf_counter()
        _apart(_write, path, claims)
        echo(f"a made-up book, written in {perf_counter() - begun:.0f} s")
        rows, found, seen_s, count_s, peak_mib = _apart(_count, path)
    echo(
        f"{found} claims, {rows} lines: form filled in in {count_s:.1f} s;"
        f" the file looked through before in {seen_s:.1f} s; peak {peak_mib} MiB"
    )


def _apart(
    work: Callable[..., tuple[int, int, float, float, int]], *given: object
) -> tuple[int, int, float, float, int]:
    with get_context("spawn").Pool(1) as one:
        return one.apply(work, given)


def _write(path: Path, claims: int) -> tuple[int, int, float, float, int]:
    from dispensing.claim_book.columns import COLUMNS
    from dispensing.claim_book.opened import shop
    from dispensing.smart_book.planted import write_planted

    own = ", ".join(one.name for one in COLUMNS if one.name != "reversed_on")
    with shop() as opened:
        lines = round(claims * _LINES_A_CLAIM)
        files = write_planted(opened, path.parent, lines=lines, year=YEAR, seed=SEED)
        opened.execute(
            f"""copy (
                select {own}, case when hash(claim) % 97 = 0
                    then least(day + 3, date '{YEAR}-12-31') end::date as reversed_on
                from (select * replace (
                    ['ordinary', 'two_disease', 'chronic'][1 + (hash(claim) % 3)::int]
                        as channel,
                    coalesce(area, outlet_area) as area,
                    coalesce(person, 'N-' || claim) as person,
                    coalesce(supply_days, 0) as supply_days)
                from read_parquet('{files["claims"]}'))
            ) to '{path}' (format parquet)"""
        )
    return (0, 0, 0.0, 0.0, 0)


def _count(path: Path) -> tuple[int, int, float, float, int]:
    from dispensing.claim_book.opened import see_file, shop
    from dispensing.forms.counting_book import count_book
    from dispensing.forms.schedule import Span

    with shop() as opened:
        begun = perf_counter()
        rows = see_file(opened, path)
        seen = perf_counter()
        span = Span(date(YEAR, 1, 1), date(YEAR, 12, 1), date(YEAR, 12, 31))
        count_book(opened, span)
        counted = perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MIB
        found = opened.execute("select count(distinct claim) from lines").fetchone()
    assert found is not None
    return rows, int(found[0]), seen - begun, counted - seen, peak
