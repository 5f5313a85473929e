"""Institutions' keys over the interface: listed, registered, replaced, revoked."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing import service
from dispensing.audit import pooling_area
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.intake.incoming import signed_by
from dispensing.intake.instants import Day, Instant
from dispensing.intake.message import LongText, MessageSignature, OutletCode, canonical
from dispensing.service import KeyEventView, KeyView, NewKey, Revocation, RevokedKey
from web import clock, db
from web.auth import Caller, caller, may
from web.openapi import answers, reply
from web.strict import parse

bp = APIBlueprint("issuer_keys", __name__, url_prefix="/api/issuer-keys")
KeyId = Annotated[str, Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$")]
Member = Annotated[str, Field(max_length=400)]
EXAMPLE = {
    "key_id": "H33030200090-2026",
    "issuer": "H33030200090",
    "public_jwk": {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    },
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "replaces": None,
    "replaced_until": None,
    "signature": None,
}


class KeyForm(BaseModel):
    """A public key; an institution signs it with a key of its own that counts."""

    model_config = ConfigDict(extra="forbid")

    key_id: KeyId
    issuer: OutletCode
    public_jwk: dict[str, Member]
    valid_from: Day
    valid_until: Day
    replaces: KeyId | None = None
    replaced_until: Day | None = None
    signature: MessageSignature | None = None


class RevocationForm(BaseModel):
    """Which key, why, and since when."""

    model_config = ConfigDict(extra="forbid")

    key_id: KeyId
    reason: Literal["superseded", "cessation", "compromise"]
    as_of: Instant | None = None
    note: LongText = ""


class IssuerQuery(BaseModel):
    """Whose keys."""

    model_config = ConfigDict(extra="forbid")

    issuer: OutletCode


@bp.get("")
@may("issuer_key.read")
@bp.input(IssuerQuery, location="query", arg_name="query")
@answers({200: tuple[KeyView, ...]})
def show(query: IssuerQuery) -> ResponseReturnValue:
    """List an institution's keys as they stand."""
    _concern(query.issuer)
    return reply(
        service.issuer_keys(db.session(), issuer=query.issuer, now=clock.now())
    )


@bp.get("/history")
@may("issuer_key.read")
@bp.input(IssuerQuery, location="query", arg_name="query")
@answers({200: tuple[KeyEventView, ...]})
def history(query: IssuerQuery) -> ResponseReturnValue:
    """List what was done with an institution's keys."""
    _concern(query.issuer)
    return reply(service.key_history(db.session(), query.issuer))


@bp.post("")
@may("issuer_key.change")
@bp.input(KeyForm, arg_name="form", example=EXAMPLE)
@answers({201: KeyView})
def register(form: KeyForm) -> ResponseReturnValue:
    """Register a key: by the bureau, or by the institution with a key of its own that counts."""
    _concern(form.issuer)
    who = caller()
    if form.signature is None:
        if "hospital" in who.roles:
            raise Malformed([FieldError("signature", "by a key that counts")])
        return reply(registered(form), 201)
    new = NewKey(**form.model_dump(exclude={"signature"}))
    signed = signed_by(form.signature, canonical(_raw()))
    made = service.rotate_key(
        db.session(), new, signed, actor=_actor(who), now=clock.now()
    )
    return reply(made, 201)


@bp.post("/revocations")
@may("issuer_key.change")
@bp.input(
    RevocationForm,
    arg_name="form",
    example={"key_id": "H33030200090-2025", "reason": "superseded"},
)
@answers({200: RevokedKey})
def revoke(form: RevocationForm) -> ResponseReturnValue:
    """Revoke a key as of an instant."""
    return reply(revoked(form))


def registered(form: KeyForm) -> KeyView:
    """Register a key by the bureau's act."""
    _concern(form.issuer)
    new = NewKey(**form.model_dump(exclude={"signature"}))
    return service.register_key(
        db.session(), new, actor=_actor(caller()), now=clock.now()
    )


def revoked(form: RevocationForm) -> RevokedKey:
    """Revoke a key as the form says; it is a key of the caller's, or of their pooling area."""
    session = db.session()
    _concern(service.issuer_of(session, form.key_id))
    asked = Revocation(form.key_id, form.reason, form.as_of, form.note)
    return service.revoke_key(session, asked, actor=_actor(caller()), now=clock.now())


def _concern(issuer: str) -> None:
    """Turn away who asks for another institution, or for one outside their pooling area."""
    who = caller()
    if "admin" in who.roles:
        return
    if "hospital" in who.roles:
        if issuer != who.subject:
            raise NotFound("机构", "institution")
    elif pooling_area(issuer) != pooling_area(who.subject):
        raise NotFound("机构", "institution")


def _actor(who: Caller) -> service.Actor:
    return service.Actor(who.user, who.as_role("hospital", "bureau", "admin"))


def _raw() -> dict[str, Any]:
    # What was sent, because that is what was signed.
    raw: dict[str, Any] = parse(request.get_data())
    return raw
