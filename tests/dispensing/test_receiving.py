"""Prescriptions in: once, whole, and with their signature told."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import func, select

from dispensing import service
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.sealed import unseal
from dispensing.service.receiving import prescription_row
from dispensing.tables import EventRow, IssuerKeyRow, PrescriptionRow
from fixtures import cast
from tests import world
from tests.world import NOON


def count(session, table) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_a_signed_e_prescription_is_valid(street, desk):
    received = service.receive(street, desk, world.internet_message(), now=NOON)
    assert (received.state, received.signature, received.created) == (
        "received",
        "valid",
        True,
    )


def test_an_external_prescription_has_no_signature_but_a_record_number(street, desk):
    received = service.receive(street, desk, world.message(), now=NOON)
    assert received.signature == "none"


def test_the_same_message_twice_is_one_prescription(street, desk):
    first = service.receive(street, desk, world.message(), now=NOON)
    again = service.receive(street, desk, world.message(), now=NOON)
    assert (again.id, again.created) == (first.id, False)
    assert count(street, PrescriptionRow) == 1


def test_the_order_of_keys_does_not_matter(street, desk):
    first = service.receive(street, desk, world.internet_message(), now=NOON)
    turned = dict(reversed(world.internet_message().items()))
    assert service.receive(street, desk, turned, now=NOON).id == first.id


def test_the_message_is_kept_sealed(street, desk):
    received = service.receive(street, desk, world.message(), now=NOON)
    row = prescription_row(street, received.id)
    assert cast.alice.id_number not in row.message_sealed
    assert json.loads(unseal(desk.vault, row, "message_sealed")) == world.message()


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [{"medicine": world.AMLODIPINE, "quantity": 99, "supply_days": 28}]},
        {"insured": world.patient(cast.bob)},
        {"issued_at": "2025-09-15T09:12:00+08:00"},
    ],
)
def test_a_changed_message_is_forged(street, desk, change):
    raw = {**world.internet_message(), **change}
    assert service.receive(street, desk, raw, now=NOON).signature == "invalid"


def test_a_key_of_another_institution_does_not_sign(street, desk):
    raw = world.signed(world.message(issuer=cast.HOSPITAL))
    assert service.receive(street, desk, raw, now=NOON).signature == "invalid"


def test_an_unknown_key_does_not_sign(street, desk):
    raw = world.internet_message()
    raw["signature"] = {**raw["signature"], "key_id": "nobody"}
    assert service.receive(street, desk, raw, now=NOON).signature == "invalid"


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [(-1, "invalid"), (0, "invalid"), (1, "valid")],
)
def test_what_was_signed_before_a_key_was_revoked_stays_valid(
    street, desk, hours, verdict
):
    signed_at = datetime(2025, 9, 15, 0, 12, tzinfo=UTC)
    key = street.get(IssuerKeyRow, world.KEY_ID)
    key.revoked_at = signed_at + timedelta(hours=hours)
    street.commit()
    raw = world.internet_message()
    assert service.receive(street, desk, raw, now=NOON).signature == verdict


def test_a_number_with_other_content_is_a_conflict(street, desk):
    service.receive(street, desk, world.message(), now=NOON)
    with pytest.raises(Conflict):
        service.receive(street, desk, world.message(valid_days=1), now=NOON)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (
            {
                "lines": [
                    {
                        "medicine": "XC99CAA001A001010100009",
                        "quantity": 1,
                        "supply_days": 7,
                    }
                ]
            },
            "lines.0.medicine",
        ),
        ({"issuer": "H33030299999"}, "issuer"),
        (
            {"insured": {**world.patient(cast.alice), "person_no": "I999999999"}},
            "insured.person_no",
        ),
        (
            {"insured": {**world.patient(cast.alice), "id_number": cast.bob.id_number}},
            "insured.id_number",
        ),
        (
            {
                "insured": {
                    **world.patient(cast.alice),
                    "id_number": "330302195703124022",
                }
            },
            "insured.id_number",
        ),
        ({"source": "fax"}, "source"),
        ({"issued_at": "2025-09-15T08:12:00"}, "issued_at"),
        ({"issued_at": "9999-12-31T08:12:00+08:00"}, "issued_at"),
        ({"issued_at": "0"}, "issued_at"),
        ({"valid_days": "3"}, "valid_days"),
        ({"price_fen": 1}, "price_fen"),
    ],
)
def test_a_message_that_names_unknown_things_leaves_nothing_behind(
    street, desk, change, where
):
    with pytest.raises(Malformed) as raised:
        service.receive(street, desk, world.message(**change), now=NOON)
    assert where in [error.where for error in raised.value.errors]
    assert count(street, PrescriptionRow) == count(street, EventRow) == 0


def test_its_issuer_revokes_a_prescription_once(street, desk):
    id_ = service.receive(street, desk, world.message(), now=NOON).id
    undo = {
        "prescription_id": id_,
        "issuer": cast.HOSPITAL,
        "reason": "改药",
        "now": NOON,
    }
    assert service.revoke(street, **undo) == "revoked"
    assert service.revoke(street, **undo) == "revoked"
    kinds = street.exec(select(EventRow.kind)).all()
    assert kinds == ["received", "revoked"]


def test_another_issuer_cannot_revoke_it(street, desk):
    id_ = service.receive(street, desk, world.message(), now=NOON).id
    with pytest.raises(NotFound):
        service.revoke(
            street,
            prescription_id=id_,
            issuer=cast.COMMUNITY_CENTRE,
            reason="",
            now=NOON,
        )
