"""The rows of a run's lists: made of what was found, each with what changed since the last run."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.matching.lists import LISTS
from dispensing.matching.registry import Managed
from dispensing.sealed import at
from dispensing.tables.matching import MatchingEntryRow
from dispensing.vault import Vault

if TYPE_CHECKING:
    from dispensing.matching_bulk.engine import Found


@dataclass(slots=True)
class Entry:
    """One person on one list, opened: what the row is made of."""

    found: "Found"
    person_no: str | None
    managed: Managed | None


@dataclass(frozen=True, slots=True)
class Told:
    """The rows of a run's lists, and by list how many, new, changed, the same and gone."""

    rows: list[dict[str, Any]]
    counts: dict[str, dict[str, int]]


def entries_of(
    session: Session,
    vault: Vault,
    entries: Iterable[Entry],
    run_id: UUID,
    *,
    previous: UUID | None,
) -> Told:
    """Make the rows of the lists, each with what changed since the run before."""
    held = _held(session, previous)
    counts = {name: Counter[str]() for name in LISTS}
    rows = []
    next_id = _next_id(session)
    for no, one in enumerate(entries, next_id):
        row = _row(vault, one, run_id, no)
        key = (row["list"], row["subject"])
        before = held.pop(key, None)
        row["change"] = (
            "new"
            if before is None
            else "same"
            if before == row["content"]
            else "changed"
        )
        counts[row["list"]].update(("people", row["change"]))
        rows.append(row)
    for name, _subject in held:
        counts[name]["gone"] += 1
    return Told(rows, {name: dict(each) for name, each in counts.items()})


def _held(session: Session, run_id: UUID | None) -> dict[tuple[str, str], str]:
    mine = MatchingEntryRow
    query = select(mine.list, mine.subject, mine.content).where(mine.run_id == run_id)
    if run_id is None:
        return {}
    return {(name, subject): said for name, subject, said in session.exec(query)}


def _next_id(session: Session) -> int:
    """Give the number of the first entry: what is told is sealed in the place of its row."""
    query = (
        select(MatchingEntryRow.id).order_by(col(MatchingEntryRow.id).desc()).limit(1)
    )
    return (session.exec(query).first() or 0) + 1


def _row(vault: Vault, one: Entry, run_id: UUID, no: int) -> dict[str, Any]:
    found, key = one.found, one.managed.key if one.managed else ""
    whose = f"{one.person_no}|{key}" if found.list == "review" else one.person_no or key
    said = {"diseases": found.diseases, "detail": found.detail}
    told: dict[str, Any] = dict(said)
    centre = one.managed.institution if found.list == "enrol" and one.managed else ""
    if centre:
        said["institution"] = centre
    if one.managed is not None:
        told |= {"key": key, "managed": _plain(one.managed)}
    place = at(MatchingEntryRow, "told_sealed", no)
    return {
        "id": no,
        "run_id": run_id,
        "list": found.list,
        "subject": vault.fingerprint(f"{found.list}|{whose}"),
        "content": vault.fingerprint(f"{whose}|{json.dumps(said)}"),
        "score": found.score,
        "person_no": one.person_no,
        "institution": centre,
        "told_sealed": vault.seal(json.dumps(told, ensure_ascii=False), place),
    }


def _plain(one: Managed) -> dict[str, Any]:
    said = asdict(one)
    said["born_on"] = one.born_on.isoformat()
    said["since"] = one.since.isoformat() if one.since else None
    return said | {"diseases": sorted(one.diseases)}


def digest_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Give one digest over all entries of a run (SHA-256)."""
    said = sorted((row["list"], row["subject"], row["content"]) for row in rows)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
