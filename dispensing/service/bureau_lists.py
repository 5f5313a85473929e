"""Lists beside the claims (住院, 死亡和停保, 辅助药品, 结算诊断): kept whole, sealed, by version.

Of people who are not insured here nothing is kept but how many there were.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.bureau_lists.kinds import KINDS, Cells, ListKind, ReadList
from dispensing.sealed import at, unseal_bytes
from dispensing.service.approving import Party
from dispensing.tables import BureauListRow, PersonRow
from dispensing.vault import Vault

AT_ONCE = 5_000
NAME_MAX = 120


@dataclass(frozen=True, slots=True)
class BureauList:
    """One version of a list: where it comes from, and how much of it counts."""

    id: UUID
    kind: str
    as_of: date
    source: str
    file_name: str
    file_sha256: str
    rows: int
    kept: int
    unknown: int
    passed_over: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file of a list as it is handed in: of which day, and who says so."""

    name: str
    content: bytes
    as_of: date
    source: str


def take(
    session: Session,
    vault: Vault,
    read: ReadList,
    file: ListFile,
    *,
    kind: ListKind,
    id_: UUID,
    place: str,
    by: Party,
    now: datetime,
) -> BureauList:
    """Keep a list as its next version; under the same number it is kept once."""
    assert read.is_fit, "a list with a refused row is not kept"
    kept = session.get(BureauListRow, id_)
    if kept is not None:
        return _view(kept)
    rows = list(_known(session, vault, list(read.kept), kind=kind, place=place))
    raw = json.dumps(rows, ensure_ascii=False).encode()
    row = BureauListRow(
        id=id_,
        place=place,
        kind=kind,
        as_of=file.as_of,
        source=file.source.strip(),
        file_name=file.name[:NAME_MAX],
        file_sha256=hashlib.sha256(file.content).hexdigest(),
        rows=read.rows,
        kept=len(rows),
        unknown=len(read.kept) - len(rows),
        passed_over=read.passed_over,
        content_sealed=vault.seal_bytes(
            zlib.compress(raw, 3), at(BureauListRow, "content_sealed", id_)
        ),
        by=by.user,
        role=by.role,
        at=now,
    )
    session.add(row)
    try:
        session.commit()
    except IntegrityError:  # a second press of the button
        session.rollback()
        row = session.get_one(BureauListRow, id_)
    return _view(row)


def versions(session: Session, place: str, limit: int = 40) -> tuple[BureauList, ...]:
    """List the versions of an area's lists, the latest first; those of all where none is named."""
    query = select(BureauListRow).order_by(col(BureauListRow.at).desc()).limit(limit)
    if place:
        query = query.where(col(BureauListRow.place) == place)
    return tuple(map(_view, session.exec(query)))


def latest(session: Session, place: str, kind: ListKind) -> BureauList | None:
    """Tell of the version of a list that counts; None where there is none."""
    row = _latest(session, place, kind)
    return _view(row) if row else None


def rows_of(
    session: Session, vault: Vault, place: str, kind: ListKind
) -> list[Cells] | None:
    """Open the list that counts; None where there is none."""
    row = _latest(session, place, kind)
    if row is None:
        return None
    raw = zlib.decompress(unseal_bytes(vault, row, "content_sealed"))
    return [tuple(cells) for cells in json.loads(raw)]


def _latest(session: Session, place: str, kind: ListKind) -> BureauListRow | None:
    mine = BureauListRow
    query = select(mine).where(col(mine.place) == place, col(mine.kind) == kind)
    order = col(mine.as_of).desc(), col(mine.at).desc()
    return session.exec(query.order_by(*order).limit(1)).first()


def _known(
    session: Session, vault: Vault, rows: Sequence[Cells], *, kind: ListKind, place: str
) -> Iterable[Cells]:
    """Name people by their insured numbers; who is not insured here is left out."""
    if not KINDS[kind].of_people:
        return rows
    numbers = dict(_insured(session, vault, {row[0] for row in rows}, place))
    return [(numbers[row[0]], *row[1:]) for row in rows if row[0] in numbers]


def _insured(
    session: Session, vault: Vault, id_numbers: Iterable[str], place: str
) -> Iterator[tuple[str, str]]:
    asked = sorted(id_numbers)
    for begin in range(0, len(asked), AT_ONCE):
        some = asked[begin : begin + AT_ONCE]
        by_index = {index: one for one in some for index in vault.indexes(one)}
        query = select(PersonRow.id_index, PersonRow.person_no).where(
            col(PersonRow.id_index).in_(by_index), col(PersonRow.area).startswith(place)
        )
        for index, person_no in session.exec(query):
            yield by_index[index], person_no


def _view(row: BureauListRow) -> BureauList:
    return BureauList(
        row.id,
        row.kind,
        row.as_of,
        row.source,
        row.file_name,
        row.file_sha256,
        row.rows,
        row.kept,
        row.unknown,
        row.passed_over,
        row.by,
        row.at,
    )
