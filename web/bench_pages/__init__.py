"""How long the server takes for each page, at a stated size, and how many queries it asks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from web.bench_pages import in_step
from web.bench_pages.filling import Filled, filled, signed_in

Echo = Callable[[str], object]
PRESCRIPTIONS = 100_000
ORDERS = 10_000
ASKED = 20  # times each page is asked for
MEDIAN_MS, P95_MS = 60, 150  # promised
# What a role may open without naming anything.
PAGES: Mapping[str, Sequence[str]] = {
    "patient": (
        *("/patient", "/patient/codes", "/patient/feedback", "/patient/me"),
        *("/patient/medicines", "/patient/readers", "/patient/sharing"),
        *("/patient/sharing/codes", "/patient/sharing/family", "/patient/year"),
        *("/patient/consents", "/patient/export", "/patient/closing"),
        *("/proofs", "/account"),
    ),
    "counter": (
        *("/counter", "/counter/paper", "/counter/till", "/counter/stock"),
        *("/counter/breaches", "/proofs", "/account", "/approvals"),
        *("/counter/reconciliation", "/feedback", "/medicines", "/notices", "/uploads"),
        *("/counter/smart", "/counter/reports", "/counter/managed"),
    ),
    "dispatch": (
        *("/dispatch", "/dispatch/crew", "/dispatch/loggers"),
        *("/dispatch/road", "/dispatch/cases"),
        *("/dispatch/score", "/dispatch/score/deliveries"),
        *("/feedback", "/notices", "/proofs", "/account", "/program-keys"),
    ),
    "courier": ("/courier", "/account"),
    "hospital": ("/hospital", "/medicines", "/notices", "/account", "/program-keys"),
    "bureau": (
        *("/bureau", "/bureau/traces", "/bureau/audit", "/bureau/keys"),
        *("/bureau/reconciliation", "/bureau/network", "/bureau/network-gaps"),
        *("/bureau/siting", "/bureau/stock", "/bureau/carriers"),
        *("/bureau/carriers/deliveries", "/proofs", "/account"),
        *("/approvals", "/openings", "/openings/people", "/bureau/overlay"),
        *("/staff", "/program-keys"),
        *("/bureau/groups", "/bureau/groups/measured"),
        *("/bureau/desk", "/bureau/desk/calendar", "/bureau/desk/tasks"),
        *("/bureau/desk/meetings", "/bureau/desk/inspections"),
        *("/bureau/groups", "/bureau/groups/measured", "/bureau/matching"),
        *("/bureau/retention", "/bureau/smart", "/bureau/smart/cases"),
        *("/bureau/smart/pledges", "/bureau/smart/rules", "/bureau/smart/samples"),
        "/bureau/lists",
        *("/openings/locked", "/bureau/forms"),
        *("/medicines", "/medicines/files", "/feedback", "/notices", "/uploads"),
    ),
}
# What a role may open of the prescription and the order that were lived through first.
OF_ONE: Mapping[str, Sequence[str]] = {
    "patient": (
        *("/patient/prescriptions/{rx}", "/patient/prescriptions/{rx}/slip"),
        "/patient/prescriptions/{rx}/explanation",
        *("/patient/prescriptions/{rx}/feedback", "/patient/orders/{order}"),
    ),
    "counter": (
        "/counter/prescriptions/{rx}",
        "/counter/prescriptions/{rx}/explanation",
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page took: milliseconds of the server each time, and queries."""

    page: str
    ms: tuple[float, ...]
    cpu_ms: float  # computed by this process, whatever else the machine does
    queries: int

    @property
    def p95_ms(self) -> float:
        """Give the time within which nineteen of twenty answers came."""
        return sorted(self.ms)[int(len(self.ms) * 0.95) - 1]


def run(echo: Echo) -> None:
    """Fill a platform and tell what each page takes."""
    with TemporaryDirectory() as folder:
        begun = perf_counter()
        with filled(Path(folder), PRESCRIPTIONS, ORDERS) as town:
            echo(f"filled in {perf_counter() - begun:.0f} s")
            slow = []
            for asked in measured(town, ASKED):
                echo(
                    f"{asked.page:<42} median {median(asked.ms):6.1f} ms,"
                    f" 95 % {asked.p95_ms:6.1f} ms, computed {asked.cpu_ms:5.1f} ms,"
                    f" {asked.queries:3} queries"
                )
                if median(asked.ms) > MEDIAN_MS or asked.p95_ms > P95_MS:
                    slow.append(asked.page)
            echo("slower than promised: " + (", ".join(slow) if slow else "none"))
            in_step.run(town, echo)


def measured(town: Filled, times: int) -> Iterator[Asked]:
    """Ask for every page so often, and count its queries."""
    engine: Engine = town.app.extensions["engine"]
    for role, pages in PAGES.items():
        client = signed_in(town.app, role)
        for page in (*pages, *OF_ONE.get(role, ())):
            address = page.format(rx=town.prescription_id, order=town.order_id)
            _answered(client, address)  # the first one compiles the template
            with counting(engine) as queries:
                _answered(client, address)
            begun = process_time()
            spent = tuple(_answered(client, address) for _ in range(times))
            cpu_ms = (process_time() - begun) * 1000 / times
            yield Asked(page, spent, cpu_ms, len(queries))


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Collect the queries that are asked in the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def _answered(client: FlaskClient, page: str) -> float:
    begun = perf_counter()
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status)
    return (perf_counter() - begun) * 1000
