"""Record for the audit chain what happens, in the unit of work in which it happens.

The rows of a fact are recorded when the session writes them, so that no service can forget
it. A service that writes such rows by SQL of its own calls `record` with the same values,
or writes what `records` gives along with them.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import event, insert
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel, col, select

from dispensing.audit import digest_of, pooling_area
from dispensing.service.changes import Change
from dispensing.service.recorded_fact import Fact, Values
from dispensing.service.recorded_facts import RECORDED_FACTS
from dispensing.tables import (
    PersonRow,
    PrescriptionRow,
    RecordRow,
    SettlementRow,
    SuspicionRow,
)

if TYPE_CHECKING:
    from datetime import datetime

NOBODY = "system"
_TOLD = "audit_told"
_BEFORE = "audit_told_before"  # as it was at each savepoint
_PLACES = "audit_places"
_INSERT = insert(RecordRow)
RECORDED = Change("insert", "audit_record")
_NOWHERE = "0000"  # neither a person nor an institution: no pooling area
_SALT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a session, in which role: an account's name, a patient's number."""

    who: str
    role: str


ADOPTER = Actor("upgrade", "adopted")
FACTS = {fact.name: fact for fact in RECORDED_FACTS}
_Told = dict[tuple[str, Any], tuple[Fact, Values]]
_ask: Callable[[], Actor | None] = lambda: None  # noqa: E731
_OF_ROW: dict[type, tuple[Fact, ...]] = {
    row: tuple(fact for fact in FACTS.values() if fact.row is row)
    for row in {fact.row for fact in FACTS.values()}
}


def also_record(fact: Fact) -> None:
    """Record one more kind of fact, whose rows a later part of the program keeps."""
    FACTS[fact.name] = fact
    _OF_ROW[fact.row] = (*_OF_ROW.get(fact.row, ()), fact)


def name_actors(ask: Callable[[], Actor | None]) -> None:
    """Let records carry who acts, where `ask` can tell; else they carry what the rows say."""
    global _ask
    _ask = ask


def records(
    told: Sequence[tuple[str, Values]], *, person_no: str, area: str
) -> list[dict[str, Any]]:
    """Make the records of facts about one person, for a service that writes them itself."""
    facts = [(FACTS[name], values) for name, values in told]
    rx_ids = {
        values["prescription_id"] for _, values in facts if "prescription_id" in values
    }
    places = _Places(dict.fromkeys(rx_ids, person_no), {person_no: area}, {}, {})
    return _records(facts, places, _ask())


def record(session: Session, name: str, rows: Sequence[Values]) -> None:
    """Record facts of one name whose rows were written by SQL; the caller commits."""
    write(session, [(FACTS[name], values) for values in rows], _ask())


def is_fact(fact: Fact) -> Any:
    """Select the records of a fact."""
    kind = col(RecordRow.kind)
    return kind.startswith(f"{fact.name}.") if fact.turn else kind == fact.name


def values_of(row: SQLModel) -> dict[str, Any]:
    """Give the values of a row by the names of their columns."""
    return {name: getattr(row, name) for name in _columns(type(row))}


@cache
def _columns(kind: Any) -> tuple[str, ...]:
    return tuple(column.key for column in kind.__table__.columns)


def _gather(session: Session, _context: object) -> None:
    """Keep what a session has just written until its unit of work ends."""
    told: _Told = session.info.setdefault(_TOLD, {})
    for row in (*session.new, *session.dirty):
        for fact in _OF_ROW.get(type(row), ()):
            if _is_news(session, fact, row):
                values = values_of(row)
                told[fact.name, values[fact.key]] = fact, values


def _write_down(session: Session) -> None:
    """Record what the unit of work has written: in its transaction, in one insert."""
    if session.in_nested_transaction():
        return  # a savepoint is released, the unit of work goes on
    session.flush()
    told: _Told = session.info.pop(_TOLD, {})
    session.info.pop(_BEFORE, None)
    if told:
        write(session, list(told.values()), _ask())


