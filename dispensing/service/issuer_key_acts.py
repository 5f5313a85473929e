"""The life of institutions' keys: registered, replaced with an overlap, revoked; each act kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.intake import signature
from dispensing.intake.incoming import Signed
from dispensing.intake.signatures.keys import BadKey, read_key, text_of
from dispensing.service.issuer_key_views import KeyView, view_of
from dispensing.service.receiving import note
from dispensing.service.recording import Actor
from dispensing.service.taking_in import KnownKey
from dispensing.tables import IssuerKeyEventRow, IssuerKeyRow, PrescriptionRow
from pharmacies import service as pharmacies

_POINT = ("kty", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A public key that is to be registered, and which one it replaces until when."""

    key_id: str
    issuer: str
    public_jwk: Mapping[str, Any]
    valid_from: date
    valid_until: date
    replaces: str | None = None
    replaced_until: date | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """Which key, why, and from which instant its signatures do not count (None: now)."""

    key_id: str
    reason: str
    as_of: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """A revoked key, and how many prescriptions lost their valid signature with it."""

    key: KeyView
    lapsed: int


class NotProven(Conflict):
    """A new key is not signed by a key of the same institution that counts."""

    code = "key-not-proven"

    def __init__(self, reason: str) -> None:
        super().__init__(
            Words(
                f"新公钥没有用本机构有效的旧密钥签名（{reason}）。",
                f"The new key is not signed by a valid key of this institution ({reason}).",
                "请用仍有效的旧密钥签名，或请医保经办机构登记。",
                "Sign it with a key that still counts, or ask the bureau to register it.",
            )
        )


def register_key(
    session: Session, new: NewKey, *, actor: Actor, now: datetime
) -> KeyView:
    """Register a key by the bureau's act; the same again is answered with the same one."""
    return _register(session, new, actor=actor, now=now, detail={})


def rotate_key(
    session: Session, new: NewKey, signed: Signed, *, actor: Actor, now: datetime
) -> KeyView:
    """Register a key that a valid key of the same institution has signed; raises NotProven."""
    old = session.get(IssuerKeyRow, signed.key_id, with_for_update=True)
    found = signature.verdict(
        signed,
        None if old is None else _known(old),
        issuer=new.issuer,
        signed_at=now,
        received_at=now,
    )
    if found.reason is not None:
        raise NotProven(found.reason)
    proof = {"signed_by": signed.key_id}
    return _register(session, new, actor=actor, now=now, detail=proof)


def revoke_key(
    session: Session, revocation: Revocation, *, actor: Actor, now: datetime
) -> RevokedKey:
    """Revoke a key as of an instant; what it signed since then and is not settled lapses.

    A revocation is never taken back: a later act may only move its instant back, or call a
    replaced key stolen.
    """
    row = session.get(
        IssuerKeyRow,
        revocation.key_id,
        with_for_update=True,
        populate_existing=True,
    )
    if row is None:
        raise NotFound("密钥", "key")
    if revocation.reason not in signature.WHY_REVOKED:
        expected = f"one of {', '.join(signature.WHY_REVOKED)}"
        raise Malformed([FieldError("reason", expected)])
    as_of = _as_of(revocation, now)
    if row.revoked_at is not None and _is_weaker(row, as_of, revocation.reason):
        if (row.revoked_at, row.revocation_reason) != (as_of, revocation.reason):
            raise _already_revoked()
        session.rollback()
        return RevokedKey(view_of(row, now), 0)
    row.revoked_at = min(as_of, row.revoked_at or as_of)
    row.revocation_told_at = now
    row.revocation_reason = revocation.reason
    detail = {
        "as_of": as_of.isoformat(),
        "reason": revocation.reason,
        "note": revocation.note,
    }
    session.add(_event(row, "revoked", actor, now, detail=detail))
    lapsed = _lapse(session, row, actor, now)
    view = view_of(row, now)
    session.commit()
    return RevokedKey(view, lapsed)


def _register(
    session: Session,
    new: NewKey,
    *,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, Any],
) -> KeyView:
    _reject_unfit(session, new, now)
    known = session.get(IssuerKeyRow, new.key_id)
    if known is not None:
        if not _is_same(known, new):
            raise _name_taken()
        session.rollback()
        return view_of(known, now)
    _reject_others_point(session, new)
    row = IssuerKeyRow(
        key_id=new.key_id,
        issuer=new.issuer,
        public_jwk=dict(new.public_jwk),
        valid_from=new.valid_from,
        valid_until=new.valid_until,
    )
    session.add(row)
    session.flush()
    told = {"jwk": dict(new.public_jwk), "replaces": new.replaces, **detail}
    session.add(_event(row, "added", actor, now, detail=told))
    if new.replaces is not None:
        _replace(session, new, actor, now)
    view = view_of(row, now)
    session.commit()
    return view


