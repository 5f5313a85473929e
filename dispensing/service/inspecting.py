"""Packs of the quarterly inspection (W20, W23) as they were sent: versions, never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import NotFound
from dispensing.tables import InspectionRow


@dataclass(frozen=True, slots=True)
class InspectionVersion:
    """One version of a quarter's pack: what it says, its digest, why, by whom, and when."""

    quarter: str
    version: int
    content: Mapping[str, Any]
    sha256: str
    note: str
    by: str
    at: datetime


def keep_inspection(
    session: Session,
    place: str,
    quarter: str,
    content: Mapping[str, Any],
    *,
    note: str,
    key: str,
    by: str,
    role: str,
    now: datetime,
) -> InspectionVersion:
    """Keep the next version of a quarter's pack; the same key once more is the same version."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    while (row := _by_key(session, place, key)) is None:
        session.add(
            InspectionRow(
                id=uuid4(),
                place=place,
                quarter=quarter,
                version=len(inspections(session, place, quarter)) + 1,
                key=key,
                content=text,
                sha256=sha256(text.encode()).hexdigest(),
                note=note,
                by=by,
                role=role,
                at=now,
            )
        )
        try:
            session.commit()
        except IntegrityError:  # somebody was first with that number: the next one
            session.rollback()
    return _view(row)


def inspections(
    session: Session, place: str, quarter: str = ""
) -> tuple[InspectionVersion, ...]:
    """List the versions of an area, the latest first."""
    query = select(InspectionRow).where(col(InspectionRow.place) == place)
    if quarter:
        query = query.where(col(InspectionRow.quarter) == quarter)
    newest = col(InspectionRow.quarter).desc(), col(InspectionRow.version).desc()
    return tuple(_view(row) for row in session.exec(query.order_by(*newest)))


def inspection(
    session: Session, place: str, quarter: str, version: int
) -> InspectionVersion:
    """Give one version; NotFound where there is none."""
    for one in inspections(session, place, quarter):
        if one.version == version:
            return one
    raise NotFound("这个版本", "version")


def _by_key(session: Session, place: str, key: str) -> InspectionRow | None:
    query = select(InspectionRow).where(
        col(InspectionRow.place) == place, col(InspectionRow.key) == key
    )
    return session.exec(query).first()


def _view(row: InspectionRow) -> InspectionVersion:
    return InspectionVersion(
        row.quarter,
        row.version,
        json.loads(row.content),
        row.sha256,
        row.note,
        row.by,
        row.at,
    )
