"""How long the supervision of carriers takes with so many deliveries that have ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update
from sqlalchemy import select as choose
from sqlmodel import SQLModel

from web.bench_pages import counting
from web.bench_pages.filling import Filled, filled, signed_in

Echo = Callable[[str], object]
DELIVERIES = 100_000
MONTHS = 12
LATE_PERCENT, RETURNED_PERCENT = 8, 2
ASKED = 10
PAGES = {
    "bureau": (
        "/bureau/carriers",
        "/bureau/carriers.csv",
        "/bureau/carriers/deliveries?what=late",
    ),
    "dispatch": ("/dispatch/score", "/dispatch/score/deliveries?what=late"),
}


def run(echo: Echo) -> None:
    """Fill a platform with a year of deliveries, and tell what each page of a month takes."""
    with TemporaryDirectory() as folder:
        begun = perf_counter()
        with filled(Path(folder), DELIVERIES, DELIVERIES) as town:
            ended = _end(town)
            echo(
                f"{ended} deliveries of {MONTHS} months in {perf_counter() - begun:.0f} s"
            )
            for role, pages in PAGES.items():
                client = signed_in(town.app, role)
                for page in pages:
                    with counting(town.app.extensions["engine"]) as queries:
                        assert client.get(page).status_code == 200, page
                    computed_s = process_time()
                    spent = [_spent(client, page) for _ in range(ASKED)]
                    cpu_ms = (process_time() - computed_s) * 1000 / ASKED
                    echo(
                        f"{page:<42} median {median(spent):6.1f} ms,"
                        f" most {max(spent):6.1f} ms, computed {cpu_ms:6.1f} ms,"
                        f" {len(queries):3} queries"
                    )


def _spent(client: Any, page: str) -> float:
    begun = perf_counter()
    assert client.get(page).status_code == 200
    return (perf_counter() - begun) * 1000


def _end(town: Filled) -> int:
    """Let every order end on some day of the year, some late and some in vain."""
    engine, now = town.app.extensions["engine"], town.app.extensions["clock"].now()
    orders, events = (
        SQLModel.metadata.tables[name]
        for name in ("delivery_order", "prescription_event")
    )
    chance, written = Random(1), 0
    with engine.begin() as books:
        columns = (orders.c.id, orders.c.prescription_id)
        found = books.execute(choose(*columns)).all()
        for begin in range(0, len(found), 5000):
            some = [_life(row, chance, now) for row in found[begin : begin + 5000]]
            _write(books, orders, events, some)
            written += len(some)
    return written


def _life(row: Any, chance: Random, now: datetime) -> dict[str, Any]:
    placed = now - timedelta(days=chance.uniform(0, 365), hours=4)
    until = placed + timedelta(hours=3)
    late, back = (chance.randrange(100) < it for it in (LATE_PERCENT, RETURNED_PERCENT))
    ended = until + timedelta(minutes=40 if late else -30)
    return {
        "key": row.id,
        "prescription_id": row.prescription_id,
        "placed_at": placed,
        "packed_at": placed + timedelta(hours=1),
        "window_opens": placed + timedelta(hours=1),
        "window_closes": until,
        "promised_until": until,
        "out_at": placed + timedelta(hours=2),
        "ended_at": ended,
        "state": "returned" if back else "handed_over",
    }


def _write(
    books: Connection, orders: Any, events: Any, lives: list[dict[str, Any]]
) -> None:
    columns = (
        *("placed_at", "packed_at", "window_opens", "window_closes"),
        *("promised_until", "ended_at", "state"),
    )
    changed = update(orders).where(orders.c.id == bindparam("key"))
    changed = changed.values({name: bindparam(f"to_{name}") for name in columns})
    books.execute(
        changed,
        [{"key": it["key"], **{f"to_{n}": it[n] for n in columns}} for it in lives],
    )
    told = [
        {"prescription_id": it["prescription_id"], "at": at, "kind": kind, "by": "x"}
        for it in lives
        for at, kind in (
            (it["placed_at"], "order_placed"),
            (it["packed_at"], "order_packed"),
            (it["out_at"], "order_out"),
            (it["ended_at"], f"order_{it['state']}"),
        )
    ]
    books.execute(insert(events), [{**each, "detail": ""} for each in told])