def _replace(session: Session, new: NewKey, actor: Actor, now: datetime) -> None:
    """Shorten the days of the key that is replaced; both count while they overlap."""
    old = session.get(IssuerKeyRow, new.replaces, with_for_update=True)
    if old is None or old.issuer != new.issuer:
        raise Malformed([FieldError("replaces", "a key of this institution")])
    until = new.replaced_until or old.valid_until
    if not new.valid_from <= until:
        expected = "a day on which the new key is valid"
        raise Malformed([FieldError("replaced_until", expected)])
    if until < old.valid_until:
        old.valid_until = until
        detail = {"by_key": new.key_id, "valid_until": until.isoformat()}
        session.add(_event(old, "replaced", actor, now, detail=detail))


def _reject_unfit(session: Session, new: NewKey, now: datetime) -> None:
    try:
        read_key(new.public_jwk)
    except BadKey as error:
        member, _, expected = str(error).partition(": ")
        raise Malformed([FieldError(f"public_jwk.{member}", expected)]) from error
    if not max(new.valid_from, day_of(now)) <= new.valid_until:
        expected = "a day from valid_from and from today on"
        raise Malformed([FieldError("valid_until", expected)])
    try:
        pharmacies.outlet(session, new.issuer)
    except pharmacies.NoSuchOutlet:
        expected = "the code of a registered institution"
        raise Malformed([FieldError("issuer", expected)]) from None


def _reject_others_point(session: Session, new: NewKey) -> None:
    """Refuse a key that is registered under another name: each signature has one owner."""
    point = [new.public_jwk.get(name) for name in _POINT]
    for row in session.exec(select(IssuerKeyRow)):
        if [row.public_jwk.get(name) for name in _POINT] == point:
            expected = "a key that is not registered under another name"
            raise Malformed([FieldError("public_jwk", expected)])


def _as_of(revocation: Revocation, now: datetime) -> datetime:
    as_of = revocation.as_of or now
    # A stolen key does not sign until some later day.
    return min(as_of, now) if revocation.reason == signature.STOLEN else as_of


def _is_weaker(row: IssuerKeyRow, as_of: datetime, reason: str) -> bool:
    """Tell whether a revocation adds nothing to the one that stands, or takes some back."""
    assert row.revoked_at is not None
    worse = reason == signature.STOLEN != row.revocation_reason
    gentler = row.revocation_reason == signature.STOLEN != reason
    return gentler or (as_of >= row.revoked_at and not worse)


def _lapse(session: Session, row: IssuerKeyRow, actor: Actor, now: datetime) -> int:
    """Take the valid signature from what the key signed since then and nobody has settled."""
    query = (
        select(PrescriptionRow)
        .where(
            col(PrescriptionRow.key_id) == row.key_id,
            col(PrescriptionRow.issuer) == row.issuer,
            col(PrescriptionRow.issued_at) >= row.revoked_at,
            col(PrescriptionRow.signature) == "valid",
            col(PrescriptionRow.state) == "received",
        )
        .order_by(col(PrescriptionRow.id))  # everybody locks in this order
        .with_for_update()
    )
    found: Sequence[PrescriptionRow] = session.exec(query).all()
    for rx in found:
        rx.signature, rx.signature_reason = "invalid", "revoked"
        session.add(note(rx.id, now, "signature_lapsed", by=actor.who))
    return len(found)


def _event(
    row: IssuerKeyRow,
    kind: str,
    actor: Actor,
    at: datetime,
    *,
    detail: Mapping[str, Any],
) -> IssuerKeyEventRow:
    return IssuerKeyEventRow(
        key_id=row.key_id,
        issuer=row.issuer,
        at=at,
        kind=kind,
        by=actor.who,
        role=actor.role,
        detail=dict(detail),
    )


def _is_same(row: IssuerKeyRow, new: NewKey) -> bool:
    # Its last day may have been shortened since.
    return (row.issuer, text_of(row.public_jwk), row.valid_from) == (
        new.issuer,
        text_of(new.public_jwk),
        new.valid_from,
    )


def _known(row: IssuerKeyRow) -> KnownKey:
    return KnownKey(
        issuer=row.issuer,
        public=text_of(row.public_jwk),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        revoked_at=row.revoked_at,
        revocation_told_at=row.revocation_told_at,
        revocation_reason=row.revocation_reason,
    )


def _name_taken() -> Conflict:
    return Conflict(
        Words(
            "这个密钥编号已经登记了另一把密钥。",
            "Another key is registered under this name.",
            "请换一个密钥编号。",
            "Choose another name for the key.",
        ),
        code="key-name-taken",
    )


def _already_revoked() -> Conflict:
    return Conflict(
        Words(
            "密钥已经吊销，吊销不能撤回或推迟。",
            "The key is revoked; a revocation is neither taken back nor put off.",
            "如需恢复签名，请登记新的密钥。",
            "Register a new key to sign again.",
        ),
        code="key-revoked",
    )
