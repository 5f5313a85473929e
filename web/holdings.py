"""All that is held on a person, table by table, as that person gets it (个人信息保护法 45)."""

import json
import tomllib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel

from dispensing.sealed import place_of
from dispensing.vault import Vault
from pharmacies.append_only import is_sealed

_INVENTORY = Path(__file__).with_name("personal.toml")
# By which column the rows about a person are found.
TABLES = {
    "person_no": (
        *("person", "registration", "allowance", "consent", "prescription", "paper"),
        *("settlement", "supply", "ledger", "family_aid", "family_agent"),
        *("access_code", "access_event", "issued_code", "presentation", "feedback"),
        *("platform_word", "read_log", "opening", "account_event", "closure"),
        *("matching_entry", "matching_enrolment"),
    ),
    "prescription_id": (
        *("prescription_line", "prescription_event", "review", "review_withdrawal"),
        *("national_review", "assessment", "handover", "delivery_order"),
    ),
    "settlement_id": ("settlement_line", "receipt"),
    "order_id": ("delivery_proof", "stop", "reading"),
}
# What has a person's number and is not handed out, with the reason.
LEFT_OUT = {
    "audit_record": "a digest of each row that is handed out",
    "invitation": "how an account was opened; the account's acts are handed out",
    "invitation_end": "as the invitation",
}
# What hangs on a person, and the tables whose rows hang on that.
_ROOTS = {
    "prescription_id": "prescription",
    "settlement_id": "settlement",
    "order_id": "delivery_order",
}
# Digests and secrets tell a person nothing; who was at work is told by institution.
_NOT_HANDED = ("index", "secret", "staff")
_ALSO = frozenset({"read_log.user", "read_log.role", "opening.role"})
# Of somebody else: who collected, who was asked to help.
_OF_OTHERS = frozenset(
    {
        # Of a pair that somebody looks at, the other may be another person.
        "matching_entry.told_sealed",
        *("handover.proxy_name", "handover.proxy_id_sealed"),
        *("presentation.helper_name", "presentation.helper_id_sealed"),
        *("access_code.helper_name", "access_code.helper_phone_tail"),
    }
)
# Sealed as a text of JSON, handed out as what it tells.
_RECORDS = frozenset({"assessment.record_sealed", "platform_word.doubts_sealed"})
Row = Mapping[str, Any]


def held_on(session: Session, vault: Vault, person_no: str) -> dict[str, list[Row]]:
    """Collect the rows about a person, what is sealed opened, by the names of the tables."""
    found: dict[str, list[Row]] = {}
    keys: dict[str, Sequence[Any]] = {"person_no": [person_no]}
    for column, names in TABLES.items():
        if column in _ROOTS:
            keys[column] = [row["id"] for row in found[_ROOTS[column]]]
        for name in names:
            rows = _rows(session, name, column, keys[column])
            found[name] = [_opened_row(vault, name, row) for row in rows]
    return found


def written(found: Any) -> Any:
    """Write a value as JSON knows it: instants by ISO 8601, bytes by base64."""
    if isinstance(found, datetime | date):
        return found.isoformat()
    if isinstance(found, UUID):
        return str(found)
    if isinstance(found, bytes):
        return b64encode(found).decode()
    raise TypeError(f"expected a value of a row: {type(found).__name__}")


def _rows(
    session: Session, name: str, column: str, keys: Sequence[Any]
) -> Iterator[Row]:
    table = SQLModel.metadata.tables[name]
    query = select(table).where(table.c[column].in_(keys))
    for row in session.execute(query.order_by(*table.primary_key)).mappings():
        yield dict(row)


def _opened_row(vault: Vault, name: str, row: Row) -> Row:
    table = SQLModel.metadata.tables[name]
    return {each: _opened(table, vault, row, each) for each in _handed()[name]}


def _opened(table: Table, vault: Vault, row: Row, name: str) -> Any:
    value = row[name]
    if value is None or not is_sealed(table.c[name]):
        return value
    place = place_of(table, name, row)
    if isinstance(value, bytes):
        return vault.open_bytes(value, place)
    opened = vault.open(value, place)
    return json.loads(opened) if f"{table.name}.{name}" in _RECORDS else opened


@cache
def _handed() -> Mapping[str, tuple[str, ...]]:
    """Name the columns that are handed out of each table, by the classes of the inventory."""
    classes = tomllib.loads(_INVENTORY.read_text("utf-8"))
    return {
        name: tuple(
            column
            for kind, columns in classes[name].items()
            for column in columns
            if _is_handed(f"{name}.{column}", kind)
        )
        for names in TABLES.values()
        for name in names
    }


def _is_handed(column: str, kind: str) -> bool:
    if column in _OF_OTHERS:
        return False
    return kind not in _NOT_HANDED or column in _ALSO
