"""The hot path in one process: posting by us and by pgbench, one by one and in batches."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import Engine

from dispensing.desk import Desk, Work
from dispensing.gateway import Charge, Receipt
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.concluding import post_booked
from dispensing.service.opening import Opened, Presented, open_settlement
from dispensing.service.posting import post, to_be_written
from dispensing.service.recovering import AT_ONCE
from dispensing.service.writing import told_if_held
from web import db
from web.bench_settle import town
from web.bench_settle.postgres import Postgres

_TYPES = {"prescriptions": "uuid[]", "people": "text[]"}


class Prompt(SandboxGateway):
    """A platform that books at once: what it takes itself is not ours."""

    def charge(self, charge: Charge) -> Receipt:
        """Say that it is booked."""
        return Receipt(charge.msgid, f"S{charge.msgid}")


@dataclass(slots=True)
class Bench:
    """A database with the town, from which people come as they are needed."""

    engine: Engine
    desk: Desk
    numbers: Iterator[int]

    def customers(self, wanted: int) -> list[town.Customer]:
        """Let new people come."""
        first = next(self.numbers) * 100_000
        return town.customers(self.engine, self.desk, first=first, count=wanted)

    def opened(self, wanted: int) -> list[Opened]:
        """Open settlements of new people, none of them posted yet."""
        people = self.customers(wanted)
        return [open_one(self.engine, self.desk, each) for each in people]


def open_one(engine: Engine, desk: Desk, one: town.Customer) -> Opened:
    """Open a settlement by card."""
    with db.open_session(engine) as session:
        work = Work(session, desk, town.now())
        shown = Presented("card", one.id_number, one.trace_codes, None, "cash", "bench")
        opened = open_settlement(work, one.prescription_id, one.outlet_code, shown)
        assert isinstance(opened, Opened)
        return opened


def posted_by_us(engine: Engine, opened: Sequence[Opened]) -> float:
    """Post one after another through our code; gives how many a second."""
    begun = perf_counter()
    with db.open_session(engine) as session:
        for one in opened:
            done = post(session, [(one.posting, _receipt(one))], town.now())
            assert done is not None
            session.commit()
    return len(opened) / (perf_counter() - begun)


def posted_by_pgbench(
    bench: Bench, server: Postgres, database: str, wanted: int
) -> float:
    """Post by the same statements, prepared, through pgbench; gives how many a second."""
    script = _script(bench.opened(wanted))
    rounds = server.pgbench(database, script, "-c", "1", "-t", "1")
    return rounds * wanted


def posted_alone(bench: Bench, wanted: int) -> float:
    """Post what was cut off one by one, as a resolver without batches would."""
    return _concluded(bench, wanted, 1)


def posted_in_batches(bench: Bench, wanted: int) -> float:
    """Post what was cut off as the sweep does, many in one statement and commit."""
    return _concluded(bench, wanted, AT_ONCE)


def _concluded(bench: Bench, wanted: int, at_once: int) -> float:
    opened = bench.opened(wanted)
    begun = perf_counter()
    for start in range(0, wanted, at_once):
        some = {
            one.charge.msgid: _receipt(one) for one in opened[start : start + at_once]
        }
        with db.open_session(bench.engine) as session:
            work = Work(session, bench.desk, town.now())
            assert len(post_booked(work, some)) == len(some)
    return wanted / (perf_counter() - begun)


def _receipt(one: Opened) -> Receipt:
    return Receipt(one.charge.msgid, f"S{one.charge.msgid}")


def _script(opened: Sequence[Opened]) -> str:
    """Write the postings as statements that are prepared once and executed each."""
    prepared: dict[str, tuple[str, list[str]]] = {}
    lines = []
    for one in opened:
        numbers = one.posting.numbers
        assert numbers is not None
        booked = [(one.posting, _receipt(one))]
        statement, given = told_if_held(*to_be_written(booked, numbers, town.now()))
        if statement not in prepared:
            names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
            prepared[statement] = f"post{len(prepared)}", names
        name, names = prepared[statement]
        values = ", ".join(_literal(given[each]) for each in names)
        lines.append(f"EXECUTE {name}({values});")
    begin = [_prepare(name, text, names) for text, (name, names) in prepared.items()]
    return "\n".join((*begin, *lines, ""))


def _prepare(name: str, statement: str, names: Sequence[str]) -> str:
    types = ", ".join(_TYPES.get(each, "json") for each in names)
    for no, each in enumerate(names, 1):
        statement = statement.replace(f"%({each})s", f"${no}")
    return f"PREPARE {name}({types}) AS {' '.join(statement.split())};"


def _literal(value: Any) -> str:
    """Quote a value; pgbench leaves alone what looks like a variable and is none."""
    text = "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else value
    return "'" + text.replace("'", "''") + "'"
