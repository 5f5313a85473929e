"""Registries of managed patients as they were taken: sealed by the thousand, opened to compare."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.matching.registry import Managed
from dispensing.sealed import at, unseal_bytes
from dispensing.service.approving import Party
from dispensing.tables.matching import ManagedPartRow, ManagedRegistryRow
from dispensing.vault import Vault

PART = 5_000


@dataclass(frozen=True, slots=True)
class RegistryView:
    """One registry that was taken: of which day, how many people, who took it."""

    id: UUID
    area: str
    as_of: date
    file_name: str
    file_sha256: str
    people: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """Where a registry came from: its file and digest, and of which day it is."""

    file_name: str
    file_sha256: str
    as_of: date


def take(
    session: Session,
    vault: Vault,
    people: Iterable[Managed],
    source: Source,
    *,
    id_: UUID,
    area: str,
    by: Party,
    now: datetime,
) -> RegistryView:
    """Keep a registry whole, in one unit of work; under the same number it is kept once."""
    kept = session.get(ManagedRegistryRow, id_)
    if kept is not None:
        return view(kept)
    count, no, digest = 0, 0, hashlib.sha256()
    parts = []
    left = iter(people)
    while some := list(islice(left, PART)):
        raw = json.dumps([_packed(one) for one in some], ensure_ascii=False).encode()
        digest.update(raw)
        place = at(ManagedPartRow, "people_sealed", id_, no)
        sealed = vault.seal_bytes(zlib.compress(raw, 1), place)
        parts.append(ManagedPartRow(registry_id=id_, no=no, people_sealed=sealed))
        count, no = count + len(some), no + 1
    row = ManagedRegistryRow(
        id=id_,
        place=area,
        as_of=source.as_of,
        file_name=source.file_name,
        file_sha256=source.file_sha256,
        people=count,
        parts=no,
        digest=vault.fingerprint(digest.hexdigest()),
        by=by.user,
        role=by.role,
        at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(parts)
    session.commit()
    return view(row)


def people_of(session: Session, vault: Vault, registry_id: UUID) -> Iterator[Managed]:
    """Open the people of a registry, in their order."""
    query = select(ManagedPartRow).where(col(ManagedPartRow.registry_id) == registry_id)
    for row in session.exec(query.order_by(col(ManagedPartRow.no))):
        raw = zlib.decompress(unseal_bytes(vault, row, "people_sealed"))
        session.expunge(row)
        yield from map(_unpacked, json.loads(raw))


def registries(
    session: Session, area: str, limit: int = 20
) -> tuple[RegistryView, ...]:
    """List the registries of an area, the latest first."""
    mine = ManagedRegistryRow
    query = select(mine).where(col(mine.place) == area)
    query = query.order_by(col(mine.as_of).desc(), col(mine.at).desc()).limit(limit)
    return tuple(map(view, session.exec(query)))


def view(row: ManagedRegistryRow) -> RegistryView:
    """Tell of a registry."""
    return RegistryView(
        row.id,
        row.place,
        row.as_of,
        row.file_name,
        row.file_sha256,
        row.people,
        row.by,
        row.at,
    )


def _packed(one: Managed) -> list[object]:
    return [
        one.id_number,
        one.name,
        one.born_on.isoformat(),
        one.address,
        sorted(one.diseases),
        one.since.isoformat() if one.since else None,
        one.institution,
        one.chronic_outpatient,
    ]


def _unpacked(packed: list[object]) -> Managed:
    id_number, name, born_on, address, diseases, since, institution, chronic = packed
    return Managed(
        str(id_number),
        str(name),
        date.fromisoformat(str(born_on)),
        str(address),
        frozenset(diseases),  # type: ignore[call-overload]
        date.fromisoformat(str(since)) if since else None,
        str(institution),
        bool(chronic),
    )