def _begin(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        kept = dict(session.info.get(_TOLD, {}))
        session.info.setdefault(_BEFORE, {})[transaction] = kept


def _forget(session: Session, transaction: SessionTransaction) -> None:
    """Forget what was rolled back: everything, or what came after the savepoint.

    A write that fails tells of itself first; what it was a part of is told afterwards.
    """
    if transaction.nested:
        session.info[_TOLD] = session.info[_BEFORE].pop(transaction)
    elif transaction.parent is None:
        session.info.pop(_TOLD, None)
        session.info.pop(_BEFORE, None)


def _is_news(session: Session, fact: Fact, row: Any) -> bool:
    if not fact.tells({name: getattr(row, name) for name in fact.asked}):
        return False
    return row in session.new or (fact.changes and session.is_modified(row))


def write(
    session: Session, told: Sequence[tuple[Fact, Values]], actor: Actor | None
) -> None:
    """Write the records of rows; the caller commits them with the rows."""
    places = _places(session, [values for _, values in told])
    session.connection().execute(_INSERT, _records(told, places, actor))


def _records(
    told: Sequence[tuple[Fact, Values]], places: "_Places", actor: Actor | None
) -> list[dict[str, Any]]:
    groups: dict[tuple[object, ...], tuple[Fact, list[Values]]] = {}
    for fact, values in told:
        alike = fact.together or (fact.key,)
        key = (fact.name, *(values[column] for column in alike))
        groups.setdefault(key, (fact, []))[1].append(values)
    return [
        _record(fact, sorted(rows, key=_by(fact)), places, actor)
        for fact, rows in groups.values()
    ]


def _by(fact: Fact) -> Callable[[Values], Any]:
    return lambda values: values[fact.key]


@dataclass(frozen=True, slots=True)
class _Places:
    """Whom a prescription is for, where a person is insured, where a suspicion arose."""

    person_nos: Mapping[UUID, str]
    areas: Mapping[str, str]
    outlets: Mapping[UUID, str]
    settlements: Mapping[UUID, str]  # whose they are

    def person_no(self, values: Values) -> str | None:
        found: str | None = values.get("person_no")
        found = found or self.person_nos.get(values.get("prescription_id"))  # type: ignore[arg-type]
        return found or self.settlements.get(_settlement_of(values))  # type: ignore[arg-type]

    def area(self, values: Values) -> str:
        """Name the pooling area: the person's, else the institution's."""
        outlet = values.get("outlet_code") or values.get("issuer")
        outlet = outlet or self.outlets.get(values.get("suspicion_id"))  # type: ignore[arg-type]
        outlet = outlet or values.get("place")
        code = self.areas.get(self.person_no(values) or "") or outlet
        return pooling_area(code) if code else _NOWHERE


def _settlement_of(values: Values) -> UUID | None:
    """Name the settlement of what tells neither a person nor an institution."""
    if "person_no" in values or "outlet_code" in values:
        return None
    return values.get("settlement_id")


def _record(
    fact: Fact, rows: Sequence[Values], places: _Places, actor: Actor | None
) -> dict[str, Any]:
    first, salt = rows[0], secrets.token_hex(_SALT_BYTES)
    person_no = places.person_no(first)
    who, role = _who(first, person_no, actor)
    at: datetime = next(first[column] for column in fact.at if first[column])
    return {
        "area": places.area(first),
        "kind": fact.kind(first),
        "subject": ",".join(str(values[fact.key]) for values in rows),
        "person_no": person_no,
        "who": who,
        "role": role,
        "at": at,
        "salt": salt,
        "digest": digest_of([fact.content(values) for values in rows], salt),
    }


def _who(values: Values, person_no: str | None, actor: Actor | None) -> tuple[str, str]:
    if actor is not None:
        return actor.who, actor.role
    role = values.get("role") or NOBODY
    # A patient's account may be named like the patient: the number will do.
    if role == "patient" and person_no:
        return person_no, role
    return values.get("by") or values.get("user") or NOBODY, role


def _places(session: Session, rows: Sequence[Values]) -> _Places:
    """Find persons and areas; what this session has in its hands is not asked for again."""
    known: _Places = session.info.setdefault(_PLACES, _Places({}, {}, {}, {}))

    def also(kind: Any, there: Mapping[Any, str], keys: set[Any]) -> dict[Any, str]:
        return {**there, **_found(session, kind, keys - {None} - there.keys())}

    rx_ids = {v.get("prescription_id") for v in rows if not v.get("person_no")}
    person_nos = also(PrescriptionRow, known.person_nos, rx_ids)
    settlements = also(
        SettlementRow, known.settlements, {_settlement_of(v) for v in rows}
    )
    wanted = {v.get("person_no") for v in rows} | {person_nos.get(i) for i in rx_ids}
    wanted |= set(settlements.values())
    found = session.info[_PLACES] = _Places(
        person_nos,
        also(PersonRow, known.areas, wanted),
        also(SuspicionRow, known.outlets, {v.get("suspicion_id") for v in rows}),
        settlements,
    )
    return found


_LOOKED_UP: Mapping[Any, tuple[str, str]] = {
    PrescriptionRow: ("id", "person_no"),
    PersonRow: ("person_no", "area"),
    SuspicionRow: ("id", "outlet_code"),
    SettlementRow: ("id", "person_no"),
}
_AT_ONCE = 500


def _found(session: Session, kind: Any, keys: Iterable[Any]) -> dict[Any, str]:
    """Look one column of rows up by their key: in the session's hands, else at once."""
    key, column = _LOOKED_UP[kind]
    found: dict[Any, str] = {}
    missing = []
    for one in keys:
        row = session.identity_map.get(session.identity_key(kind, one))
        if row is not None and column in row.__dict__:
            found[one] = getattr(row, column)
        else:
            missing.append(one)
    for begin in range(0, len(missing), _AT_ONCE):
        asked = select(getattr(kind, key), getattr(kind, column)).where(
            col(getattr(kind, key)).in_(missing[begin : begin + _AT_ONCE])
        )
        found.update(dict(session.exec(asked).all()))
    return found


event.listen(Session, "after_flush", _gather)
event.listen(Session, "before_commit", _write_down)
event.listen(Session, "after_transaction_create", _begin)
event.listen(Session, "after_soft_rollback", _forget)
