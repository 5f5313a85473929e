"""The bureau's page of institutions' keys (签名密钥): listed, registered, replaced, revoked."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispensing import service
from dispensing.errors import FieldError
from web import auditing, clock, db
from web.api.issuer_keys import KeyForm, RevocationForm, registered, revoked
from web.auth import caller, may
from web.pages import forms
from web.strict import NotStrict, parse

bp = Blueprint("issuer_keys_pages", __name__, url_prefix="/bureau/keys")
REASONS = {
    "superseded": "已由新密钥替换",
    "cessation": "不再使用",
    "compromise": "私钥泄露或被盗",
}
KINDS = {"added": "登记", "replaced": "替换", "revoked": "吊销"}


@bp.get("")
@may("issuer_key.read", face="bureau", page=True)
def home() -> ResponseReturnValue:
    """Show the keys of the pooling area's institutions, and what was done with them."""
    area, session = auditing.area_of(caller()), db.session()
    return render_template(
        "bureau/keys.html",
        keys=service.issuer_keys(session, now=clock.now(), area=area),
        acts=service.key_acts(session, area=area),
        lapsed=request.args.get("lapsed", type=int),
        reasons=REASONS,
        kinds=KINDS,
    )


@bp.post("/register")
@may("issuer_key.change", face="bureau", page=True)
def register() -> ResponseReturnValue:
    """Register a public key, in the place of another one or as the first."""
    registered(forms.read(KeyForm, public_jwk=_jwk()))
    return redirect(url_for(".home"))


@bp.post("/revoke")
@may("issuer_key.change", face="bureau", page=True)
def revoke() -> ResponseReturnValue:
    """Revoke a key, from now or from the instant that the form names."""
    day, hour = request.form.get("day", ""), request.form.get("hour", "")
    as_of = forms.at(day, hour or "00:00", "as_of") if day else None
    done = revoked(forms.read(RevocationForm, as_of=as_of))
    return redirect(url_for(".home", lapsed=done.lapsed))


def _jwk() -> dict[str, Any]:
    """Read the public key that was pasted, as JSON."""
    wanted = [FieldError("public_jwk", "a public key as JSON (JWK)")]
    try:
        found = parse(request.form.get("public_jwk", "").encode())
    except (NotStrict, UnicodeEncodeError):
        raise forms.NotAsExpected(wanted) from None
    if not isinstance(found, dict):
        raise forms.NotAsExpected(wanted)
    return found
