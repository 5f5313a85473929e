"""What the edge costs a request: each layer of it switched off by itself, here alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any
from unittest.mock import patch

from flask import Flask
from flask.testing import FlaskClient

from dispensing.service import reading
from web import matrix, observe, rates, under_lock
from web.bench_pages import counting
from web.bench_pages.filling import Filled, filled, signed_in

Echo = Callable[[str], object]
TURNS, ASKED = 5, 6  # so often in turns with all layers on, so many requests each time
ASKS = (
    ("patient", "/patient"),
    ("counter", "/counter/prescriptions/{rx}"),
    ("counter", "/api/prescriptions/{rx}"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a layer costs one request: microseconds computed, and statements."""

    layer: str
    us: float
    queries: int


def run(echo: Echo) -> None:
    """Ask for pages and over the interface, with each layer on and off in turns."""
    with (
        TemporaryDirectory() as folder,
        filled(Path(folder), 100, 10) as town,
    ):
        for role, address in ASKS:
            path = address.format(rx=town.prescription_id, order=town.order_id)
            client = signed_in(town.app, role)
            whole = _spent(town, client, path)
            echo(f"{address}: {whole.us / 1000:.1f} ms, {whole.queries} statements")
            for cost in costs(town, client, path, TURNS):
                echo(
                    f"  {cost.layer:<10} {cost.us:7.0f} µs {cost.queries:3} statements"
                )


def costs(town: Filled, client: FlaskClient, path: str, turns: int) -> Sequence[Cost]:
    """Tell what each layer costs at one address: the median of so many pairs."""
    found = []
    for layer, off in LAYERS.items():
        pairs = []
        for _ in range(turns):
            with off(town.app):
                without = _spent(town, client, path)
            pairs.append((_spent(town, client, path), without))
        us = median(on.us - without.us for on, without in pairs)
        found.append(Cost(layer, us, pairs[-1][0].queries - pairs[-1][1].queries))
    return found


def _spent(town: Filled, client: FlaskClient, path: str) -> Cost:
    with counting(town.app.extensions["engine"]) as queries:
        _ask(client, path)
    asked = len(queries)
    begun = process_time()
    for _ in range(ASKED):
        _ask(client, path)
    return Cost("all", (process_time() - begun) * 1e6 / ASKED, asked)


def _ask(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status)


@contextmanager
def _without(app: Flask, kind: str, module: str) -> Iterator[None]:
    """Leave out the hooks of one module: before a request, or after it."""
    kept: dict[Any, list[Any]] = getattr(app, kind)
    hooks = kept[None]
    kept[None] = [each for each in hooks if each.__module__ != module]
    yield
    kept[None] = hooks


LAYERS: dict[str, Callable[[Flask], Any]] = {
    "nothing": lambda _: nullcontext(),
    "session": lambda app: _without(app, "before_request_funcs", "web.sessions"),
    "limits": lambda _: patch.object(rates, "count", lambda *_, **__: None),
    "matrix": lambda _: patch.object(matrix, "permits", lambda *_: True),
    "lock": lambda _: patch.object(under_lock, "put_away", lambda _, named: named),
    "record": lambda _: patch.object(reading, "record_read", lambda *_: None),
    "log": lambda _: patch.object(observe, "_log", lambda *_: None),
    "headers": lambda app: _without(app, "after_request_funcs", "web.headers"),
}
