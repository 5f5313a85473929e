"""The texts of the rules: laid down with the first decision on them, read again years later."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import Pool
from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.policy import BadPack, Rules, load_packs
from dispensing.policy.kept import OVERLAY, rules_from
from dispensing.tables import AssessmentRow, PolicyTextRow

INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_PENDING = "policy texts laid down"
# What a database is known to have, by the pool that leads to it.
_laid: WeakKeyDictionary[Pool, set[str]] = WeakKeyDictionary()


class TextMissing(LookupError):
    """A text that a decision rested on is not there, or is not what it was."""


def lay_down(session: Session, rules: Rules, now: datetime) -> None:
    """Keep the texts of these rules, those that the database does not have yet.

    Once all of them are known to be there, nothing is asked. Another process may lay
    down the same text at the same time: the first one stays.
    """
    missing = {
        digest: name
        for name, digest in rules.versions.items()
        if digest not in _known(session)
    }
    if not missing:
        return
    rows = [
        {
            "sha256": digest,
            "name": missing[digest],
            "text": rules.written[missing[digest]],
            "first_used_at": now,
        }
        for digest in sorted(missing)
    ]
    connection = session.connection()
    insert = INSERT[connection.dialect.name](PolicyTextRow)
    connection.execute(insert.values(rows).on_conflict_do_nothing())
    _remember(session, missing)


def rules_kept(session: Session, desk: Desk, row: AssessmentRow) -> Rules:
    """Give the rules that a decision rested on, as they were written that day.

    `TextMissing` where one of its texts is gone, changed, or cannot be read any more.
    """
    names = [*row.policies, *(name for name in row.versions if name == OVERLAY)]
    there = _today(desk)
    sought = {row.versions.get(name, "") for name in names} - set(there)
    there |= _read(session, sought)
    written = {}
    for name in names:
        digest = row.versions.get(name, "")
        if digest not in there:
            raise TextMissing(f"{name}: expected its text {digest}, which was not kept")
        written[name] = there[digest]
    try:
        return rules_from(written, row.on)
    except BadPack as error:
        raise TextMissing(f"{error.said}, cannot be read any more") from error


def _today(desk: Desk) -> dict[str, str]:
    """Give the texts in use now: a decision of before they were kept may rest on them."""
    overlay = desk.overlay
    found = {pack.sha256: pack.written for pack in load_packs()}
    return found if overlay is None else {**found, overlay.sha256: overlay.written}


def _read(session: Session, digests: set[str]) -> Mapping[str, str]:
    if not digests:
        return {}
    query = select(PolicyTextRow).where(col(PolicyTextRow.sha256).in_(digests))
    return {row.sha256: row.text for row in session.exec(query) if _is_whole(row)}


def _is_whole(row: PolicyTextRow) -> bool:
    return hashlib.sha256(row.text.encode()).hexdigest() == row.sha256


def _known(session: Session) -> set[str]:
    return _laid.setdefault(session.get_bind().engine.pool, set())


def _remember(session: Session, digests: Iterable[str]) -> None:
    """Know the texts to be there, once the unit of work that laid them down is committed."""
    if not event.contains(session, "after_commit", _committed):
        event.listen(session, "after_commit", _committed)
        event.listen(session, "after_soft_rollback", _rolled_back)
    session.info.setdefault(_PENDING, set()).update(digests)


def _committed(session: Session) -> None:
    # What a savepoint released can still be rolled back.
    if not session.in_nested_transaction():
        _known(session).update(session.info.pop(_PENDING, ()))


def _rolled_back(session: Session, _transaction: object) -> None:
    session.info.pop(_PENDING, None)
