"""The bureau's page of institutions' keys: registered, replaced, revoked since a day."""

import json

from sqlmodel import select

from dispensing.tables import IssuerKeyRow
from fixtures import cast
from tests import world
from tests.intake import keys
from tests.platform import csrf, platform, send
from web import accounts, db

__all__ = ["platform"]
PAGE = "/bureau/keys"


def filled(**changes):
    usual = {
        "key_id": "internet-2026",
        "issuer": cast.INTERNET_HOSPITAL,
        "public_jwk": json.dumps(keys.public_jwk("SM2")),
        "valid_from": "2025-09-15",
        "valid_until": "2026-12-31",
    }
    return {**usual, **changes}


def rows(platform):
    engine = platform.app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        return {row.key_id: row for row in session.exec(select(IssuerKeyRow))}


def refused(person, address, **form):
    """Send a form that is refused; the problem's page."""
    token = csrf(person.get(PAGE).text)
    return person.post(address, data={"csrf_token": token, **form})


def test_the_bureau_replaces_a_key_and_sees_who_did_it(platform):
    bureau = platform.person("bureau")
    assert world.KEY_ID in bureau.get(PAGE).text
    form = filled(replaces=world.KEY_ID, replaced_until="2025-09-30")
    send(bureau, f"{PAGE}/register", **form)
    kept = rows(platform)
    assert kept["internet-2026"].issuer == cast.INTERNET_HOSPITAL
    assert str(kept[world.KEY_ID].valid_until) == "2025-09-30"
    page = bureau.get(PAGE).text
    assert f"替换 {world.KEY_ID}" in page and "bureau（医保经办）" in page
    assert "由 internet-2026 替换，用到 2025-09-30" in page


def test_the_bureau_revokes_a_key_since_a_day_and_reads_why(platform):
    bureau = platform.person("bureau")
    form = {
        "key_id": world.KEY_ID,
        "reason": "cessation",
        "day": "2025-09-14",
        "hour": "08:30",
        "note": "系统停用",
    }
    told = send(bureau, f"{PAGE}/revoke", **form).text
    assert "0 张未结算的处方因此失去有效签名" in told
    kept = rows(platform)[world.KEY_ID]
    assert kept.revoked_at.isoformat() == "2025-09-14T00:30:00+00:00"
    page = bureau.get(PAGE).text
    assert "不再使用" in page and "2025-09-14 08:30" in page and "系统停用" in page
    english = platform.person("bureau")
    english.set_cookie("yaoda_language", "en")
    assert "No longer in use" in english.get(PAGE).text


def test_a_key_that_does_not_fit_is_told_field_by_field(platform):
    bureau = platform.person("bureau")
    broken = refused(bureau, f"{PAGE}/register", **filled(public_jwk="{"))
    assert broken.status_code == 422 and "公钥（JWK）" in broken.text
    private = {**keys.public_jwk("SM2"), "d": "AA"}
    told = refused(bureau, f"{PAGE}/register", **filled(public_jwk=json.dumps(private)))
    assert told.status_code == 422
    day = {"key_id": world.KEY_ID, "reason": "cessation", "day": "2025-13-01"}
    told = refused(bureau, f"{PAGE}/revoke", **day)
    assert told.status_code == 422 and "自哪一日起" in told.text
    assert set(rows(platform)) == {world.KEY_ID}


def test_a_revocation_is_not_taken_back_on_the_page(platform):
    bureau = platform.person("bureau")
    stolen = {"key_id": world.KEY_ID, "reason": "compromise"}
    send(bureau, f"{PAGE}/revoke", **stolen)
    later = {"key_id": world.KEY_ID, "reason": "superseded"}
    assert refused(bureau, f"{PAGE}/revoke", **later).status_code == 409


def other_area(platform):
    """Let a bureau of another pooling area in, which has a hospital with a key."""
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        password = accounts.hashed("a long enough password")
        new = accounts.NewAccount("ningbo", "ningbo", ("bureau",), "330200", password)
        accounts.add_accounts(session, [new])
    return platform.person("ningbo")


def test_a_bureau_sees_and_changes_its_own_pooling_area_alone(platform):
    stranger = other_area(platform)
    assert world.KEY_ID not in stranger.get(PAGE).text
    asked = {"key_id": world.KEY_ID, "reason": "compromise"}
    assert refused(stranger, f"{PAGE}/revoke", **asked).status_code == 404
    assert refused(stranger, f"{PAGE}/register", **filled()).status_code == 404
    assert rows(platform)[world.KEY_ID].revoked_at is None
    for name in ("counter", "alice", "internet-hospital", "dispatcher"):
        assert platform.person(name).get(PAGE).status_code == 403
