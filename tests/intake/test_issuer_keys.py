"""The life of institutions' keys: registered, replaced with an overlap, revoked, on record."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.intake.message import canonical
from dispensing.service import Actor, NewKey, Revocation
from dispensing.service.receiving import prescription_row
from dispensing.tables import IssuerKeyEventRow, RecordRow
from fixtures import cast
from tests import world
from tests.intake import keys
from tests.world import NOON

BUREAU = Actor("bureau-1", "bureau")
HOSPITAL = Actor("hospital-1", "hospital")
SIGNED_AT = datetime(2025, 9, 15, 0, 12, tzinfo=UTC)


def new(kind="ES256", **changes):
    usual = NewKey(
        "internet-2026",
        cast.INTERNET_HOSPITAL,
        keys.public_jwk(kind),
        world.DAY,
        date(2026, 12, 31),
    )
    return replace(usual, **changes)


def revoked(session, reason="superseded", at=NOON, as_of=None, key_id=world.KEY_ID):
    asked = Revocation(key_id, reason, as_of)
    return service.revoke_key(session, asked, actor=BUREAU, now=at)


def taken(session, desk, number=1, at=NOON):
    return service.receive(session, desk, world.internet_message(number), now=at)


@pytest.mark.parametrize("kind", keys.KINDS)
def test_a_registered_key_signs_from_then_on(street, desk, kind):
    key = service.register_key(street, new(kind), actor=BUREAU, now=NOON)
    assert (key.algorithm, key.standing) == (kind, "valid")
    raw = world.internet_message(1)
    made = keys.signed(kind, canonical(raw), key_id=key.key_id)
    form = {"alg": "SM2", "value": made.value} if kind == "SM2" else {"jws": made.value}
    whole = {**raw, "signature": {"key_id": key.key_id, **form}}
    assert service.receive(street, desk, whole, now=NOON).signature == "valid"


def test_registering_again_gives_the_same_key_and_another_one_is_a_conflict(street):
    first = service.register_key(street, new(), actor=BUREAU, now=NOON)
    assert service.register_key(street, new(), actor=BUREAU, now=NOON) == first
    with pytest.raises(Conflict) as raised:
        service.register_key(street, new("SM2"), actor=BUREAU, now=NOON)
    assert raised.value.code == "key-name-taken"
    assert len(street.exec(select(IssuerKeyEventRow)).all()) == 1


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"public_jwk": {"kty": "oct", "k": "AAAA"}}, "public_jwk.d"),
        ({"public_jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}, "public_jwk.x"),
        ({"valid_until": date(2025, 9, 14)}, "valid_until"),
        ({"issuer": "H33030299999"}, "issuer"),
        ({"replaces": "nothing"}, "replaces"),
        (
            {"replaces": world.KEY_ID, "replaced_until": date(2025, 9, 1)},
            "replaced_until",
        ),
        ({"public_jwk": world.private_key().as_dict(private=False)}, "public_jwk"),
    ],
)
def test_a_key_that_is_not_fit_is_refused_by_its_field(street, change, where):
    with pytest.raises(Malformed) as raised:
        service.register_key(street, new(**change), actor=BUREAU, now=NOON)
    street.rollback()
    assert raised.value.errors[0].where == where
    assert not street.exec(select(IssuerKeyEventRow)).all()


def test_a_replaced_key_counts_until_the_overlap_ends(street, desk):
    asked = new(replaces=world.KEY_ID, replaced_until=world.DAY)
    service.register_key(street, asked, actor=BUREAU, now=NOON)
    assert taken(street, desk).signature == "valid"
    later = world.message(
        2,
        source="internet_hospital",
        issuer=cast.INTERNET_HOSPITAL,
        issued_at="2025-09-16T00:00:00+08:00",
    )
    received = service.receive(
        street, desk, world.signed(later), now=NOON + timedelta(days=1)
    )
    assert received.signature_reason == "expired"


def test_an_institution_replaces_its_key_by_the_old_ones_signature(street):
    payload = b"what was sent"
    raw = {"a": 1}
    signed = world.signed(raw)["signature"]
    made = keys.signed("Ed25519", payload)
    proof = replace(
        made, payload=canonical(raw), key_id=world.KEY_ID, value=signed["jws"]
    )
    key = service.rotate_key(street, new(), proof, actor=HOSPITAL, now=NOON)
    assert key.standing == "valid"
    for bad, reason in (
        (replace(proof, payload=b"something else"), "altered"),
        (replace(proof, key_id="nobody"), "unknown_key"),
    ):
        with pytest.raises(service.NotProven, match=reason):
            service.rotate_key(street, new(key_id="k3"), bad, actor=HOSPITAL, now=NOON)
        street.rollback()
    revoked(street)
    with pytest.raises(service.NotProven, match="revoked"):
        service.rotate_key(street, new(key_id="k4"), proof, actor=HOSPITAL, now=NOON)


def test_what_was_signed_before_stays_and_what_comes_after_does_not(street, desk):
    before = taken(street, desk)
    done = revoked(street, as_of=SIGNED_AT + timedelta(seconds=1))
    assert (done.lapsed, done.key.standing) == (0, "revoked")
    assert prescription_row(street, before.id).signature == "valid"
    assert taken(street, desk, 2, NOON + timedelta(hours=24)).signature == "valid"
    late = taken(street, desk, 3, NOON + timedelta(hours=24, seconds=1))
    assert late.signature_reason == "late_after_revocation"


def test_a_theft_takes_the_signature_of_what_was_signed_since(street, desk):
    since = taken(street, desk)
    done = revoked(street, "compromise", as_of=SIGNED_AT)
    assert done.lapsed == 1
    row = prescription_row(street, since.id)
    assert (row.signature, row.signature_reason) == ("invalid", "revoked")
    assert taken(street, desk, 2).signature_reason == "revoked"


def test_after_a_theft_was_told_no_message_is_believed_whenever_it_says(street, desk):
    revoked(street, "compromise", as_of=SIGNED_AT + timedelta(hours=1))
    late = taken(street, desk, 1, NOON + timedelta(seconds=1))
    assert late.signature_reason == "late_after_revocation"


def test_a_revocation_is_never_taken_back_but_may_be_tightened(street):
    first = revoked(street)
    assert revoked(street).key == first.key
    with pytest.raises(Conflict) as raised:
        revoked(street, as_of=NOON + timedelta(hours=1))
    assert raised.value.code == "key-revoked"
    street.rollback()
    earlier = revoked(street, as_of=NOON - timedelta(hours=1)).key
    assert earlier.revoked_at == NOON - timedelta(hours=1)
    stolen = revoked(street, "compromise", as_of=NOON).key
    assert (stolen.revocation_reason, stolen.revoked_at) == (
        "compromise",
        NOON - timedelta(hours=1),
    )
    with pytest.raises(Conflict):
        revoked(street, "superseded", as_of=NOON - timedelta(hours=2))


def test_a_key_that_is_not_there_or_a_reason_that_is_none_is_refused(street):
    with pytest.raises(NotFound):
        revoked(street, key_id="nobody")
    street.rollback()
    with pytest.raises(Malformed):
        revoked(street, "because")


def test_every_act_is_kept_and_on_record(street):
    asked = new(replaces=world.KEY_ID, replaced_until=world.DAY)
    service.register_key(street, asked, actor=BUREAU, now=NOON)
    revoked(street)
    told = service.key_history(street, cast.INTERNET_HOSPITAL)
    assert [one.kind for one in told] == ["added", "replaced", "revoked"]
    assert {one.by for one in told} == {"bureau-1"}
    records = street.exec(
        select(RecordRow.kind, RecordRow.area).where(
            RecordRow.kind.startswith("issuer_key.")
        )
    ).all()
    kinds = ("added", "replaced", "revoked")
    assert sorted(records) == [(f"issuer_key.{kind}", "3303") for kind in kinds]
