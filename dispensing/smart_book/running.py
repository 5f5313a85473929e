"""Run the rules of smart audit over a book of claim lines, and give its alarms in their order."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import duckdb

from dispensing.smart.alarms import Alarm, Audit, Evidence, Unrun, alarm
from dispensing.smart.rules import AuditRule
from dispensing.smart_book import of_outlets, of_people

# What the claim lines do not tell themselves; what is not given leaves its rules unrun.
SIDES: Mapping[str, Mapping[str, str]] = {
    "places": {"outlet": "varchar", "lon": "double", "lat": "double"},
    "hours": {
        "outlet": "varchar",
        "weekday": "integer",
        "opens_minute": "integer",
        "closes_minute": "integer",
    },
    "stays": {"person": "varchar", "admitted": "date", "discharged": "date"},
    "ends": {"person": "varchar", "ended_on": "date"},
    "auxiliary": {"medicine": "varchar", "indicated": "varchar"},
    "parts": {"medicine": "varchar", "parts": "integer"},
    "known_addresses": {"address_key": "varchar"},
}
_STATEMENTS = {
    "duplicate": of_people.DUPLICATE,
    "over_quantity": of_people.OVER_QUANTITY,
    "second_trace": of_outlets.SECOND_TRACE,
    "resale": of_people.RESALE,
    "one_address": of_outlets.ONE_ADDRESS,
    "doctor_outlet": of_outlets.DOCTOR_OUTLET,
    "auxiliary": of_outlets.AUXILIARY,
    "above_standard": of_outlets.ABOVE_STANDARD,
    "two_places": of_people.TWO_PLACES,
    "closed_hours": of_outlets.CLOSED_HOURS,
    "hospital_stay": of_people.HOSPITAL_STAY,
    "after_end": of_people.AFTER_END,
}
_SUPPLIES_OF = ("duplicate", "over_quantity")
_HITS = """
create temp table hits (
    rule varchar, subject varchar, claim {claim}, line bigint, stake_fen bigint,
    facts map(varchar, bigint))
"""
_EVIDENCE = """
select rule, subject, facts, lines.claim::varchar, lines.line, day, outlet,
    person::varchar, medicine, fund_fen, stake_fen
from hits join lines on lines.claim = hits.claim and lines.line = hits.line
order by rule, subject, day, lines.claim::varchar, lines.line
"""


def audit(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    rules: Iterable[AuditRule],
    sides: Mapping[str, str] | None = None,
) -> Audit:
    """Run rules over a relation of claim lines, a name or a statement in brackets.

    `sides` names the relations beside it: where the outlets are, their hours, and so on.
    The same lines, rules and sides give the same alarms in the same order.
    """
    given = dict(sides or {})
    _lay(connection, source, given)
    ran: dict[str, AuditRule] = {}
    unrun: list[Unrun] = []
    for rule in rules:
        missing = [need for need in rule.needs if need in SIDES and need not in given]
        if missing:
            unrun.append(Unrun(rule.id, missing[0]))
            continue
        if rule.id in _SUPPLIES_OF and ran.keys().isdisjoint(_SUPPLIES_OF):
            connection.execute(of_people.SUPPLIES)
        statement = _STATEMENTS[rule.id].format(**rule.values)
        connection.execute(
            f"insert into hits select '{rule.id}', subject, claim, line, stake_fen, facts"
            f" from ({statement})"
        )
        ran[rule.id] = rule
    found = tuple(_alarms(connection, ran))
    read = connection.execute("select count(*), min(day), max(day) from lines")
    lines, first, last = read.fetchone() or (0, None, None)
    _clear(connection)
    return Audit(lines, first, last, found, tuple(unrun))


def _lay(
    connection: duckdb.DuckDBPyConnection, source: str, given: Mapping[str, str]
) -> None:
    _clear(connection)
    connection.execute(
        f"create temp view lines as select * from {source}"
        " where reversed_on is null and person is not null"
    )
    for name, columns in SIDES.items():
        if name in given:
            told = f"select {', '.join(columns)} from {given[name]}"
        else:
            empty = (f"null::{kind} as {one}" for one, kind in columns.items())
            told = f"select {', '.join(empty)} where false"
        connection.execute(f"create temp view {name} as {told}")
    kind = connection.execute("select claim from lines limit 0").description
    connection.execute(_HITS.format(claim=kind[0][1]))


def _clear(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("drop table if exists temp.hits")
    connection.execute("drop table if exists temp.supplies")
    for name in (*SIDES, "lines"):
        connection.execute(f"drop view if exists temp.{name}")


def _alarms(
    connection: duckdb.DuckDBPyConnection, ran: Mapping[str, AuditRule]
) -> Iterator[Alarm]:
    """Give the alarms of all rules, in the order of the rules and of their subjects."""
    rows = connection.execute(_EVIDENCE).fetchall()
    told: dict[str, list[Alarm]] = {name: [] for name in ran}
    for (name, subject), group in groupby(rows, key=lambda row: row[:2]):
        mine = list(group)
        evidence = tuple(_evidence(row[3:]) for row in mine)
        edition = ran[name].edition
        told[name].append(alarm(name, edition, subject, evidence, facts=mine[0][2]))
    for alarms in told.values():
        yield from alarms


def _evidence(row: tuple[Any, ...]) -> Evidence:
    claim, line, day, outlet, person, medicine, fund_fen, stake_fen = row
    paid_fen = max(0, fund_fen)
    stake_fen = min(max(0, stake_fen), paid_fen)
    return Evidence(
        claim,
        line,
        day,
        outlet,
        person,
        medicine,
        fund_fen=paid_fen,
        stake_fen=stake_fen,
    )
