"""National prescriptions in: numbered once, signed as numbered, uploaded as signed."""

import json
from functools import partial

import pytest
from sqlmodel import func, select

from dispensing import service
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.intake.national.signing import digest_of
from dispensing.sealed import unseal
from dispensing.service.forbidden import ForbiddenKind
from dispensing.tables import (
    EventRow,
    NationalRxRow,
    PrescriptionLineRow,
    PrescriptionRow,
)
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.intake import examples, keys
from tests.intake.examples import understood
from tests.intake.national_calls import (
    KEY,
    NATIONAL,
    add_key,
    call,
    numbered,
    pdf,
    sign_request,
    signature,
    signed,
    twenty,
    uploaded,
)
from web import db


def count(session, table) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def whole(session, desk, **changes):
    """Bring a prescription in by D001, D002 and D003."""
    fields = twenty(numbered(session, desk, **changes))
    signed(session, desk, sign_request(fields))
    return uploaded(session, desk, fields)


def where(raised) -> list[str]:
    return [error.where for error in raised.value.errors]


def test_numbers_are_drawn_once_for_one_content(street, desk):
    first, again = numbered(street, desk), numbered(street, desk)
    assert first == again
    assert len(first.rx_trace_code) == 20 and len(first.hi_rxno) <= 30
    assert first.rx_digest == digest_of(NATIONAL, understood("rx", examples.rx()))
    other = numbered(street, desk, hospRxno="another-1")
    assert {other.hi_rxno, other.rx_trace_code}.isdisjoint(
        {first.hi_rxno, first.rx_trace_code}
    )
    assert count(street, PrescriptionRow) == 0


def test_another_content_under_the_same_number_is_a_conflict(street, desk):
    numbered(street, desk)
    with pytest.raises(Conflict):
        numbered(street, desk, valiDays=2, valiEndTime=None)


def test_a_signed_upload_is_a_prescription(street, desk):
    add_key(street)
    answer = whole(street, desk)
    assert (answer.rx_stas_codg, answer.rx_stas_name) == ("1", "有效")
    row = street.exec(select(PrescriptionRow)).one()
    assert (row.format, row.signature, row.key_id) == ("national", "valid", KEY)
    assert (row.person_no, row.doctor_name) == (cast.alice.person_no, cast.dr_lin.name)
    assert (row.repeat_max, row.repeat_interval_days, row.rx_type) == (3, 28, "1")
    assert cast.alice.id_number not in row.message_sealed
    raw = json.loads(unseal(desk.vault, row, "message_sealed"))
    assert raw["D001"] == examples.RX


@pytest.mark.parametrize("kind", keys.KINDS)
def test_the_hospital_may_sign_by_any_of_the_three(street, desk, kind):
    add_key(street, kind)
    fields = twenty(numbered(street, desk))
    signed(street, desk, sign_request(fields, kind))
    uploaded(street, desk, fields)
    assert street.exec(select(PrescriptionRow.signature)).one() == "valid"


def test_a_signature_may_come_with_the_upload_alone(street, desk):
    add_key(street)
    fields = twenty(numbered(street, desk))
    uploaded(street, desk, fields, signDigest=signature(fields), signCertSn=KEY)
    assert street.exec(select(PrescriptionRow.signature)).one() == "valid"


def test_an_unsigned_upload_says_so(street, desk):
    uploaded(street, desk, twenty(numbered(street, desk)))
    assert street.exec(select(PrescriptionRow.signature)).one() == "none"


def test_a_forged_signature_is_recorded_not_turned_away(street, desk):
    add_key(street)
    fields = twenty(numbered(street, desk))
    forged = signature(twenty(numbered(street, desk), patnName="别人"))
    uploaded(street, desk, fields, signDigest=forged, signCertSn=KEY)
    assert street.exec(select(PrescriptionRow.signature)).one() == "invalid"


def test_the_same_upload_again_is_the_same_prescription(street, desk):
    add_key(street)
    fields = twenty(numbered(street, desk))
    request = sign_request(fields)
    for _ in range(2):
        signed(street, desk, request)
        assert uploaded(street, desk, fields).rx_stas_codg == "1"
    assert count(street, PrescriptionRow) == 1


def test_a_region_of_another_spelling_uploads_too(street, desk):
    rx = understood("rx", examples.rx(rxExraAttrCode="99"))
    there = call(name="variant-a")
    numbers = service.pre_check(street, desk, there, rx)
    sent = understood("upload", examples.upload(twenty(numbers)))
    assert service.upload_national(street, desk, there, sent).rx_stas_codg == "1"


# --- refusals


def test_a_number_of_another_institution_does_not_exist(street, desk):
    fields = twenty(numbered(street, desk))
    asked = understood("sign_request", sign_request(fields))
    other = call(cast.COMMUNITY_CENTRE)
    with pytest.raises(NotFound):
        service.sign_national(street, desk, other, asked)
    sent = understood("upload", examples.upload(fields))
    with pytest.raises(NotFound):
        service.upload_national(street, desk, other, sent)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rxTraceCode", "9" * 20),
        ("patnName", "别人"),
        ("certno", cast.bob.id_number),
        ("prscDrName", "别的医生"),
        ("psnCertType", "03"),
        ("fixmedinsCode", cast.COMMUNITY_CENTRE),
    ],
)
def test_what_is_signed_must_be_what_was_pre_checked(street, desk, field, value):
    fields = twenty(numbered(street, desk)) | {field: value}
    with pytest.raises(Malformed) as raised:
        signed(street, desk, sign_request(fields))
    assert field in where(raised)
    with pytest.raises(Malformed) as raised:
        uploaded(street, desk, fields)
    assert field in where(raised)
    assert count(street, PrescriptionRow) == 0


