"""Institutions' keys as their readers see them: how each stands, and what was done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from dispensing.audit import pooling_area
from dispensing.days import day_of
from dispensing.errors import NotFound
from dispensing.intake.signatures.keys import BadKey, read_key
from dispensing.tables import IssuerKeyEventRow, IssuerKeyRow


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as it stands: `valid`, `not_yet_valid`, `expired` or `revoked`."""

    key_id: str
    issuer: str
    algorithm: str
    public_jwk: Mapping[str, Any]
    valid_from: date
    valid_until: date
    standing: str
    revoked_at: datetime | None
    revocation_told_at: datetime | None
    revocation_reason: str | None


@dataclass(frozen=True, slots=True)
class KeyEventView:
    """One thing that was done with a key."""

    key_id: str
    at: datetime
    kind: str
    by: str
    role: str
    detail: Mapping[str, Any]


def issuer_keys(
    session: Session,
    *,
    now: datetime,
    issuer: str | None = None,
    area: str | None = None,
) -> tuple[KeyView, ...]:
    """List the keys of one institution, of those of a pooling area (统筹区), or of all."""
    query = select(IssuerKeyRow).order_by(
        col(IssuerKeyRow.issuer), col(IssuerKeyRow.valid_from), col(IssuerKeyRow.key_id)
    )
    if issuer is not None:
        query = query.where(col(IssuerKeyRow.issuer) == issuer)
    return tuple(
        view_of(row, now) for row in session.exec(query) if _is_in(area, row.issuer)
    )


def key_history(session: Session, issuer: str) -> tuple[KeyEventView, ...]:
    """List what was done with an institution's keys, the first act first."""
    query = select(IssuerKeyEventRow).where(col(IssuerKeyEventRow.issuer) == issuer)
    return tuple(
        _told(row) for row in session.exec(query.order_by(col(IssuerKeyEventRow.id)))
    )


def key_acts(
    session: Session, *, area: str | None, count_max: int = 100
) -> tuple[KeyEventView, ...]:
    """List what was last done with the keys of a pooling area, or of all; the latest first."""
    query = select(IssuerKeyEventRow).order_by(col(IssuerKeyEventRow.id).desc())
    if area is not None:
        # Behind the letter of a code come the digits of its area.
        query = query.where(col(IssuerKeyEventRow.issuer).like(f"_{area}%"))
    return tuple(_told(row) for row in session.exec(query.limit(count_max)))


def issuer_of(session: Session, key_id: str) -> str:
    """Tell whose a key is; raises NotFound."""
    row = session.get(IssuerKeyRow, key_id)
    if row is None:
        raise NotFound("密钥", "key")
    return row.issuer


def view_of(row: IssuerKeyRow, now: datetime) -> KeyView:
    """Tell how a key stands now."""
    return KeyView(
        key_id=row.key_id,
        issuer=row.issuer,
        algorithm=_algorithm(row),
        public_jwk=dict(row.public_jwk),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        standing=_standing(row, now),
        revoked_at=row.revoked_at,
        revocation_told_at=row.revocation_told_at,
        revocation_reason=row.revocation_reason,
    )


def _is_in(area: str | None, issuer: str) -> bool:
    return area in {None, pooling_area(issuer)}


def _told(row: IssuerKeyEventRow) -> KeyEventView:
    return KeyEventView(row.key_id, row.at, row.kind, row.by, row.role, row.detail)


def _algorithm(row: IssuerKeyRow) -> str:
    try:
        return read_key(row.public_jwk).algorithm
    except BadKey:
        return "unknown"


def _standing(row: IssuerKeyRow, now: datetime) -> str:
    if row.revoked_at is not None and row.revoked_at <= now:
        return "revoked"
    if day_of(now) < row.valid_from:
        return "not_yet_valid"
    return "valid" if day_of(now) <= row.valid_until else "expired"
