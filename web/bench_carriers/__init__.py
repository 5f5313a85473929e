"""How long the supervision of carriers takes with so many deliveries that have ended."""

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import perf_counter, process_time
from typing import Any

from routing.service.blaming import judge_unjudged
from web import db
from web.bench_carriers.lives import end_all
from web.bench_databases import DATABASES, empty
from web.bench_pages import counting
from web.bench_pages.filling import filled, signed_in

Echo = Callable[[str], object]
DELIVERIES = 100_000
ASKED = 10
PAGES = {
    "bureau": (
        "/bureau/carriers?month={month}",
        "/bureau/carriers.csv?month={month}",
        "/bureau/carriers/deliveries?what=late&month={month}",
    ),
    "dispatch": (
        "/dispatch/score?month={month}",
        "/dispatch/score/deliveries?what=late&month={month}",
    ),
}


def run(
    echo: Echo, *, database: str = DATABASES[0], deliveries: int = DELIVERIES
) -> None:
    """Fill a platform with a year of deliveries, and tell what each page of a month takes."""
    begun = perf_counter()
    with (
        empty(database) as (folder, url),
        filled(folder, deliveries, deliveries, url) as town,
    ):
        engine = town.app.extensions["engine"]
        now = town.app.extensions["clock"].now()
        ended = end_all(engine, now)
        told = f"{ended} deliveries of a year on {database}"
        echo(f"{told} in {perf_counter() - begun:.0f} s")
        begun = perf_counter()
        with db.open_session(engine) as session:
            judged = judge_unjudged(session, now=now)
        echo(f"{judged} broken promises judged in {perf_counter() - begun:.1f} s")
        month = (now.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        for role, pages in PAGES.items():
            client = signed_in(town.app, role)
            for page in pages:
                _measure(engine, client, page.format(month=month), echo)


def _measure(engine: Any, client: Any, page: str, echo: Echo) -> None:
    _spent(client, page)  # the first one compiles the template
    with counting(engine) as queries:
        _spent(client, page)
    computed_s = process_time()
    spent = [_spent(client, page) for _ in range(ASKED)]
    cpu_ms = (process_time() - computed_s) * 1000 / ASKED
    echo(
        f"{page:<60} median {median(spent):6.1f} ms, most {max(spent):6.1f} ms,"
        f" computed {cpu_ms:6.1f} ms, {len(queries):3} queries"
    )


def _spent(client: Any, page: str) -> float:
    begun = perf_counter()
    assert client.get(page).status_code == 200, page
    return (perf_counter() - begun) * 1000