@pytest.mark.parametrize("beside", [True, False])
def test_a_digest_of_other_lines_is_refused(street, desk, beside):
    numbers = numbered(street, desk)
    good, bad = {"rxDigest": numbers.rx_digest}, {"rxDigest": "0" * 64}
    for digest, fits in ((bad, False), (good, True)):
        if beside:
            raw = sign_request(twenty(numbers), **digest)
        else:
            raw = sign_request(twenty(numbers, **digest))
        if fits:
            assert signed(street, desk, raw).sign_cert_sn == KEY
            continue
        with pytest.raises(Malformed) as raised:
            signed(street, desk, raw)
        assert where(raised) == ["rxDigest"]


def test_what_is_uploaded_must_be_what_was_signed(street, desk):
    fields = twenty(numbered(street, desk))
    raw = sign_request(fields) | {"originalRxFile": pdf("one")}
    signed(street, desk, raw)
    for more, named in (
        ({"pharName": "别的药师"}, "pharName"),
        ({"drCode": "D999"}, "drCode"),
        ({"signDigest": "another"}, "signDigest"),
        ({"signCertSn": "another"}, "signCertSn"),
        ({"rxFile": pdf("two")}, "rxFile"),
    ):
        with pytest.raises(Malformed) as raised:
            uploaded(street, desk, fields | more)
        assert where(raised) == [named]
    assert uploaded(street, desk, fields, rxFile=pdf("one")).rx_stas_codg == "1"


def test_signing_anew_counts_until_the_upload(street, desk):
    add_key(street)
    numbers = numbered(street, desk)
    signed(street, desk, sign_request(twenty(numbers, pharName="别的药师")))
    fields = twenty(numbers)
    signed(street, desk, sign_request(fields))
    uploaded(street, desk, fields)
    assert street.exec(select(PrescriptionRow.signature)).one() == "valid"
    with pytest.raises(Conflict):
        signed(street, desk, sign_request(fields))


@pytest.mark.parametrize("kind", ["7", "8"])
def test_narcotic_and_psychotropic_kinds_are_refused_by_their_clause(
    street, desk, kind
):
    with pytest.raises(ForbiddenKind) as raised:
        numbered(street, desk, rxTypeCode=kind)
    assert "第六十一条" in raised.value.words.zh
    with pytest.raises(ForbiddenKind):
        service.receive(street, desk, world.message(rx_type=kind), now=world.NOON)
    assert count(street, NationalRxRow) == count(street, PrescriptionRow) == 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"mdtrtCertNo": "330302195703124024"}, "mdtrtCertNo"),
        ({"valiDays": 0, "valiEndTime": None}, "valiDays"),
        ({"bizTypeCode": "05"}, "bizTypeCode"),
    ],
)
def test_what_cannot_be_dispensed_is_told_at_the_pre_check(street, desk, change, named):
    with pytest.raises(Malformed) as raised:
        numbered(street, desk, **change)
    assert named in where(raised)
    assert count(street, NationalRxRow) == 0


def test_an_unknown_medicine_is_told_at_the_pre_check(street, desk):
    raw = examples.rx()
    raw["rxdrugdetail"][0]["medListCodg"] = "XC99CAA001A001010100009"
    with pytest.raises(Malformed) as raised:
        service.pre_check(street, desk, call(), understood("rx", raw))
    assert where(raised) == ["rxdrugdetail.0.medListCodg"]


def test_an_upload_of_nobody_leaves_nothing(street, desk):
    numbers = numbered(street, desk, mdtrtCertType="01", mdtrtCertNo="TOKEN")
    fields = twenty(numbers, certno="11010119900307003X")
    with pytest.raises(Malformed) as raised:
        uploaded(street, desk, fields)
    assert where(raised) == ["certno"]
    for table in (PrescriptionRow, PrescriptionLineRow, EventRow):
        assert count(street, table) == 0


def test_a_token_at_the_visit_is_no_hindrance(street, desk):
    numbers = numbered(street, desk, mdtrtCertType="01", mdtrtCertNo="TOKEN")
    assert uploaded(street, desk, twenty(numbers)).rx_stas_codg == "1"


def test_of_many_pre_checks_at_once_all_get_the_same_numbers(engine, desk):
    with db.open_session(engine) as session:
        world.populate(session, desk)
    acts = [partial(numbered, desk=desk) for _ in range(4)]
    answers = attacks.at_once(engine, acts)
    assert len(set(map(repr, answers))) == 1
    assert not [each for each in answers if isinstance(each, Exception)]
    with db.open_session(engine, read_only=True) as session:
        assert count(session, NationalRxRow) == 1
