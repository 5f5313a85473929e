"""Every row of a database in words that two databases can share: ids become names."""

import json
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select

from dispensing.sealed import place_of
from pharmacies.append_only import is_sealed
from tests import world
from web import db

# The database draws it by itself.
APART = ("network_stamp", "audit_link")
Rows = dict[str, list[dict[str, Any]]]


def books(engine: Engine) -> dict[str, list[str]]:
    """Give every table's rows, each as one line, in an order that ids do not decide."""
    rows = _read(engine)
    names = _names(rows)
    return {
        table: sorted(_line(table, row, names) for row in kept)
        for table, kept in rows.items()
        if table not in APART
    }


def _read(engine: Engine) -> Rows:
    with engine.connect() as connection:
        return {
            table.name: [
                dict(row) for row in connection.execute(select(table)).mappings()
            ]
            for table in db.metadata().sorted_tables
        }


def _names(rows: Rows) -> dict[str, str]:
    """Name what is known by an id: by its number, or by what it is about and its instant."""
    names: dict[str, str] = {}
    for rx in rows["prescription"]:
        names[str(rx["id"])] = f"rx {rx['hosp_rx_no']}"
    for row in rows["settlement"]:
        names[str(row["id"])] = f"settlement {row['msgid']}"
    for row in rows["assessment"]:
        about = names[str(row["prescription_id"])]
        names[str(row["id"])] = f"answer to {about} of {row['at'].isoformat()}"
    for row in rows["suspicion"]:
        about = names[str(row["prescription_id"])]
        names[str(row["id"])] = f"suspicion {row['code']} {about} {row['outlet_code']}"
    for row in rows["ledger"]:
        entry = row["entry"], row["debit"], row["credit"], row["at"].isoformat()
        about = names.get(str(row["settlement_id"]), row["person_no"])
        names[f"ledger {row['id']}"] = " ".join((about, *entry))
    for row in rows["prescription_event"]:
        about = names[str(row["prescription_id"])]
        event = about, row["kind"], row["at"].isoformat(), row["by"]
        names[f"event {row['id']}"] = " ".join(event)
    for row in rows["trace_sale"]:
        sale = row["code"], str(row["part"]), names[str(row["settlement_id"])]
        names[f"sale {row['id']}"] = " ".join(sale)
    for row in rows["family_aid"]:
        aid = row["person_no"], row["payer_no"], row["since"].isoformat()
        names[f"aid {row['id']}"] = " ".join(aid)
    return names


def _line(table: str, row: dict[str, Any], names: dict[str, str]) -> str:
    told = {}
    for column, value in row.items():
        if column == "id" and isinstance(value, int):
            continue
        told[column] = _told(_opened(table, column, row), names)
    if table == "audit_record":
        # The digest is salted; `yaoda audit verify` holds it against the rows.
        told["subject"] = _subject(row["kind"], row["subject"], names)
        del told["salt"], told["digest"]
    if table == "suspicion":
        told["first_sale_id"] = names[f"sale {row['first_sale_id']}"]
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def _opened(name: str, column: str, row: dict[str, Any]) -> Any:
    """Open what is sealed: it is never sealed alike twice."""
    table, value = db.metadata().tables[name], row[column]
    if isinstance(value, str) and is_sealed(table.c[column]):
        return world.VAULT.open(value, place_of(table, column, row))
    return value


def _told(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, UUID):
        return names.get(str(value), "?")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def _subject(kind: str, subject: str, names: dict[str, str]) -> list[str]:
    fact = kind.partition(".")[0]
    return sorted(
        names.get(key) or names.get(f"{fact} {key}", key) for key in subject.split(",")
    )
